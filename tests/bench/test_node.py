"""A node is weighed with the programs that it has started, and its start ends when it says so, or with its last words."""

from __future__ import annotations

import os
import queue
import subprocess

import pytest

from bench.node import STARTED, children, started, weighed


def test_a_program_that_was_started_is_weighed_by_its_name() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("here\n")  # until it answers it may still bear our name
        assert child.stdout.readline() == "here\n"
        assert child.pid in children(os.getpid())
        parts = weighed([os.getpid(), child.pid])
        child.stdin.close()
    assert 0 < parts.pop("cat") < sum(parts.values())


def said(*lines: str) -> queue.SimpleQueue[str]:
    found: queue.SimpleQueue[str] = queue.SimpleQueue()
    for line in lines:
        found.put(line)
    return found


def test_it_is_up_when_it_has_introduced_itself() -> None:
    assert started(said("memory: ready\n", "Answering at ...\n", f"{STARTED}whisper\n"), float("inf")) > 0


def test_one_that_ends_tells_its_last_words() -> None:
    with pytest.raises(RuntimeError, match="port 5060 is taken"):
        started(said("memory: ready\n", "port 5060 is taken\n", ""), float("inf"))


def test_one_that_says_nothing_in_time() -> None:
    with pytest.raises(RuntimeError, match="memory: ready"):
        started(said("memory: ready\n"), 0.0)
