"""Recognition: Whisper against faster-whisper, utterances a second, and what it does to the calls beside it.

    python -m bench.recognition [--utterances 60]

bench/utterances.py says how.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import utterances
from bench.harness import Report

UTTERANCES = 60
BESIDE_S = 20.0


def measure(report: Report, count: int = UTTERANCES, beside_s: float = BESIDE_S) -> None:
    """count: utterances that are decoded by both."""
    report.say("recognition: Whisper ...")
    utterances.pace(report, count)
    utterances.at_once(report, 2 * count)
    utterances.beside_calls(report, beside_s)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--utterances", type=int, default=UTTERANCES)
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    measure(report, given.utterances)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
