"""All measurements, one after the other, in 11 to 18 minutes: `make bench`, or `hotline bench [NAME ...]`.

One that fails, or that the machine is too busy for, does not end the others. Exit status: 130 where the run was stopped,
else 2 where one failed, else 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import textwrap
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
from bench.process import CACHE, BusyHere, only_one
from bench.program import ANYWAY
from bench.suite import Part, run_all
from voice.errors import ConfigError

# In the order in which they run. seconds: what one takes at the usual effort on two idle cores, for what is said to remain.
SECONDS = {
    "frames": 2, "calls": 130, "keys": 40, "voicing": 8, "false_stops": 62, "turns": 76, "lookup": 8, "routing": 23, "whisper": 52,
    "understood": 115, "streams": 180, "node": 26, "recovery": 31, "handover": 36, "memory": 5, "answer": 45, "reply": 105, "barge_in": 60,
}  # fmt: skip
OF_GATEWAY: dict[str, Callable[[Report, Effort], None]] = {
    "frames": lambda report, effort: frames.measure(report, effort.frames),
    "calls": lambda report, effort: calls.whole_of_it(report, 300, effort.rounds, effort.seconds, effort.holds, effort.ports),
    "keys": lambda report, effort: keys.measure(report, effort.talk_hours),
    "voicing": lambda report, effort: voicing.measure(report),
    "false_stops": lambda report, effort: false_stops.measure(report, effort.stimuli, effort.fresh),
    "turns": lambda report, effort: turns.of_all(report, effort.turns),
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
# Where a measurement is not called as its module is.
MODULES = {"whisper": "utterances", "understood": "understanding"}
STOPPED = 128 + signal.SIGINT


def known(columns: int) -> str:
    """Every name with the first sentence of its module, for --help."""
    lines = []
    for name in NAMES:
        about = (sys.modules[f"bench.{MODULES.get(name, name)}"].__doc__ or "").splitlines()[0]
        lines += textwrap.wrap(f"  {name:13}{about}", columns, subsequent_indent=" " * 15)
    groups = [f"  {name:13}{', '.join(members)}" for name, members in GROUPS.items()]
    return "\n".join(["measurements:", *lines, *groups, "", *(__doc__ or "").splitlines()[2:]])


def arguments_of(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="hotline bench",
        description=(__doc__ or "").splitlines()[0],
        epilog=known(shutil.get_terminal_size().columns - 2),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="measure only these; all of them by default")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a look, not a measurement: few rounds, wide spreads")
    length.add_argument("--long", action="store_true", help="every one at its full length: about an hour for all")
    parser.add_argument("--anyway", action="store_true", help=ANYWAY)
    given = parser.parse_args(words)
    if unknown := set(given.names) - {*NAMES, *GROUPS}:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join((*NAMES, *GROUPS))}")
    return given


def measure(report: Report, names: Sequence[str], effort: Effort) -> None:
    """These, in the order in which they run."""
    wanted = {one for name in names or NAMES for one in GROUPS.get(name, (name,))}
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


def main(arguments: Sequence[str] | None = None) -> int:
    given = arguments_of(arguments)
    report = Report(anyway=given.anyway)
    for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: what was started is ended, what was measured is kept
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    if why := report.writable():
        report.say(why)
        return 2
    try:
        with only_one(CACHE):
            measure(report, given.names, LONG if given.long else QUICK if given.quick else USUAL)
    except KeyboardInterrupt:
        report.say("stopped; what was measured before is kept")
        report.finish()
        return STOPPED
    except (BusyHere, ConfigError) as error:
        report.say(str(error))
        return 2
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
