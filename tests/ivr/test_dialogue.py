"""Slots, look-ups, corrections, proofs and messages: the story of a parcel that has not come, in both languages."""

from __future__ import annotations

import pytest

from ivr.actions import (
    Heard,
    Key,
    Listen,
    NoInput,
    Phase,
    Say,
)
from tests.ivr.parcels import DONE, Talk, typed
from voice.recognizers.protocol import Kind


class TestTheStory:
    def test_in_english_on_the_phone(self) -> None:
        talk = typed("My parcel has not come", "four seven one one", "on Friday", "in the afternoon", "yes", "no thank you")
        assert talk.house[3:] == (
            "I am sorry: order four seven, one one should have been with you already. It waits at our depot, and you choose the day.",
            "Which day shall we bring it?",
            "In the morning, in the afternoon, or in the evening?",
            "So, order four seven, one one, on Friday the eighth of May, in the afternoon. Is that right?",
            "One moment, I book it.",
            "It is booked: on Friday the eighth of May, in the afternoon. The courier calls an hour before.",
            "Is there anything else?",
            "Thank you for calling. Have a lovely day!",
        )
        assert (talk.state.done, talk.state.repeated) == (True, 0)

    def test_in_russian_on_the_phone(self) -> None:
        talk = typed(
            "Посылка не пришла", "сорок семь одиннадцать", "в пятницу", "после обеда", "да", "нет спасибо", language="ru"
        )
        assert "в пятницу, восьмого мая, днём" in talk.house[6]
        assert talk.house[-1] == "Спасибо за звонок. Хорошего вам дня!"

    def test_in_a_chat_figures_stand_as_figures(self) -> None:
        talk = typed("hello, my order 4711 has not come", channel="chat")
        assert talk.house[2].startswith("I am sorry: order 4711 should")

    def test_by_keys_alone(self) -> None:
        talk = Talk()
        assert talk.take(Key("2")) == ["status.text"]
        assert talk.take(Key("4")) == talk.take(Key("7")) == talk.take(Key("1")) == []
        assert talk.listen.no_input_s == 3.0
        assert talk.take(Key("1")) == ["late.text", "day.text"]
        talk.take(*(Key(digit) for digit in "0805"))
        assert talk.take(NoInput()) == ["window.text"], "nothing more is keyed: that is the day"
        assert talk.take(Key("2")) == ["recap.text"]
        assert talk.state.slots["day"] == "2026-05-08"
        assert talk.take(Key("1")) == ["book.text", "done.text", "more.text"]
        assert {answer.how for answer in talk.state.ledger if answer.slot in ("order", "day", "window") and answer.value} == {
            "key"
        }

    def test_several_slots_in_one_sentence(self) -> None:
        talk = Talk()
        assert talk.done(Heard("my order 4711 has not come")) == ["late.text", "day.text"]
        assert talk.done(Heard("tomorrow in the morning please")) == ["recap.text"]
        assert talk.state.slots | {"topic": ""} == {"order": "4711", "day": "2026-05-05", "window": "morning", "topic": ""}

    def test_a_number_alone_at_the_menu_is_enough(self) -> None:
        assert Talk().done(Heard("4711")) == ["late.text", "day.text"]

    def test_the_ledger_says_when_where_how_and_how_sure(self) -> None:
        talk = Talk("chat")
        talk.take(Heard("where is my parcel"), Heard("4711", now_ms=talk.state.now_ms + 5000))
        line = next(one for one in talk.state.ledger if one.slot == "order")
        assert (line.value, line.how, line.channel, line.kind, line.step) == ("4711", "typed", "chat", "digits", "status")
        assert line.when_ms == talk.state.now_ms == talk.state.started_ms + 5000
        assert 0.75 <= line.score <= 1.0

    def test_the_ear_is_told_what_sort_of_answer_comes(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        assert talk.listen.expectation.kind is Kind.DIGITS
        assert "four seven one one" in talk.listen.expectation.hint
        talk.done(Heard("4711"))
        assert talk.listen.expectation.kind is Kind.DATE
        talk.done(Heard("tomorrow"))
        assert [button.id for button in talk.listen.buttons] == ["morning", "afternoon", "evening"]
        assert {"in the morning", "operator", "start over"} <= set(talk.listen.expectation.phrases)


class TestNotSure:
    def test_a_doubted_value_is_asked_about(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        assert talk.done(Heard("four seven one one", 0.1, "whisper")) == ["order.confirm"]
        assert talk.texts == ["I understood four seven, one one. Is that right?"]
        assert talk.state.phase is Phase.CONFIRMING
        assert "order" not in talk.state.slots
        assert talk.done(Heard("yes")) == ["late.text", "day.text"]

    @pytest.mark.parametrize("words", ["no, 4712", "no, four seven one two", "4712", "no not 4711, 4712"])
    def test_a_no_with_the_right_one(self, words: str) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        talk.done(Heard("4711", 0.1, "whisper"))
        talk.done(Heard(words))
        if talk.state.phase is Phase.CONFIRMING:
            talk.done(Heard("yes"))
        assert talk.state.slots["order"] == "4712"
        assert talk.state.step == "keep_day"

    def test_a_no_asks_again_and_the_same_is_not_offered_again(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        talk.done(Heard("4711", 0.1, "whisper"))
        assert talk.done(Heard("no")) == ["status.no_match.1"]
        assert talk.done(Heard("4711", 0.1, "whisper")) == ["status.no_match.2"]

    def test_what_comes_next_may_be_said_already(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        assert talk.done(Heard("next friday")) == ["day.confirm"]
        assert talk.done(Heard("in the evening")) == ["day.confirm"]
        assert talk.done(Heard("yes")) == ["recap.text"]

    def test_a_yes_with_more(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        talk.done(Heard("next friday"))
        assert talk.done(Heard("yes, and in the evening")) == ["recap.text"]

    def test_why_it_is_refused_is_said(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        assert talk.done(Heard("yesterday")) == ["reason.past", "day.no_match.1"]
        assert talk.texts[0] == "That day is past."

    def test_a_value_half_taken_back_is_asked_about(self) -> None:
        talk = Talk("chat")
        talk.take(Heard("where is my parcel"))
        assert talk.take(Heard("4711 sorry")) == ["order.confirm"]

    def test_a_no_with_what_is_right_at_a_menu(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my order 1234"))
        assert talk.done(Heard("no, on friday evening")) == ["recap.text"]

    def test_no_command_is_offered_on_a_key_that_is_a_digit_here(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        for _ in range(3):
            talk.done(NoInput())
        assert talk.said == ["status.keys"]

    def test_a_beginning_is_waited_for_silently_on_the_phone(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        assert talk.done(Heard("four seven", 0.9, "whisper")) == []
        assert isinstance(talk.acts[-1], Listen)
        assert talk.take(Heard("one one", 0.9, "whisper")) == ["late.text", "day.text"]


class TestTime:
    @pytest.mark.parametrize(("language", "words"), [("en", "Wait, just a minute."), ("ru", "Подождите, минутку!")])
    def test_who_asks_for_time_gets_it_and_is_asked_again_after_it(self, language: str, words: str) -> None:
        talk = Talk(language=language)
        talk.done(Key("2"))
        assert talk.take(Heard(words)) == []
        assert talk.listen.no_input_s == 30.0
        assert talk.take(NoInput()) == ["status.text"]
        assert talk.done(NoInput()) == ["status.no_input.1"]

    @pytest.mark.parametrize("words", ["um, hold on", "four seven", "wait, where is my parcel"])
    def test_what_was_answered_before_it_counts(self, words: str) -> None:
        talk = Talk()
        talk.done(Key("2"))
        talk.done(Heard(words, 0.9, "whisper"))
        talk.done(Heard("one moment please"))
        assert talk.done(Heard("one one" if words == "four seven" else "four seven one one")) == ["late.text", "day.text"]

    def test_a_doubt_is_asked_again(self) -> None:
        talk = Talk()
        talk.done(Key("2"))
        talk.done(Heard("four seven one one", 0.1, "whisper"))
        assert talk.done(Heard("hold on")) == []
        assert talk.done(NoInput()) == ["order.confirm"]

    def test_a_yes_before_it_is_one(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        talk.done(Heard("tomorrow in the morning please"))
        assert "done.text" in talk.done(Heard("yes, one moment"))


class TestCorrections:
    def at_recap(self) -> Talk:
        talk = Talk()
        for words in ("my order 4711 has not come", "on friday", "in the morning"):
            talk.done(Heard(words))
        assert talk.said == ["recap.text"]
        return talk

    @pytest.mark.parametrize(
        ("words", "slot", "value"),
        [
            ("no, on saturday", "day", "2026-05-09"),
            ("the day is saturday", "day", "2026-05-09"),
            ("no, in the evening", "window", "evening"),
            ("the time is wrong, in the evening please", "window", "evening"),
        ],
    )
    def test_at_the_summary(self, words: str, slot: str, value: str) -> None:
        talk = self.at_recap()
        assert talk.done(Heard(words)) == ["recap.text"], "corrected, and nothing else is asked"
        assert talk.state.slots[slot] == value

    def test_of_an_earlier_answer_by_its_name(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        assert talk.done(Heard("the order is 5050")) == ["late.text", "day.text"], "told anew, for it is another order"
        assert talk.state.slots["order"] == "5050"

    def test_of_an_earlier_answer_without_a_name(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        talk.done(Heard("no, not 4711, 5050"))
        if talk.state.phase is Phase.CONFIRMING:
            talk.done(Heard("yes"))
        assert talk.state.slots["order"] == "5050"

    def test_what_depends_on_it_is_asked_anew_and_nothing_else(self) -> None:
        talk = self.at_recap()
        talk.done(Heard("no, the order is 5050"))
        assert "day" not in talk.state.slots
        assert talk.state.slots["window"] == "morning"
        assert talk.said == ["late.text", "day.text"]
        assert talk.done(Heard("tomorrow")) == ["recap.text"]

    def test_back_asks_the_last_question_again(self) -> None:
        talk = Talk()
        for words in ("my order 4711 has not come", "on friday"):
            talk.done(Heard(words))
        assert talk.done(Heard("back")) == ["day.text"]
        assert talk.done(Heard("saturday")) == ["window.text"]
        assert talk.state.repeated == 0

    def test_start_over_forgets_and_does_not_greet_again(self) -> None:
        talk = self.at_recap()
        for event in (Heard("start over"), Key("8")):
            other = Talk()
            other.state = talk.state
            assert other.done(event) == ["help.text"]
            assert other.state.slots == {}
            assert [line.value for line in other.state.ledger if line.how == "start over"] == [None] * 4

    def test_slower_stays_slow(self) -> None:
        talk = Talk()
        talk.done(Heard("slower please"))
        assert all(act.slow for act in talk.acts if isinstance(act, Say))
        talk.done(Heard("refund"))
        assert all(act.slow for act in talk.acts if isinstance(act, Say))


def test_a_question_over_the_parcels_question_is_answered() -> None:
    talk = Talk()
    talk.done(Heard("where is my parcel"))
    assert talk.take(Heard("what are your opening hours")) == ["hours.text", "more.text"]
    assert talk.take(DONE) == []
