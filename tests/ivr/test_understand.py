"""The parts of understanding: normal text, back-channel, yes and no, closeness, trust, collisions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.languages import back_channel, known, language, primary
from ivr.understand import Option, Verdict, is_back_channel, is_claim, is_delay, is_hesitation, is_nothing, judge, normal
from ivr.understand.closeness import phrase_closeness, word_evidence
from ivr.understand.collision import collisions
from ivr.understand.judgement import trust
from ivr.understand.yes_no import yes_no
from voice.errors import ConfigError

REFUND = Option("refund", ("a refund", "i want my money back"), (("refund", 4), ("money", 2)), confirmable=True)
HOURS = Option("hours", ("opening hours",), (("open", 2), ("hours", 2)), confirmable=False)
TOPICS = (REFUND, HOURS)


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("Where's my parcel?!", "en", "where is my parcel"),
        ("wheres my parcel", "en", "where is my parcel"),
        ("I can\u2019t, I won't, I'd rather not", "en", "i can not i will not i would rather not"),
        ("Uh-huh", "en", "uh huh"),
        ("  Ещё   РАЗ, пожалуйста… ", "ru", "еще раз пожалуйста"),
        ("refund, refund, refund", "en", "refund"),
        ("track my parcel track my parcel track my parcel", "en", "track my parcel"),
        ("four four", "en", "four four"),
        ("Ｒｅｆｕｎｄ", "en", "refund"),
        ("...", "en", ""),
    ],
)  # fmt: skip
def test_normal_text(text: str, code: str, expected: str) -> None:
    assert normal(text, code) == expected


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=60), st.sampled_from(known()))
def test_normal_text_is_normal_already(text: str, code: str) -> None:
    assert normal(normal(text, code), code) == normal(text, code)


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [("Uh-huh.", "en", True), ("Yeah, okay, right.", "en", True), ("mhm", "en", True), ("Да, угу.", "ru", True), ("Ну да, понятно", "ru", True),
     ("네", "ko", True), ("refund", "en", False), ("okay, operator", "en", False), ("да где посылка", "ru", False), ("", "en", False)],
)  # fmt: skip
def test_back_channel(text: str, code: str, expected: bool) -> None:
    assert is_back_channel(text, code) is expected


@pytest.mark.parametrize("code", known())
def test_every_language_has_what_the_house_needs(code: str) -> None:
    spoken = language(code)
    assert spoken.code == code
    assert {"repeat", "operator", "language", "goodbye"} <= set(spoken.commands)
    assert back_channel(code) == (spoken.acknowledging | spoken.hesitating) - spoken.delaying
    assert spoken.delaying <= spoken.hesitating
    assert not set(spoken.yes) & set(spoken.no)
    asking = (spoken.delaying, spoken.claiming, *spoken.commands.values())
    for row in (spoken.yes, spoken.no, back_channel(code), *asking, spoken.phantoms):
        assert all(phrase == normal(phrase, code) for phrase in row)


def test_an_unknown_language_says_which_are_known() -> None:
    with pytest.raises(ConfigError, match=r'no language "xx" here\. Known are en, ko, ru'):
        language("xx")
    assert primary("RU-ru") == primary("ru_RU") == "ru"
    assert language("en-GB") is language("en")


def test_what_recognisers_invent_is_nothing() -> None:
    assert is_nothing("Thanks for watching!", "en")
    assert is_nothing("Продолжение следует...", "ru")
    assert is_nothing(" ", "ru")
    assert not is_nothing("refund", "en")
    assert is_hesitation("um, one moment", "en")
    assert not is_hesitation("um, refund", "en")


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [("Wait!", "en", True), ("Um, hold on, please.", "en", True), ("okay, one moment", "en", True), ("wait, a refund", "en", False), ("okay", "en", False),
     ("Подождите...", "ru", True), ("так, минутку, пожалуйста", "ru", True), ("секунду, где посылка", "ru", False), ("угу", "ru", False), ("", "ru", False),
     ("네, 잠깐만요", "ko", True)],
)  # fmt: skip
def test_who_asks_for_time(text: str, code: str, expected: bool) -> None:
    assert is_delay(text, code) is expected


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [("Excuse me?", "en", True), ("Hello, are you there?", "en", True), ("okay, okay, that's enough", "en", True), ("hello", "en", False), ("right", "en", False),
     ("excuse me, a refund", "en", False), ("Девушка, можно вопрос?", "ru", True), ("да хватит", "ru", True), ("алло", "ru", False), ("да", "ru", False), ("", "ru", False), ("네", "ko", False)],
)  # fmt: skip
def test_who_wants_to_speak(text: str, code: str, expected: bool) -> None:
    assert is_claim(text, code) is expected


@pytest.mark.parametrize(
    ("text", "code", "yes"),
    [("yes", "en", True), ("yes please", "en", True), ("um, yeah, i think so", "en", True), ("no", "en", False), ("no thank you", "en", False),
     ("not really", "en", False), ("well then no", "en", False), ("no wait yes", "en", None), ("bananas", "en", None),
     ("да", "ru", True), ("ну да конечно", "ru", True), ("да нет", "ru", False), ("да нет не надо", "ru", False), ("нет нет спасибо", "ru", False),
     ("да нет наверное", "ru", False), ("нет да", "ru", None), ("слон", "ru", None), ("네 맞아요", "ko", True), ("아니요 괜찮아요", "ko", False)],
)  # fmt: skip
def test_yes_and_no(text: str, code: str, yes: bool | None) -> None:
    answer = yes_no(text, code)
    assert (answer.yes if answer else None) is yes


def test_words_after_an_answer_make_it_less_sure() -> None:
    short, long = yes_no("no", "en"), yes_no("no the garden is full of roses", "en")
    assert short
    assert long
    assert short.score == 1.0 > long.score >= 0.6
    assert long.rest == "the garden is full of roses"


def test_a_phrase_is_near_by_letters_and_inside_a_longer_utterance() -> None:
    assert phrase_closeness("i want my money back", REFUND, "en") == 1.0
    assert phrase_closeness("i want my money bag", REFUND, "en") > 0.75
    assert phrase_closeness("well listen here young man i want my money back now", REFUND, "en") > 0.75
    assert phrase_closeness("the elephant", REFUND, "en") < 0.5


def test_evidence_adds_up_and_strangers_take_away() -> None:
    alone, both, crowded = (
        word_evidence(normal(text, "en"), TOPICS, "en")[1]
        for text in ("open", "open hours", "open the tall green garden gate with hours")
    )
    assert alone == pytest.approx(0.75)
    assert both == pytest.approx(1 - 2**-4)
    assert alone < crowded < both


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("refunds", True),
        ("re fund", True),
        ("refunt", True),
        ("i was refunded", True),
        ("rebound", False),
        ("fun", False),
        ("not a refund", False),
    ],
)
def test_a_word_misheard_counts_while_it_is_near(text: str, heard: bool) -> None:
    assert bool(word_evidence(normal(text, "en"), TOPICS, "en")[0]) is heard


@pytest.mark.parametrize("form", ["возврат", "возврата", "возвратом", "о возврате", "возвраты", "возрат", "воз врат"])
def test_russian_words_count_in_every_form(form: str) -> None:
    assert word_evidence(form, (Option("refund", (), (("возврат", 4),)),), "ru")[0] > 0.75


def test_between_rejection_and_acceptance_it_is_asked_where_it_can_be() -> None:
    weak = Option("weak", (), (("money", 1.6),), confirmable=True)
    mute = Option("weak", (), (("money", 1.6),), confirmable=False)
    assert judge((weak,), "en", "money").kind is Verdict.CONFIRM
    assert judge((mute,), "en", "money").kind is Verdict.NO_MATCH
    assert judge((), "en", "money").kind is Verdict.NO_MATCH


def test_two_topics_as_strong_are_not_decided() -> None:
    one, other = Option("one", (), (("tea", 3),), True), Option("other", (), (("coffee", 3),), True)
    assert judge((one, other), "en", "tea").choice == "one"
    assert judge((one, other), "en", "tea and coffee").kind is Verdict.CONFIRM


def test_an_ear_is_believed_by_its_own_measure() -> None:
    assert trust("whisper", 0.9) == trust("typed", 0.0) == 1.0
    assert trust("whisper", 0.01) == trust("unheard-of", 0.1) == 0.0
    assert 0.7 < trust("vosk", 0.4) < trust("vosk", 0.6) < 1.0
    assert trust("whisper-base", 0.2) == trust("whisper", 0.2)
    assert judge(TOPICS, "en", "opening hours", 0.2, "whisper").kind is Verdict.MATCH


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=80), st.floats(0, 1), st.sampled_from(known()), st.booleans())
def test_nothing_that_is_heard_raises(text: str, score: float, code: str, asks: bool) -> None:
    meant = judge(TOPICS, code, text, score, "whisper", asks_yes_no=asks)
    assert 0.0 <= meant.score <= 1.0
    assert bool(meant.choice) is (meant.kind is not Verdict.NO_MATCH)


def test_a_very_long_utterance_is_judged_too() -> None:
    assert judge(TOPICS, "en", "la di " * 3000 + "the refund").kind is Verdict.NO_MATCH
    assert judge(TOPICS, "en", "a refund " + "la di " * 3000).kind is Verdict.MATCH
    assert normal("word " * 5000, "en") == "word"


class _Said:
    def __init__(self, name: str, goto: str, *phrases: str) -> None:
        self.id, self.goto, self.phrases, self.words = name, goto, {"en": phrases}, {}


def test_words_collide_only_where_they_lead_apart() -> None:
    tea, chai, coffee = _Said("tea", "a", "Tea!", "hot"), _Said("chai", "a", "tea"), _Said("coffee", "b", "hot", "hot")
    assert [(one.id, other.id, said) for one, other, said in collisions([tea, chai, coffee], "en")] == [("tea", "coffee", "hot")]
