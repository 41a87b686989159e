"""How much of everything a run measures: a look, 11 to 18 minutes, or as long as the last digit needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench import answer, calls, false_stops, handover, lookup, streams
from bench.understanding import SOME, Line
from bench.utterances import BESIDE_S, UTTERANCES


@dataclass(frozen=True, slots=True)
class Effort:
    """trials: calls or turns a run; runs and rounds: how often all of it is done again. The defaults are `--long`.

    in_a_row: calls whose leavings are weighed, 0 to leave that out. ports: the Python ports that calls are held against. turns: in each language. fresh: whether words never heard before are tried.
    each: phrases of every topic that are to be understood; lines: through which they are heard.
    """

    frames: int = 7
    rounds: int = 5
    seconds: float = 6.0
    ports: tuple[str, ...] = tuple(calls.PORTS)
    trials: int = 12
    runs: int = 3
    in_a_row: int = 2000
    talk_hours: float = 10.0
    turns: int = 520
    stimuli: int = false_stops.EACH
    fresh: bool = True
    customers: int = lookup.CUSTOMERS
    lookups: int = lookup.LOOKUPS
    utterances: int = UTTERANCES
    beside_s: float = BESIDE_S
    stream_rounds: int = streams.ROUNDS
    look_s: float = streams.LOOK_S
    each: int = 10
    lines: tuple[Line, ...] = SOME
    holds: int = calls.HOLDS
    rush: int = answer.RUSH
    handovers: int = handover.HANDOVERS
    starts: int = 5
    deaths: int = 5


LONG = Effort()
# Medians of three pairs, and percentiles of two dozen trials: the spread beside them says what they are worth.
USUAL = Effort(
    frames=5,
    rounds=3,
    seconds=4.0,
    ports=("over_python", "over_python_job"),
    trials=8,
    runs=2,
    in_a_row=0,
    talk_hours=1.0,
    turns=120,
    stimuli=40,
    fresh=False,
    lookups=10_000,
    utterances=16,
    beside_s=8.0,
    stream_rounds=1,
    each=1,
    lines=SOME[:2] + SOME[3:],
    holds=2,
    rush=1000,
    handovers=1000,
    starts=2,
    deaths=1,
)
QUICK = replace(
    USUAL,
    look_s=2.0,
    frames=3,
    rounds=1,
    ports=tuple(calls.PORTS),
    trials=6,
    runs=1,
    talk_hours=0.2,
    turns=60,
    stimuli=8,
    customers=1000,
    lookups=2000,
    utterances=8,
    beside_s=5.0,
    stream_rounds=1,
    lines=(Line(0, 0.0, "mu"), Line(10, 0.05, "A")),
    holds=1,
    rush=300,
    handovers=200,
    starts=1,
)
