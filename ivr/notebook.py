"""One talk's page in the memory: who it is, the matter it opens or goes on with, its messages, its ticket.

A matter is opened by the first answer, closed by the flow's end, and left open by everything else: whoever comes back, by any
channel, is asked whether to go on. Where two channels answer at once, the first at the store counts, and both answers are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ivr.actions import Answer, Context, Phase, StaleState, State
from ivr.actions import Matter as Open
from ivr.deeds import Proof, Refused
from ivr.memory.consent import ALL, SENT, Purpose
from ivr.memory.errors import Outrun
from ivr.memory.identity import STRONG, Confidence, Identity
from ivr.memory.identity import Proof as Shown
from ivr.memory.lookup import Who
from ivr.memory.matter import LIFETIME_MS, LIVE, Answered, Matter, Status
from ivr.memory.memory import Memory
from ivr.memory.ticket import Redeemed, Ticket
from ivr.memory.timeline import Touch

TRIES = 3  # against others who write the same matter at the same time
TOPIC = "topic"  # the slot whose value names a matter in lists


class MemoryNotebook:
    """What memory holds for one talk. identity: by which the customer came, None where he withholds it.

    confidence: "hint", "claimed" or "proved", as the channel itself shows it. patient: who it is, is asked until Redis answers.
    """

    def __init__(
        self, memory: Memory, identity: Identity | None, channel: str, *, confidence: str = "hint", lifetime_ms: int = LIFETIME_MS,
        patient: bool = False,
    ) -> None:  # fmt: skip
        self.memory, self.identity, self.channel = memory, identity, channel
        self.confidence, self.lifetime_ms, self.patient = confidence, lifetime_ms, patient
        self.matter: Matter | None = None
        self.customer = ""
        self._known: dict[str, Matter] = {}

    async def who(self) -> Context | None:
        """See `ivr.keeper.Notebook`."""
        if self.identity is None:
            return None
        ask = self.memory.who_at_last if self.patient else self.memory.who
        found = await ask(self.identity, touches=0)
        return self._context(found, found.matters, self.confidence)

    @property
    def matter_id(self) -> str:
        """Of the matter that this talk has in the store, or ""."""
        return self.matter.id if self.matter is not None and self.matter.version else ""

    async def go_on(self, matter: str) -> None:
        """The talk had this matter before the program was started anew. Raises MemoryAway."""
        self.matter = await self.memory.matters.load(matter)

    async def overtaken(self, state: State) -> bool:
        """Whether another channel has answered more in this talk's matter than `state` knows, or ended it. Raises MemoryAway."""
        if self.matter is None or not self.matter_id:
            return False
        now = await self.memory.matters.load(self.matter.id)
        return now is not None and (now.status is not Status.OPEN or bool(_theirs(now, state)))

    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]:
        """See `ivr.keeper.Notebook`."""
        matter = await self._matter_of(state, handed)
        if matter is None:
            return ()
        status = Status.HANDED if handed else Status.CLOSED if state.done else Status.OPEN
        news: list[Answer] = []
        for _ in range(TRIES):
            have = {line.pack() for line in matter.ledger}
            answers = [line for line in map(_answered, state.ledger) if line.pack() not in have]
            own = (self.identity,) if self.identity else ()
            ready = replace(
                matter, state=state.to_dict(), status=status, step=state.step, language=state.language, channel=self.channel,
                topic=str(state.slots.get(TOPIC, matter.topic)), customer=self.customer or matter.customer,
                identities=(*matter.identities, *own),
            )  # fmt: skip
            try:
                self.matter = await self.memory.matters.checkpoint(ready, answers, lifetime_ms=self.lifetime_ms)
            except Outrun as outrun:
                matter = outrun.matter
                fresh = _theirs(matter, state)
                news += fresh
                state = replace(state, ledger=(*state.ledger, *fresh))
                went = state.phase is Phase.ENDED and not state.done
                if went and (not answers or matter.status is not Status.OPEN):
                    # The matter stands where the other channel has it.
                    self.matter = matter
                    break
                if matter.status in (Status.CLOSED, Status.EXPIRED):
                    # Another channel brought it to its end; what goes on here is a matter of its own.
                    matter = self._begin(state)
                self.matter = matter
                continue
            return tuple(news)
        return tuple(news)

    async def touch(
        self, source: str, source_id: str, text: str, at_ms: int, *, ours: bool, kind: str = "message", **data: Any
    ) -> None:
        """Keep one message, once for ever by its source and id. Raises HotlineError."""
        if self.identity is None:
            return
        touch = Touch(
            self.identity, kind, source, source_id, at_ms, text, ours, self.matter.id if self.matter else "", self.customer, data
        )
        await self.memory.touch(touch, str(data.get("language", "")))

    async def may_keep_sound(self) -> bool:
        """Whether what he says may be kept as sound beside its words: unless he has forbidden it. Raises MemoryAway."""
        return not self.customer or not await self.memory.consents.forbids(self.customer, self.channel, Purpose.RECORDING)

    async def consent(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What he says about being called and written to: "forbid" is no to all that he does not ask for himself; "allow" brings back
        what is his own business, and no marketing, for which a clear word of its own is needed.

        It holds for the customer. Where several share the number, it holds for all of them, by this channel. Raises Refused, MemoryAway.
        """
        if self.identity is None:
            raise Refused("nobody")
        allows = arguments.get("word") == "allow"
        found = await self.memory.who(self.identity, touches=0)
        sure = [one.customer.id for one in found.candidates if one.confidence >= STRONG]
        one = found.customer.id if found.customer else None if sure else await self.memory.customers.meet(self.identity)
        for customer in [one] if one else sure:
            for purpose in (Purpose.SERVICE,) if allows else SENT:
                await self.memory.consents.say(customer, ALL if one else self.channel, purpose, allows, self.channel)
        self.customer = self.customer or one or ""
        return {"forbidden": not allows}

    async def ticket(self) -> Ticket | None:
        """Six digits with which a phone call goes on here; None where nothing was begun or too many were given out. Raises MemoryAway."""
        if self.identity is None or self.matter is None or not self.matter_id:
            return None
        sure = Confidence.PROVED if self.confidence == "proved" else Confidence.CLAIMED
        issued = await self.memory.tickets.issue(self.matter.id, self.identity, sure, self.customer)
        return issued.ticket

    async def redeem(self, arguments: Mapping[str, Any]) -> Proof:
        """The proof by ticket: its digits, under whatever name the flow gives them. Raises Refused, MemoryAway.

        A ticket proves one thing for certain: that the caller is whom it was shown to. So the matter goes on, whoever that is. Who
        the *customer* is, is proved only where the house knew that when it gave the ticket out (he had proved himself in the chat, or
        it went to a mailbox as a code does) and the store has one customer who surely owns that identity. A chat that is known by
        its cookie alone is none: anybody can open one, name somebody's order, and phone with its ticket. Such a ticket gives
        "claimed", opens nothing private, and links the caller's number as weakly as if he had only said who he is.
        """
        digits = "".join(str(value) for value in arguments.values())
        redeemed = await self.memory.tickets.redeem(digits, self.identity)
        if not isinstance(redeemed, Redeemed):
            raise Refused("locked" if redeemed.until_ms else "wrong")
        matter = await self.memory.matters.load(redeemed.matter)
        found = await self.memory.who(redeemed.identity, touches=0)
        matters = (*((matter,) if matter is not None else ()), *(one for one in found.matters if one.id != redeemed.matter))
        sure = redeemed.confidence is Confidence.PROVED and found.customer is not None
        if self.identity is not None and found.customer is not None and self.identity != redeemed.identity:
            await self.memory.customers.link(found.customer.id, self.identity, [Shown.TICKET if sure else Shown.SAID])
        if self.confidence != "proved":
            self.confidence = "proved" if sure else "claimed"
        return Proof(self.confidence, self._context(found, matters, self.confidence))

    # Inside

    def _context(self, found: Who, matters: Sequence[Matter], confidence: str) -> Context:
        live = [matter for matter in matters if matter.status in LIVE and matter.state]
        self._known |= {matter.id: matter for matter in live}
        self.customer = found.customer.id if found.customer else ""
        facts = dict(found.customer.facts) if found.customer else {}
        offers = tuple(Open(matter.id, matter.state) for matter in live if self.matter is None or matter.id != self.matter.id)
        spoken = next((matter.language for matter in live if matter.language), "") or found.language
        return Context(self.customer, confidence, facts, offers, spoken)

    async def _matter_of(self, state: State, handed: bool) -> Matter | None:
        """The matter that this state belongs to: one that is gone on with, the talk's own, or none as long as nothing was answered."""
        if state.matter and (self.matter is None or self.matter.id != state.matter):
            found = self._known.get(state.matter) or await self.memory.matters.load(state.matter)
            if found is not None:
                if self.matter is not None and self.matter.status is Status.OPEN:
                    await self.memory.matters.close(self.matter)  # its answers went along
                self.matter = found
        if self.matter is None and (state.ledger or handed):
            self.matter = self._begin(state)
        return self.matter

    def _begin(self, state: State) -> Matter:
        return self.memory.matters.begin(
            state.flow, state.flow_version, (self.identity,) if self.identity else (), self.channel,
            language=state.language, customer=self.customer, lifetime_ms=self.lifetime_ms,
        )  # fmt: skip


def _answered(answer: Answer) -> Answered:
    """A line of the dialogue's ledger as the memory keeps it."""
    return Answered(
        answer.slot,
        answer.value,
        answer.when_ms,
        answer.channel,
        answer.score,
        answer.how,
        answer.step,
        recording=answer.recording,
    )


def _theirs(matter: Matter, state: State) -> list[Answer]:
    """What the matter's ledger has and this state has not, as the dialogue writes it; late lines do not count."""
    have = {_answered(answer).pack() for answer in state.ledger}
    try:
        whole = {_answered(answer).pack(): answer for answer in State.from_dict(matter.state).ledger}
    except StaleState:
        whole = {}
    missing = [line for line in matter.ledger if not line.late and line.pack() not in have]
    return [
        whole.get(line.pack())
        or Answer(line.step, line.slot, line.value, line.by, line.sure, line.at_ms, line.channel, recording=line.recording)
        for line in missing
    ]
