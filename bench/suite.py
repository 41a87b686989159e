"""One measurement after the other: what remains, how long each took, and that one which fails does not end the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.harness import Report
from bench.process import own_cpu_s
from voice.errors import HotlineError


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement. seconds: what it usually takes, only to say what remains."""

    name: str
    seconds: float
    run: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the wall, and of the CPU of this process and of those it has waited for. failed: why, empty where it did not."""

    name: str
    wall_s: float
    cpu_s: float
    failed: str = ""


def run_all(report: Report, parts: Sequence[Part]) -> None:
    """Run each; results are saved after each, so that nothing is lost where somebody ends the run."""
    pace, usual = 1.0, 0.0
    begun = time.monotonic()
    for number, part in enumerate(parts):
        remaining = pace * sum(other.seconds for other in parts[number:])
        left = f"about {remaining / 60:.0f} min remain" if remaining > 90 else f"about {remaining:.0f} s remain"
        report.say(f"[{number + 1} of {len(parts)}] {part.name}; {left}")
        report.took.append(timed(part))
        if report.took[-1].failed:
            report.say(f"{part.name} failed: {report.took[-1].failed}")
        report.save()
        usual += part.seconds
        pace = (time.monotonic() - begun) / usual  # this machine's


def timed(part: Part) -> Took:
    wall, cpu = time.monotonic(), own_cpu_s()
    failed = ""
    try:
        part.run()
    except (HotlineError, RuntimeError) as error:  # what is missing, or did not come, in words
        failed = str(error)
    except Exception as error:  # whatever one of them raises, the others are measured
        failed = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Took(part.name, time.monotonic() - wall, own_cpu_s() - cpu, failed)
