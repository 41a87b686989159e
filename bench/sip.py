"""A telephone made of one UDP socket and text: INVITE, ACK, BYE (RFC 3261, RFC 3264), with the kernel's arrival times.

It is the bench's own so that no code under test stands on both ends of the line. Retransmits its requests, answers what
comes within a dialog with 200, knows no authentication.
"""

from __future__ import annotations

import secrets
import select
import socket
import struct
import time
from dataclasses import dataclass, field

SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
T1_S = 0.5  # RFC 3261 section 17.1.1.1
GIVE_UP_S = 16.0
_ROOM = socket.CMSG_SPACE(16)
_TIMESPEC = struct.Struct("=qq")

Address = tuple[str, int]


class NoAnswer(RuntimeError):
    """The gateway refused the call, or said nothing in time."""


def clock_offset_ns() -> int:
    """CLOCK_REALTIME minus CLOCK_MONOTONIC, from the narrowest of some readings: the kernel stamps packets with the former."""
    best, offset = 1 << 62, 0
    for _ in range(8):
        before, real, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if after - before < best:
            best, offset = after - before, real - (before + after) // 2
    return offset


def stamped_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A UDP socket whose datagrams bear the kernel's arrival time (SO_TIMESTAMPNS, socket(7))."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, port))
    made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.setblocking(False)
    return made


def receive(at: socket.socket, offset_ns: int) -> tuple[bytes, int, Address] | None:
    """One datagram, its arrival in CLOCK_MONOTONIC nanoseconds, and its sender; None where none waits."""
    try:
        data, control, _, sender = at.recvmsg(65535, _ROOM)
    except (BlockingIOError, InterruptedError, ConnectionRefusedError):
        return None
    for level, kind, value in control:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            return data, seconds * 1_000_000_000 + nanoseconds - offset_ns, sender
    return data, time.monotonic_ns(), sender


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: first line, headers (lower-case names, in order), body, and when."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str
    at_ns: int

    @classmethod
    def parse(cls, data: bytes, at_ns: int) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body, at_ns)

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.header("cseq").rpartition(" ")[2]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def media_address(body: str) -> Address:
    """Where an SDP answer wants its sound sent (RFC 4566 sections 5.7 and 5.14). Raises NoAnswer where it has none."""
    host, port = "", 0
    for line in body.splitlines():
        if line.startswith("c=IN IP4 "):
            host = line.split()[2]
        elif line.startswith("m=audio "):
            port = int(line.split()[1])
    if not host or not port:
        raise NoAnswer("the answer names no place for the sound")
    return host, port


@dataclass(slots=True)
class Dialog:
    """One call. Times are CLOCK_MONOTONIC nanoseconds; 0 is not yet."""

    call_id: str
    rtp_port: int
    local_tag: str
    remote_tag: str = ""
    target: str = ""
    media: Address = ("", 0)
    invite_ns: int = 0
    answered_ns: int = 0
    ack_ns: int = 0
    gone: bool = False
    status: int = 0
    cseq: int = 1
    branch: str = ""
    pending: dict[str, str] = field(default_factory=dict)


