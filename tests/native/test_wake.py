"""The SIP thread leaves `libHandleEvents` when it is called, and not before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_MS = 3000  # of one wait

# One endpoint a process, and a second thread that calls: a process of its own, whose last line is what it measured.
PROGRAM = """
import gc, json, os, sys, threading, time
import pjsua2 as pj
from native.wake import Wake

LIMIT_MS = int(sys.argv[1])
endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
config.logConfig.level = config.logConfig.consoleLevel = 0
endpoint.libInit(config)
descriptors = len(os.listdir("/proc/self/fd"))
wake = Wake()
wake.wake()
wake.install()
wake.install()
endpoint.libStart()
result = {}

def turn(limit_ms=LIMIT_MS):
    began = time.perf_counter()
    endpoint.libHandleEvents(limit_ms)
    return (time.perf_counter() - began) * 1000

while turn(50) < 50:    # what the start left to do, and the wake-up before `install`
    pass
late = []
for _ in range(30):
    asked = []
    def call():
        time.sleep(0.01)
        asked.append(time.perf_counter())
        wake.wake()
    thread = threading.Thread(target=call)
    thread.start()
    endpoint.libHandleEvents(LIMIT_MS)
    late.append((time.perf_counter() - asked[0]) * 1000 if asked else -1)
    thread.join()
result["late_ms"] = sorted(late)
for _ in range(100000):
    wake.wake()
result["burst_ms"] = turn()
result["after_burst_ms"] = turn(60)
wake.remove()
wake.remove()
wake.wake()
result["removed_ms"] = turn(60)
try:
    wake.install()
except RuntimeError as error:
    result["again"] = str(error)
del wake
gc.collect()
result["leaked"] = len(os.listdir("/proc/self/fd")) - descriptors
endpoint.libDestroy()
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def measured():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(LIMIT_MS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.real
def test_a_call_from_another_thread_ends_the_wait(measured):
    late_ms = measured["late_ms"]
    assert late_ms[0] >= 0, "it left before it was called"
    assert late_ms[-1] < LIMIT_MS / 2, "it did not wait to the end"


@pytest.mark.real
def test_many_calls_are_one_wake_up(measured):
    assert measured["burst_ms"] < LIMIT_MS / 2
    assert measured["after_burst_ms"] > 55, "the burst woke it twice"


@pytest.mark.real
def test_removed_it_wakes_nobody_and_leaves_no_descriptor(measured):
    assert measured["removed_ms"] > 55
    assert "make another" in measured["again"]
    assert measured["leaked"] == 0


def test_without_the_library_it_says_so():
    from native.wake import Wake

    wake = Wake()
    wake.wake()
    with pytest.raises(RuntimeError, match="not initialised"):
        wake.install()
    wake.remove()
