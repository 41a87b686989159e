"""The machine: what a call is like, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.actions import (
    Action,
    Event,
    Handover,
    Hangup,
    Heard,
    HearingLost,
    HungUp,
    Key,
    Listen,
    NoInput,
    Phase,
    PromptsDone,
    Say,
    StaleState,
    Started,
    State,
)
from ivr.dialogue.transcript import converse
from ivr.flow import Flow, load
from ivr.machine import ERROR_TIMES_MAX, UnknownPair, begin, completeness, outcome, prompts, step
from voice.recognizers.protocol import Completeness, Kind

HERE = Path(__file__).parent
HOTLINE = load(HERE / "flows" / "menu.yaml")
KOREAN = load(HERE / "flows" / "korean.yaml")


def play(flow: Flow, *events: Event, language: str = "en") -> tuple[State, list[Action]]:
    """Start, then these events; the state, and the actions of the last one."""
    state, actions = step(flow, begin(flow), Started(language))
    for event in events:
        state, actions = step(flow, state, event)
    return state, list(actions)


def said(actions: list[Action]) -> list[str]:
    return [action.prompt_id for action in actions if isinstance(action, Say)]


def text(prompt_id: str, language: str = "en", flow: Flow = HOTLINE) -> str:
    prompt = flow.prompt(prompt_id)
    assert prompt is not None
    return prompt.texts[language]


DONE = PromptsDone()


class TestTheFirstTurn:
    def test_it_greets_asks_and_listens(self) -> None:
        state, actions = play(HOTLINE)
        assert said(actions) == ["greeting.text", "help.text"]
        assert actions[0] == Say(text("greeting.text"), "en", "greeting.text", barge_speech=True, barge_keys=True)
        listen = actions[-1]
        assert isinstance(listen, Listen)
        assert (listen.end_silence_ms, listen.no_input_s) == (800, 7.0)
        assert state.speaking

    def test_the_ear_is_told_phrases_commands_and_examples_in_the_callers_language(self) -> None:
        for code, phrase, command, sentence in (
            ("en", "where is my parcel", "operator", "i want my money back"),
            ("ru", "где моя посылка", "оператор", "верните деньги"),
        ):
            listen = play(HOTLINE, language=code)[1][-1]
            assert isinstance(listen, Listen)
            wanted = listen.expectation
            assert (wanted.language, wanted.kind) == (code, Kind.CHOICE)
            assert {phrase, command} <= set(wanted.phrases)
            assert sentence in wanted.hint
            assert len(wanted.phrases) == len(set(wanted.phrases))
            assert all(one.isascii() is (code == "en") for one in wanted.phrases)
            assert all(one == one.lower() and one.replace(" ", "").isalpha() for one in wanted.phrases)

    @pytest.mark.parametrize(("asked", "given"), [("ru", "ru"), ("ru-RU", "ru"), ("EN_gb", "en"), ("fr", "en"), ("", "en")])
    def test_a_language_the_flow_lacks_becomes_its_first(self, asked: str, given: str) -> None:
        assert play(HOTLINE, language=asked)[0].language == given


class TestATalk:
    def test_in_english_by_speech(self) -> None:
        talk = converse(HOTLINE, "en", ["Where's my parcel?", "Yes, and when are you open?", "No, that's all, thanks."])
        assert talk.house == tuple(
            text(one)
            for one in ("greeting.text", "help.text", "status.text", "more.text", "hours.text", "more.text", "goodbye.text")
        )
        assert outcome(talk.state) == "understood topics status, hours; ended at goodbye"

    def test_in_russian_by_speech(self) -> None:
        talk = converse(HOTLINE, "ru", ["С меня списали деньги дважды", "да", "часы работы", "нет, спасибо"])
        assert talk.house == tuple(
            text(one, "ru")
            for one in (
                "greeting.text",
                "help.text",
                "refund.text",
                "more.text",
                "help.again",
                "hours.text",
                "more.text",
                "goodbye.text",
            )
        )
        assert outcome(talk.state) == "understood topics refund, hours; ended at goodbye"

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize(
        ("key", "topic"), [("1", "delivery"), ("2", "status"), ("3", "refund"), ("4", "hours"), ("5", "damage")]
    )
    def test_by_keys(self, language: str, key: str, topic: str) -> None:
        talk = converse(HOTLINE, language, [f"[{key}]", "[2]"])
        assert text(f"{topic}.text", language) in talk.house
        assert outcome(talk.state) == f"understood topic {topic}; ended at goodbye"
        assert [answer.how for answer in talk.state.ledger] == ["key", "key"]

    def test_in_korean(self) -> None:
        talk = converse(KOREAN, "ko", ["환불", "아니요"])
        assert outcome(talk.state) == "understood topic refund; ended at bye"

    def test_the_operator_is_called_and_the_dialogue_ends(self) -> None:
        for event in (Heard("operator please"), Key("0")):
            state, actions = play(HOTLINE, DONE, event)
            assert said(actions) == ["operator.text"]
            assert actions[-1] == Handover("asked")
            assert state.phase is Phase.ENDED
            assert not actions[0].barge_speech  # type: ignore[union-attr]
            assert outcome(state) == "no topic understood; handed over (asked)"

    def test_goodbye_hangs_up_after_the_last_words(self) -> None:
        _, actions = play(HOTLINE, DONE, Heard("goodbye"))
        assert said(actions) == ["goodbye.text"]
        assert actions[-1] == Hangup()

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "No thanks, that's all."), ("en", "Never mind."), ("ru", "Нет, спасибо.")]
    )
    def test_who_wants_nothing_is_let_go(self, language: str, words: str) -> None:
        assert outcome(converse(HOTLINE, language, ["[4]", "[1]", words]).state) == "understood topic hours; ended at goodbye"

    def test_repeat_says_the_answer_and_the_question_again(self) -> None:
        for event in (Heard("Can you repeat that?"), Key("*")):
            _, actions = play(HOTLINE, Key("4"), DONE, event)
            assert said(actions) == ["hours.text", "more.text"]

    @pytest.mark.parametrize("event", [Heard("по-русски"), Heard("Do you speak Russian?"), Key("9")])
    def test_the_other_language_says_the_same_again_and_stays(self, event: Event) -> None:
        state, actions = play(HOTLINE, Key("4"), DONE, event)
        assert [(one.prompt_id, one.language) for one in actions if isinstance(one, Say)] == [
            ("hours.text", "ru"),
            ("more.text", "ru"),
        ]
        assert isinstance(actions[-1], Listen)
        assert actions[-1].expectation.language == "ru"
        state, actions = step(HOTLINE, state, DONE)
        state, actions = step(HOTLINE, state, Heard("in English please"))
        assert {one.language for one in actions if isinstance(one, Say)} == {"en"}


class TestBeingUnsure:
    def ask(self) -> State:
        state, actions = play(HOTLINE, DONE, Heard("parcel"))
        assert said(actions) == ["status.confirm"]
        assert isinstance(actions[-1], Listen)
        assert actions[-1].expectation.kind is Kind.YES_NO
        assert {"yes", "no", "where is my parcel"} <= set(actions[-1].expectation.phrases)
        return state

    @pytest.mark.parametrize("event", [Heard("yes"), Heard("yeah, exactly"), Key("1"), Heard("where is my parcel")])
    def test_a_yes_takes_it(self, event: Event) -> None:
        state, actions = step(HOTLINE, self.ask(), event)
        assert said(list(actions)) == ["status.text", "more.text"]
        assert outcome(state).startswith("understood topic status")

    @pytest.mark.parametrize("event", [Heard("no"), Heard("no, that's not it"), Key("2")])
    def test_a_no_asks_again_and_never_the_same_doubt(self, event: Event) -> None:
        state, actions = step(HOTLINE, self.ask(), event)
        assert said(list(actions)) == ["help.no_match.1"]
        state, _ = step(HOTLINE, state, DONE)
        state, actions = step(HOTLINE, state, Heard("parcel"))
        assert said(list(actions)) == ["help.no_match.2"]

    @pytest.mark.parametrize("event", [Heard("no, a refund"), Heard("I mean a refund"), Key("3")])
    def test_the_right_thing_may_be_said_at_once(self, event: Event) -> None:
        _, actions = step(HOTLINE, self.ask(), event)
        assert said(list(actions)) == ["refund.text", "more.text"]

    def test_an_odd_answer_is_asked_about_once_then_the_question_comes_again(self) -> None:
        state, _ = step(HOTLINE, self.ask(), DONE)
        state, actions = step(HOTLINE, state, Heard("the elephant is grey"))
        assert said(list(actions)) == ["confirming.again"]
        state, _ = step(HOTLINE, state, DONE)
        state, actions = step(HOTLINE, state, NoInput())
        assert said(list(actions)) == ["help.no_input.1"]

    def test_a_doubt_is_asked_twice_in_a_call_then_believed_or_dropped(self) -> None:
        talk = converse(HOTLINE, "en", [*["parcel", "yes", "yes"] * 2, "parcel"])
        assert talk.house.count(text("status.confirm")) == ERROR_TIMES_MAX
        assert talk.house.count(text("status.text")) == 3
        talk = converse(HOTLINE, "en", [*["parcel", "no", "[4]", "yes"] * 2, "parcel"])
        assert talk.house.count(text("status.confirm")) == ERROR_TIMES_MAX
        assert talk.house[-1] == text("help.no_match.2")

    def test_repeat_repeats_the_doubt(self) -> None:
        _, actions = step(HOTLINE, self.ask(), Key("*"))
        assert said(list(actions)) == ["status.confirm"]

    def test_a_doubtful_ear_is_not_believed(self) -> None:
        assert play(HOTLINE, DONE, Heard("refund", 0.05, "whisper"))[1] != play(HOTLINE, DONE, Heard("refund", 0.9, "whisper"))[1]
        assert said(play(HOTLINE, DONE, Heard("refund", 0.05, "whisper"))[1]) == ["help.no_match.1"]


class TestBargeIn:
    @pytest.mark.parametrize("sound", ["uh-huh", "okay", "", "um", "the weather is nice", "Thanks for watching!"])
    def test_what_does_not_belong_to_the_step_lets_the_prompt_go_on(self, sound: str) -> None:
        state, actions = play(HOTLINE, Heard(sound))
        assert actions == []
        assert state.phase is Phase.ASKING
        assert state.speaking

    def test_words_of_the_step_cut_it(self) -> None:
        assert said(play(HOTLINE, Heard("refund"))[1]) == ["refund.text", "more.text"]

    def test_who_insists_is_answered(self) -> None:
        assert said(play(HOTLINE, *[Heard("what a day it is")] * 3)[1]) == ["help.no_match.1"]

    def test_who_speaks_for_long_is_answered_at_once(self) -> None:
        assert said(play(HOTLINE, Heard("what a day it is", insists=True))[1]) == ["help.no_match.1"]

    @pytest.mark.parametrize("words", ["excuse me", "skip this please", "okay, that's enough"])
    def test_who_wants_to_speak_is_listened_to(self, words: str) -> None:
        assert [type(act) for act in play(HOTLINE, Heard(words))[1]] == [Listen]
        assert said(play(HOTLINE, Heard(words), DONE, NoInput())[1]) == ["help.no_input.1"]
        assert said(play(HOTLINE, DONE, Heard(words))[1]) == ["help.no_match.1"]

    def test_somebody_elses_talk_is_answered_once(self) -> None:
        talk = Heard("what a day it is", insists=True)
        assert play(HOTLINE, talk, talk)[1] == []
        assert said(play(HOTLINE, talk, talk, talk, talk)[1]) == ["help.no_match.2"]

    def test_a_yes_over_the_answer_is_a_listeners_yes(self) -> None:
        told = (Key("4"),)
        assert play(HOTLINE, *told, Heard("yeah"))[1] == []
        assert play(HOTLINE, *told, Heard("yes", during="hours.text"))[1] == []
        assert said(play(HOTLINE, *told, Heard("yes", during="more.text"))[1]) == ["help.again"]
        assert said(play(HOTLINE, *told, DONE, Heard("yes"))[1]) == ["help.again"]

    def test_a_step_that_forbids_it_hears_nothing_before_the_end(self, tmp_path: Path) -> None:
        source = (HERE / "flows" / "menu.yaml").read_text(encoding="utf-8")
        file = tmp_path / "flow.yaml"
        file.write_text(source.replace("{speech: true, keys: true}", "{speech: false, keys: false}"), encoding="utf-8")
        deaf = load(file)
        assert play(deaf, Heard("refund"))[1] == []
        assert play(deaf, Key("3"))[1] == []
        assert said(play(deaf, DONE, Key("3"))[1]) == ["refund.text", "more.text"]
        says = [one for one in play(deaf)[1] if isinstance(one, Say)]
        assert not any(one.barge_speech or one.barge_keys for one in says)

    def test_partials_may_be_asked_about_without_changing_anything(self) -> None:
        state, _ = play(HOTLINE)
        assert completeness(HOTLINE, state, "where is my parcel") is Completeness.WHOLE
        assert completeness(HOTLINE, state, "where is") is Completeness.BEGUN
        assert completeness(HOTLINE, begin(HOTLINE), "where is my parcel") is Completeness.OPEN


class TestErrors:
    def test_silence_escalates_to_a_person(self) -> None:
        state, _ = play(HOTLINE, DONE)
        heard = []
        for _ in range(4):
            state, actions = step(HOTLINE, state, NoInput())
            heard.append(said(list(actions)))
            state, _ = step(HOTLINE, state, DONE)
        assert heard == [["help.no_input.1"], ["help.no_input.2"], ["help.keys", "language.offer"], ["operator.text"]]
        assert actions[-1] == Handover("no_input")

    def test_nonsense_escalates_to_a_person(self) -> None:
        talk = converse(HOTLINE, "ru", ["Слоны серые.", "Бананы жёлтые.", "Лошадь стоит в поле.", "Сколько тебе лет?"])
        ladder = [text(one, "ru") for one in ("help.no_match.1", "help.no_match.2", "help.keys")]
        assert list(talk.house[2:]) == [*ladder, text("language.offer", "en"), text("operator.text", "ru")]
        assert outcome(talk.state) == "no topic understood; handed over (no_match)"

    def test_a_key_that_means_nothing_gets_the_keys_said(self) -> None:
        _, actions = play(HOTLINE, Key("7"))
        assert said(actions) == ["help.keys", "language.offer"]
        assert isinstance(actions[1], Say)
        assert actions[1].language == "ru"

    def test_a_good_answer_forgets_the_errors(self) -> None:
        state, _ = play(HOTLINE, DONE, NoInput(), DONE, NoInput(), DONE, Key("4"), DONE)
        assert state.errors == 0

    def test_lost_hearing_goes_on_by_keys_and_says_so_once(self) -> None:
        state, actions = play(HOTLINE, HearingLost())
        assert said(actions) == ["hearing_lost", "help.keys"]
        state, actions = step(HOTLINE, state, HearingLost())  # type: ignore[assignment]
        assert actions == ()  # type: ignore[comparison-overlap]
        state, actions = step(HOTLINE, state, Key("4"))  # type: ignore[assignment]
        assert said(list(actions)) == ["hours.text", "more.text", "more.keys"]
        state, _ = step(HOTLINE, state, DONE)
        state, actions = step(HOTLINE, state, Heard("yes"))  # type: ignore[assignment]
        assert said(list(actions)) == ["help.again"]

    def test_hearing_lost_again_and_again_comes_to_a_person(self) -> None:
        events = [HearingLost(), Heard("what a day")] * ERROR_TIMES_MAX
        assert play(HOTLINE, *events, HearingLost())[1][-1] == Handover("no_match")

    def test_hearing_lost_before_the_call_is_said_first(self) -> None:
        state, _ = step(HOTLINE, begin(HOTLINE), HearingLost())
        _, actions = step(HOTLINE, state, Started("en"))
        assert said(list(actions)) == ["hearing_lost", "greeting.text", "help.text", "help.keys"]

    def test_who_asks_without_end_comes_to_a_person(self) -> None:
        state, _ = play(HOTLINE)
        for _ in range(HOTLINE.turns_max):
            state, actions = step(HOTLINE, state, Key("*"))
        assert actions[-1] == Handover("too_long")


class TestState:
    def test_of_another_version_or_shape_it_is_stale(self) -> None:
        good = play(HOTLINE, Key("4"))[0].to_dict()
        for bad in ({"version": 99}, {"phase": "dancing"}, {"ledger": [{"who": "me"}]}, {"heard": 5}, {"surprise": 1}):
            with pytest.raises(StaleState):
                State.from_dict({**good, **bad})
        with pytest.raises(StaleState):
            State.from_dict({})

    def test_of_another_flow_it_is_stale(self) -> None:
        with pytest.raises(StaleState, match="korean"):
            step(KOREAN, begin(HOTLINE), Started("ko"))

    def test_a_foreign_event_names_itself_and_the_phase(self) -> None:
        with pytest.raises(UnknownPair, match="str while asking"):
            step(HOTLINE, play(HOTLINE)[0], "hello")  # type: ignore[arg-type]

    def test_after_the_end_nothing_happens(self) -> None:
        ended, _ = play(HOTLINE, Key("0"))
        for event in (Started("en"), Heard("refund"), Key("1"), NoInput(), DONE, HearingLost(), HungUp()):
            assert step(HOTLINE, ended, event) == (ended, ())

    def test_hanging_up_ends_it_wherever_it_is(self) -> None:
        assert outcome(step(HOTLINE, begin(HOTLINE), HungUp())[0]) == "no topic understood; hung up at the start"
        assert outcome(play(HOTLINE, Key("4"), HungUp())[0]) == "understood topic hours; hung up at more"


def test_every_text_can_be_rendered_before_the_first_call() -> None:
    every = prompts(HOTLINE)
    always = [one for one in HOTLINE.prompts() if not one.names and not one.id.endswith((".about", ".label", ".message"))]
    assert len(every) == len(set(every)) == 2 * len(always)
    assert [one.prompt_id for one in every[:2]] == ["greeting.text", "greeting.text"]
    assert {one.language for one in prompts(HOTLINE, ["ru"])} == {"ru"}
