"""Mails at the desk: one that the flow gives to a person waits like a call; it is answered in its thread, through the postman.

What is sent waits five seconds, in Redis and not in this process, so that it can be taken back, and goes out whoever is up then.

    hotline:desk:sending    assignment -> when it goes out        hotline:desk:reply:<assignment>    what goes out, JSON
    hotline:desk:tries      assignment -> faults so far

What cannot be sent is told to its operator, whose words are a draft again; where he has done with it meanwhile, the mail waits once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ivr.actions import State
from ivr.channels.email.known import KNOWN_MS
from ivr.channels.email.mailroom import Handed, Talked
from ivr.deeds import place
from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway, Unfit
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.timeline import MAIL, Touch
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.drafts import TEXT, Drafts
from routing.desk.gate import Visitor
from routing.desk.letters import Letters, sender
from routing.desk.roles import Action
from routing.desk.work import Work
from routing.floor import ending
from routing.floor.contacts import Contacts
from routing.floor.errors import WrongMove
from routing.floor.events import Events
from routing.floor.records import Medium, Request
from routing.floor.states import TALKING
from routing.floor.store import Floor
from voice.tasks import ended

log = logging.getLogger(__name__)
REPLY, SENDING, TRIES = "hotline:desk:reply:", "hotline:desk:sending", "hotline:desk:tries"
TRIES_MOST = 6
UNDO_MS = 5000
LOOK_S = 0.5
AGAIN_MS = 1000  # doubled with every fault
TEXT_MOST = 20_000


class Post(Protocol):
    """How a mail goes out (ivr.channels.email.postman.Postman)."""

    async def write(self, name: str, to: str, purpose: Purpose, customer: str, body: Mapping[str, Any]) -> bool: ...

    def message_id(self, name: str) -> str: ...


class Mails:
    """`start`, `close`; `wanted` is for the mailroom. post: None where no mail goes out of this house."""

    def __init__(self, floor: Floor, events: Events, memory: Memory, work: Work, drafts: Drafts, letters: Letters) -> None:
        self.floor, self.events, self.memory, self.work, self.drafts, self.letters = floor, events, memory, work, drafts, letters
        self.post: Post | None = None
        self.remember: Callable[[str, str], Awaitable[None]] | None = None
        self._sender: asyncio.Task[None] | None = None

    def start(self, post: Post | None, remember: Callable[[str, str], Awaitable[None]] | None = None) -> None:
        """remember: which matter a mail of ours belongs to, by its Message-ID: the answer to it finds it."""
        self.post, self.remember = post, remember
        self._sender = asyncio.create_task(self._send_due(), name="mails of the desk")

    async def close(self) -> None:
        await ended([self._sender])

    async def wanted(self, letter: Handed) -> None:
        """It waits for a person from now on; once by its digest. Raises MemoryAway."""
        await self.letters.keep(letter)
        await self.floor.enter(
            Request(
                f"mail-{letter.digest}", Medium.MAIL, letter.skill, letter.language, matter=letter.matter, customer=letter.customer,
                identity=sender(letter).address, topic=letter.topic, call=letter.digest, why=letter.why, since_ms=letter.at_ms,
            )
        )  # fmt: skip

    async def talked(self, talk: Talked, state: State) -> None:
        """For the reports: a matter that the house has settled by mail is a contact, too. Raises JournalFull."""
        told = ending.Talked(talk.digest, "mail", talk.begun_ms, talk.ended_ms, talk.identity, talk.customer, talk.matter)
        await ending.keep(Contacts(self.floor.store), told, state)

    # The operator's side

    def doors(self) -> Mapping[str, Door]:
        return {"mail.send": Door(Action.WORK, self._send), "mail.undo": Door(Action.WORK, self._undo)}

    async def _send(self, visitor: Visitor, ask: Ask) -> Answer:
        mine, request = await self._his(visitor, ask)
        letter = await self.letters.get(request.call)
        if letter is None:
            raise BadAsk("gone")
        if self.post is None:
            raise BadAsk("no_post")
        text = ask.text("text", TEXT_MOST, needed=True)
        if request.customer and not await self.memory.consents.may(request.customer, "email", Purpose.ANSWER):
            raise BadAsk("consent")
        due = self.floor.now_ms() + UNDO_MS
        reply = {
            "name": f"desk-{mine}-{ask.id}", "to": letter["sender"], "customer": request.customer, "operator": visitor.person.id,
            "identity": request.identity, "matter": request.matter, "due": due, "request": request.values(),
            "body": {
                "language": letter["language"], "subject": letter["subject"], "text": text, "answers": letter["message_id"],
                "references": letter["references"], "automatic": False,
            },
        }  # fmt: skip
        store = self.memory.store
        await store.command("SET", REPLY + mine, json.dumps(reply, ensure_ascii=False), "PX", KNOWN_MS)
        await store.command("ZADD", SENDING, due, mine)
        return {"due": due, "undo_ms": UNDO_MS}

    async def _undo(self, visitor: Visitor, ask: Ask) -> None:
        """Taken back: the text is a draft again."""
        mine, _ = await self._his(visitor, ask)
        if not await self.memory.store.command("ZREM", SENDING, mine):
            raise BadAsk("sent")
        await self.memory.store.command("DEL", REPLY + mine)

    async def _his(self, visitor: Visitor, ask: Ask) -> tuple[str, Request]:
        mine, request = await self.work.own(visitor, ask.name("assignment"))
        if mine.medium is not Medium.MAIL or mine.state not in TALKING:
            raise BadAsk("gone")
        return mine.id, request

    async def _send_due(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                due = await self.memory.store.command("ZRANGEBYSCORE", SENDING, "-inf", self.floor.now_ms(), "LIMIT", 0, 20)
                for mine in due:
                    await self._tried(mine)
            except Exception as error:
                log.log(logging.INFO if self.memory.away else logging.ERROR, "mails of the desk wait: %s", place(error))

    async def _tried(self, mine: str) -> None:
        """One that meets a fault holds up none behind it: it is tried again later, and not for ever. Raises MemoryAway."""
        store = self.memory.store
        try:
            await self._out(mine)
        except MemoryAway:
            raise
        except Exception as error:
            tries = int(await store.command("HINCRBY", TRIES, mine, 1))
            log.error("a mail of the desk is not sent, try %d of %d: %s", tries, TRIES_MOST, place(error))
            if tries < TRIES_MOST:
                await store.command("ZADD", SENDING, self.floor.now_ms() + AGAIN_MS * 2**tries, mine)
                return
            text = await store.command("GET", REPLY + mine)
            await self._not_sent(mine, json.loads(text) if text else {})
            await self._forget(mine)

    async def _out(self, mine: str) -> None:
        """Into the postman's box, which takes a name once; then out of the list: a crash in between costs nothing."""
        text = await self.memory.store.command("GET", REPLY + mine)
        if text and self.post is not None:
            reply = json.loads(text)
            body = reply["body"]
            written = await self.post.write(reply["name"], reply["to"], Purpose.ANSWER, reply["customer"], body)
            if written:
                touch = Touch(
                    Identity.from_address(reply["identity"]), MAIL, "desk", self.post.message_id(reply["name"]), self.floor.now_ms(),
                    f"{body['subject']}\n\n{body['text']}".strip(), True, reply["matter"], reply["customer"], {"operator": reply["operator"]},
                )  # fmt: skip
                await self.memory.touch(touch)
                if self.remember is not None and reply["matter"]:
                    await self.remember(self.post.message_id(reply["name"]), reply["matter"])
                if (asked := _asked(reply)) is not None:
                    await self.drafts.drop(asked.call)
                with contextlib.suppress(Unfit, WrongMove):  # the talk of a mail is its answer: then it is wrapped up
                    await self.floor.move(mine, "wrap_up", "answered")
            else:
                log.warning("a mail of the desk may not go out")
                await self._not_sent(mine, reply)
        await self._forget(mine)

    async def _forget(self, mine: str) -> None:
        store = self.memory.store
        await store.command("ZREM", SENDING, mine)
        await store.command("DEL", REPLY + mine)
        await store.command("HDEL", TRIES, mine)

    async def _not_sent(self, mine: str, reply: Mapping[str, Any]) -> None:
        """His page says so, and shows what he wrote; a mail that nobody has any more waits again."""
        asked = _asked(reply)
        one = await self.floor.assignment(mine)
        if one is not None and one.state in TALKING:
            told = {
                "call": one.contact,
                "request": one.request,
                "assignment": mine,
                "fact": "not_sent",
                "at_ms": self.floor.now_ms(),
            }
            await self.events.tell("call.fact", told, one.contact)
        elif asked is not None:
            again = replace(
                asked, id=f"{asked.id}-{mine}", state="waiting", assignment="", refused={}, preferred=str(reply["operator"])
            )
            await self.drafts.write(asked.call, TEXT, str(reply["body"]["text"]))
            await self.floor.enter(again)


def _asked(reply: Mapping[str, Any]) -> Request | None:
    """The request that a reply answers; None in one of an older version."""
    return Request.unpack(reply["request"]) if "request" in reply else None
