"""The demo's part with people: the caller asks for an operator, whose screen shows everything before his telephone rings.

    decision -> pop -> ring -> whisper -> put through -> talk -> consult -> handed over -> wrap-up -> report

Every time is taken where it happens: the decision and the states by the floor, the pop by the page, ringing and voices by the telephones.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from routing.demo.cast import ANNA, BORIS
from routing.demo.peer import Peer
from routing.demo.story import Line
from routing.demo.team import Team
from routing.floor.contacts import Contact, Contacts
from routing.floor.events import Events
from routing.floor.reasons import sentence
from routing.floor.records import Assignment, Event
from routing.floor.states import State
from voice.clock import epoch_ms, now_ns
from voice.errors import HotlineError
from voice.tasks import ended

OFFER_S, STEP_S, WORDS_S = 90.0, 30.0, 45.0
FACTS = {
    "bridged": "put through", "held": "the caller hears music", "consulting": "the operators talk to each other",
    "transferred": "handed over", "hung_up": "hung up",
}  # fmt: skip


class Happenings:
    """What has happened, in its order; and waiting for what has not yet."""

    def __init__(self) -> None:
        self.past: list[tuple[str, Mapping[str, Any]]] = []
        self._news = asyncio.Event()

    def add(self, what: str, **detail: Any) -> None:
        self.past.append((what, detail))
        self._news.set()

    def since(self) -> int:
        """To wait for what comes after this moment."""
        return len(self.past)

    async def until(self, what: str, within_s: float = STEP_S, since: int = 0, **wanted: Any) -> Mapping[str, Any]:
        """The first of its kind. Raises HotlineError."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    self._news.clear()
                    for kind, detail in self.past[since:]:
                        if kind == what and wanted.items() <= detail.items():
                            return detail
                    await self._news.wait()
        except TimeoutError:
            raise HotlineError(f"nothing came of {what!r} within {within_s:.0f} s") from None


