"""The dialogue itself: `step(flow, state, event) -> (state, actions)`, pure; time comes in events, nothing is kept outside State.

    NEW  --Started-->  ASKING  <-- yes, no -->  CONFIRMING      (did you mean ...?)
                         |                          |
                         '--- goodbye, operator ----'-->  ENDED

Errors escalate: the prompts of `no_input` or `no_match` one after another, then the keys, then a person. No error prompt is
said more than ERROR_TIMES_MAX times in a call, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ivr.actions import (
    Action,
    Answer,
    Event,
    Handover,
    Hangup,
    Heard,
    HearingLost,
    HungUp,
    Key,
    Listen,
    NoInput,
    Phase,
    PromptsDone,
    Say,
    StaleState,
    Started,
    State,
)
from ivr.flow import Choice, Flow, Prompt, Step, StepKind
from ivr.languages import primary
from ivr.understand import NO, YES, Understanding, Verdict, is_back_channel, is_hesitation, is_nothing, judge
from ivr.understand.expected import expectation, options
from voice.errors import HotlineError
from voice.recognizers.protocol import Kind

__all__ = [
    "Phase",
    "StaleState",
    "State",
    "Transcript",
    "UnknownPair",
    "begin",
    "converse",
    "hears",
    "outcome",
    "prompts",
    "step",
]

ERROR_TIMES_MAX = 2
IGNORED_MAX = 2  # sounds in a row that are let pass; the next one is answered
TOPIC = "topic"  # the slot that `outcome` reports


class UnknownPair(HotlineError):
    """No such event in this phase: a fault of the program, with both names in the text."""


Result = tuple[State, tuple[Action, ...]]


def begin(flow: Flow) -> State:
    """The state before the call; the first event is Started."""
    return State(flow=flow.name, flow_version=flow.version)


def step(flow: Flow, state: State, event: Event) -> Result:
    """What one event does. No actions means: go on as you were. Raises StaleState where the state is of another flow."""
    if (state.flow, state.flow_version) != (flow.name, flow.version) or (state.step and state.step not in flow.steps):
        raise StaleState(
            f"a state of flow {state.flow} {state.flow_version} at step {state.step!r} met flow {flow.name} {flow.version}"
        )
    handler = _TABLE[state.phase].get(type(event))
    if handler is None:
        raise UnknownPair(f"no way to take {type(event).__name__} while {state.phase}")
    return handler(flow, state, event)


def hears(flow: Flow, state: State, text: str, score: float = 1.0, engine: str = "typed") -> Understanding:
    """What these words would mean now, changing nothing: for partials (cut the prompt? end the turn early?)."""
    if state.phase not in (Phase.ASKING, Phase.CONFIRMING):
        return Understanding(Verdict.NO_MATCH)
    yes_no = state.phase is Phase.CONFIRMING or flow.steps[state.step].expects is Kind.YES_NO
    return judge(options(flow, state.step, state.language), state.language, text, score, engine, asks_yes_no=yes_no)


def prompts(flow: Flow, languages: Iterable[str] = ()) -> tuple[Say, ...]:
    """Every text of the flow in these languages (all of the flow's by default), first what is said first: to render beforehand."""
    codes = tuple(languages) or flow.languages
    first = (*filter(None, [flow.steps[flow.start].text]), *flow.prompts())
    every = [Say(prompt.texts[code], code, prompt.id) for prompt in first for code in codes if code in prompt.texts]
    return tuple(dict.fromkeys(every))


def outcome(state: State) -> str:
    """One line for a summary: what was understood, and how it ended."""
    topics = list(dict.fromkeys(answer.value for answer in state.ledger if answer.slot == TOPIC))
    understood = (
        f"understood {'topic' if len(topics) == 1 else 'topics'} {', '.join(topics)}" if topics else "no topic understood"
    )
    return f"{understood}; {state.ending or 'not ended'}"


# Saying


def _say(state: State, prompt: Prompt, barge: Step | None = None, language: str = "") -> Say:
    code = language or state.language
    listening = barge.listening if barge else None
    return Say(
        prompt.texts[code], code, prompt.id, bool(listening and listening.barge_speech), bool(listening and listening.barge_keys)
    )


def _listen(flow: Flow, state: State, says: Iterable[Say], *, confirming: str = "") -> Result:
    """Say these, then wait at the present step. Whoever has been asked too often in one call is given to a person."""
    if state.turns >= flow.turns_max:
        return _give_up(flow, state, "too_long")
    here = flow.steps[state.step]
    phase, says = Phase.CONFIRMING if confirming else Phase.ASKING, tuple(says)
    state = replace(state, phase=phase, confirming=confirming, speaking=True, ignored=0, turns=state.turns + 1)
    state = replace(state, playing=tuple(say.prompt_id for say in says))
    listening = Listen(
        expectation(flow, state.step, state.language, bool(confirming)), here.listening.end_silence_ms, here.listening.no_input_s
    )
    return state, (*says, listening)


def _enter(flow: Flow, state: State, name: str, reason: str = "") -> Result:
    """Go to a step: say what is on the way, until something is asked or the dialogue ends."""
    says: list[Say] = []
    here = flow.steps[name]
    if not state.hearing and not dict(state.heard).get(flow.hearing_lost.id):
        says.append(_say(state, flow.hearing_lost))
        state = _counted(state, flow.hearing_lost)
    while here.kind is StepKind.SAY:
        says.append(_say(state, here.text or flow.hearing_lost, here))
        here = flow.steps[here.next]
    state = replace(state, step=here.id, errors=0, denied=(), confirming="")
    if here.asks:
        question = (here.again if here.again and here.id in state.asked else here.text) or flow.hearing_lost
        says.append(_say(state, question, here))
        if not state.hearing and here.keys:
            says.append(_say(state, here.keys, here))
        asked = state.asked if here.id in state.asked else (*state.asked, here.id)
        return _listen(flow, replace(state, asked=asked, said=tuple(say.prompt_id for say in says)), says)
    says.append(_say(state, here.text or flow.hearing_lost))
    if here.kind is StepKind.HANDOVER:
        reason = reason or here.reason or "asked"
        return _ended(state, f"handed over ({reason})"), (*says, Handover(reason))
    return _ended(state, f"ended at {here.id}"), (*says, Hangup())


def _ended(state: State, ending: str) -> State:
    return replace(state, phase=Phase.ENDED, speaking=False, confirming="", ending=ending)


def _give_up(flow: Flow, state: State, reason: str) -> Result:
    """To the person, or whatever the step has instead."""
    here = flow.steps.get(state.step)
    name = here.otherwise if here and here.otherwise and reason != "too_long" else flow.person
    return _enter(flow, state, name, reason)


# Errors


def _error(flow: Flow, state: State, reason: str, *, keyed: bool = False) -> Result:
    """The next error prompt of this step that may still be said; after the last one, a person."""
    here = flow.steps[state.step]
    ladder = [] if keyed or not state.hearing else list(here.no_input if reason == "no_input" else here.no_match)[state.errors :]
    if state.errors <= max(len(here.no_input), len(here.no_match)) and here.keys:
        ladder.append(here.keys)
    prompt = next((one for one in ladder if dict(state.heard).get(one.id, 0) < ERROR_TIMES_MAX), None)
    state = replace(state, errors=state.errors + 1, phase=Phase.ASKING, confirming="")
    if prompt is None:
        return _give_up(flow, state, reason)
    says = [_say(state, prompt, here)]
    if prompt is here.keys:
        says += [_say(state, offer, here, other) for offer, other in _offers(flow, state)]
    return _listen(flow, _counted(state, prompt), says)


def _counted(state: State, prompt: Prompt) -> State:
    counts = dict(state.heard)
    return replace(state, heard=tuple({**counts, prompt.id: counts.get(prompt.id, 0) + 1}.items()))


def _may_say(state: State, prompt: Prompt) -> bool:
    return dict(state.heard).get(prompt.id, 0) < ERROR_TIMES_MAX


def _offers(flow: Flow, state: State) -> list[tuple[Prompt, str]]:
    """Whoever gets as far as the keys may simply speak another language: say so in that language."""
    return [
        (command.offer, code) for command in flow.commands if command.offer for code in flow.languages if code != state.language
    ]


# Events


def _started(flow: Flow, state: State, event: Started) -> Result:
    code = primary(event.language)
    code = code if code in flow.languages else flow.languages[0]
    state = replace(state, language=code, channel=event.channel, started_ms=event.now_ms, now_ms=event.now_ms)
    return _enter(flow, state, flow.start)


def _heard(flow: Flow, state: State, event: Heard) -> Result:
    here, code = flow.steps[state.step], state.language
    if state.speaking and not here.listening.barge_speech:
        return state, ()
    if is_nothing(event.text, code):
        return _passed(flow, state)
    state = replace(state, hearing=True)
    meant = hears(flow, state, event.text, event.score, event.engine)
    answered = meant.choice in (YES, NO)
    if state.speaking and (_is_listeners(flow, state, event.during) if answered else is_back_channel(event.text, code)):
        return _passed(flow, state)
    if meant.kind is Verdict.NO_MATCH or (meant.kind is Verdict.CONFIRM and meant.choice in state.denied):
        # Over a prompt, strange words are somebody else's talk until they insist; after it, they are an answer.
        return _passed(flow, state) if state.speaking or is_hesitation(event.text, code) else _misunderstood(flow, state)
    if state.phase is Phase.CONFIRMING:
        return _confirmed(flow, state, meant)
    choice = flow.choices(here)[meant.choice]
    if meant.kind is Verdict.CONFIRM and choice.confirm is not None:
        if not _may_say(state, choice.confirm):
            # Asked twice already: whoever said yes to it then means it now.
            agreed = any(answer.value == choice.id for answer in state.ledger)
            return _take(flow, state, choice, "speech", meant.score) if agreed else _misunderstood(flow, state)
        return _listen(flow, _counted(state, choice.confirm), [_say(state, choice.confirm, here)], confirming=choice.id)
    return _take(flow, state, choice, "speech", meant.score)


def _is_listeners(flow: Flow, state: State, during: str) -> bool:
    """Whether a yes or no over the prompts is only a listener's: said while the house tells something, not while it asks."""
    telling = [one.text.id for one in flow.steps.values() if one.kind is StepKind.SAY and one.text]
    return any(prompt_id in telling for prompt_id in ((during,) if during else state.playing))


def _passed(flow: Flow, state: State) -> Result:
    """Let a sound pass; the one after IGNORED_MAX of them is answered."""
    if state.ignored >= IGNORED_MAX:
        return _misunderstood(flow, state)
    return replace(state, ignored=state.ignored + 1), ()


def _misunderstood(flow: Flow, state: State, reason: str = "no_match") -> Result:
    """No match or no input: while confirming, ask for yes or no once; then, and otherwise, the ladder of the step."""
    if state.phase is Phase.CONFIRMING and state.confirming not in state.denied and _may_say(state, flow.confirm_again):
        state = replace(_counted(state, flow.confirm_again), denied=(*state.denied, state.confirming))
        return _listen(flow, state, [_say(state, flow.confirm_again, flow.steps[state.step])], confirming=state.confirming)
    return _error(flow, state, reason)


def _confirmed(flow: Flow, state: State, meant: Understanding) -> Result:
    """The answer to "did you mean ...?": yes, no, or the right thing at once."""
    choices = flow.choices(flow.steps[state.step])
    if meant.choice == NO:
        return _error(flow, replace(state, denied=(*state.denied, state.confirming)), "no_match")
    if meant.choice in (YES, state.confirming) and not meant.contrary:
        return _take(flow, state, choices[state.confirming], "speech", max(meant.score, 0.75))
    return _take(flow, state, choices[meant.choice], "speech", meant.score)


def _keyed(flow: Flow, state: State, event: Key) -> Result:
    here = flow.steps[state.step]
    if state.speaking and not here.listening.barge_keys:
        return state, ()
    choices = flow.choices(here)
    if state.phase is Phase.CONFIRMING:
        if event.digit == flow.confirm_keys[YES]:
            return _take(flow, state, choices[state.confirming], "key", 1.0)
        if event.digit == flow.confirm_keys[NO]:
            return _error(flow, replace(state, denied=(*state.denied, state.confirming)), "no_match")
    choice = next((one for one in (*here.choices, *flow.commands) if one.key == event.digit), None)
    return _take(flow, state, choice, "key", 1.0) if choice else _error(flow, state, "no_match", keyed=True)


def _take(flow: Flow, state: State, choice: Choice, by: str, score: float) -> Result:
    """Do what was chosen."""
    here = flow.steps[state.step]
    if choice.goto:
        owner = next((one for one in (here, *(flow.steps[name] for name in here.also)) if choice in one.choices), None)
        if owner is not None:
            answer = Answer(owner.id, owner.slot or owner.id, choice.id, by, round(score, 3), state.now_ms, state.channel)
            state = replace(state, ledger=(*state.ledger, answer))
        return _enter(flow, state, choice.goto)
    doubted = flow.choices(here)[state.confirming].confirm if state.confirming else None
    if choice.id == "repeat" and doubted and _may_say(state, doubted):
        return _listen(flow, _counted(state, doubted), [_say(state, doubted, here)], confirming=state.confirming)
    state = replace(state, errors=0, confirming="", denied=())
    if choice.id == "language":
        at = flow.languages.index(state.language)
        state = replace(state, language=flow.languages[(at + 1) % len(flow.languages)])
    again = [prompt for name in state.said if (prompt := flow.prompt(name)) is not None]
    return _listen(flow, state, [_say(state, prompt, here) for prompt in again])


def _silent(flow: Flow, state: State, event: NoInput) -> Result:
    return _misunderstood(flow, state, "no_input")


def _played(flow: Flow, state: State, event: PromptsDone) -> Result:
    return replace(state, speaking=False), ()


def _deaf(flow: Flow, state: State, event: HearingLost) -> Result:
    """Say that it goes on by keys, and which; once, until hearing comes back and is lost again."""
    if not state.hearing:
        return state, ()
    here, state = flow.steps[state.step], replace(state, hearing=False)
    if not _may_say(state, flow.hearing_lost):
        return _give_up(flow, state, "no_match")
    says = [_say(state, flow.hearing_lost, here), *([_say(state, here.keys, here)] if here.keys else [])]
    return _listen(flow, _counted(state, flow.hearing_lost), says)


def _deaf_before(flow: Flow, state: State, event: HearingLost) -> Result:
    return replace(state, hearing=False), ()


def _gone(flow: Flow, state: State, event: HungUp) -> Result:
    return (state if state.phase is Phase.ENDED else _ended(state, f"hung up at {state.step or 'the start'}")), ()


def _nothing(flow: Flow, state: State, event: Event) -> Result:
    return state, ()


_Handler = Callable[[Flow, State, Any], Result]
_TALKING: dict[type, _Handler] = {
    Started: _nothing, Heard: _heard, Key: _keyed, NoInput: _silent, PromptsDone: _played, HearingLost: _deaf, HungUp: _gone,
}  # fmt: skip
_QUIET: dict[type, _Handler] = {**{event: _nothing for event in _TALKING}, HungUp: _gone}
_TABLE: dict[Phase, dict[type, _Handler]] = {
    Phase.NEW: {**_QUIET, Started: _started, HearingLost: _deaf_before},
    Phase.ASKING: _TALKING,
    Phase.CONFIRMING: _TALKING,
    Phase.ENDED: _QUIET,
}


# A dialogue in writing


@dataclass(frozen=True, slots=True)
class Transcript:
    """Who said what ("house", "caller"), and the state it came to."""

    turns: tuple[tuple[str, str], ...]
    state: State

    def __str__(self) -> str:
        return "\n".join(f"{who}: {text}" for who, text in self.turns)

    @property
    def house(self) -> tuple[str, ...]:
        """Only what the house said."""
        return tuple(text for who, text in self.turns if who == "house")


def converse(flow: Flow, language: str, lines: Iterable[str]) -> Transcript:
    """Play `lines` against the flow, typing instead of speaking, each after the prompts are done: words, "[5]" for a key, "" for silence."""
    turns: list[tuple[str, str]] = []
    state = begin(flow)
    events: list[Event] = [Started(language)]
    for line in (None, *lines):
        if line is not None:
            turns.append(("caller", line))
            events = [
                Key(line[1]) if len(line) == 3 and line[0] + line[2] == "[]" else Heard(line) if line.strip() else NoInput()
            ]
        for event in (*events, PromptsDone()):
            state, actions = step(flow, state, event)
            turns += [("house", action.text) for action in actions if isinstance(action, Say)]
        if state.phase is Phase.ENDED:
            break
    return Transcript(tuple(turns), state)
