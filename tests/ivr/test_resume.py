"""Going on where a talk broke off: by any channel, at that very step, with everything kept, and never a question twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.actions import (
    Context,
    ContextCame,
    Handover,
    Heard,
    HungUp,
    Key,
    Listen,
    LookUp,
    Matter,
    NoInput,
    Phase,
    Picked,
    Say,
    Started,
    State,
)
from ivr.dialogue.state import STATE_VERSION
from ivr.flow import Flow, load
from ivr.machine import begin, resume, step, unfinished
from tests.ivr.parcels import FLOW, NOW_MS, Talk, matters

HOTLINE = Path(__file__).parents[2] / "ivr" / "flows" / "hotline.yaml"
HOUR_MS = 3_600_000


def broken_off(*words: str, channel: str = "chat", language: str = "en") -> State:
    """A talk with these lines, then the customer goes."""
    talk = Talk(channel, language)
    for line in words or ("my order 4711 has not come",):
        talk.done(Heard(line))
    talk.take(HungUp())
    return State.from_dict(json.loads(json.dumps(talk.state.to_dict())))


def back(*states: State, channel: str = "phone", language: str = "en", now_ms: int = NOW_MS + HOUR_MS) -> Talk:
    return Talk(channel, language, matters(*states), now_ms)


class TestTheOffer:
    def test_it_names_what_it_was_about_before_the_first_question(self) -> None:
        talk = back(broken_off())
        assert talk.said == ["greeting.text", "resume.text"]
        assert talk.texts[1] == ("We stopped at the new delivery day for order four seven, one one. Shall we go on there?")
        assert talk.state.phase is Phase.OFFERING
        assert {"yes", "no", "start over"} <= set(talk.listen.expectation.phrases)

    def test_in_the_language_in_which_one_comes_back(self) -> None:
        talk = back(broken_off(), language="ru")
        assert talk.texts[1] == "Мы остановились вот на чём: новый день доставки для заказа четыре семь, один один. Продолжим?"

    @pytest.mark.parametrize("event", [Heard("yes please"), Key("1"), Picked("yes"), Heard("yes, let us go on")])
    def test_yes_goes_on_at_that_very_step(self, event: Heard | Key | Picked) -> None:
        talk = back(broken_off())
        assert talk.done(event) == ["resume.going_on", "day.text"], "what was told is not told again"
        assert talk.state.slots["order"] == "4711"
        assert (talk.state.matter, talk.state.channel, talk.state.repeated) == ("m1", "phone", 0)
        for words in ("on friday", "in the morning", "yes"):
            talk.done(Heard(words))
        assert talk.said == ["book.text", "done.text", "more.text"]
        assert [line.channel for line in talk.state.ledger if line.slot in ("order", "day") and line.value] == ["chat", "phone"]

    @pytest.mark.parametrize("words", ["on friday", "yes, on friday"])
    def test_the_answer_itself_is_a_yes(self, words: str) -> None:
        talk = back(broken_off())
        assert talk.done(Heard(words)) == ["window.text"]
        assert talk.state.slots["day"] == "2026-05-08"

    @pytest.mark.parametrize("event", [Heard("no"), Heard("no thank you"), Key("2"), Heard("start over"), Key("8"), Picked("no")])
    def test_no_starts_over_without_greeting_again(self, event: Heard | Key | Picked) -> None:
        talk = back(broken_off())
        assert talk.done(event) == ["help.text"]
        assert talk.state.slots == {}

    def test_another_topic_is_gone_into_at_once(self) -> None:
        talk = back(broken_off())
        assert talk.done(Heard("i want a refund")) == ["refund.text", "more.text"]
        assert "order" not in talk.state.slots

    def test_the_operator_is_reachable(self) -> None:
        assert back(broken_off()).done(Heard("operator")) == ["operator.text"]

    def test_repeat_and_other_language_say_the_offer_again(self) -> None:
        for event in (Key("*"), Heard("repeat please")):
            assert back(broken_off()).done(event) == ["resume.text"]
        talk = back(broken_off())
        assert talk.done(Key("9")) == ["resume.text"]
        assert talk.texts[0].startswith("Мы остановились")

    def test_who_asks_for_time_is_offered_it_again_after_it(self) -> None:
        talk = back(broken_off())
        assert talk.done(Heard("one moment, please")) == []
        assert talk.listen.no_input_s == 30.0
        assert talk.done(NoInput()) == ["resume.text"]
        assert talk.done(NoInput()) == ["confirming.again"]

    def test_who_says_nothing_is_asked_simply_and_then_starts_over(self) -> None:
        talk = back(broken_off())
        assert talk.done(NoInput()) == talk.done(NoInput()) == ["confirming.again"]
        assert talk.done(NoInput()) == ["help.text"]

    def test_several_matters_come_one_after_another(self) -> None:
        newest, older = broken_off(), broken_off("where is my order 5050", "tomorrow")
        talk = back(newest, older)
        assert "four seven, one one" in talk.texts[1]
        assert talk.done(Heard("another matter")) == ["resume.text"]
        assert "five zero, five zero" in talk.texts[0]
        assert talk.done(Heard("yes")) == ["resume.going_on", "window.text"]
        assert talk.state.matter == "m2"
        talk = back(newest, older)
        talk.done(Heard("another matter"))
        assert talk.done(Heard("another matter")) == ["help.text"]


class TestWhereItBroke:
    def test_in_the_middle_of_a_slot(self) -> None:
        talk = Talk()
        talk.done(Heard("where is my parcel"))
        talk.take(Key("4"), Key("7"), HungUp())
        assert back(talk.state).done(Heard("yes")) == ["resume.going_on", "status.text"]

    def test_in_the_middle_of_a_prompt(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        talk.take(HungUp())  # no PromptsDone
        assert back(talk.state).done(Heard("yes")) == ["resume.going_on", "day.text"]

    def test_in_the_middle_of_a_look_up(self) -> None:
        talk = Talk(idle=True)
        talk.done(Heard("my order 4711 has not come"))
        talk.take(HungUp())
        again = back(talk.state)
        again.idle = True
        assert "order four seven, one one" in again.texts[1]
        again.done(Heard("yes"))
        assert isinstance(again.acts[-1], LookUp), "it is asked anew"

    def test_in_the_middle_of_a_doubt(self) -> None:
        old = broken_off("my order 4711 has not come", "next friday", channel="phone")
        assert back(old).done(Heard("yes")) == ["resume.going_on", "day.confirm"], "said once already: only whether it is right"

    def test_in_the_middle_of_the_offer(self) -> None:
        first = back(broken_off())
        first.take(HungUp())
        assert back(first.state).said == ["greeting.text", "resume.text"]

    def test_by_a_crash_that_let_nobody_hang_up(self) -> None:
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        assert back(talk.state).done(Heard("yes")) == ["resume.going_on", "day.text"]

    def test_several_times_over(self) -> None:
        state = broken_off()
        for channel, words, asked in (("phone", "on friday", "window.text"), ("chat", "in the evening", "recap.text")):
            talk = back(state, channel=channel)
            talk.done(Heard("yes"))
            assert talk.done(Heard(words)) == [asked]
            talk.take(HungUp())
            state = talk.state
        assert back(state).done(Heard("yes")) == ["resume.going_on", "recap.text"]
        assert [line.channel for line in state.ledger if line.slot in ("order", "day", "window")] == ["chat", "phone", "chat"]


class TestWhatIsNotOffered:
    def test_a_talk_in_which_nothing_was_told(self) -> None:
        assert back(broken_off("hello there")).said == ["greeting.text", "help.text"]

    def test_a_talk_that_came_to_its_end(self) -> None:
        assert back(broken_off("when are you open", "no thank you")).said == ["greeting.text", "help.text"]

    def test_one_that_is_too_old(self) -> None:
        assert back(broken_off(), now_ms=NOW_MS + 73 * HOUR_MS).said == ["greeting.text", "help.text"]

    def test_one_of_another_flow_and_what_is_no_state_at_all(self) -> None:
        for state in ({"flow": "other"}, {}, {"version": 99}, {**broken_off().to_dict(), "flow": "other"}):
            context = Context(matters=(Matter("m", state),))
            assert Talk(context=context).said == ["greeting.text", "help.text"]

    def test_a_private_matter_is_not_named_to_just_anybody(self, tmp_path: Path) -> None:
        source = HOTLINE.read_text(encoding="utf-8")
        file = tmp_path / "flow.yaml"
        file.write_text(
            source.replace('"the new delivery day for order {{ order | digits }}"', '"{{ address }}"'), encoding="utf-8"
        )
        from ivr.flow import check

        assert any("about tells" in str(one) for one in check(file))


class TestLateContext:
    def test_it_is_offered_while_nothing_was_answered(self) -> None:
        talk = Talk()
        assert talk.take(ContextCame(matters(broken_off()))) == ["resume.text"]
        assert talk.done(Heard("yes")) == ["resume.going_on", "day.text"]

    def test_it_is_only_noted_after_an_answer(self) -> None:
        talk = Talk()
        talk.done(Heard("i want a refund"))
        assert talk.take(ContextCame(matters(broken_off()))) == []
        assert talk.state.customer == "c1"
        assert talk.state.offers == ()

    def test_before_the_start_it_is_as_if_in_time(self) -> None:
        state, _ = step(FLOW, begin(FLOW), ContextCame(matters(broken_off()), now_ms=NOW_MS))
        assert len(state.offers) == 1


class TestTheFunction:
    def test_it_is_the_same_as_a_start_with_one_matter(self) -> None:
        state, acts = resume(FLOW, broken_off(), "phone", "en", NOW_MS + HOUR_MS, matter="m7")
        assert state.phase is Phase.OFFERING
        assert isinstance(acts[-1], Listen)
        state, _ = step(FLOW, state, Picked("yes"))
        assert (state.matter, state.step) == ("m7", "day")

    def test_unfinished_says_whether_there_is_anything_to_go_on_with(self) -> None:
        assert unfinished(FLOW, broken_off().to_dict(), NOW_MS) is not None
        assert unfinished(FLOW, broken_off("hello").to_dict(), NOW_MS) is None


class TestOtherModes:
    def flow(self, tmp_path: Path, mode: str) -> Flow:
        file = tmp_path / "flow.yaml"
        file.write_text(HOTLINE.read_text(encoding="utf-8").replace("mode: ask ", f"mode: {mode} "), encoding="utf-8")
        return load(file)

    def test_continue_goes_on_at_once(self, tmp_path: Path) -> None:
        _, acts = resume(self.flow(tmp_path, "continue"), broken_off(), "phone", "en", NOW_MS)
        assert [act.prompt_id for act in acts[:-1]] == ["greeting.text", "resume.named", "day.text"]  # type: ignore[union-attr]
        assert acts[1].text == "We go on with the new delivery day for order four seven, one one."  # type: ignore[union-attr]

    @pytest.mark.parametrize(("sure", "named"), [("hint", ""), ("claimed", ""), ("proved", "Lindenstraße 4")])
    def test_what_is_private_is_named_only_to_whom_it_is_proved_and_marked(self, tmp_path: Path, sure: str, named: str) -> None:
        source = HOTLINE.read_text(encoding="utf-8").replace("mode: ask ", "mode: continue ")
        file = tmp_path / "flow.yaml"
        verified = "  - id: day\n    kind: ask\n    needs: verified\n"
        source = source.replace("  - id: day\n    kind: ask\n", verified)
        file.write_text(
            source.replace('"the new delivery day for order {{ order | digits }}"', '"{{ address }}"'), encoding="utf-8"
        )
        flow = load(file)
        _, acts = resume(flow, broken_off(), "phone", "en", NOW_MS, confidence=sure)
        says = [act for act in acts if isinstance(act, Say)]
        assert any(named in say.text and say.private for say in says) is bool(named)
        assert any("Lindenstraße" in say.text for say in says) is bool(named)

    def test_restart_asks_again_and_that_is_counted(self, tmp_path: Path) -> None:
        flow = self.flow(tmp_path, "restart")
        state, _ = resume(flow, broken_off(), "phone", "en", NOW_MS)
        for event in (Heard("where is my parcel"), Heard("yes")):
            state, _ = step(flow, replace(state, speaking=False), event)
        assert state.repeated == 1


class TestAFlowThatChanged:
    def changed(self, tmp_path: Path, *changes: tuple[str, str]) -> Flow:
        text = HOTLINE.read_text(encoding="utf-8").replace("version: 2 ", "version: 3 ")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "flow.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)

    def went_on(self, flow: Flow, old: State) -> State:
        state, _ = resume(flow, old, "phone", "en", NOW_MS)
        assert state.phase is Phase.OFFERING
        return step(flow, state, Picked("yes"))[0]

    def test_a_newer_version_goes_on_at_the_same_step(self, tmp_path: Path) -> None:
        state = self.went_on(self.changed(tmp_path), broken_off())
        assert (state.step, state.flow_version, state.slots["order"]) == ("day", 3, "4711")

    def test_a_step_that_was_renamed(self, tmp_path: Path) -> None:
        flow = self.changed(
            tmp_path,
            ("  - id: day\n", "  - id: when\n    was: day\n"),
            ("next: day\n", "next: when\n"),
            ("goto: day\n", "goto: when\n"),
        )
        assert self.went_on(flow, broken_off()).step == "when"

    def test_a_step_that_is_gone_begins_anew_and_keeps_the_answers(self, tmp_path: Path) -> None:
        flow = self.changed(
            tmp_path, ("  - id: day\n", "  - id: when\n"), ("next: day\n", "next: when\n"), ("goto: day\n", "goto: when\n")
        )
        state = self.went_on(flow, broken_off())
        assert (state.step, state.slots["order"]) == ("help", "4711")

    def test_a_slot_that_was_renamed_and_one_of_another_kind(self, tmp_path: Path) -> None:
        old = broken_off("my order 4711 has not come", "on friday")
        flow = self.changed(tmp_path, ("  code:\n    kind: digits\n", "  code:\n    was: order\n    kind: digits\n"))
        assert self.went_on(flow, old).slots["code"] == "4711"
        flow = self.changed(tmp_path, ("  day:\n    kind: date\n    days_ahead_max: 14\n", "  day:\n    kind: text\n"),
                            ("{{ day | on_date }}", "{{ day }}"))  # fmt: skip
        assert "day" not in self.went_on(flow, old).slots

    def test_an_older_state_is_brought_up_to_date(self) -> None:
        first = {
            "flow": "hotline", "flow_version": 1, "version": 1, "phase": "asking", "language": "en", "step": "status", "speaking": False,
            "hearing": True, "errors": 0, "ignored": 0, "turns": 2, "confirming": "", "said": ["help.text"], "playing": [], "asked": ["help"],
            "denied": [], "heard": {}, "ending": "",
            "answers": [{"step": "help", "slot": "topic", "value": "status", "by": "speech", "score": 0.9}],
        }  # fmt: skip
        state = State.from_dict(first)
        assert (state.version, state.ledger[0].how, state.channel) == (STATE_VERSION, "speech", "phone")
        went = unfinished(FLOW, first, NOW_MS)
        assert went is not None
        assert went.step == "status"


class TestWhoWaitedForAPerson:
    """The call dropped in the queue, or the person did not answer: nobody explains again."""

    def waiting(self, *words: str, channel: str = "phone", language: str = "en") -> State:
        talk = Talk(channel, language)
        for line in words:
            talk.done(Heard(line))
        assert isinstance(talk.acts[-1], Handover)
        assert talk.state.handed
        return State.from_dict(json.loads(json.dumps(talk.state.to_dict())))

    def test_it_is_named_and_yes_leads_straight_to_the_queue(self) -> None:
        old = self.waiting("my order 4711 has not come", "operator")
        talk = back(old)
        assert talk.said == ["greeting.text", "resume.waiting"]
        assert talk.texts[1] == (
            "You were waiting for a colleague about the new delivery day for order four seven, one one. Shall I put you through again?"
        )
        assert talk.done(Heard("yes please")) == ["operator.text"]
        act = talk.acts[-1]
        assert isinstance(act, Handover)
        assert (act.reason, act.known["order"], act.known["topic"]) == ("asked", "4711", "status")
        assert (talk.state.matter, talk.state.repeated, talk.state.handed) == ("m1", 0, True)

    def test_why_it_was_handed_over_is_kept(self) -> None:
        old = replace(self.waiting("operator"), ending="handed over (no_match)")
        talk = back(old)
        talk.done(Key("1"))
        act = talk.acts[-1]
        assert isinstance(act, Handover)
        assert act.reason == "no_match"

    @pytest.mark.parametrize(("language", "words"), [("en", "operator"), ("ru", "оператор")])
    def test_with_nothing_to_name_it_is_said_all_the_same(self, language: str, words: str) -> None:
        talk = back(self.waiting(words, language=language), language=language)
        assert talk.said == ["greeting.text", "resume.waiting_plain"]
        assert (
            talk.texts[1]
            == {
                "en": "You were waiting for a colleague. Shall I put you through again?",
                "ru": "Вы ждали ответа оператора. Соединить вас снова?",
            }[language]
        )

    def test_no_begins_anew_and_it_is_not_offered_again_in_this_talk(self) -> None:
        talk = back(self.waiting("my order 4711 has not come", "operator"))
        assert talk.done(Heard("no")) == ["help.text"]
        assert not talk.state.done
        assert talk.state.offers == ()

    def test_a_flow_that_goes_on_by_itself_goes_straight_to_the_queue(self, tmp_path: Path) -> None:
        file = tmp_path / "hotline.yaml"
        file.write_text(HOTLINE.read_text(encoding="utf-8").replace("mode: ask ", "mode: continue "), encoding="utf-8")
        flow = load(file)
        context = matters(self.waiting("my order 4711 has not come", "operator"))
        state, acts = step(flow, begin(flow), Started("en", "phone", context, now_ms=NOW_MS))
        assert isinstance(acts[-1], Handover)
        assert state.matter == "m1"

    def test_a_flow_whose_person_is_another_step_now_leads_there(self) -> None:
        old = replace(self.waiting("operator"), step="gone_since")
        assert back(old).done(Heard("yes"))[-1] == "operator.text"

    def test_who_hung_up_over_the_question_is_asked_again(self) -> None:
        once = back(self.waiting("my order 4711 has not come", "operator"))
        once.take(HungUp())
        assert back(once.state).said == ["greeting.text", "resume.waiting"]

    def test_a_dialogue_that_came_to_its_own_end_is_not_offered(self) -> None:
        old = replace(self.waiting("operator"), ending="ended at goodbye")
        assert back(old).said == ["greeting.text", "help.text"]
