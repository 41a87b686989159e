"""A tiny real IMAP server (RFC 3501, RFC 2177) on loopback: one user, one mailbox; drops, stalls and numbers anew as ordered.

It knows LOGIN, SELECT, EXAMINE, UID SEARCH, UID FETCH, UID STORE, IDLE, NOOP, CAPABILITY, LOGOUT, and answers BAD to all else.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field


@dataclass
class Stored:
    """A mail in the mailbox."""

    uid: int
    raw: bytes
    seen: bool = False


@dataclass
class ImapServer:
    """`async with ImapServer() as server`; `put` delivers a mail and tells whoever idles.

    deaf: IDLE is accepted and nothing is ever pushed. stuck: no command is answered any more. idles: False for a server without
    IDLE. claimed: size that is told for every mail, instead of the true one.
    """

    user: str = "help"
    password: str = 'se"cret\\'
    validity: int = 1
    idles: bool = True
    deaf: bool = False
    stuck: bool = False
    claimed: int | None = None
    mails: list[Stored] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> ImapServer:
        self._lines: dict[asyncio.StreamWriter, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next = 1
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    async def open(self) -> None:
        """Listen, at the same port as before."""
        self._server = await asyncio.start_server(self._begun, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Hang up on everybody and listen no more."""
        self._server.close()
        self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def drop(self) -> None:
        """Cut every line."""
        for writer in list(self._lines):
            writer.transport.abort()

    def put(self, raw: bytes) -> int:
        """A mail comes; its UID."""
        self.mails.append(Stored(self._next, raw))
        self._next += 1
        for writer, idling in self._lines.items():
            if idling and not self.deaf:
                writer.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        return self._next - 1

    def number_anew(self) -> None:
        """UIDVALIDITY changes; the same mails get other UIDs."""
        self.validity += 1
        for at, one in enumerate(self.mails):
            one.uid = at + 1
        self._next = len(self.mails) + 1

    def asked(self, pattern: str) -> int:
        """How many commands were like this."""
        return sum(bool(re.search(pattern, command)) for command in self.commands)

    async def _begun(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._lines[writer] = False
        try:
            writer.write(b"* OK ready\r\n")
            while line := await reader.readline():
                tag, _, command = line.decode(errors="replace").strip().partition(" ")
                self.commands.append(command)
                if self.stuck:
                    continue
                for answer in self._answers(command):
                    writer.write(answer)
                if command == "IDLE" and self.idles:
                    await self._idle(reader, writer)
                writer.write(f"{tag} {self._verdict(command)}\r\n".encode())
                await writer.drain()
        except OSError:
            pass
        finally:
            self._lines.pop(writer, None)
            self._tasks.discard(task)
            writer.close()

    async def _idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+ idling\r\n")
        if not self.deaf:
            writer.write(b"* OK still here\r\n")
        self._lines[writer] = True
        while (line := await reader.readline()).strip() != b"DONE":
            if not line:
                raise ConnectionResetError
        while self.stuck:
            await asyncio.sleep(0.01)
        self._lines[writer] = False

    def _verdict(self, command: str) -> str:
        word = command.replace("UID ", "").partition(" ")[0]
        if word == "LOGIN":
            quoted = [re.sub(r"\\(.)", r"\1", one) for one in re.findall(r'"((?:[^"\\]|\\.)*)"', command)]
            return "OK in" if quoted == [self.user, self.password] else "NO who are you"
        if word in ("SELECT", "EXAMINE") and '"INBOX"' not in command:
            return "NO no such mailbox"
        known = ("SELECT", "EXAMINE", "SEARCH", "FETCH", "STORE", "IDLE", "NOOP", "CAPABILITY", "LOGOUT")
        return f"OK {word} done" if word in known else "BAD what"

    def _answers(self, command: str) -> list[bytes]:
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1" + (b" IDLE" if self.idles else b"") + b"\r\n"]
        if command.startswith(("SELECT", "EXAMINE")):
            return [
                f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] x\r\n* OK [UIDNEXT {self._next}] x\r\n".encode()
            ]
        if found := re.fullmatch(r"UID SEARCH (.*)", command):
            return [("* SEARCH" + "".join(f" {one.uid}" for one in self._matching(found[1])) + "\r\n").encode()]
        if found := re.fullmatch(r"UID FETCH (\d+) \(UID (.*)\)", command):
            return [self._fetched(at, one, found[2]) for at, one in enumerate(self.mails) if one.uid == int(found[1])]
        if found := re.fullmatch(r"UID STORE (\d+) .*Seen.*", command):
            for one in self.mails:
                one.seen |= one.uid == int(found[1])
        return []

    def _matching(self, criteria: str) -> list[Stored]:
        if criteria == "UNSEEN":
            return [one for one in self.mails if not one.seen]
        if found := re.fullmatch(r"UID (\d+):\*", criteria):
            # "n:*" is a range of two ends in whatever order: the last mail is always in it.
            return [one for one in self.mails if one.uid >= int(found[1])] or self.mails[-1:]
        return list(self.mails)

    def _fetched(self, at: int, one: Stored, part: str) -> bytes:
        if part == "RFC822.SIZE":
            return f"* {at + 1} FETCH (UID {one.uid} RFC822.SIZE {self.claimed or len(one.raw)})\r\n".encode()
        data = one.raw.partition(b"\r\n\r\n")[0][:65_536] if "HEADER" in part else one.raw
        name = part.replace(".PEEK", "").partition("<")[0]
        return f"* {at + 1} FETCH (UID {one.uid} {name} {{{len(data)}}}\r\n".encode() + data + b")\r\n"
