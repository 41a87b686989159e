"""A measurement as a program of its own: its command line, and what it says where it is stopped or where something is missing."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from bench.harness import Report
from voice.errors import HotlineError

ANYWAY = "report although the machine is too busy, and say that it was"


def command(main: Callable[[], int]) -> NoReturn:
    """A measurement as a program of its own. Whoever stops it (Ctrl-C) is told so, status 130; what is missing is told without a trace, status 2."""
    try:
        status = main()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        status = 130
    except (HotlineError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        status = 2
    sys.exit(status)


def asked(about: str | None, arguments: Sequence[str] | None, **options: tuple[Any, str]) -> tuple[argparse.Namespace, Report]:
    """The command line of one measurement: what was asked for, and a report that can be kept. about: its module's docstring.

    options: the default and the help of each. A number is never negative, and 0 only where its help says what that means; a bool is a switch,
    several words are a choice of which the first is usual, and Path a file that is not named by default.
    """
    parser = argparse.ArgumentParser(prog=f"python -m bench.{Path(sys.argv[0]).stem}", description=(about or "").splitlines()[0])
    for name, (usual, about_it) in options.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(usual, bool):
            parser.add_argument(flag, action="store_true", help=about_it)
        elif isinstance(usual, tuple):
            parser.add_argument(flag, choices=usual, default=usual[0], help=about_it)
        elif usual is Path:
            parser.add_argument(flag, type=Path, help=about_it)
        else:
            kind = _number(type(usual), "0: " in about_it)
            parser.add_argument(flag, type=kind, default=usual, metavar="N", help=f"{about_it} (usually {usual:g})")
    parser.add_argument("--anyway", action="store_true", help=ANYWAY)
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    if why := report.writable():
        parser.error(why)
    return given, report


def _number(kind: type[int] | type[float], zero: bool) -> Callable[[str], float]:
    """A number of this kind from what was typed."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if value < 0 or (value == 0 and not zero):
            raise argparse.ArgumentTypeError(
                f"{text!r} is no {'whole ' if kind is int else ''}number {'from 0' if zero else 'above 0'}"
            )
        return value

    return number


def needed(program: str, package: str) -> str:
    """Where a program is that is measured with. Raises RuntimeError with what to do where it is not installed."""
    found = shutil.which(program)
    if found is None:
        raise RuntimeError(f"{program} is not installed; run: apt-get install {package}")
    return found
