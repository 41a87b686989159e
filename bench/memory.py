"""What a call costs in memory while it lasts, and what it leaves behind: resident memory (proc(5)), 2,000 short calls in a row (SIPp).

python -m bench.memory [--calls 300] [--in-a-row 2000] [--rate 25]
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.harness import Measurement, Report, first_reason, of_runs
from bench.load import Load
from bench.process import Gateway, cores
from bench.program import asked, command, needed

SCENARIO = Path(__file__).with_name("scenarios") / "short_call.xml"
FORGOTTEN_AFTER_S = 33.0  # what is over is kept for up to 64 T1 (RFC 3261 section 17.1.1.2, timers B, F, H, J)
# The library uses its call slots in turn (max_calls, 1,000 of them) and each keeps what its first call allocated.
# After two rounds of them the SIP library's and the allocator's own stores are full: what grows from then on is a leak.
WARM_UP = 2000
RING_S = 8.0  # the last seconds of a call's sound, 128 kB; memory that was never written to is not resident


def per_call_kb(calls: int) -> tuple[float, dict[str, int]]:
    """Resident memory that `calls` calls cost, each, once their rings are full; and before and after."""
    with Load("bench.native_gateway", {}, calls) as load:
        load.window(RING_S)
        full = load.gateway.rss_kb()
        figures = {"idle_kb": load.idle_kb, "full_kb": full, "calls": calls}
        return (full - load.idle_kb) / calls, figures


def short_calls(gateway: Gateway, calls: int, rate: int) -> int:
    """So many calls in a row by SIPp; gives how many failed. Raises RuntimeError where SIPp is not installed."""
    program = needed("sipp", "sip-tester")
    host, port = gateway.address
    command = [
        program,
        f"{host}:{port}",
        "-sf",
        str(SCENARIO),
        "-m",
        str(calls),
        "-r",
        str(rate),
        "-l",
        str(rate * 4),
        "-i",
        host,
    ]
    command += ["-nostdin", "-timeout", f"{calls // rate + 60}s", "-trace_stat", "-fd", "600", "-mp", "31000", "-skip_rlimit"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        rows = [row.split(";") for file in Path(folder).glob("*.csv") for row in file.read_text().splitlines()]
    if len(rows) < 2:
        raise RuntimeError(f"sipp ended with status {done.returncode}: {done.stderr.strip()[:300]}")
    return calls - int(rows[-1][rows[0].index("SuccessfulCall(C)")])


def slope_kb(calls: int, rate: int, report: Report) -> tuple[float, dict[str, int]]:
    """kB that a finished call leaves behind, once every slot of the SIP library has been in use."""
    with Gateway("bench.native_gateway", {}, cores()[0]) as gateway:
        warm = min(calls, WARM_UP)
        failed = short_calls(gateway, warm, rate)
        settle(gateway)
        before = gateway.rss_kb()
        failed += short_calls(gateway, calls, rate)
        settle(gateway)
        after, up = gateway.rss_kb(), gateway.ask("calls")["up"]
        report.say(f"{calls} calls in a row after {warm}: {before} kB before, {after} kB after, {failed} failed, {up} still up")
        return (after - before) / calls, {
            "before_kb": before,
            "after_kb": after,
            "calls": calls,
            "warm_up": warm,
            "failed": failed,
            "up": up,
        }


def settle(gateway: Gateway) -> None:
    """Until the SIP library has forgotten the calls and Python has collected."""
    time.sleep(FORGOTTEN_AFTER_S)
    gateway.ask("collect")


def measure(report: Report, calls: int = 300, in_a_row: int = 2000, rate: int = 25) -> None:
    """in_a_row: finished calls whose leavings are weighed; 0 leaves that out, since no shorter run can tell a leak from a store that fills."""
    each, figures = per_call_kb(calls)
    report.add(of_runs("memory.per_call", "kB", [each], detail=figures))
    if not in_a_row:
        return
    try:
        left, figures = slope_kb(in_a_row, rate, report)
    except RuntimeError as error:
        report.add(Measurement("memory.slope", 0.0, "kB/call", failed=str(error)))
        return
    short = f"{in_a_row} calls in a row cannot tell a leak from a store that fills; {WARM_UP} can" if in_a_row < WARM_UP else ""
    failed = first_reason(
        [
            f"{figures['failed']} of the calls failed" if figures["failed"] else "",
            f"{figures['up']} calls never ended" if figures["up"] else "",
        ]
    )
    report.add(of_runs("memory.slope", "kB/call", [left], detail=figures, refused=short, failed=failed))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, calls=(300, "calls at once"), in_a_row=(2000, "finished calls that are weighed; 0: none"),
        rate=(25, "of those a second"),
    )  # fmt: skip
    measure(report, given.calls, given.in_a_row, given.rate)
    return report.finish()


if __name__ == "__main__":
    command(main)
