"""Which words take the turn, and which let the prompt go on."""

import pytest

from voice.bargein import Verdict, judge
from voice.recognizers.protocol import Expectation, Kind

MENU = Expectation("en", Kind.CHOICE, ("delivery", "where is my parcel", "operator"))
YES_NO = Expectation("en", Kind.YES_NO, ("yes", "no", "operator"))
OPEN = Expectation("ru", Kind.FREE, ("где моя посылка", "оператор"))


@pytest.mark.parametrize(
    ("expectation", "text", "verdict"),
    [
        (MENU, "", Verdict.RESUME),
        (MENU, "uh huh", Verdict.RESUME),
        (MENU, "yes", Verdict.RESUME),
        (MENU, "Okay, right.", Verdict.RESUME),
        (MENU, "operator", Verdict.CUT),
        (MENU, "well, where is my parcel", Verdict.CUT),
        (MENU, "elephants", Verdict.WAIT),
        (YES_NO, "yes", Verdict.CUT),
        (YES_NO, "mm-hm", Verdict.RESUME),
        (OPEN, "угу", Verdict.RESUME),
        (OPEN, "да-да", Verdict.RESUME),
        (OPEN, "Где моя посылка?", Verdict.CUT),
        (OPEN, "ещё", Verdict.WAIT),
    ],
)
def test_at_the_end_of_a_turn(expectation: Expectation, text: str, verdict: Verdict) -> None:
    assert judge(expectation, text, final=True) is verdict


@pytest.mark.parametrize(
    ("expectation", "text", "verdict"),
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
def test_while_the_caller_still_speaks(expectation: Expectation, text: str, verdict: Verdict) -> None:
    assert judge(expectation, text, final=False) is verdict


def test_words_that_the_engine_hardly_believes_are_a_noise_unless_the_step_expects_them() -> None:
    assert judge(MENU, "and that", 0.33, final=True) is Verdict.RESUME
    assert judge(MENU, "operator", 0.2, final=True) is Verdict.CUT
