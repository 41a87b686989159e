"""Directing the demo's people: what happened is found however late one asks, and what does not happen is said."""

from __future__ import annotations

import asyncio

import pytest

from routing.demo.cast import ANNA, BORIS, CASTS
from routing.demo.people import Happenings
from routing.desk.settings import DeskSettings
from voice.errors import HotlineError


async def test_the_first_of_its_kind_is_given_also_when_it_has_happened_already() -> None:
    happened = Happenings()
    happened.add("said", who=ANNA, nth=1)
    happened.add("said", who=BORIS, nth=2)
    since = happened.since()
    assert (await happened.until("said"))["nth"] == 1
    assert (await happened.until("said", who=BORIS))["nth"] == 2
    waiting = asyncio.create_task(happened.until("said", who=ANNA, since=since))
    await asyncio.sleep(0)
    happened.add("said", who=BORIS, nth=3)
    happened.add("said", who=ANNA, nth=4)
    assert (await waiting)["nth"] == 4


async def test_what_does_not_happen_is_said() -> None:
    with pytest.raises(HotlineError, match="'rings'"):
        await Happenings().until("rings", 0.01)


def test_everybody_is_cast_in_both_languages_with_results_that_the_desk_knows() -> None:
    known = {code.id for code in DeskSettings().codes}
    for cast in CASTS.values():
        assert set(cast.codes) <= known
        assert set(cast.lines) == {ANNA, BORIS}
        assert [act.wait for act in cast.acts] == ["end", "cue", "cue", "cue"]
    assert set(CASTS) == {"en", "ru"}
