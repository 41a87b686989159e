"""Whoever writes in the flow's other language is understood, and answered in it; what every language writes alike changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.actions import Context, ContextCame, Handover, Heard, Key, Verified, Verify
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


# The line tells no language: who is known to speak another one than the house's usual hears that.


def about_his_order(language: str) -> Context:
    """He wrote in this language that his order has not come, and left."""
    chat = Talk("chat", language)
    chat.take(Heard({"en": "my order 4711 has not come", "ru": "мой заказ 4711 не пришёл"}[language]))
    return replace(matters(chat.state), language=language)


@pytest.mark.parametrize(("usual", "his"), [("en", "ru"), ("ru", "en")])
def test_who_calls_back_is_greeted_in_his_own_language(usual: str, his: str) -> None:
    call = Talk("phone", usual, about_his_order(his), assumed=True)
    assert {act.language for act in call.says} == {his}
    assert call.said == ["greeting.text", "resume.text"]
    assert call.listen.expectation.language == his


def test_who_has_nothing_open_is_greeted_in_the_language_he_spoke_last() -> None:
    assert Talk("phone", "en", Context("c1", language="ru"), assumed=True).state.language == "ru"


def test_a_language_that_the_flow_lacks_changes_nothing() -> None:
    assert Talk("phone", "en", Context("c1", language="de"), assumed=True).state.language == "en"


def test_a_page_or_a_letter_says_its_language_itself() -> None:
    assert Talk("chat", "en", about_his_order("ru")).state.language == "en"


def test_what_is_known_late_changes_the_language_where_nothing_was_answered_yet() -> None:
    call = Talk("phone", "en", assumed=True)
    call.take(ContextCame(about_his_order("ru")))
    assert (call.said, call.state.language) == (["resume.text"], "ru")
    spoke = Talk("phone", "en", assumed=True)
    spoke.done(Heard("my order 4711 has not come"))
    spoke.take(ContextCame(about_his_order("ru")))
    assert spoke.state.language == "en"


def keyed(call: Talk) -> str:
    """He keys a ticket; the number of what is asked of the memory."""
    call.idle = True
    call.done(Key("#"))
    call.take(*(Key(digit) for digit in "481516"))
    act = call.acts[-1]
    assert isinstance(act, Verify)
    return act.request


def test_a_ticket_brings_the_language_of_its_chat_along() -> None:
    call = Talk("phone", "en", assumed=True)
    assert call.take(Verified(keyed(call), context=about_his_order("ru"))) == ["resume.proved", "day.text"]
    assert {act.language for act in call.says} == {"ru"}


@pytest.mark.parametrize("chosen", [Key("9"), Heard("when are you open")])
def test_a_ticket_does_not_take_the_language_away_that_he_chose_or_speaks(chosen: Key | Heard) -> None:
    call = Talk("phone", "ru" if isinstance(chosen, Key) else "en", assumed=True)
    call.done(chosen)
    assert (call.state.language, call.state.assumed) == ("en", False)
    call.take(Verified(keyed(call), context=about_his_order("ru")))
    assert call.state.language == "en"
