"""Recognition: Whisper against faster-whisper, utterances a second, and what it does to the calls beside it; what is understood; live Vosk streams a core.

    python -m bench.recognition [--utterances 60] [--rounds 3]

bench/utterances.py, bench/understanding.py and bench/streams.py say how.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench import streams, understanding, utterances
from bench.harness import Report, command
from bench.understanding import EACH, Line

UTTERANCES = 60
BESIDE_S = 20.0
ROUNDS, LOOK_S = 3, 5.0


def measure(
    report: Report, count: int = UTTERANCES, beside_s: float = BESIDE_S, rounds: int = ROUNDS, look_s: float = LOOK_S,
    each: int = EACH, chosen: Sequence[Line] = (),
) -> None:  # fmt: skip
    """count: utterances that are decoded by both. rounds, look_s: of the streams, and how long each number of them is looked at.

    each: phrases of every topic that are to be understood; chosen: the lines through which they go, all of them by default.
    """
    report.say("recognition: Whisper ...")
    utterances.measure(report, count, beside_s)
    understanding.measure(report, each, chosen)
    report.say("recognition: Vosk ...")
    streams.measure(report, rounds, look_s)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--utterances", type=int, default=UTTERANCES)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the streams")
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    measure(report, given.utterances, rounds=given.rounds)
    return report.finish()


if __name__ == "__main__":
    command(main)
