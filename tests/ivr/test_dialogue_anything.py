"""Any events at all, hung up and taken up again anywhere in any channel: nothing that is known is asked again, and it ends."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.actions import (
    CallBack,
    Context,
    ContextCame,
    Delivered,
    Event,
    Failed,
    Handover,
    Hangup,
    Heard,
    HearingLost,
    HungUp,
    Key,
    Listen,
    Looked,
    LookUp,
    Matter,
    NoInput,
    Phase,
    Picked,
    PromptsDone,
    Record,
    Recorded,
    Say,
    SendLink,
    Started,
    State,
    Verified,
    Verify,
)
from ivr.flow import StepKind
from ivr.machine import ERROR_TIMES_MAX, begin, resume, step
from tests.ivr.parcels import CONNECTORS, FLOW, NOW_MS

DONE = PromptsDone()
WORDS = st.sampled_from(
    ["where is my parcel", "my order 4711 has not come", "4711", "four seven one two", "no, not 4711, 4712", "the order is 5050", "1234",
     "next friday", "tomorrow in the morning", "the day is wednesday", "friday", "in the evening", "afternoon", "morning please",
     "yes", "no", "yes, and when are you open", "no, on saturday", "back", "start over", "slower", "repeat", "another matter",
     "operator", "goodbye", "i have a code", "481516", "call me back", "leave a message", "the time", "the order number", "refund",
     "по-русски", "мой заказ 4711 не пришел", "послезавтра", "вечером", "нет, утром", "да", "сначала", "назад", "", "um", "uh huh",
     "what a lovely elephant", "four seven", "it waits"]
)  # fmt: skip
ANSWERS = st.sampled_from(["good", "none", "error", "late", "foreign"])
EVENTS = st.one_of(
    st.builds(Heard, WORDS, st.floats(0.3, 1), st.sampled_from(["whisper", "vosk", "typed"]), st.sampled_from(["", "late.text", "day.text"])),
    st.builds(Heard, WORDS),
    st.builds(Key, st.sampled_from("0123456789*#A")),
    st.builds(Picked, st.sampled_from(["yes", "no", "morning", "evening", "status", "help", "nothing"])),
    st.sampled_from([NoInput(), DONE, DONE, HearingLost()]),
    st.sampled_from(["drop", "context"]),
)  # fmt: skip
CHANNELS = st.sampled_from(["phone", "chat", "email"])


class Runner:
    """Runs events; answers work as told; checks after each step what must always hold."""

    def __init__(self, data: st.DataObject) -> None:
        self.data, self.state = data, begin(FLOW)
        self.says: Counter[str] = Counter()
        self.take(Started("en", "phone", now_ms=NOW_MS))

    def take(self, event: Event) -> None:
        waiting = [event]
        while waiting:
            one = waiting.pop(0)
            before = self.state
            self.state, actions = step(FLOW, self.state, one)
            self.check(before, list(actions))
            for act in actions:
                if isinstance(act, LookUp | Verify | SendLink | CallBack | Record):
                    waiting += self.worked(act)

    def worked(self, act: LookUp | Verify | SendLink | CallBack | Record) -> list[Event]:
        how = self.data.draw(ANSWERS)
        if how == "late":
            return []
        if how == "foreign":
            return [Looked("999", {"state": "late"}), Verified("999"), NoInput()]
        if isinstance(act, LookUp):
            results = {"good": CONNECTORS[act.connector](act.arguments), "none": None, "error": None}
            return [Looked(act.request, results[how], "deadline" if how == "error" else "")]
        if how == "error":
            return [Failed(act.request, "wrong")]
        good = {Verify: Verified(act.request), Record: Recorded(act.request, "r.wav")}
        return [good.get(type(act), Delivered(act.request))]

    def check(self, before: State, actions: list[object]) -> None:
        state = self.state
        assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state
        kinds = [type(act) for act in actions if not isinstance(act, Say)]
        assert len(kinds) <= 1
        assert actions == sorted(actions, key=lambda act: not isinstance(act, Say)), "says first"
        assert not actions or kinds, "whoever is spoken to is listened to, or it works or ends"
        if kinds in ([Handover], [Hangup]):
            assert state.phase is Phase.ENDED
        if kinds == [Listen]:
            assert state.phase in (Phase.ASKING, Phase.CONFIRMING, Phase.OFFERING)
        assert state.repeated == 0
        for act in actions:
            if isinstance(act, Say):
                self.says[act.prompt_id] += 1
                self.question(act)

    def question(self, say: Say) -> None:
        name, _, what = say.prompt_id.partition(".")
        asked = FLOW.steps.get(name)
        if asked is not None and asked.kind is StepKind.ASK and (what in ("text", "again", "keys") or what.startswith("no_")):
            assert asked.slot not in self.state.slots, f"{say.prompt_id} though known"

    def drop(self) -> None:
        """Hang up, and come back somewhere."""
        old = self.state
        stored = json.loads(
            json.dumps(step(FLOW, old, HungUp())[0].to_dict() if self.data.draw(st.booleans()) else old.to_dict())
        )
        self.says.clear()
        channel, language = self.data.draw(CHANNELS), self.data.draw(st.sampled_from(["en", "ru"]))
        later = old.now_ms + self.data.draw(st.sampled_from([0, 60_000, 3_600_000]))
        self.state, actions = resume(FLOW, stored, channel, language, later)
        self.check(self.state, list(actions))
        if self.state.phase is Phase.OFFERING and old.phase is not Phase.OFFERING and self.data.draw(st.booleans()):
            self.state, actions = step(FLOW, self.state, Picked("yes"))
            kept = {name: value for name, value in old.slots.items() if name in FLOW.slots}
            assert kept.items() <= self.state.slots.items(), "everything is kept"
            assert self.state.step == old.step or old.doubts or self.state.step in FLOW.steps
            self.check(self.state, list(actions))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data(), st.lists(EVENTS, max_size=30))
def test_nothing_known_is_asked_again_whatever_happens(data: st.DataObject, events: list[Event | str]) -> None:
    runner = Runner(data)
    for event in events:
        if event == "drop":
            runner.drop()
        elif event == "context":
            other = State.from_dict({**runner.state.to_dict(), "ledger": []})
            runner.take(ContextCame(Context("c2", matters=(Matter("m9", other.to_dict()),))))
        else:
            assert not isinstance(event, str)
            runner.take(event)
    errors = Counter(
        {name: n for name, n in runner.says.items() if ".no_" in name or name in ("hearing_lost", "confirming.again")}
    )
    assert all(times <= ERROR_TIMES_MAX for times in errors.values()), errors


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.data(), st.lists(EVENTS.filter(lambda one: one not in (DONE, HearingLost(), "drop", "context")), min_size=1, max_size=5)
)
def test_every_talk_ends_at_last(data: st.DataObject, events: list[Event]) -> None:
    runner = Runner(data)
    for event in [one for each in events for one in (each, DONE)] * 100 + [NoInput()] * 12:
        runner.take(event)
    assert runner.state.phase is Phase.ENDED
