"""Slots, look-ups, corrections, proofs and messages: the story of a parcel that has not come, in both languages."""

from __future__ import annotations

import pytest

from ivr.actions import (
    CallBack,
    Context,
    ContextCame,
    Failed,
    Handover,
    Heard,
    HungUp,
    Key,
    Listen,
    Looked,
    LookUp,
    NoInput,
    Phase,
    Picked,
    Record,
    Recorded,
    Say,
    SendLink,
    State,
    Verified,
    Verify,
)
from tests.ivr.parcels import DONE, Talk, matters, typed
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


class TestLookUps:
    def waiting(self) -> tuple[Talk, LookUp]:
        talk = Talk(idle=True)
        talk.done(Heard("my order 4711 has not come"))
        act = talk.acts[-1]
        assert isinstance(act, LookUp)
        assert talk.state.phase is Phase.WORKING
        return talk, act

    def test_arguments_and_deadline(self) -> None:
        _, act = self.waiting()
        assert act == LookUp("1", "orders", {"number": "4711"}, 2.5)

    @pytest.mark.parametrize("error", ["deadline", "refused"])
    def test_an_error_goes_the_other_way(self, error: str) -> None:
        talk, act = self.waiting()
        assert talk.take(Looked(act.request, error=error)) == ["no_answer.text", "colleague.text"]

    def test_no_such_order_asks_again_and_gives_up_at_last(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        assert talk.done(Heard("8888")) == ["not_found.text", "status.again"]
        assert talk.texts[0] == "I find no order eight eight, eight eight."
        assert talk.done(Heard("8887")) == ["not_found.text", "status.again"]
        assert talk.done(Heard("8886")) == ["lost.text", "colleague.text"]

    def test_late_and_foreign_answers_do_nothing(self) -> None:
        talk, act = self.waiting()
        assert talk.take(Looked("77", {"state": "lost"})) == []
        talk.take(Looked(act.request, {"state": "late", "days": -2}))
        before = talk.state
        assert talk.take(Looked(act.request, {"state": "lost"})) == []
        assert talk.state == before

    def test_an_answer_that_makes_no_sense_is_survived(self) -> None:
        talk, act = self.waiting()
        talk.take(Looked(act.request, {"state": ["late"], "days": "soon", "address": 5}))
        assert talk.said == ["lost.text", "colleague.text"]

    def test_the_operator_is_always_reachable(self) -> None:
        for event in (Heard("operator"), Key("0")):
            talk, _ = self.waiting()
            assert talk.take(event) == ["operator.text"]
            assert isinstance(talk.acts[-1], Handover)

    def test_words_meanwhile_are_let_pass_and_waiting_too_long_is_an_error(self) -> None:
        talk, _ = self.waiting()
        assert talk.take(Heard("hello? are you there?")) == []
        assert talk.take(NoInput()) == ["no_answer.text", "colleague.text"]


class TestProof:
    def asked(self) -> tuple[Talk, Verify]:
        talk = Talk(idle=True)
        talk.done(Key("#"))
        assert talk.said == ["code.text"]
        talk.take(*(Key(digit) for digit in "481516"))
        act = talk.acts[-1]
        assert isinstance(act, Verify)
        assert (act.method, act.arguments) == ("ticket", {"code": "481516"})
        return talk, act

    def test_a_good_code(self) -> None:
        talk, act = self.asked()
        assert talk.take(Verified(act.request)) == ["proved.text", "help.again"]
        assert talk.state.confidence == "proved"

    def test_a_wrong_code_is_asked_again_and_a_locked_one_is_not(self) -> None:
        talk, act = self.asked()
        assert talk.take(Failed(act.request, "wrong")) == ["wrong_code.text", "code.text"]
        talk, act = self.asked()
        assert talk.take(Failed(act.request, "locked")) == ["no_code.text", "help.again"]

    def test_the_matter_that_comes_with_the_proof_is_taken_up_at_once(self) -> None:
        chat = Talk("chat")
        chat.take(Heard("my order 4711 has not come"))
        talk, act = self.asked()
        context = matters(step_out(chat))
        assert talk.take(Verified(act.request, context=context)) == ["resume.going_on", "day.text"]
        assert talk.state.slots["order"] == "4711"
        assert (talk.state.customer, talk.state.matter, talk.state.confidence) == ("c1", "m1", "proved")

    @pytest.mark.parametrize("sure", ["hint", "claimed", "proved"])
    def test_what_is_private_is_told_only_after_a_proof(self, sure: str) -> None:
        talk = Talk(context=Context("c1", sure))
        for words in ("my order 4711 has not come", "on friday", "in the morning", "yes"):
            talk.done(Heard(words))
        assert ("address.text" in talk.said) is (sure == "proved")
        assert any(isinstance(act, Say) and act.private for act in talk.acts) is (sure == "proved")

    def test_a_context_of_somebody_else_leaves_nothing_behind(self) -> None:
        talk = Talk(context=Context("c1", "proved", {"address": "Lindenstraße 4"}))
        assert talk.state.known["address"] == "Lindenstraße 4"
        talk.take(ContextCame(Context("c2", "hint")))
        assert "address" not in talk.state.known
        assert talk.state.confidence == "hint"


def step_out(talk: Talk) -> State:
    """The state after the customer has gone."""
    talk.take(HungUp())
    return talk.state


class TestMessages:
    def at_colleague(self, channel: str = "phone") -> Talk:
        talk = Talk(channel)
        talk.done(Heard("where is my parcel"))
        talk.done(Heard("9999"))
        assert talk.said == ["lost.text", "colleague.text"]
        return talk

    def test_a_call_back(self) -> None:
        talk = self.at_colleague()
        talk.done(Heard("call me back please"))
        assert any(act == CallBack(act.request, "", "", "parcel", 3.0) for act in talk.acts if isinstance(act, CallBack))
        assert talk.said == ["call_noted.text", "more.text"]

    def test_a_message_is_recorded_on_the_phone(self) -> None:
        talk = self.at_colleague()
        talk.idle = True
        talk.done(Key("3"))
        act = talk.acts[-1]
        assert isinstance(act, Record)
        assert (act.slot, act.longest_s) == ("message", 90)
        talk.take(Recorded(act.request, "messages/1.wav", "please call me", 4000))
        assert talk.said == ["note_kept.text", "more.text"]
        line = talk.state.ledger[-1]
        assert (line.value, line.recording) == ("please call me", "messages/1.wav")

    def test_a_message_is_written_in_a_chat(self) -> None:
        talk = self.at_colleague("chat")
        assert talk.take(Picked("note")) == ["note.text"]
        assert talk.take(Heard("please look behind the shed, it may be there")) == ["note_kept.text", "more.text"]
        assert talk.state.slots["message"] == "please look behind the shed, it may be there"

    def test_a_link_is_sent(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my order 4712"))
        talk.done(Heard("yes"))
        sent = next(act for act in talk.acts if isinstance(act, SendLink))
        assert (sent.channel, sent.to) == ("sms", "")
        assert "follow order" in sent.text
        assert talk.said == ["link_sent.text", "more.text"]

    def test_what_cannot_be_done_goes_to_a_person(self) -> None:
        talk = self.at_colleague()
        talk.idle = True
        talk.done(Heard("call me back"))
        act = talk.acts[-1]
        assert isinstance(act, CallBack)
        talk.take(Failed(act.request, "no trunk"))
        handover = talk.acts[-1]
        assert isinstance(handover, Handover)
        assert handover.known["order"] == "9999"


def test_a_question_over_the_parcels_question_is_answered() -> None:
    talk = Talk()
    talk.done(Heard("where is my parcel"))
    assert talk.take(Heard("what are your opening hours")) == ["hours.text", "more.text"]
    assert talk.take(DONE) == []
