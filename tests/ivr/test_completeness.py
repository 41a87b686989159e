"""When a turn may end early: what is a whole answer at each step, and what may still go on."""

from __future__ import annotations

import pytest

from ivr.machine import completeness
from tests.ivr.parcels import FLOW
from tests.ivr.test_dialogue_utterances import at
from voice.recognizers.protocol import Completeness

WHOLE = {
    "en": {
        "status": ["four seven one one", "forty seven eleven", "4711"],
        "day": ["tomorrow morning", "on friday in the evening"],
        "window": ["in the evening", "evening please"],
        "recap": ["yes", "no thank you", "yes that is right"],
        "help": ["where is my parcel", "opening hours", "operator"],
        "code": ["four eight one five one six"],
    },
    "ru": {
        "status": ["четыре семь один один", "сорок семь одиннадцать"],
        "day": ["завтра утром", "в пятницу вечером"],
        "window": ["вечером"],
        "recap": ["да", "нет", "да всё верно"],
        "help": ["где моя посылка", "часы работы"],
        "code": ["четыре восемь один пять один шесть"],
    },
}
OPEN = {
    "en": {
        "status": ["four seven", "four seven one", "my order number is", "it is forty seven", "where is my"],
        "day": ["tomorrow", "on", "the third of"],
        "window": ["in the", "well"],
        "recap": ["well", "so"],
        "help": ["i would like to", "where is", "i have a question about"],
        "code": ["four eight one", "four eight one five one"],
    },
    "ru": {
        "status": ["четыре семь", "сорок семь", "номер заказа"],
        "day": ["завтра", "в", "третьего"],
        "window": ["ну", "наверное"],
        "recap": ["ну"],
        "help": ["я хотел бы", "у меня вопрос"],
        "code": ["четыре восемь один"],
    },
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("step", WHOLE["en"])
def test_a_whole_answer_ends_the_turn_and_a_begun_one_does_not(step: str, language: str) -> None:
    state = at(step, language)
    told = {
        words: completeness(FLOW, state, words) is Completeness.WHOLE for words in (*WHOLE[language][step], *OPEN[language][step])
    }
    assert told == {**dict.fromkeys(WHOLE[language][step], True), **dict.fromkeys(OPEN[language][step], False)}


def test_the_second_half_of_a_number_counts_with_the_first() -> None:
    from dataclasses import replace

    half = replace(at("status", "en"), part="four seven")
    assert completeness(FLOW, half, "one one") is Completeness.WHOLE
    assert completeness(FLOW, half, "one") is Completeness.BEGUN


@pytest.mark.parametrize(
    ("step", "language", "words"),
    [
        ("status", "en", "it is"),
        ("status", "en", "four seven"),
        ("status", "ru", "четыре семь"),
        ("day", "en", "let me see"),
        ("help", "en", "i would like to"),
        ("recap", "ru", "ну"),
    ],
)
def test_where_nothing_is_an_answer_yet_more_is_waited_for(step: str, language: str, words: str) -> None:
    assert completeness(FLOW, at(step, language), words) is Completeness.BEGUN
