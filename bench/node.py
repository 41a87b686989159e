"""What one idle node is: how long it takes from nothing to its first call, and what it holds of the memory while nobody calls.

    python -m bench.node [--starts 5]

The phone's process as `hotline up --role phone` has it, with the flow that comes along, on a Redis of its own. Its prompts lie
rendered in the cache, as after any first start; voices that run as programs of their own are weighed too, Redis is not.
Beside it, in the same minute: Python started with numpy and pjsua2 imported, no more.
"""

from __future__ import annotations

import queue
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.controls import Neighbours, crowded
from bench.harness import Ratios, Report, of_runs
from bench.process import ROOT, cpu_s, own_world, rss_kb
from bench.program import asked, command

STARTED = "  ru: "  # the last line of what a phone says of itself
PATIENCE_S = 180.0
SETTLE_S = 3.0
END_S = 30.0
BARE = "import numpy, pjsua2"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds to the moment when calls are taken, CPU seconds of it; then, at rest, CPU (% of a core) and memory.

    parts_mb: resident memory of each process by its program; the phone is "python".
    """

    start_s: float
    start_cpu_s: float
    idle_percent: float
    parts_mb: dict[str, float]

    @property
    def rss_mb(self) -> float:
        return sum(self.parts_mb.values())


def weighed(pids: Sequence[int]) -> dict[str, float]:
    """Resident memory of these processes in MB, by the name of the program."""
    found: dict[str, float] = {}
    for pid in pids:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        found[name] = round(found.get(name, 0.0) + rss_kb(pid) / 1024, 1)
    return found


def children(pid: int) -> list[int]:
    """The processes that this one has started: voices that are kept running."""
    lists = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
    return [int(found) for each in lists if each.exists() for found in each.read_text().split()]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path) -> Start:
    """Start one, let it rest, weigh it, end it. Raises RuntimeError where it does not come up."""
    config = folder / "hotline.toml"
    config.write_text(f'state = "{folder}/state"\n[sip]\nport = {free_port()}\n')
    command = [sys.executable, "-m", "routing.cli", "up", "--role", "phone", "--config", str(config)]
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env=own_world(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert process.stdout is not None
    out = process.stdout

    def read() -> None:
        for line in out:
            lines.put(line)
        lines.put("")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        said = started(lines, begun + PATIENCE_S)
        took, used = said - begun, cpu_s(process.pid)
        time.sleep(SETTLE_S)
        before = cpu_s(process.pid)
        time.sleep(SETTLE_S)
        idle = 100 * (cpu_s(process.pid) - before) / SETTLE_S
        return Start(took, used, idle, weighed([process.pid, *children(process.pid)]))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(timeout=5)
        out.close()


def started(lines: queue.SimpleQueue[str], limit: float) -> float:
    """The moment at which it said that it takes calls; by `limit` (monotonic s). Raises RuntimeError with its last words."""
    last = ""
    while True:
        try:
            line = lines.get(timeout=min(PATIENCE_S, max(0.0, limit - time.monotonic())))
        except queue.Empty:
            raise RuntimeError(
                f"a node did not come up within {PATIENCE_S:.0f} s; its last words: {last.strip() or 'none'}"
            ) from None
        if line.startswith(STARTED):
            return time.monotonic()
        if not line:
            raise RuntimeError(f"a node ended while it started: {last.strip() or 'it said nothing'}")
        last = line


def bare_s() -> float:
    """Python with the two libraries that nobody can do without, started and ended."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", BARE], cwd=ROOT, check=True, timeout=PATIENCE_S)
    return time.monotonic() - begun


def measure(report: Report, starts: int) -> None:
    """One start that does not count (it may have prompts to render), then so many, a bare Python before each."""
    found: list[Start] = []
    bare: list[float] = []
    others = 0.0  # cores
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        first = start(Path(name))
        report.say(f"node, the first start: {first.start_s:.1f} s")
        for number in range(starts):
            bare.append(bare_s())
            with Neighbours() as neighbours:
                found.append(start(Path(name)))
            others = max(others, neighbours.others())
            report.say(f"node, start {number + 1} of {starts}: {found[-1].start_s:.1f} s, {found[-1].rss_mb:.0f} MB")
    control = {"bare_python_s": round(statistics.median(bare), 3), "others_cores": round(others, 2)}
    over = Ratios.of([one.start_s for one in found], bare)
    detail = {
        "first_start_s": round(first.start_s, 2),
        "cpu_s": round(statistics.median(one.start_cpu_s for one in found), 2),
        "over_bare_python": round(over.median, 1),
    }
    seconds = [one.start_s for one in found]
    report.add(of_runs("node.start_s", "s", seconds, control=control, detail=detail, refused=crowded(others)))
    idle = round(statistics.median(one.idle_percent for one in found), 2)
    weight = {"parts_mb": found[-1].parts_mb, "idle_cpu_percent": idle}
    # Memory is the same however busy the neighbours are.
    report.add(of_runs("node.rss_mb", "MB", [one.rss_mb for one in found], detail=weight))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, starts=(5, "starts that count"))
    measure(report, given.starts)
    return report.finish()


if __name__ == "__main__":
    command(main)
