"""A child that dies is back; one that keeps dying is given pauses; one that is told to end ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from routing import supervisor
from routing.supervisor import Supervisor

pytestmark = pytest.mark.real
SLEEPS = [sys.executable, "-c", "import sys, time; open(sys.argv[1], 'a').write('x'); time.sleep(60)"]
DIES = [sys.executable, "-c", "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"]


async def until(path: Path, size: int) -> None:
    async with asyncio.timeout(20):
        while not path.exists() or path.stat().st_size < size:
            await asyncio.sleep(0.01)


async def test_a_killed_child_is_back_and_sigterm_ends_it(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    watched = Supervisor("child", [*SLEEPS, str(mark)])
    await watched.start()
    await until(mark, 1)
    assert watched.process is not None
    os.kill(watched.process.pid, signal.SIGKILL)
    await until(mark, 2)
    assert watched.restarts == 1
    await watched.close(5)
    assert watched.process.returncode == -signal.SIGTERM


async def test_a_child_that_keeps_dying_is_given_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real = asyncio.sleep

    async def nap(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr(supervisor.asyncio, "sleep", nap)
    watched = Supervisor("child", [*DIES, str(tmp_path / "started")])
    await watched.start()
    async with asyncio.timeout(20):
        while watched.restarts < 4:
            await real(0.01)
    await watched.close(5)
    assert [pause for pause in slept if pause][:3] == [0.2, 1.0, 3.0]


async def test_a_child_that_cannot_run_here_is_not_started_again() -> None:
    watched = Supervisor("child", [sys.executable, "-c", f"import sys; sys.exit({supervisor.REFUSED})"])
    await watched.start()
    async with asyncio.timeout(20):
        await watched.refused.wait()
    assert watched.restarts == 0
    await watched.close(1)


async def test_a_child_does_not_outlive_its_supervisor(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    child = "import sys; sys.stdin.read(); open(sys.argv[1], 'w').write('x')"
    parent = (
        "import asyncio, os, sys; from routing.supervisor import Supervisor\n"
        "async def main():\n"
        f"    watched = Supervisor('child', [sys.executable, '-c', {child!r}, {str(mark)!r}]); await watched.start()\n"
        "    await asyncio.sleep(0.3); os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent)
    await process.wait()
    await until(mark, 1)


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    deaf = [
        sys.executable,
        "-c",
        "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'a').write('x'); time.sleep(60)",
    ]
    watched = Supervisor("child", [*deaf, str(mark)])
    await watched.start()
    await until(mark, 1)
    await watched.close(0.2)
    assert watched.process is not None
    assert watched.process.returncode == -signal.SIGKILL
