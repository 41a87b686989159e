"""IMAP in: a mailbox is looked into by UID (RFC 3501), told of new mail by IDLE (RFC 2177) or asked again and again; always back.

Where one has got to is kept as UIDVALIDITY and UID. Where the server numbers anew, the last month is read again: a mail that was
filed is known by its Message-ID. Sizes are asked for before bodies, and bodies fetched one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aioimaplib

from ivr.channels.email.letter import MESSAGE_BYTES_MAX, Envelope, Refusal
from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.settings import ImapSettings, Tls, secret
from ivr.deeds import place
from ivr.memory.errors import MemoryAway
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
LOOK_BACK_MS = 30 * 86_400_000  # after UIDVALIDITY has changed; less than mails are known for
HEAD_BYTES = 65_536  # of a mail that is too large
COMMAND_S = 15.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 25.0)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# This library writes what it receives into its log.
logging.getLogger("aioimaplib").setLevel(logging.WARNING)


class Lost(HotlineError):
    """The mailbox cannot be read now."""


class Mailbox:
    """Reads one mailbox until closed. `counts`: connected, lost, filed."""

    def __init__(
        self, settings: ImapSettings, mailroom: Mailroom, now_ms: Callable[[], int], tls: ssl.SSLContext | None = None, dice: random.Random | None = None,
        command_s: float = COMMAND_S, pauses_s: tuple[float, ...] = PAUSES_S,
    ) -> None:  # fmt: skip
        self.settings, self.mailroom, self.now_ms, self.tls = settings, mailroom, now_ms, tls
        self.dice, self.command_s, self.pauses_s = dice or random.Random(), command_s, pauses_s
        self.counts = {"connected": 0, "lost": 0, "filed": 0}
        name = f"{settings.user}\0{settings.host}\0{settings.mailbox}"
        self._key = f"hotline:imap:{hashlib.sha256(name.encode()).hexdigest()[:24]}"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="mailbox")

    async def close(self) -> None:
        """Stop."""
        await ended([self._task])

    async def _run(self) -> None:
        failed = 0
        while True:
            before = self.counts["connected"]
            try:
                await self._session()
            except HotlineError as error:
                log.warning("the mailbox is lost for now: %s", error)
            except (TimeoutError, OSError, aioimaplib.AioImapException) as error:
                log.warning("the mailbox is lost for now: %s", type(error).__name__)
            except Exception as error:
                log.error("the mailbox met a fault: %s", place(error))
            self.counts["lost"] += 1
            failed = 0 if self.counts["connected"] > before else failed + 1
            pause_s = self.pauses_s[min(failed, len(self.pauses_s) - 1)]
            await asyncio.sleep(pause_s * (0.8 + 0.4 * self.dice.random()))

    async def _session(self) -> None:
        """One connection, until it is lost."""
        gone = asyncio.Event()
        line = _Line(self.settings, self.tls, self.command_s, gone)
        reader = asyncio.create_task(self._read(line))
        lost = asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({reader, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not reader.done():
                raise Lost("the mail server has hung up")
            await reader
        finally:
            await ended([reader, lost])
            await line.close()

    async def _read(self, line: _Line) -> None:
        validity = await line.open()
        self.counts["connected"] += 1
        while True:
            try:
                await self._new_mail(line, validity)
            except MemoryAway:
                # Nothing is lost: the position stays where it is.
                await asyncio.sleep(1.0)
                continue
            await line.wait(self.settings.renew_s, self.settings.poll_s)

    async def _new_mail(self, line: _Line, validity: int) -> None:
        kept = await self.mailroom.memory.store.command("GET", self._key)
        known, _, last = (kept or "0:0").partition(":")
        position = int(last) if int(known) == validity else 0
        if position:
            asked = f"UID {position + 1}:*"
        elif kept:
            day = datetime.fromtimestamp((self.now_ms() - LOOK_BACK_MS) / 1000, UTC)
            asked = f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}"
        else:
            asked = "UNSEEN"  # a mailbox that is new to the house: what is read already is not the house's
        for uid in await line.search(asked):
            if uid <= position:
                continue  # "9:*" names the last mail even if its UID is 8
            await self._file(line, uid)
            await self._keep(validity, uid)
            position = uid
        if not position:
            # Nothing was there; from now on everything is new.
            await self._keep(validity, max(await line.next_uid() - 1, 0))

    async def _keep(self, validity: int, uid: int) -> None:
        await self.mailroom.memory.store.command("SET", self._key, f"{validity}:{uid}")

    async def _file(self, line: _Line, uid: int) -> None:
        size = await line.size(uid)
        if size is None:
            return  # deleted meanwhile
        envelope = Envelope("imap")
        if size > MESSAGE_BYTES_MAX:
            head = await line.fetch(uid, f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>")
            await self.mailroom.unreadable(head or b"", envelope, Refusal.SIZE)
        else:
            raw = await line.fetch(uid, "BODY.PEEK[]")
            if raw is None:
                return
            await self.mailroom.receive(raw, envelope)
        await line.seen(uid)
        self.counts["filed"] += 1


class _Line:
    """One connection to the server. All raise Lost, TimeoutError, OSError or the library's own errors."""

    def __init__(self, settings: ImapSettings, tls: ssl.SSLContext | None, command_s: float, gone: asyncio.Event) -> None:
        self.settings, self.command_s = settings, command_s
        context = (tls or ssl.create_default_context()) if settings.tls is Tls.TLS else None
        self._client = aioimaplib.IMAP4(
            settings.host, settings.port, timeout=command_s, conn_lost_cb=lambda error: gone.set(), ssl_context=context
        )
        self._idle: asyncio.Future[Any] | None = None
        self._next = 0

    async def open(self) -> int:
        """Log in and select; gives UIDVALIDITY."""
        settings = self.settings
        await self._client.wait_hello_from_server()
        password = secret(settings.password, settings.password_file, "[mail.imap] password_file")
        answer = await self._client.login(quoted(settings.user), password)
        if answer.result != "OK":
            raise Lost("the mail server refuses our user or password", "Check user and password in [mail.imap].")
        answer = await self._client.select(quoted(settings.mailbox))
        if answer.result != "OK":
            raise Lost("there is no such mailbox", "Check mailbox in [mail.imap].")
        told = b" ".join(bytes(one) for one in answer.lines)
        validity = re.search(rb"UIDVALIDITY (\d{1,10})", told)
        upcoming = re.search(rb"UIDNEXT (\d{1,10})", told)
        if validity is None:
            raise Lost("the mail server does not number its mails", "A mailbox needs UIDVALIDITY (RFC 3501 section 2.3.1.1).")
        self._next = int(upcoming[1]) if upcoming else 1
        return int(validity[1])

    async def next_uid(self) -> int:
        """The UID that the next mail would have had when the mailbox was opened."""
        return self._next

    async def search(self, asked: str) -> list[int]:
        """UIDs, ascending."""
        answer = await self._client.uid_search(asked, charset=None)
        if answer.result != "OK":
            raise Lost("the mail server refuses to search")
        numbers = re.findall(rb"\d{1,10}", bytes(answer.lines[0])) if len(answer.lines) > 1 else []
        return sorted({int(number) for number in numbers})

    async def size(self, uid: int) -> int | None:
        """Bytes of a mail; None where it is not there any more."""
        answer = await self._fetched(uid, "(UID RFC822.SIZE)")
        found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(bytes(one) for one in answer if not isinstance(one, bytearray)))
        return int(found[1]) if found else None

    async def fetch(self, uid: int, part: str) -> bytes | None:
        """One part of a mail; None where it is not there any more."""
        answer = await self._fetched(uid, f"(UID {part})")
        return next((bytes(one) for one in answer if isinstance(one, bytearray)), None)

    async def _fetched(self, uid: int, parts: str) -> list[bytes | bytearray]:
        answer = await self._client.uid("fetch", str(uid), parts)
        if answer.result != "OK":
            raise Lost("the mail server refuses to give a mail")
        return list(answer.lines)

    async def seen(self, uid: int) -> None:
        """Mark a mail as read, for people who look into the same mailbox."""
        await self._client.uid("store", str(uid), r"+FLAGS.SILENT (\Seen)")

    async def wait(self, renew_s: float, poll_s: float) -> None:
        """Until there may be new mail: the server says so, or so much time went by."""
        if not self._client.has_capability("IDLE"):
            await asyncio.sleep(poll_s)
            async with asyncio.timeout(self.command_s):
                await self._client.noop()
            return
        async with asyncio.timeout(self.command_s):
            self._idle = await self._client.idle_start(timeout=renew_s + 2 * self.command_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(renew_s):
                while not _news(await self._client.wait_server_push(timeout=renew_s + self.command_s)):
                    pass
        self._client.idle_done()
        async with asyncio.timeout(self.command_s):
            await self._idle

    async def close(self) -> None:
        """Let go at once."""
        # The library leaves what it waits for to the garbage; here nothing stays behind.
        pending = [
            task for task in (*self._client.tasks, *self._client.protocol.tasks, self._client._client_task) if not task.done()
        ]
        if self._client._idle_waiter is not None:
            self._client._idle_waiter.cancel()
        await ended(pending)
        if self._client.protocol.transport is not None:
            self._client.protocol.transport.abort()


def _news(pushed: Any) -> bool:
    """Whether what the server pushed may mean new mail; "* OK still here" does not."""
    lines = pushed if isinstance(pushed, list) else [pushed]
    return any(re.search(rb"\d+ (EXISTS|RECENT)", bytes(one)) for one in lines if isinstance(one, bytes | bytearray))


def quoted(text: str) -> str:
    """An IMAP quoted string (RFC 3501 section 4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
