"""What becomes of a mail that has come in, by whichever way: read, known or new, filed under its sender and matter, answered once.

    read in the cage -> seen before? -> who wrote it -> the flow -> matter -> touch -> acknowledgement -> marked as done

Whoever brings a mail brings it again where `receive` raises MemoryAway: it was not filed then, and a mail that was half filed when
the house broke down is not told to the dialogue twice. Who the sender is, From only hints.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ivr.actions import CallBack, Context, State
from ivr.channels.email.cage import Cage
from ivr.channels.email.conversation import Conversation, Reply, Tie
from ivr.channels.email.known import Known
from ivr.channels.email.letter import Envelope, Letter, Origin, Refusal, Unreadable
from ivr.channels.email.postman import Postman
from ivr.channels.email.reply import quiet
from ivr.channels.email.review import Review, answered_key, digest_of
from ivr.channels.email.settings import MailSettings
from ivr.channels.email.unsubscribe import wishes
from ivr.deeds import place
from ivr.languages import primary
from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway, NotAnIdentity
from ivr.memory.identity import Identity, email
from ivr.memory.matter import Status
from ivr.memory.memory import Memory
from ivr.memory.timeline import MAIL, Touch
from ivr.notebook import MemoryNotebook
from voice.errors import ConfigError

log = logging.getLogger(__name__)
DAY_MS = 86_400_000
TURNS_PER_DAY = 12  # replies within a thread that the house's own questions keep going: a flow's questions, and no loop
Tell = Callable[[str, str, str, Mapping[str, Any]], Awaitable[None]]  # event, name, customer, data


class Came(StrEnum):
    """What became of a mail."""

    NEW = "new"
    KNOWN = "known"
    AUTOMATIC = "automatic"
    REVIEW = "review"  # kept as it came, for a person


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mail, the matter it belongs to, and whether it is answered."""

    came: Came
    matter: str = ""
    answered: bool = False