class Phone:
    """One SIP address with any number of calls. Nothing happens by itself: `serve` must be called now and then."""

    def __init__(self, gateway: Address, host: str = "127.0.0.1", user: str = "bench") -> None:
        self.gateway, self.user = gateway, user
        self.socket = stamped_socket(host)
        self.host, self.port = self.socket.getsockname()
        self.offset_ns = clock_offset_ns()
        self.dialogs: dict[str, Dialog] = {}

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def invite(self, rtp_port: int) -> Dialog:
        """Send the INVITE; the answer is `serve`d later."""
        dialog = Dialog(f"{secrets.token_hex(8)}@{self.host}", rtp_port, secrets.token_hex(4))
        self.dialogs[dialog.call_id] = dialog
        dialog.branch = self._branch()
        request = self._request("INVITE", dialog, dialog.branch, self._offer(rtp_port))
        dialog.pending["INVITE"] = request
        data = request.encode()
        dialog.invite_ns = time.monotonic_ns()
        self.socket.sendto(data, self.gateway)
        return dialog

    def call(self, rtp_port: int, patience_s: float = GIVE_UP_S) -> Dialog:
        """INVITE, wait for the 200, ACK. Raises NoAnswer."""
        dialog = self.invite(rtp_port)
        self._wait(dialog, "INVITE", patience_s)
        return dialog

    def hang_up(self, dialog: Dialog, patience_s: float = 4.0) -> None:
        """BYE, and wait for its answer."""
        if not dialog.gone:
            self.bye(dialog)
            self._wait(dialog, "BYE", patience_s)
        self.dialogs.pop(dialog.call_id, None)

    def bye(self, dialog: Dialog) -> None:
        """Send the BYE alone."""
        dialog.cseq += 1
        request = dialog.pending["BYE"] = self._request("BYE", dialog, self._branch())
        self.socket.sendto(request.encode(), self.gateway)

    def serve(self) -> None:
        """Take in whatever has come: acknowledge answers, answer requests."""
        while (found := receive(self.socket, self.offset_ns)) is not None:
            data, at_ns, sender = found
            if data.strip():
                self._take(Message.parse(data, at_ns), sender)

    def again(self, dialog: Dialog) -> None:
        """Send once more what was not answered (RFC 3261 section 17.1: after T1, 2 T1, ...)."""
        for request in dialog.pending.values():
            self.socket.sendto(request.encode(), self.gateway)

    def _wait(self, dialog: Dialog, method: str, patience_s: float) -> None:
        until, wait_s = time.monotonic() + patience_s, T1_S
        resend = time.monotonic() + wait_s
        while method in dialog.pending:
            now = time.monotonic()
            if now > until:
                raise NoAnswer(f"no answer to {method} within {patience_s:.0f} s")
            if now >= resend:
                self.again(dialog)
                wait_s *= 2
                resend = now + wait_s
            select.select([self.socket], [], [], min(resend, until) - now)
            self.serve()
        if method == "INVITE" and not dialog.answered_ns:
            raise NoAnswer(f"the gateway refused the call ({dialog.status})")

    def _take(self, message: Message, sender: Address) -> None:
        dialog = self.dialogs.get(message.header("call-id"))
        if not message.status:
            if message.method != "ACK":
                self._answer(message, 200 if dialog else 481, sender)
            if dialog and message.method == "BYE":
                dialog.gone = True
            return
        if dialog is None or message.status < 200:
            return
        if message.method == "INVITE":
            self._settle(dialog, message)
        else:
            dialog.pending.pop(message.method, None)

    def _settle(self, dialog: Dialog, message: Message) -> None:
        """A final answer to the INVITE, perhaps once more: each gets its ACK (RFC 3261 sections 13.2.2.4 and 17.1.1.3)."""
        dialog.pending.pop("INVITE", None)
        dialog.remote_tag = message.header("to").partition(";tag=")[2]
        dialog.status = message.status
        accepted = message.status < 300
        dialog.target = message.header("contact").partition("<")[2].partition(">")[0] if accepted else ""
        ack = self._request("ACK", dialog, self._branch() if accepted else dialog.branch).encode()
        if accepted and not dialog.answered_ns:
            dialog.media = media_address(message.body)
            dialog.answered_ns, dialog.ack_ns = message.at_ns, time.monotonic_ns()
        self.socket.sendto(ack, self.gateway)
        dialog.gone = not accepted

    def _branch(self) -> str:
        return f"z9hG4bK{secrets.token_hex(8)}"  # unique for all time: the kernel gives a port out again

    def _request(self, method: str, dialog: Dialog, branch: str, body: str = "") -> str:
        here = f"sip:{self.user}@{self.host}:{self.port}"
        there = f"sip:hotline@{self.gateway[0]}:{self.gateway[1]}"
        cseq = 1 if method == "ACK" else dialog.cseq
        lines = [
            f"{method} {dialog.target or there} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}",
            f"From: <{here}>;tag={dialog.local_tag}",
            f"To: <{there}>" + (f";tag={dialog.remote_tag}" if dialog.remote_tag else ""),
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <{here}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", body])

    def _offer(self, rtp_port: int) -> str:
        lines = [
            "v=0",
            f"o=- 1 1 IN IP4 {self.host}",
            "s=-",
            f"c=IN IP4 {self.host}",
            "t=0 0",
            f"m=audio {rtp_port} RTP/AVP 0 101",
        ]
        lines += ["a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv", ""]
        return "\r\n".join(lines)

    def _answer(self, request: Message, status: int, sender: Address) -> None:
        lines = [f"SIP/2.0 {status} {'OK' if status == 200 else 'No Such Call'}", *(f"Via: {via}" for via in request.all("via"))]
        lines += [f"{name}: {request.header(name.lower())}" for name in ("From", "To", "Call-ID", "CSeq")]
        self.socket.sendto("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode(), sender)