class People:
    """Directs it. tell: a line of the timeline. pictures: the folder for what the pages looked like."""

    def __init__(self, language: str, tell: Callable[[Line], None], pictures: Path) -> None:
        self.language, self.tell, self.pictures = language, tell, pictures
        self.happened = Happenings()
        self.greeting = False  # nobody directs any more: whoever is put through is greeted
        self._whose: dict[str, str] = {}  # assignment -> operator
        self._team: Team | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def team(self) -> Team:
        assert self._team is not None
        return self._team

    async def follow(self, team: Team) -> None:
        """Look at the floor from now on."""
        self._team = team
        front = team.front
        events = Events(front.floor.store, epoch_ms)
        last = await events.last()

        async def following() -> None:
            async for event in events.after(last, dossiers=True):
                self._event(event)

        self._following = asyncio.create_task(following(), name="people")

    async def close(self) -> None:
        await ended([self._following])

    def of_caller(self, fact: Mapping[str, Any]) -> None:
        """What the caller's process tells."""
        self.happened.add(str(fact["what"]), who="caller", at_ns=int(fact["at_ns"]))

    def of_phone(self, name: str, fact: Mapping[str, Any]) -> None:
        """What an operator's telephone tells."""
        what, at_ns = str(fact["what"]), int(fact["at_ns"])
        self.happened.add(what, who=name, at_ns=at_ns)
        if what == "says":
            self.tell(Line(at_ns, "operator", what, {"text": fact["text"], "name": self._first(name)}))
        elif what == "picks up":
            self.tell(Line(at_ns, "floor", f"{self._first(name)} picks up"))

    async def run(self, caller: Peer) -> dict[str, Any]:
        """From the caller's wish for a person to the report; the figures. Raises HotlineError where somebody does not do his part."""
        offer = await self.happened.until("offered", OFFER_S, who=ANNA)
        first: Assignment = offer["assignment"]
        taken = await self._taken(first, offer["dossier"])
        bridged = await self.happened.until("bridged", who=ANNA)
        cast, anna = self.team.cast, self.team.posts[ANNA]
        await self._speak(ANNA, cast.hello)
        await self._cue(caller)
        await anna.picture(self.pictures / "desk-talk.png")
        await self._speak(ANNA, cast.moment)
        handed = await self._handed(first)
        await asyncio.gather(self._speak(BORIS, cast.welcome), self._wrap_up(ANNA, first, 0))
        await self._cue(caller)
        caller.say("goodbye")
        await self.happened.until("wrap_up", who=BORIS)
        await self._wrap_up(BORIS, handed["assignment"], 1)
        contact = await self._reported(first.contact)
        row = await anna.report()
        await anna.picture(self.pictures / "desk-report.png")
        words = await self._written(first.contact)
        if words:
            await anna.recording(words[0]["text"])
            await anna.picture(self.pictures / "desk-recording.png")
        heard, kept = self._heard(ANNA), self._kept(offer["dossier"], handed["dossier"])
        return {
            **taken,
            "bridged_ms": bridged["at_ms"] - first.offered_ms if heard else None,
            "reason": sentence(first.reasons, self.language),
            "transfer_kept": kept,
            "reported": {"outcome": contact.outcome, "code": contact.code, "transfers": contact.transfers, "row": row},
            "written": {side: [line["text"] for line in words if line["who"] == side] for side in ("operator", "caller")},
            "served": contact.outcome == "handled" and heard and kept,
        }

    # Inside

    async def _taken(self, first: Assignment, dossier: Mapping[str, Any]) -> dict[str, Any]:
        """The first operator's screen, then his telephone, then the whisper."""
        anna, name = self.team.posts[ANNA], self._first(ANNA)
        pop_ms = await anna.popped()
        if pop_ms is not None:
            self._desk(self._at(first.offered_ms + pop_ms), f"pops up at {name}: {self._shown(dossier)}", after_ms=pop_ms)
        ring_ms = self._epoch((await self._rings(ANNA))["at_ns"]) - first.offered_ms
        await anna.picture(self.pictures / "desk-pop.png")
        await self.happened.until("picks up", who=ANNA)
        whispered = dossier["request"]["summary"].get(self.language, "")
        self.tell(Line(now_ns(), "floor", f"whispered to {name} alone: “{whispered}”"))
        before = None if pop_ms is None else pop_ms < ring_ms
        return {"pop_before_ring": before, "pop_ms": pop_ms, "ring_ms": round(ring_ms, 1)}

    async def _handed(self, first: Assignment) -> Mapping[str, Any]:
        """The second operator is asked, and has the caller then; how he was offered."""
        cast, (anna, boris) = self.team.cast, (self.team.posts[ANNA], self.team.posts[BORIS])
        await anna.consult(first, self.team.operators[BORIS])
        handed = await self.happened.until("offered", who=BORIS)
        second: Assignment = handed["assignment"]
        pop_ms = await boris.popped()
        if pop_ms is not None:
            self._desk(self._at(second.offered_ms + pop_ms), f"pops up at {self._first(BORIS)}, with all of it", after_ms=pop_ms)
        await self._rings(BORIS)
        await self.happened.until("consulting", who=BORIS)
        await self._speak(ANNA, cast.ask)
        await self._speak(BORIS, cast.yes)
        await anna.hand_over(first)
        await self.happened.until("wrap_up", who=ANNA)
        return handed

    async def _rings(self, who: str) -> Mapping[str, Any]:
        """His telephone rings; told after the pop, which is known later than it happened."""
        rings = await self.happened.until("rings", who=who)
        self.tell(Line(rings["at_ns"], "floor", f"{self._first(who)}’s telephone rings"))
        return rings

    async def _speak(self, who: str, text: str) -> None:
        """An operator says something, to its end."""
        since = self.happened.since()
        self.team.say(who, text)
        await self.happened.until("said", who=who, since=since)

    async def _cue(self, caller: Peer) -> None:
        """The caller says what is next, to its end."""
        since = self.happened.since()
        caller.say("go on")
        await self.happened.until("said", who="caller", since=since)

    def _heard(self, who: str) -> bool:
        """Whether the operator has heard the caller, and the caller the operator, since they were put through."""
        past = self.happened.past
        put = next(n for n, (what, detail) in enumerate(past) if what == "bridged" and detail["who"] == who)
        by = {detail["who"] for what, detail in past[put:] if what in ("hears", "house speaks")}
        return {who, "caller"} <= by

    async def _wrap_up(self, who: str, assignment: Assignment, nth: int) -> None:
        cast, post = self.team.cast, self.team.posts[who]
        await post.wrap_up(assignment, cast.codes[nth], cast.notes[nth], closes=nth == 1)
        await self.happened.until("done", who=who)
        code = post.code(cast.codes[nth], self.language)
        self._desk(now_ns(), f"{self._first(who)} wraps up: {code}, “{cast.notes[nth]}”")

    async def _reported(self, contact: str) -> Contact:
        """The contact as reports have it."""
        found = await Contacts(self.team.front.floor.store).get(contact)
        if found is None or not found.outcome:
            raise HotlineError("the call is in no report")
        self._desk(now_ns(), f"in the report: {found.outcome}, {found.transfers} transfer, talked for {found.talked_s:.0f} s")
        return found

    async def _written(self, contact: str) -> list[dict[str, Any]]:
        """What was said in the recording, once all of it is written down; as much as is there where that takes too long."""
        tapes = self.team.front.tapes
        assert tapes.recordings is not None
        await self.happened.until("recording", of="kept")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WORDS_S):
                while True:
                    recorded = await tapes.recordings.of(contact)
                    if recorded is not None and not await tapes.recordings.wordless(recorded):
                        break
                    await asyncio.sleep(0.2)
        lines = [line for line in await tapes.said(contact) if "sound" in line]
        for line in lines:
            self._desk(now_ns(), f"written down from the recording, {line['who']}: “{line['text']}”")
        return lines

    def _shown(self, dossier: Mapping[str, Any]) -> str:
        """What stands on the screen, in short."""

        def said(value: Any) -> str:
            return str(value.get(self.language, "")) if isinstance(value, Mapping) else str(value)

        answers = [f"{said(one['value'])} ({one['channel']})" for one in dossier["matter"].get("ledger", ())]
        kinds = Counter(str(one["kind"]) for one in dossier["touches"])
        before = [f"{count} {kind}" + ("s" if count > 1 else "") for kind, count in kinds.items()]
        return f"{', '.join(answers)}; of before: {', '.join(before)}"

    @staticmethod
    def _kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Whether the second screen shows all that the first one showed: answers, contacts, the talk."""

        def shown(dossier: Mapping[str, Any]) -> set[str]:
            ledger = {f"{one['slot']} {one['value']}" for one in dossier["matter"].get("ledger", ())}
            touches = {f"{one['source']} {one['id']}" for one in dossier["touches"]}
            return ledger | touches | {f"line {one['n']}" for one in dossier["talk"].get("lines", ())}

        return bool(shown(before)) and shown(before) <= shown(after)

    def _event(self, event: Event) -> None:
        """Something happened on the floor."""
        if event.kind == "assignment.changed":
            assignment = Assignment.unpack(event.data["assignment"])
            who = self._whose[assignment.id] = assignment.operator
            if assignment.state is State.OFFERED:
                why = sentence(assignment.reasons, self.language)
                self.tell(Line(self._at(assignment.offered_ms), "floor", f"{self._first(who)} gets the call: {why}"))
            dossier = event.data.get("dossier")
            self.happened.add(str(assignment.state), who=who, assignment=assignment, dossier=dossier or {})
        elif event.kind == "call.fact":
            fact, who = str(event.data["fact"]), self._whose.get(str(event.data["assignment"]), "")
            self.happened.add(fact, who=who, at_ms=int(event.data["at_ms"]), of=event.data.get("what", ""))
            if fact in FACTS:
                self.tell(Line(self._at(int(event.data["at_ms"])), "floor", FACTS[fact]))
            if fact == "bridged" and self.greeting:
                self.team.say(who, self.team.cast.lines[who][-1 if who == BORIS else 0])

    def _desk(self, at_ns: int, what: str, **detail: Any) -> None:
        self.tell(Line(at_ns, "desk", what, detail))

    def _first(self, who: str) -> str:
        """By his first name."""
        return self.team.operators[who].name.split()[0]

    @staticmethod
    def _at(at_ms: int) -> int:
        """CLOCK_MONOTONIC of a time of the floor's."""
        return now_ns() - (epoch_ms() - at_ms) * 1_000_000

    @staticmethod
    def _epoch(at_ns: int) -> float:
        return epoch_ms() - (now_ns() - at_ns) / 1e6