async def untold(event: str, name: str, customer: str, data: Mapping[str, Any]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail that the flow gives to a person. All of it was written by its sender. digest: by which it is known; skill, why: of the Handover."""

    digest: str
    sender: str
    subject: str
    text: str
    message_id: str
    references: tuple[str, ...]
    language: str
    matter: str
    customer: str
    topic: str
    skill: str
    why: str
    at_ms: int


Hand = Callable[[Handed], Awaitable[None]]


async def unhanded(letter: Handed) -> None:
    """Nobody is there: it lies in the timeline, and its matter is open."""


@dataclass(frozen=True, slots=True)
class Talked:
    """A talk by mail at its end, with this mail. begun_ms: when its matter was."""

    digest: str
    identity: str = field(repr=False)
    customer: str
    matter: str
    begun_ms: int
    ended_ms: int


Ended = Callable[[Talked, State], Awaitable[None]]


async def unended(talked: Talked, state: State) -> None:
    """Nobody counts."""


class CallsBack(Protocol):
    """Who notes that somebody wants to be called back (`Errands.call_back`)."""

    def __call__(self, act: CallBack, page: MemoryNotebook) -> Awaitable[None]: ...


@dataclass(slots=True)
class Mailroom:
    """Takes mails from the listener and the mailbox. languages: of the flow, the first for whoever nobody knows.

    hand: takes what is for a person; once by its digest. May raise MemoryAway: then the mail is brought again. ended: is told of a
    talk that this mail has brought to its end.
    """

    memory: Memory
    settings: MailSettings
    cage: Cage
    conversation: Conversation
    postman: Postman
    languages: tuple[str, ...]
    now_ms: Callable[[], int]
    tell: Tell = untold
    hand: Hand = unhanded
    ended: Ended = unended
    call_back: CallsBack | None = None
    review: Review = field(init=False)
    known: Known = field(init=False)
    _working: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.known = Known(self.memory.store, self.now_ms)
        self.review = Review(Path(self.settings.review).expanduser())

    async def receive(self, raw: bytes, envelope: Envelope) -> Receipt:
        """File a mail. Raises MemoryAway (also where another process is at it), JournalFull: bring it again later."""
        try:
            letter = await self.cage.read(raw, envelope.sender)
        except Unreadable as error:
            return await self.unreadable(raw, envelope, error.refusal)
        digest = digest_of(letter.message_id)
        # Before the first wait: a twin in this process that asks meanwhile would take the mail for one of ours that crashed.
        if digest in self._working:
            raise MemoryAway("somebody else is at this mail")
        self._working.add(digest)
        try:
            known = await self.known.begin(digest)
            if "done" in known:
                return Receipt(Came.KNOWN, str(known.get("m", "")))
            try:
                receipt = await self._file(letter, raw, digest, int(known.get("crashed", 0)))
            except (MemoryAway, ConfigError):
                raise
            except Exception as error:
                # A fault of ours must not come back with the mail for ever: a person looks at it.
                log.error("a mail could not be filed: %s", place(error))
                self.review.put(raw, digest)
                receipt = Receipt(Came.REVIEW)
            with contextlib.suppress(MemoryAway):
                await self.known.end(digest, receipt.matter)
            return receipt
        finally:
            self._working.discard(digest)

    async def unreadable(self, raw: bytes, envelope: Envelope, refusal: Refusal) -> Receipt:
        """Keep a mail that cannot be read, and that it came. Raises MemoryAway, JournalFull."""
        digest = hashlib.sha256(raw).hexdigest()[:32]
        self.review.put(raw, digest)
        log.warning("a mail was not read: %s", refusal)
        if envelope.sender and (who := _identity(envelope.sender)):
            data = {"unread": str(refusal), "review": digest}
            await self.memory.touch(Touch(who, MAIL, "email", f"unread-{digest}", self.now_ms(), data=data))
        return Receipt(Came.REVIEW)

    # One letter

    async def _file(self, letter: Letter, raw: bytes, digest: str, crashed_ms: int) -> Receipt:
        who = _identity(letter.sender)
        if letter.origin is Origin.OURSELVES or letter.sender.casefold() in self.settings.addresses:
            return Receipt(Came.AUTOMATIC)
        if who is None:
            self.review.put(raw, digest)
            return Receipt(Came.REVIEW)
        if wishes(letter.subject, letter.text):
            return await self._silenced(letter, who, digest)
        if letter.origin is not Origin.PERSON:
            await self._touch(letter, who, "", "", {"origin": str(letter.origin)})
            return Receipt(Came.AUTOMATIC)
        found = await self.memory.who(who, touches=0)
        language = self._language(letter, found.language)
        notebook = MemoryNotebook(self.memory, who, "email", confidence="claimed" if letter.verified else "hint")
        context = await notebook.who() or Context()
        thread = await self.known.thread(letter.references)
        if thread.matter:
            tie = Tie.OFFER if thread.offered else Tie.THREAD
            context = replace(context, matters=tuple(one for one in context.matters if one.id == thread.matter))
        else:
            tie, context = self.conversation.tie(letter.subject, letter.text, language, context)
        again = next(
            (one for one in found.matters if crashed_ms and one.channel == "email" and one.updated_ms >= crashed_ms), None
        )
        if again is not None:
            # Whoever was at this mail before died after the matter was written: it is not told the same again.
            reply = Reply(State.from_dict(again.state), ())
            matter = again.id
        else:
            try:
                deeds = self.conversation.deeds
                if self.call_back is not None:
                    deeds = replace(deeds, call_back=partial(self.call_back, page=notebook))
                reply = await self.conversation.read(letter.subject, letter.text, language, context, deeds, tie=tie)
            except Exception as error:
                # A fault of the flow or of ours: that he wrote is kept all the same, and a person reads it.
                log.error("a mail met a fault of the dialogue: %s", place(error))
                self.review.put(raw, digest)
                await self._touch(letter, who, "", "", {"review": digest}, language)
                return Receipt(Came.REVIEW)
            asked = int(not reply.ended)  # those that the mail has answered were asked of nobody
            self.memory.counts.add("questions", "email", by=asked)
            self.memory.counts.add("questions_repeated", "email", by=min(asked, reply.state.repeated_now))
            self.memory.counts.talk("email", reply.state)
            await notebook.keep(reply.state, handed=reply.handover is not None)
            matter = notebook.matter.id if notebook.matter else ""
        customer = notebook.customer
        await self._touch(letter, who, matter, customer, _facts(letter, reply), language)
        if reply.handover is not None or (again is not None and again.status is Status.HANDED):
            await self.hand(self._handed(letter, digest, matter, customer, reply, language))
        if reply.state.done:
            begun_ms = notebook.matter.created_ms if notebook.matter else self.now_ms()
            await self.ended(Talked(digest, who.address, customer, matter, begun_ms, self.now_ms()), reply.state)
        answered = False
        try:
            data = {"matter": matter, "channel": "email", "customer": customer, "language": reply.state.language}
            await self.tell("mail.received", digest, customer or matter, data)
            goes_on = thread.ours or (thread.matter and matter == thread.matter)
            most = TURNS_PER_DAY if goes_on else self.settings.replies_per_day
            answered = again is None and await self._answer(letter, digest, matter, customer, reply, language, most)
        except MemoryAway:
            log.warning("a mail is filed; that it came could not be told or answered")
        return Receipt(Came.NEW, matter, answered)

    async def _silenced(self, letter: Letter, who: Identity, digest: str) -> Receipt:
        """He wants no more mails: kept first, then said once, to a person."""
        notebook = MemoryNotebook(self.memory, who, "email")
        await notebook.consent({"word": "forbid"})
        language = self._language(letter, "")
        await self._touch(letter, who, "", notebook.customer, {"consent": "forbid"}, language)
        if letter.origin is not Origin.PERSON or not await self._may_answer(letter.sender, digest, self.settings.replies_per_day):
            return Receipt(Came.NEW)
        body = {"language": language, "subject": letter.subject, "text": quiet(language), "answers": letter.message_id}
        return Receipt(
            Came.NEW, "", await self.postman.write(f"quiet-{digest}", letter.sender, Purpose.ANSWER, notebook.customer, body)
        )

    def _handed(self, letter: Letter, digest: str, matter: str, customer: str, reply: Reply, language: str) -> Handed:
        why, topic = reply.handover, str(reply.state.slots.get("topic", ""))
        return Handed(
            digest, letter.sender, letter.subject, letter.text, letter.message_id, letter.references, reply.state.language or language,
            matter, customer, topic, why.skill if why else "", why.reason if why else "", self.now_ms(),
        )  # fmt: skip

    async def _touch(
        self, letter: Letter, who: Identity, matter: str, customer: str, data: Mapping[str, Any], language: str = ""
    ) -> None:
        words = f"{letter.subject}\n\n{letter.text}".strip()
        # When it came, not what the sender's clock says: the timeline is ours.
        touch = Touch(who, MAIL, "email", letter.message_id, self.now_ms(), words, False, matter, customer, data)
        await self.memory.touch(touch, language)

    async def _answer(
        self, letter: Letter, digest: str, matter: str, customer: str, reply: Reply, language: str, most: int
    ) -> bool:
        """At most so many automatic replies a sender and day, and none to a machine (RFC 3834 section 2)."""
        if letter.return_path == "" or not await self._may_answer(letter.sender, digest, most):
            return False
        texts = [say.text for say in reply.says]
        asks = not reply.ended and bool(texts)
        body = {
            "language": reply.state.language or language, "subject": letter.subject, "matter": matter or reply.offer,
            "says": texts[:-1] if asks else texts, "questions": texts[-1:] if asks else [], "person": reply.handover is not None,
            "answers": letter.message_id, "references": list(letter.references),
        }  # fmt: skip
        name = f"ack-{digest}"
        written = await self.postman.write(name, letter.sender, Purpose.ANSWER, customer, body)
        if written:
            # Whoever answers the acknowledgement is in its thread.
            await self.known.remember(self.postman.message_id(name), matter or reply.offer, offer=bool(reply.offer))
        return written

    async def _may_answer(self, sender: str, digest: str, most: int) -> bool:
        if not self.settings.replies_per_day:
            return False
        store, key = self.memory.store, answered_key(sender)
        if await store.command("SISMEMBER", key, digest):
            return True
        if await store.command("SCARD", key) >= most:
            return False
        await store.command("SADD", key, digest)
        await store.command("PEXPIRE", key, DAY_MS, "NX")
        return True

    def _language(self, letter: Letter, known: str) -> str:
        """By the letters of what was written: Cyrillic is Russian here, where the flow speaks it; else what is known of him."""
        words = f"{letter.subject} {letter.text}"
        cyrillic = sum("а" <= sign <= "я" or sign == "ё" for sign in words.casefold())
        latin = sum("a" <= sign <= "z" for sign in words.casefold())
        written = "ru" if cyrillic > latin / 2 and cyrillic else "en" if latin else ""
        codes = [written, primary(known) if known else ""]
        return next((code for code in codes if code and code in self.languages), self.languages[0])


def _facts(letter: Letter, reply: Reply) -> dict[str, Any]:
    facts: dict[str, Any] = {"verified": letter.verified, "files": len(letter.files)}
    if reply.state.slots.get("topic"):
        facts["topic"] = str(reply.state.slots["topic"])
    return {name: value for name, value in facts.items() if value}


def _identity(address: str) -> Identity | None:
    try:
        return email(address)
    except NotAnIdentity:
        return None
