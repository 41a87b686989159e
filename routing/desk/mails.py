"""Mails at the desk: one that the flow gives to a person waits like a call; it is answered in its thread, through the postman.

What is sent waits five seconds, in Redis and not in this process, so that it can be taken back, and goes out whoever is up then.

    hotline:desk:sending    assignment -> when it goes out        hotline:desk:reply:<assignment>    what goes out, JSON
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from ivr.channels.email.mailroom import KNOWN_MS, Handed
from ivr.channels.tasks import ended
from ivr.deeds import place
from ivr.memory.consent import Purpose
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.timeline import MAIL, Touch
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.drafts import Drafts
from routing.desk.gate import Visitor
from routing.desk.letters import Letters, sender
from routing.desk.roles import Action
from routing.desk.work import Work
from routing.floor.records import Medium, Request
from routing.floor.states import TALKING
from routing.floor.store import Floor
from voice.errors import HotlineError

log = logging.getLogger(__name__)
REPLY, SENDING = "hotline:desk:reply:", "hotline:desk:sending"
UNDO_MS = 5000
LOOK_S = 0.5
TEXT_MOST = 20_000


class Post(Protocol):
    """How a mail goes out (ivr.channels.email.postman.Postman)."""

    async def write(self, name: str, to: str, purpose: Purpose, customer: str, body: Mapping[str, Any]) -> bool: ...

    def message_id(self, name: str) -> str: ...


class Mails:
    """`start`, `close`; `wanted` is for the mailroom. post: None where no mail goes out of this house."""

    def __init__(self, floor: Floor, memory: Memory, work: Work, drafts: Drafts, letters: Letters) -> None:
        self.floor, self.memory, self.work, self.drafts, self.letters = floor, memory, work, drafts, letters
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
            "identity": request.identity, "matter": request.matter, "due": due,
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
                    await self._out(mine)
            except Exception as error:
                log.log(logging.INFO if self.memory.away else logging.ERROR, "a mail of the desk waits: %s", place(error))

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
                await self.drafts.drop(mine, "text")
            await self._told(mine, written)
        await self.memory.store.command("ZREM", SENDING, mine)
        await self.memory.store.command("DEL", REPLY + mine)

    async def _told(self, mine: str, written: bool) -> None:
        """The talk of a mail is its answer: then it is wrapped up. One that may not go out any more is told of."""
        if written:
            with contextlib.suppress(HotlineError):
                await self.floor.move(mine, "wrap_up", "answered")
        else:
            log.warning("a mail of the desk may not go out")
