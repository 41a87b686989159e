"""All measurements, one after the other, in well over half an hour: `make bench`, or `python -m bench [NAME ...]`.

python -m bench frames calls memory     only these
python -m bench --quick                 a look, not a measurement: few rounds, wide spreads
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import (
    answer,
    barge_in,
    calls,
    false_stops,
    frames,
    handover,
    keys,
    lookup,
    memory,
    node,
    recognition,
    reply,
    routing,
    turns,
    voicing,
)
from bench.harness import Report
from bench.house import House


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything. trials: calls or turns a run; runs and rounds: how often all of it is done again."""

    frames: int = 7
    rounds: int = 5
    seconds: float = 6.0
    trials: int = 12
    runs: int = 3
    in_a_row: int = 2000
    talk_hours: float = 10.0
    turns: int = 520
    stimuli: int = false_stops.EACH
    customers: int = lookup.CUSTOMERS
    lookups: int = lookup.LOOKUPS
    utterances: int = recognition.UTTERANCES
    beside_s: float = recognition.BESIDE_S
    stream_rounds: int = recognition.ROUNDS
    look_s: float = recognition.LOOK_S
    each: int = recognition.EACH
    lines: tuple[recognition.Line, ...] = ()
    holds: int = calls.HOLDS
    rush: int = answer.RUSH
    handovers: int = handover.HANDOVERS


QUICK = Effort(
    frames=3,
    rounds=1,
    seconds=4.0,
    trials=6,
    runs=1,
    in_a_row=300,
    talk_hours=0.2,
    turns=60,
    stimuli=8,
    customers=1000,
    lookups=2000,
    utterances=8,
    beside_s=5.0,
    stream_rounds=1,
    look_s=3.0,
    lines=(recognition.Line(0, 0.0, "mu"), recognition.Line(10, 0.05, "A")),
    holds=1,
    rush=300,
    handovers=200,
)
OF_HOUSE: dict[str, Callable[[Report, Effort, House], None]] = {
    "answer": lambda report, effort, house: answer.whole_of_it(report, 2 * effort.trials, effort.runs, effort.rush, house),
    "reply": lambda report, effort, house: reply.measure(report, effort.trials, effort.runs, house),
    "barge_in": lambda report, effort, house: barge_in.measure(report, effort.trials, effort.runs, house),
}
OF_GATEWAY: dict[str, Callable[[Report, Effort], None]] = {
    "frames": lambda report, effort: frames.measure(report, effort.frames),
    "calls": lambda report, effort: calls.whole_of_it(report, 300, effort.rounds, effort.seconds, effort.holds),
    "keys": lambda report, effort: keys.measure(report, effort.talk_hours),
    "voicing": lambda report, effort: voicing.measure(report),
    "false_stops": lambda report, effort: false_stops.measure(report, effort.stimuli),
    "turns": lambda report, effort: turns.measure(report, effort.turns),
    "lookup": lambda report, effort: lookup.measure(report, effort.customers, effort.lookups),
    "routing": lambda report, effort: routing.measure(report, effort.rounds),
    "recognition": lambda report, effort: recognition.measure(
        report, effort.utterances, effort.beside_s, effort.stream_rounds, effort.look_s, effort.each, effort.lines
    ),
    "node": lambda report, effort: node.measure(report, effort.rounds),
    "handover": lambda report, effort: handover.measure(report, effort.handovers),
    "memory": lambda report, effort: memory.measure(report, 300, effort.in_a_row),
}
NAMES = (*OF_GATEWAY, *OF_HOUSE)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}; all of them by default")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement")
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    wanted = given.names or NAMES
    effort, report = QUICK if given.quick else Effort(), Report(anyway=given.anyway)
    try:
        for name in NAMES:
            if name in wanted and name in OF_GATEWAY:
                OF_GATEWAY[name](report, effort)
        if any(name in OF_HOUSE for name in wanted):
            with House() as house:
                for name in NAMES:
                    if name in wanted and name in OF_HOUSE:
                        OF_HOUSE[name](report, effort, house)
    except RuntimeError as error:
        # What was measured before is kept; the status says that it is not all.
        report.say(f"stopped: {error}")
        report.finish()
        return 2
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
