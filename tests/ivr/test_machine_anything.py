"""The machine under any sequence of events at all: it never raises, it ends, and it says no error prompt three times."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.actions import Event, Handover, Hangup, Heard, HearingLost, Key, Listen, NoInput, Phase, PromptsDone, Say, Started, State
from ivr.flow import load
from ivr.machine import ERROR_TIMES_MAX, begin, step

HOTLINE = load(Path(__file__).parent / "flows" / "menu.yaml")
DONE = PromptsDone()
WORDS = st.sampled_from(
    ["refund", "where is my parcel", "parcel", "money", "yes", "no", "uh huh", "", "um", "what a lovely elephant", "operator", "repeat", "again",
     "goodbye", "по-русски", "in english", "да", "нет", "где моя посылка", "посылка", "деньги", "еще раз", "слон", "no, a refund", "yes, my money"]
)  # fmt: skip
EVENTS = st.one_of(
    st.builds(Heard, WORDS | st.text(max_size=20), st.floats(0, 1), st.sampled_from(["whisper", "vosk", "typed", "other"]),
              st.sampled_from(["", "help.text", "hours.text", "more.text"])),
    st.builds(Key, st.sampled_from("0123456789*#AD")),
    st.sampled_from([NoInput(), DONE, DONE, HearingLost(), Started("ru")]),
)  # fmt: skip


def run(events: list[Event]) -> tuple[State, list[Say]]:
    """All events in a row, each state through JSON; what was said."""
    state, says = begin(HOTLINE), []
    for event in (Started("en"), *events):
        before = state
        state, actions = step(HOTLINE, state, event)
        assert State.from_dict(json.loads(json.dumps(state.to_dict()))) == state
        says += [action for action in actions if isinstance(action, Say)]
        kinds = [type(action) for action in actions if not isinstance(action, Say)]
        assert kinds in ([], [Listen], [Handover], [Hangup]), "says first, then one thing that waits or ends"
        assert (state.phase is Phase.ENDED) == (kinds in ([Handover], [Hangup]) or before.phase is Phase.ENDED)
        assert bool(kinds) == bool(actions), "whoever is spoken to is listened to afterwards, or it has ended"
    return state, says


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(EVENTS, max_size=40))
def test_no_sequence_of_events_raises_or_says_an_error_prompt_three_times(events: list[Event]) -> None:
    _, says = run(events)
    errors = Counter(
        one.prompt_id for one in says if ".no_" in one.prompt_id or one.prompt_id in ("hearing_lost", "confirming.again")
    )
    doubts = Counter(one.prompt_id for one in says if one.prompt_id.endswith(".confirm"))
    assert all(times <= ERROR_TIMES_MAX for times in (errors | doubts).values())
    if HearingLost() not in events:
        assert all(
            says_of <= ERROR_TIMES_MAX
            for says_of in Counter(one.prompt_id for one in says if one.prompt_id.endswith(".keys")).values()
        )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from([NoInput(), Heard("what a lovely elephant"), Heard(""), Key("7"), Key("#"), DONE]),
        min_size=8,
        max_size=12,
    )
)
def test_errors_alone_come_to_a_person_soon(kinds: list[Event]) -> None:
    state, _ = run([event for kind in kinds for event in (kind, kind, kind, DONE)])
    assert state.phase is Phase.ENDED or set(kinds) <= {DONE}


@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    st.lists(EVENTS.filter(lambda event: event != DONE and not isinstance(event, Started | HearingLost)), min_size=1, max_size=6)
)
def test_every_talk_ends_at_last(events: list[Event]) -> None:
    state, _ = run([one for event in events for one in (event, DONE)] * 100 + [NoInput()] * 4)
    assert state.phase is Phase.ENDED
