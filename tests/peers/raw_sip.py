"""A SIP peer made of a socket and text (RFC 3261): sends whatever it is told to, well-formed or not, and reads what comes back.

It keeps no state beyond the dialog one asks it for, answers nothing by itself, and gives up at a deadline.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

from tests.peers.rtp import Rtp, media_of

CRLF = "\r\n"
_serial = itertools.count(1)


def sdp(*, port: int = 40000, host: str = "127.0.0.1", profile: str = "RTP/AVP", lines: Iterable[str] = ()) -> str:
    """A description with one audio medium in PCMU; `lines` go to the end of it."""
    head = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} {profile} 0 101"]
    return CRLF.join([*head, "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", *lines]) + CRLF


@dataclass(frozen=True, slots=True)
class Message:
    """What came in: the first line, the headers in their order, the body."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition(CRLF * 2)
        first, *lines = head.split(CRLF)
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    @property
    def status(self) -> int:
        """The status code of a response, 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Of the request, or of the request that this answers."""
        return self.header("cseq").split()[1]

    def header(self, name: str) -> str:
        """The first header of this name, or an empty text."""
        return next((value for key, value in self.headers if key == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def tag(self, header: str) -> str:
        _, found, rest = self.header(header).partition(";tag=")
        return rest.split(";")[0] if found else ""


class Peer:
    """One socket. `udp` binds at once; `tcp` connects to `remote`."""

    def __init__(self, remote: tuple[str, int], *, host: str = "127.0.0.1", transport: str = "udp", timeout_s: float = 10.0):
        self.remote = remote
        self.transport = transport.upper()
        self.timeout_s = timeout_s
        kind = socket.SOCK_DGRAM if self.transport == "UDP" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
        self.socket.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            self.socket.settimeout(timeout_s)
            self.socket.connect(remote)
        self.host, self.port = self.socket.getsockname()[:2]
        self.authority = f"[{self.host}]:{self.port}" if ":" in host else f"{self.host}:{self.port}"
        self._rest = b""

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()

    @property
    def uri(self) -> str:
        return f"sip:peer@{self.authority}"

    def send(self, text: str | bytes, to: tuple[str, int] | None = None) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        if self.transport == "TCP":
            self.socket.sendall(data)
        else:
            self.socket.sendto(data, to or self.remote)

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """The next message, or None at the deadline or at the end of the connection."""
        self.socket.settimeout(self.timeout_s if timeout_s is None else timeout_s)
        try:
            if self.transport == "UDP":
                return Message.parse(self.socket.recv(65535))
            return self._receive_stream()
        except (TimeoutError, ConnectionError):
            return None

    def _receive_stream(self) -> Message | None:
        while True:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if end:
                length = int(Message.parse(head).header("content-length") or 0)
                if len(rest) >= length:
                    self._rest = rest[length:]
                    return Message.parse(head + end + rest[:length])
            data = self.socket.recv(65535)
            if not data:
                return None
            self._rest += data

    def until(self, *, status: int = 0, method: str = "", timeout_s: float | None = None) -> Message | None:
        """The next request of this method, or the next response of at least this status; others are passed over."""
        while message := self.receive(timeout_s):
            if message.status >= status if status else message.status == 0 and message.method == method:
                return message
        return None

    def request(
        self,
        method: str,
        uri: str = "",
        *,
        dialog: Dialog | None = None,
        headers: Iterable[str] = (),
        body: str = "",
        kind: str = "application/sdp",
        branch: str = "",
        cseq: int = 0,
    ) -> str:
        """The text of a request, in this dialog or in none."""
        dialog = dialog or Dialog(self)
        uri = uri or dialog.target
        branch = branch or f"z9hG4bK{next(_serial)}x{self.port}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.authority};rport;branch={branch}",
            f"From: <{self.uri}>;tag={dialog.local_tag}",
            f"To: <{uri}>" + (f";tag={dialog.remote_tag}" if dialog.remote_tag else ""),
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {cseq or dialog.next_cseq()} {method}",
            f"Contact: <{self.uri}{';transport=tcp' if self.transport == 'TCP' else ''}>",
            "Max-Forwards: 70",
            *headers,
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        return CRLF.join(lines) + CRLF * 2 + body

    def answer(
        self,
        request: Message,
        status: int,
        reason: str = "Answer",
        *,
        headers: Iterable[str] = (),
        body: str = "",
        tag: str = "peer",
    ) -> None:
        """Answer a request where it came from."""
        to = request.header("to") + ("" if request.tag("to") or status == 100 else f";tag={tag}")
        lines = [
            f"SIP/2.0 {status} {reason}",
            *(f"Via: {via}" for via in request.all("via")),
            f"From: {request.header('from')}",
            f"To: {to}",
            f"Call-ID: {request.header('call-id')}",
            f"CSeq: {request.header('cseq')}",
            f"Contact: <{self.uri}>",
            *headers,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self.send(CRLF.join(lines) + CRLF * 2 + body)

    def ask(self, method: str, **more: object) -> Message | None:
        """Send a request out of any dialog and give its final response."""
        self.send(self.request(method, **more))  # type: ignore[arg-type]
        return self.until(status=200)

    def invite(
        self, *, user: str = "hotline", body: str | None = None, headers: Iterable[str] = (), kind: str = "application/sdp"
    ) -> Dialog:
        """Place a call and wait for the final response; a refused call is acknowledged, an accepted one too."""
        dialog = Dialog(self, user)
        branch = f"z9hG4bKinvite{next(_serial)}"
        text = self.request(
            "INVITE", dialog=dialog, headers=headers, body=sdp() if body is None else body, kind=kind, branch=branch
        )
        self.send(text)
        dialog.response = response = self.until(status=200)
        if response is not None:
            dialog.remote_tag = response.tag("to")
            again = "" if response.status < 300 else branch  # the ACK of a refusal belongs to its transaction (17.1.1.3)
            self.send(self.request("ACK", dialog=dialog, branch=again, cseq=dialog.cseq))
        return dialog


class Dialog:
    """What binds requests together (RFC 3261 section 12): Call-ID, tags and the sequence number."""

    def __init__(self, peer: Peer, user: str = "hotline"):
        serial = next(_serial)
        self.peer = peer
        host = f"[{peer.remote[0]}]" if ":" in peer.remote[0] else peer.remote[0]
        self.target = f"sip:{user}@{host}:{peer.remote[1]}"
        self.call_id = f"call{serial}.{peer.port}@{peer.host}"
        self.local_tag = f"from{serial}"
        self.remote_tag = ""
        self.cseq = self.invite_cseq = 0
        self.branch = ""
        self.response: Message | None = None

    @property
    def status(self) -> int:
        """Of the final response to the INVITE, 0 where none came."""
        return self.response.status if self.response else 0

    def start(self, *, body: str | None = None, headers: Iterable[str] = (), kind: str = "application/sdp") -> None:
        """Send an INVITE and wait for nothing; within a dialog it is a re-INVITE."""
        self.branch = f"z9hG4bKstep{next(_serial)}x{self.peer.port}"
        body = sdp() if body is None else body
        text = self.peer.request("INVITE", dialog=self, headers=headers, body=body, kind=kind, branch=self.branch)
        self.invite_cseq = self.cseq
        self.peer.send(text)

    def begin(self, rtp: Rtp) -> None:
        """Call, be answered, acknowledge; `rtp` sends to where the answer wants its sound."""
        self.start(body=sdp(port=rtp.port))
        rtp.to = media_of(self.expect(200).body)
        self.ack()

    def expect(self, status: int, timeout_s: float | None = None) -> Message:
        """The next response to the INVITE of at least this status; its tag becomes the dialog's. Raises TimeoutError."""
        while message := self.peer.until(status=status, timeout_s=timeout_s):
            if message.method == "INVITE":
                self.remote_tag = message.tag("to") or self.remote_tag
                self.response = message
                return message
        raise TimeoutError(f"no {status} came")

    def ack(self, body: str = "") -> None:
        """Acknowledge the final response (RFC 3261 sections 13.2.2.4 and 17.1.1.3)."""
        again = self.branch if self.status >= 300 else ""
        self.peer.send(self.peer.request("ACK", dialog=self, body=body, branch=again, cseq=self.invite_cseq))

    def cancel(self) -> None:
        """CANCEL the INVITE: the same branch, the same number, no tag of theirs (section 9.1)."""
        tag, self.remote_tag = self.remote_tag, ""
        self.peer.send(self.peer.request("CANCEL", dialog=self, branch=self.branch, cseq=self.invite_cseq))
        self.remote_tag = tag

    def next_cseq(self) -> int:
        self.cseq += 1
        return self.cseq

    def ask(self, method: str, **more: object) -> Message | None:
        """Send a request within the dialog and give its final response."""
        self.peer.send(self.peer.request(method, dialog=self, **more))  # type: ignore[arg-type]
        while message := self.peer.until(status=200):
            if message.method == method:
                return message
        return None

    def bye(self) -> int:
        """End the call; the status of the answer."""
        response = self.ask("BYE")
        return response.status if response else 0
