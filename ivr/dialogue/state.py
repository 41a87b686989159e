"""What a dialogue keeps between two events: plain JSON, versioned; older versions are brought up to date by rule.

The ledger is append-only: every answer with when, where, how and how sure. The last line of a slot counts; a line without a
value is a slot forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from voice.errors import HotlineError

STATE_VERSION = 3
HANDED = "handed over ("  # how the ending of such a dialogue begins; then why


class StaleState(HotlineError):
    """A stored state does not fit this program or this flow."""


class Phase(StrEnum):
    """Where in a turn the dialogue is."""

    NEW = "new"
    ASKING = "asking"
    CONFIRMING = "confirming"  # "did you mean ...?": a choice, or the value of a slot
    OFFERING = "offering"  # "we stopped at ..., shall we go on?"
    WORKING = "working"  # an act is under way; its event comes
    ENDED = "ended"


class Confidence(StrEnum):
    """How sure it is who speaks; only PROVED opens what is private."""

    HINT = "hint"
    CLAIMED = "claimed"
    PROVED = "proved"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the ledger. how: "speech", "key", "typed", "lookup", "set" or "start over"; score: how sure, 0 to 1.

    value: plain JSON, None where the slot was forgotten. kind: the slot's kind, "choice" for a menu. recording: where its sound
    is kept.
    """

    step: str
    slot: str
    value: Any
    how: str
    score: float
    when_ms: int = 0
    channel: str = "phone"
    kind: str = "choice"
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known that was not asked. origin: "context", "lookup" or "set"."""

    name: str
    value: Any
    origin: str
    when_ms: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Everything there is to know between two events; plain JSON through `to_dict` and `from_dict`.

    assumed: nobody chose this language yet, and nobody was understood in it. matter: the store's id of what is being continued. started_ms, now_ms: Unix time. speaking: prompts are playing. hearing:
    recognition works. errors: no-input and no-match in a row at this step. ignored: sounds let pass since the last Listen. patient: he has asked for time.
    confirming: the choice or slot that is doubted; doubts: answers waiting for a yes. keyed: keys collected; part: the beginning of a value, whose rest is to come. said: prompt ids
    of the last question and what came before it, for "repeat". playing: prompt ids of this turn. asked: steps that have asked.
    told: digests of what was told; retelling: on the way back to where one was, on which nothing is told twice. denied: choices that the caller
    said no to, or did not say yes to, at this step. heard: how often each error prompt was said. history: asking steps that were
    answered, for "back". after: where to go when the identity is proved. request: number of the last act that works, "" with
    none under way. offers: open matters, the one on offer first. remembered: slots known in a matter that was dropped. questions: asked so far; repeated: those of them whose
    answer was known; carried, carried_repeated: those of both that former talks about this matter asked. ending: why the dialogue ended; done: it came to the end of its flow.
    """

    flow: str
    flow_version: int
    version: int = STATE_VERSION
    phase: Phase = Phase.NEW
    channel: str = ""
    language: str = ""
    assumed: bool = False
    customer: str = ""
    matter: str = ""
    confidence: Confidence = Confidence.HINT
    started_ms: int = 0
    now_ms: int = 0
    step: str = ""
    speaking: bool = False
    hearing: bool = True
    slow: bool = False
    errors: int = 0
    ignored: int = 0
    patient: bool = False
    turns: int = 0
    questions: int = 0
    repeated: int = 0
    carried: int = 0
    carried_repeated: int = 0
    requests: int = 0
    request: str = ""
    after: str = ""
    keyed: str = ""
    part: str = ""
    confirming: str = ""
    doubts: tuple[Answer, ...] = ()
    said: tuple[str, ...] = ()
    playing: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    retelling: bool = False
    denied: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    heard: tuple[tuple[str, int], ...] = ()
    ledger: tuple[Answer, ...] = ()
    facts: tuple[Fact, ...] = ()
    offers: tuple[dict[str, Any], ...] = ()
    remembered: tuple[str, ...] = ()
    ending: str = ""
    done: bool = False

    @property
    def asked_now(self) -> int:
        """Questions asked in this very talk."""
        return self.questions - self.carried

    @property
    def repeated_now(self) -> int:
        """Those of them whose answer was known."""
        return self.repeated - self.carried_repeated

    @property
    def handed(self) -> bool:
        """Whether it ended with a person to be found."""
        return self.done and self.ending.startswith(HANDED)

    @property
    def slots(self) -> dict[str, Any]:
        """Slot -> value, as far as known now."""
        known = {answer.slot: answer.value for answer in self.ledger}
        return {name: value for name, value in known.items() if value is not None}

    @property
    def known(self) -> dict[str, Any]:
        """Slots and facts by name; what the caller said goes before what was looked up."""
        return {fact.name: fact.value for fact in self.facts} | self.slots

    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON keeps."""
        named = {"phase": str(self.phase), "confidence": str(self.confidence), "heard": dict(self.heard)}
        return {name: listed(value) for name, value in (asdict(self) | named).items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> State:
        """The state of `to_dict`, also of an older version. Raises StaleState for a newer one, and for another shape."""
        version = stored.get("version")
        if not isinstance(version, int) or not 1 <= version <= STATE_VERSION:
            raise StaleState(f"a dialogue state of version {version!r}; this program knows 1 to {STATE_VERSION}")
        try:
            plain = dict(stored)
            for older in range(version, STATE_VERSION):
                plain = _MIGRATIONS[older](plain)
            tuples = {
                field.name: tuple(plain[field.name])
                for field in fields(cls)
                if str(field.type).startswith("tuple") and field.name != "heard"
            }
            deeper = {
                "phase": Phase(plain["phase"]),
                "confidence": Confidence(plain["confidence"]),
                "heard": tuple(plain["heard"].items()),
                "ledger": tuple(Answer(**answer) for answer in plain["ledger"]),
                "doubts": tuple(Answer(**answer) for answer in plain["doubts"]),
                "facts": tuple(Fact(**fact) for fact in plain["facts"]),
            }
            return cls(**{**plain, **tuples, **deeper})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StaleState(f"a dialogue state that cannot be read: {error!r}") from error


def listed(value: Any) -> Any:
    """The value as JSON gives it back: lists instead of tuples, all the way down."""
    if isinstance(value, dict):
        return {name: listed(one) for name, one in value.items()}
    return [listed(one) for one in value] if isinstance(value, list | tuple) else value


def _from_1(stored: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew menus on the phone only."""
    ledger = [
        {"how": answer["by"], **{name: answer[name] for name in ("step", "slot", "value", "score")}}
        for answer in stored["answers"]
    ]
    kept = {name: value for name, value in stored.items() if name != "answers"}
    blank = {name: value for name, value in State(flow="", flow_version=0).to_dict().items() if name not in kept}
    return {**blank, **kept, "ledger": ledger, "channel": "phone", "version": 2}


def _from_2(stored: dict[str, Any]) -> dict[str, Any]:
    """Version 2 took every language for one that was chosen."""
    return {**stored, "assumed": False, "version": 3}


_MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1, 2: _from_2}
