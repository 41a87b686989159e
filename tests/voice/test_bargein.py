"""Which words take the turn, and which let the prompt go on."""

from dataclasses import replace

import pytest

from bench.stimuli import flow
from ivr.understand.expected import expectation
from voice.bargein import Verdict, judge, strangeness
from voice.recognizers.protocol import Expectation, Kind

MURMURS = frozenset({"uh huh", "mm hm", "m", "yes", "oh", "okay", "right", "i see", "very good"})
MENU = Expectation("en", Kind.CHOICE, ("delivery", "where is my parcel", "operator"), murmurs=MURMURS)
ASKING_BACK = replace(MENU, phrases=(*MENU.phrases, "oh"))
YES_NO = Expectation("en", Kind.YES_NO, ("yes", "no", "operator"), murmurs=MURMURS)
OPEN = Expectation("ru", Kind.FREE, ("где моя посылка", "оператор"), murmurs=frozenset({"угу", "да"}))


def heard(step: str, code: str) -> Expectation:
    """What the ear is told at this step of the flow that comes along."""
    return expectation(flow(), step, code, step == "recap")


@pytest.mark.parametrize(
    ("expected", "text", "verdict"),
    [
        (MENU, "", Verdict.RESUME),
        (MENU, "uh huh", Verdict.RESUME),
        (MENU, "yes", Verdict.RESUME),
        (MENU, "Okay, right.", Verdict.RESUME),
        (MENU, "I see, very good!", Verdict.RESUME),
        (MENU, "Mmmm.", Verdict.RESUME),
        (MENU, "very", Verdict.WAIT),
        (MENU, "operator", Verdict.CUT),
        (MENU, "okay, operator", Verdict.CUT),
        (MENU, "well, where is my parcel", Verdict.CUT),
        (MENU, "elephants", Verdict.WAIT),
        (YES_NO, "yes", Verdict.CUT),
        (ASKING_BACK, "oh", Verdict.CUT),
        (ASKING_BACK, "oh the weather", Verdict.WAIT),
        (ASKING_BACK, "oh operator", Verdict.CUT),
        (YES_NO, "oh yes, right", Verdict.CUT),
        (YES_NO, "mm-hm", Verdict.RESUME),
        (OPEN, "угу", Verdict.RESUME),
        (OPEN, "да-да", Verdict.RESUME),
        (OPEN, "Где моя посылка?", Verdict.CUT),
        (OPEN, "ещё", Verdict.WAIT),
    ],
)
def test_at_the_end_of_a_turn(expected: Expectation, text: str, verdict: Verdict) -> None:
    assert judge(expected, text, final=True) is verdict


@pytest.mark.parametrize(
    ("expected", "text", "verdict"),
    [
        (MENU, "", Verdict.WAIT),
        (MENU, "yes", Verdict.WAIT),
        (MENU, "el", Verdict.WAIT),
        (MENU, "where is my parcel", Verdict.CUT),
        (MENU, "i would like to", Verdict.CUT),
        (OPEN, "верните", Verdict.CUT),
        (OPEN, "угу", Verdict.WAIT),
    ],
)
def test_while_the_caller_still_speaks(expected: Expectation, text: str, verdict: Verdict) -> None:
    assert judge(expected, text, final=False) is verdict


LISTENING = {
    "en": (
        "got it",
        "great",
        "very good",
        "sure",
        "alright",
        "I see, okay",
        "mhm",
        "uh-huh, right",
        "of course",
        "thanks",
        "Mmm",
        "That's true.",
        "thats right, okay",
        "Alright then.",
        "oh, good to know",
    ),
    "ru": (
        "угу",
        "ага",
        "ясно",
        "понятно",
        "так-так",
        "хорошо, спасибо",
        "всё ясно",
        "я поняла",
        "вас понял",
        "да уж",
        "Ааа, ну да",
        "ничего себе",
        "хорошо тогда",
    ),
    "ko": ("네, 알겠습니다", "그렇군요", "음"),
}
MEANT = {
    "en": ("wait, where is it", "good morning, a question", "not really", "hello", "right now", "I see no parcel"),
    "ru": ("подожди, где она", "добрый день, вопрос", "не понимаю", "алло", "так где посылка", "ясно же сказала"),
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in LISTENING.items() for text in texts])
def test_the_house_knows_a_listener_in_each_language(code: str, text: str) -> None:
    menu = replace(heard("help", code), phrases=())
    assert judge(menu, text, final=True) is Verdict.RESUME


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in MEANT.items() for text in texts])
def test_the_house_knows_who_goes_on_from_a_murmur(code: str, text: str) -> None:
    assert judge(heard("help", code), text, final=True) is not Verdict.RESUME


@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "yes"), ("en", "sure"), ("en", "oh yeah, sure"), ("en", "uh huh"), ("en", "thanks"), ("en", "That's right."),
     ("ru", "да"), ("ru", "угу"), ("ru", "ага"), ("ru", "ну да, конечно"), ("ru", "хорошо"), ("ru", "спасибо")],
)  # fmt: skip
def test_what_a_listener_says_is_an_answer_where_yes_or_no_is_asked(code: str, text: str) -> None:
    assert judge(heard("recap", code), text, final=True) is Verdict.CUT


@pytest.mark.parametrize("step", ["help", "status", "recap"])
@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "Wait."), ("en", "um, hold on"), ("en", "okay, just a second"), ("en", "Stop!"), ("en", "no, no, listen"), ("ru", "Подождите!"), ("ru", "так, минутку"), ("ru", "секундочку"), ("ru", "Стоп."),
     ("ru", "послушайте меня")],
)  # fmt: skip
def test_whoever_asks_for_time_is_told_no_more(step: str, code: str, text: str) -> None:
    assert judge(heard(step, code), text, final=True) is Verdict.CUT


@pytest.mark.parametrize("step", ["help", "status", "recap"])
@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "Excuse me!"), ("en", "okay, okay, enough"), ("en", "skip this please"), ("ru", "Девушка, извините!"), ("ru", "Дальше."), ("ru", "да хватит")],
)  # fmt: skip
def test_whoever_wants_to_speak_is_told_no_more(step: str, code: str, text: str) -> None:
    assert judge(heard(step, code), text, final=True) is Verdict.CUT


def test_words_that_the_engine_hardly_believes_are_a_noise_unless_the_step_expects_them() -> None:
    assert judge(MENU, "and that", 0.33, final=True) is Verdict.RESUME
    assert judge(MENU, "operator", 0.2, final=True) is Verdict.CUT


@pytest.mark.parametrize(
    ("text", "share"),
    [("elephants", 1.0), ("okay, right", 0.0), ("Okay, geor", 0.5), ("oh, and his, okay", 0.5), ("the okay ones", 1.0), ("", 1.0),
     ("okay it was a very long day for me", 1.0)],
)  # fmt: skip
def test_what_is_strange_stands_between_murmurs(text: str, share: float) -> None:
    assert strangeness(MENU, text) == share
