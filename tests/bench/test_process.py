"""Processes under measurement: what of the user's world they see, and whose CPU is whose."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.process import own_cpu_s, own_world


def test_the_memory_of_the_users_own_house_is_not_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_REDIS", "redis://10.0.0.5:6379")
    monkeypatch.setenv("HOTLINE_MODELS", "/srv/models")
    assert "HOTLINE_REDIS" not in own_world()
    assert own_world()["HOTLINE_MODELS"] == "/srv/models"


def test_a_child_that_has_ended_is_our_own() -> None:
    before, command = own_cpu_s(), [sys.executable, "-c", "import time\nwhile time.process_time() < 0.05: pass"]
    subprocess.run(command, check=True)
    assert own_cpu_s() - before >= 0.04
