"""What is understood at every step, spoken on a real call, by a caller of each language: repeat, back, start over, the other language, a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.peers.house import Running, call, house
from tests.routing.parcel_calls import new_number

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    folder = tmp_path_factory.mktemp("commands")
    with house(folder, f'state = "{folder}"\n[sip]\nport = 0\n') as running:
        yield running


def says(words: str, at: str) -> dict[str, Any]:
    """When this prompt is over."""
    return {"why": words, "say": words, "at": at}


def presses(keys: str, at: str) -> dict[str, Any]:
    """As soon as this prompt is being said."""
    return {"why": keys, "press": keys, "at": at}


def begin(language: str) -> list[dict[str, Any]]:
    """To the first question in this language."""
    return [presses("9", "help.text")] if language == "ru" else []


def calls(up: tuple[Running, int], language: str, *acts: dict[str, Any]) -> dict[str, Any]:
    """How it ended for the house."""
    running, port = up
    call(port, language, [*begin(language), *acts], number=new_number(), until=lambda prompt: running.until_said(prompt, 45))
    return running.until("outcome", 30)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Say that again, please.", "Go back, please.", "Start over.", "I want to speak to an operator."]),
        ("ru", ["Повторите, пожалуйста.", "Вернитесь назад.", "Начать сначала.", "Мне нужен оператор."]),
    ],
)
def test_spoken(up: tuple[Running, int], language: str, words: list[str]) -> None:
    again, back, over, person = words
    outcome = calls(
        up,
        language,
        presses("2", "help.text"),
        says(again, "status.text"),
        presses("4711", "status.text"),
        says(back, "day.text"),
        says(over, "status.again"),
        says(person, "help.text"),
    )
    running, _ = up
    said, heard = running.said(outcome["call"]), running.heard(outcome["call"])
    asked = [prompt for prompt in said if prompt in ("status.text", "day.text", "status.again", "help.text", "operator.text")]
    # Said again; back at the number, in short; from the beginning; a person.
    assert asked[-6:] == ["status.text", "status.text", "day.text", "status.again", "help.text", "operator.text"], heard
    assert not [prompt for prompt in said if "no_match" in prompt], heard
    assert "handed over (asked)" in outcome["outcome"]


@pytest.mark.parametrize(("first", "words"), [("en", "Can we speak Russian?"), ("ru", "По-английски, пожалуйста.")])
def test_the_other_language(up: tuple[Running, int], first: str, words: str) -> None:
    running, _ = up
    outcome = calls(up, first, says(words, "help.text"), {"why": "gone", "hang_up": True, "at": "help.text"})
    spoken = [line["language"] for line in running.lines if line.get("who") == "house" and line["call"] == outcome["call"]]
    assert spoken[-1] == {"en": "ru", "ru": "en"}[first], running.heard(outcome["call"])


@pytest.mark.parametrize(("language", "words"), [("en", "Wait a minute, please."), ("ru", "Подождите, пожалуйста.")])
def test_whoever_asks_for_time_over_a_prompt_is_told_no_more_and_has_longer_than_usual(
    up: tuple[Running, int], language: str, words: str
) -> None:
    running, _ = up
    outcome = calls(
        up,
        language,
        presses("2", "help.text"),
        {"why": "time", "say": words, "at": "status.text", "wait": "during", "after_ms": 400},
        {"why": "order", "press": "4711", "wait": "after", "after_ms": 10_000},
        {"why": "gone", "hang_up": True, "at": "day.text"},
    )
    notes = [line for line in running.lines if line.get("call") == outcome["call"]]
    cut = [line["prompt"] for line in notes if line["what"] == "prompt cut"]
    said = running.said(outcome["call"])
    assert cut[-1:] == ["status.text"], notes
    assert not [prompt for prompt in said if ".no_" in prompt], said
    assert said[-1] == "day.text", said
