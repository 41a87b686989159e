"""`hotline up` with the phone in a child of its own: killed outright, another one answers within seconds, on the same port."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.house import call
from tests.routing.up import BACK_S, READY, Up

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    with Up(tmp_path) as running:
        yield running


def test_a_phone_that_is_killed_is_back_and_answers(up: Up) -> None:
    first = up.phone()
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    up.until(READY, 30)
    assert time.monotonic() - began < max(BACK_S, 2 * up.booted_s)
    assert up.phone() != first
    told = call(up.port, "en", [{"why": "person", "press": "0"}])
    assert any(fact["what"] == "answered" for fact in told)
    assert told[-1] == {**told[-1], "what": "hung up", "by_us": False}
