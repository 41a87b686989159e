"""All measurements, one after the other, in about a quarter of an hour: `make bench`, or `python -m bench [NAME ...]`.

python -m bench frames calls memory     only these
python -m bench --long                  every one at its full length, well over half an hour
python -m bench --quick                 a look, not a measurement: few rounds, wide spreads

One that fails, or that the machine is too busy for, does not end the others. Exit status: 2 where one failed, else 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

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
    recovery,
    reply,
    routing,
    streams,
    turns,
    understanding,
    utterances,
    voicing,
)
from bench.efforts import LONG, QUICK, USUAL, Effort
from bench.harness import Report
from bench.house import House
from bench.suite import Part, run_all

# In the order in which they run. seconds: what one takes at the usual effort on two idle cores, for what is said to remain.
SECONDS = {
    "frames": 2, "calls": 100, "keys": 40, "voicing": 8, "false_stops": 42, "turns": 48, "lookup": 8, "routing": 23, "whisper": 52,
    "understood": 80, "streams": 95, "node": 26, "recovery": 19, "handover": 36, "memory": 5, "answer": 45, "reply": 105, "barge_in": 60,
}  # fmt: skip
OF_GATEWAY: dict[str, Callable[[Report, Effort], None]] = {
    "frames": lambda report, effort: frames.measure(report, effort.frames),
    "calls": lambda report, effort: calls.whole_of_it(report, 300, effort.rounds, effort.seconds, effort.holds, effort.ports),
    "keys": lambda report, effort: keys.measure(report, effort.talk_hours),
    "voicing": lambda report, effort: voicing.measure(report),
    "false_stops": lambda report, effort: false_stops.measure(report, effort.stimuli),
    "turns": lambda report, effort: turns.measure(report, effort.turns),
    "lookup": lambda report, effort: lookup.measure(report, effort.customers, effort.lookups),
    "routing": lambda report, effort: routing.measure(report, effort.rounds),
    "whisper": lambda report, effort: utterances.measure(report, effort.utterances, effort.beside_s),
    "understood": lambda report, effort: understanding.measure(report, effort.each, effort.lines),
    "streams": lambda report, effort: streams.measure(report, effort.stream_rounds, effort.look_s),
    "node": lambda report, effort: node.measure(report, effort.starts),
    "recovery": lambda report, effort: recovery.measure(report, effort.deaths),
    "handover": lambda report, effort: handover.measure(report, effort.handovers),
    "memory": lambda report, effort: memory.measure(report, 300, effort.in_a_row),
}
OF_HOUSE: dict[str, Callable[[Report, Effort, House], None]] = {
    "answer": lambda report, effort, house: answer.whole_of_it(report, 2 * effort.trials, effort.runs, effort.rush, house),
    "reply": lambda report, effort, house: reply.measure(report, effort.trials, effort.runs, house),
    "barge_in": lambda report, effort, house: barge_in.measure(report, effort.trials, effort.runs, house),
}
NAMES = (*OF_GATEWAY, *OF_HOUSE)
GROUPS = {"recognition": ("whisper", "understood", "streams")}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    known = ", ".join((*NAMES, *GROUPS))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {known}; all of them by default")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a look, not a measurement")
    length.add_argument("--long", action="store_true", help="every one at its full length")
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - {*NAMES, *GROUPS}:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {known}")
    wanted = {one for name in given.names or NAMES for one in GROUPS.get(name, (name,))}
    effort, report = LONG if given.long else QUICK if given.quick else USUAL, Report(anyway=given.anyway)
    with ExitStack() as stack:
        running: list[House] = []

        def house() -> House:
            """One for all that need one; where it does not start, the next one tries again."""
            if not running:
                running.append(stack.enter_context(House()))
            return running[0]

        parts = [
            *(Part(name, SECONDS[name], lambda name=name: OF_GATEWAY[name](report, effort)) for name in OF_GATEWAY),  # type: ignore[misc]
            *(Part(name, SECONDS[name], lambda name=name: OF_HOUSE[name](report, effort, house())) for name in OF_HOUSE),  # type: ignore[misc]
        ]
        run_all(report, [part for part in parts if part.name in wanted])
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
