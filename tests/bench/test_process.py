"""Processes under measurement: what of the user's world they see."""

from __future__ import annotations

import pytest

from bench.process import own_world


def test_the_memory_of_the_users_own_house_is_not_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_REDIS", "redis://10.0.0.5:6379")
    monkeypatch.setenv("HOTLINE_MODELS", "/srv/models")
    assert "HOTLINE_REDIS" not in own_world()
    assert own_world()["HOTLINE_MODELS"] == "/srv/models"
