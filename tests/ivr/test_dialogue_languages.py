"""Whoever writes in the flow's other language is understood, and answered in it; what every language writes alike changes nothing."""

from __future__ import annotations

import pytest

from ivr.actions import Handover, Heard
from tests.ivr.parcels import NOW_MS, Talk, matters

STATUS = {"en": "where is my parcel", "ru": "где моя посылка"}
OTHER = {"en": "ru", "ru": "en"}


@pytest.mark.parametrize("channel", ["chat", "email"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_topic(language: str, channel: str) -> None:
    talk = Talk(channel, language)
    assert talk.take(Heard(STATUS[OTHER[language]])) == ["status.text"]
    assert (talk.state.language, talk.state.errors) == (OTHER[language], 0)


@pytest.mark.parametrize(("language", "words"), [("en", "оператор"), ("ru", "a human please"), ("en", "позовите человека")])
def test_a_command_also_where_a_slot_is_asked_for(language: str, words: str) -> None:
    talk = Talk("chat", language)
    talk.take(Heard(STATUS[language]))
    talk.take(Heard(words))
    assert any(isinstance(act, Handover) for act in talk.acts)
    assert talk.state.language == OTHER[language]


def test_over_the_offer_to_go_on() -> None:
    old = Talk("chat", "en")
    old.take(Heard("my order 4711 has not come"))
    new = Talk("chat", "en", matters(old.state), NOW_MS + 60_000)
    new.take(Heard("когда вы работаете"))
    assert (new.state.language, new.said[0]) == ("ru", "hours.text")


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "ok"), ("ru", "yes"), ("ru", "DHL"), ("en", "Иван"), ("en", "да"), ("ru", "iPhone 15"), ("en", "ы")],
)
def test_what_is_no_sign_of_a_language(language: str, words: str) -> None:
    talk = Talk("chat", language)
    talk.take(Heard(words))
    assert talk.state.language == language


def test_a_message_is_left_as_it_is_written() -> None:
    talk = Talk("chat", "en", idle=True)
    for words in ("where is my parcel", "9999"):
        talk.idle = False
        talk.take(Heard(words))
    talk.idle = True
    talk.take(Heard("leave a message"))
    talk.take(Heard("оператор"))
    assert talk.state.language == "en"


def test_on_the_phone_the_ear_hears_one_language() -> None:
    talk = Talk("phone", "en")
    talk.done(Heard("где моя посылка", 0.8, "whisper"))
    assert talk.state.language == "en"
    talk.done(Heard("можно по-русски", 0.8, "whisper"))
    assert talk.state.language == "ru"
