"""How soon a house is itself again: its phone killed, its Redis stopped and there again.

    python -m bench.recovery [--times 5]

`hotline up` with both roles, as an owner has it, on a Redis of the bench's. The phone's process is killed outright; a caller who
redials every quarter of a second is answered how long after? Then, in turn, a call while Redis is there and one while it is stopped: ACK to the
first sound, and once it goes on, how long until the call that it missed stands in the timeline.
Beside each death a bare Python with numpy and pjsua2 is started, beside the calls runs the control of all latencies.
"""

from __future__ import annotations

import os
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.controls import Latency, latency, worst
from bench.harness import Report, of_runs, of_trials
from bench.node import END_S, PATIENCE_S, bare_s, children, free_port, started
from bench.process import ROOT, own_world
from bench.program import asked, command, needed
from bench.sip import Address, Phone, stamped_socket
from bench.wire import Caller

NUMBER = "+74951234567"
TOUCHES = f"tp{NUMBER}"  # the key of his timeline
REDIAL_S, SOUND_S, BACK_S = 0.25, 5.0, 60.0
LOOK_S = 0.005
AWAYS = 3  # one alone says little: the touch lies in Redis's own socket, or waits for the next look of the journal
REST_S = 2.0  # the journal has taken what Redis did not, and the breaker is closed again


class Redis:
    """An append-only Redis on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"
        words = ["--port", "0", "--unixsocket", str(self.path), "--dir", str(folder), "--save", "", "--appendonly", "yes"]
        self.process = subprocess.Popen([needed("redis-server", "redis-server"), *words], stdout=subprocess.DEVNULL)
        until(self.path.exists, PATIENCE_S, "redis-server did not start")

    def touches(self) -> int:
        """How many touches the caller's timeline has."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(BACK_S)
            line.connect(str(self.path))
            line.sendall(f"LLEN {TOUCHES}\r\n".encode())
            return int(line.recv(64)[1:])

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait()


class Node:
    """`hotline up` on a port of its own."""

    def __init__(self, folder: Path, redis: Redis) -> None:
        self.address: Address = ("127.0.0.1", free_port())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            web = probe.getsockname()[1]
        config = folder / "hotline.toml"
        config.write_text(
            f'state = "{folder}/state"\nredis = "unix://{redis.path}"\n[sip]\nport = {self.address[1]}\n[web]\nport = {web}\n'
        )
        command = [sys.executable, "-m", "routing.cli", "up", "--config", str(config)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=own_world(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        started(self._lines, time.monotonic() + PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def phone(self) -> int:
        """The process that answers the phone."""
        found = [pid for pid in children(self.process.pid) if b"phone" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
        if not found:
            raise RuntimeError("the node has no phone")
        return found[0]

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=5)


@contextmanager
def standing() -> Iterator[tuple[Node, Redis]]:
    """A node that takes calls, and its Redis."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        redis = Redis(Path(name))
        try:
            node = Node(Path(name), redis)
            try:
                yield node, redis
            finally:
                node.close()
        finally:
            redis.close()


def until(true: Callable[[], bool], patience_s: float, why: str) -> None:
    """Look again and again. Raises RuntimeError, with `why`, after so long."""
    limit = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > limit:
            raise RuntimeError(f"{why} within {patience_s:g} s")
        time.sleep(LOOK_S)


def answered_again_s(node: Node) -> float:
    """Kill the phone; seconds until somebody who redials is answered. Raises RuntimeError."""
    os.kill(node.phone(), signal.SIGKILL)
    killed_ns, dialled_ns = time.monotonic_ns(), 0
    with Phone(node.address) as phone, stamped_socket() as sound:
        while not (there := [dialog for dialog in phone.dialogs.values() if dialog.answered_ns]):
            now = time.monotonic_ns()
            if now - killed_ns > BACK_S * 1e9:
                raise RuntimeError(f"nobody was answered within {BACK_S:g} s")
            if now - dialled_ns > REDIAL_S * 1e9:
                phone.invite(sound.getsockname()[1])
                dialled_ns = now
            select.select([phone.socket], [], [], LOOK_S)
            phone.serve()
        answered_ns = min(dialog.answered_ns for dialog in there)
        for dialog in there:
            phone.hang_up(dialog)
    return (answered_ns - killed_ns) / 1e9


def greeted_ms(node: Node) -> float:
    """A call of a known number: ACK to the first sound. Raises RuntimeError."""
    with Caller(node.address, NUMBER) as caller:
        dialog = caller.dial()
        heard = caller.until_sound(dialog.ack_ns, SOUND_S)
        if heard is None:
            raise RuntimeError(f"no sound within {SOUND_S:g} s")
        return (heard.at_ns - dialog.ack_ns) / 1e6


def kept_call(node: Node, redis: Redis) -> float:
    """The same while Redis is there; over when the call stands in the timeline, so that the next one's touch is not taken for its."""
    known = redis.touches()
    greeted = greeted_ms(node)
    until(lambda: redis.touches() > known, BACK_S, "a call was not kept")
    return greeted


def without_redis(node: Node, redis: Redis) -> tuple[float, float]:
    """One call while Redis is stopped: ms to its greeting; seconds from Redis's return until the call stands in the timeline."""
    before = redis.touches()
    redis.process.send_signal(signal.SIGSTOP)
    try:
        greeted = greeted_ms(node)
        time.sleep(REST_S)
    finally:
        redis.process.send_signal(signal.SIGCONT)
    begun = time.monotonic()
    until(lambda: redis.touches() > before, BACK_S, "a call that ended without Redis was not brought there")
    return greeted, time.monotonic() - begun


def measure(report: Report, times: int) -> None:
    there, away, back, killed, bare = [], [], [], [], []
    controls: list[Latency] = [latency()]
    with standing() as (node, redis):
        kept_call(node, redis)  # the first call of a process pays for imports
        for number in range(aways := max(times, AWAYS)):
            there.append(kept_call(node, redis))
            greeted, took = without_redis(node, redis)
            away.append(greeted)
            back.append(took)
            controls.append(latency())
            time.sleep(REST_S)
            report.say(f"recovery, Redis away {number + 1} of {aways}: {greeted:.0f} ms to the greeting, kept after {took:.2f} s")
        for number in range(times):
            bare.append(bare_s())
            killed.append(answered_again_s(node))
            report.say(f"recovery, phone killed {number + 1} of {times}: answered after {killed[-1]:.1f} s")
            time.sleep(31.0 if number + 1 < times else 0.0)  # a child that died young is given a pause before it starts again
    control = worst(*controls)
    shown = {"control": control.figures(), "refused": control.refusal}
    detail = {"with_redis_ms": [round(value, 1) for value in there]}
    report.add(of_trials("recovery.greeting_without_redis", "ms p95", [away], detail=detail, **shown))
    report.add(of_runs("recovery.kept_after_redis", "s", back, **shown))
    bares = {"bare_python_s": [round(value, 2) for value in bare]}
    report.add(of_runs("recovery.phone", "s", killed, detail=bares, **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, times=(5, "how often each is done"))
    measure(report, given.times)
    return report.finish()


if __name__ == "__main__":
    command(main)
