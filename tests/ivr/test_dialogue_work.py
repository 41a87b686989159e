"""Look-ups, proofs and messages: what the dialogue has done for it, and what it does when that fails."""

from __future__ import annotations

from dataclasses import replace

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
from tests.ivr.parcels import Talk, matters


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
        assert talk.take(Verified(act.request, context=context)) == ["resume.proved", "day.text"]
        assert talk.state.slots["order"] == "4711"
        assert (talk.state.customer, talk.state.matter, talk.state.confidence) == ("c1", "m1", "proved")

    @pytest.mark.parametrize(
        ("language", "words", "named"),
        [
            ("en", "my order 4711 has not come", "Thank you. It is about the new delivery day for order four seven, one one."),
            ("ru", "мой заказ 4711 не пришёл", "Спасибо. Мы остановились вот на чём: новый день доставки для заказа четыре семь, один один."),
        ],
    )  # fmt: skip
    def test_it_is_named_before_the_first_question(self, language: str, words: str, named: str) -> None:
        chat = Talk("chat", language)
        chat.take(Heard(words))
        talk = Talk(language=language, idle=True)
        talk.done(Key("#"))
        talk.take(*(Key(digit) for digit in "481516"))
        act = talk.acts[-1]
        assert isinstance(act, Verify)
        talk.take(Verified(act.request, context=matters(step_out(chat))))
        assert talk.texts[0] == named

    @pytest.mark.parametrize(("confidence", "speaks"), [("hint", False), ("claimed", False), ("proved", True)])
    def test_only_a_proof_of_who_it_is_makes_the_house_speak_a_private_fact(self, confidence: str, speaks: bool) -> None:
        """The matter goes on either way: the ticket is proof of that; the address was looked up, and is somebody's."""
        chat = Talk("chat")
        chat.take(Heard("my order 4711 has not come"))
        talk, act = self.asked()
        context = replace(matters(step_out(chat)), confidence=confidence)
        assert talk.take(Verified(act.request, confidence, context)) == ["resume.proved", "day.text"]
        talk.idle = False
        said: list[str] = []
        for words in ("on friday", "in the morning", "yes"):
            said += talk.done(Heard(words))
        assert "done.text" in said
        assert ("address.text" in said) is speaks
        assert talk.state.known.get("address"), "it was known, and not said"

    def test_a_weak_ticket_without_a_matter_is_no_proof(self) -> None:
        talk, act = self.asked()
        assert talk.take(Verified(act.request, "claimed", Context("c1", "claimed"))) == ["no_code.text", "help.again"]
        assert talk.state.confidence == "claimed"

    @pytest.mark.parametrize(("confidence", "known"), [("hint", None), ("claimed", None), ("proved", "12 Elm Street")])
    def test_what_is_private_comes_into_the_talk_with_the_proof_only(self, confidence: str, known: str | None) -> None:
        talk = Talk(context=Context("c1", confidence, {"address": "12 Elm Street", "parcel": "late"}))
        assert talk.state.known.get("address") == known
        assert talk.state.known["parcel"] == "late"

    def test_a_matter_that_nothing_names_is_gone_on_with_all_the_same(self) -> None:
        chat = Talk("chat")
        chat.take(Heard("my order 4711 has not come"))
        nameless = replace(step_out(chat), step="help", history=())
        talk, act = self.asked()
        assert talk.take(Verified(act.request, context=matters(nameless))) == ["resume.going_on", "help.text"]

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
        assert any(act == CallBack(act.request, "", "", "parcel", 3.0, "en") for act in talk.acts if isinstance(act, CallBack))
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
