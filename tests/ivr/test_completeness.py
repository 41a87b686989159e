"""When a turn may end early: what is a whole answer at each step, and what may still go on."""

from __future__ import annotations

import pytest

from ivr.languages import language as known
from ivr.machine import completeness
from ivr.understand import is_hanging, normal
from tests.ivr.parcels import FLOW
from tests.ivr.test_dialogue_utterances import at
from voice.recognizers.protocol import Completeness

WHOLE = {
    "en": {
        "status": ["four seven one one", "forty seven eleven", "4711", "four one three three three three"],  # an ear's echo
        "day": ["tomorrow morning", "on friday in the evening"],
        "window": ["in the evening", "evening please"],
        "recap": ["yes", "no thank you", "yes that is right", "no on friday"],
        "help": ["where is my parcel", "opening hours", "operator"],
        "code": ["four eight one five one six"],
    },
    "ru": {
        "status": ["четыре семь один один", "сорок семь одиннадцать"],
        "day": ["завтра утром", "в пятницу вечером"],
        "window": ["вечером"],
        "recap": ["да", "нет спасибо", "да всё верно", "нет в пятницу"],
        "help": ["где моя посылка", "часы работы"],
        "code": ["четыре восемь один пять один шесть"],
    },
}
OPEN = {
    "en": {
        "status": ["four seven", "four seven one", "my order number is", "it is forty seven", "where is my"],
        "day": ["tomorrow", "on", "the third of"],
        "window": ["in the", "well"],
        "recap": ["well", "so", "no", "no no", "yes and"],
        "help": ["i would like to", "where is", "i have a question about"],
        "code": ["four eight one", "four eight one five one"],
    },
    "ru": {
        "status": ["четыре семь", "сорок семь", "номер заказа"],
        "day": ["завтра", "в", "третьего"],
        "window": ["ну", "наверное"],
        "recap": ["ну", "нет", "нет нет", "да и"],
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


BEGUN = {
    "en": {
        "status": ["it is", "four seven", "my order number is", "the order number", "well it is um", ""],
        "day": ["let me see", "next week", "good morning", "on friday or"],
        "window": ["i think", "in the", "in the evening or"],
        "recap": ["well", "yes but", "it is the", "no", "no no"],  # no, and what it should be
        "help": ["i would like to", "where is", "i want my", "my order and", "i have a question about"],
    },
    "ru": {
        "status": ["это", "четыре семь", "номер заказа", "ну это э", ""],
        "day": ["сейчас посмотрю", "на следующей неделе", "здравствуйте", "в пятницу или"],
        "window": ["наверное", "вечером или"],
        "recap": ["ну", "да но", "нет", "нет нет"],
        "help": ["я хотел бы", "где мой", "с меня списали", "мой заказ и", "у меня вопрос по"],
    },
}
UNKNOWN = {
    "en": {"status": ["four seven one one nine", "elephants"], "day": ["amaril"], "window": ["elephants"], "help": ["elephants"]},
    "ru": {"status": ["четыре семь один один девять", "слоны"], "day": ["мартышка"], "window": ["слоны"], "help": ["слоны"]},
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("step", BEGUN["en"])
def test_more_is_waited_for_where_an_answer_only_begins(step: str, language: str) -> None:
    told = {words: completeness(FLOW, at(step, language), words) for words in BEGUN[language][step]}
    assert told == dict.fromkeys(BEGUN[language][step], Completeness.BEGUN)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("step", UNKNOWN["en"])
def test_words_that_are_nothing_here_begin_nothing_either(step: str, language: str) -> None:
    told = {words: completeness(FLOW, at(step, language), words) for words in UNKNOWN[language][step]}
    assert told == dict.fromkeys(UNKNOWN[language][step], Completeness.UNKNOWN)


@pytest.mark.parametrize(("language", "short", "polite"), [("en", "my order", "operator"), ("ru", "мой заказ", "оператор")])
def test_a_phrase_with_which_a_longer_one_begins_may_be_gone_on_with(language: str, short: str, polite: str) -> None:
    state = at("help", language)
    assert completeness(FLOW, state, short) is Completeness.OPEN
    assert completeness(FLOW, state, polite) is Completeness.WHOLE  # "operator please" says no more


@pytest.mark.parametrize(("language", "words"), [("en", "one two three for"), ("ru", "один два три четыре")])
def test_a_number_may_end_in_a_word_that_hangs_elsewhere(language: str, words: str) -> None:
    assert completeness(FLOW, at("status", language), words) is Completeness.WHOLE


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_answer_of_the_flow_hangs(language: str) -> None:
    choices = [choice for step in FLOW.steps.values() for choice in FLOW.choices(step).values()]
    spoken = known(language)
    commands = {phrase for phrases in spoken.commands.values() for phrase in phrases}  # known before it is asked
    phrases = {phrase for choice in choices for phrase in choice.phrases.get(language, ())} - commands
    assert [said for said in (*phrases, *spoken.yes, *spoken.no) if is_hanging(normal(said, language), language)] == []
