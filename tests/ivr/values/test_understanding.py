"""What holds for every kind of value: nothing raises, ambiguity is asked back, corrections win, what is left over is kept."""

from __future__ import annotations

import json
import time as clock
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.values import ANY, Finding, Limits, Reason, SlotKind, Verdict, understand
from ivr.values.vocabulary import vocabulary

TODAY = date(2026, 4, 30)
TEN = time(10, 0)


def heard(kind: SlotKind, text: str, language: str = "en", limits: Limits = ANY) -> Finding:
    return understand(kind, text, language, today=TODAY, now=TEN, limits=limits)


def words(language: str) -> st.SearchStrategy[str]:
    """Sentences of everything that means something to some grammar, in any order."""
    known = vocabulary(language)
    stock = [
        *known.numerals,
        *known.letters,
        *known.currencies,
        *known.negating,
        *known.contrasting,
        *known.articles,
        *known.fillers,
    ]
    stock += [" ".join(said) for table in (known.dates, known.times, known.signs, known.correcting) for said in table]
    stock += [
        "4711",
        "12.50",
        "03.05.2026",
        "15:30",
        "1,500",
        "3rd",
        "3-го",
        ",",
        ".",
        "?",
        "0",
        "99",
        "@",
        "+",
        "-",
        "$",
        "\u202e",
        "²",
    ]
    return st.lists(st.sampled_from(sorted(stock)), max_size=14).map(" ".join)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("kind", list(SlotKind))
def test_any_words_in_any_order_give_a_finding_that_json_keeps(kind: SlotKind, language: str) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(text=words(language))
    @example(text="mar pardon july")  # half a date, and another half that cannot be: nothing to ask about
    def check(text: str) -> None:
        finding = heard(kind, text, language, Limits(region="RU", currency="EUR", whole=False, past=True))
        assert 0.0 <= finding.score <= 1.0
        assert json.loads(json.dumps(finding.value)) == finding.value
        assert (finding.value is None) or finding.verdict is not Verdict.NO_MATCH
        assert finding.reason or finding.verdict is Verdict.MATCH
        if finding.verdict in (Verdict.MATCH, Verdict.CONFIRM):
            assert finding.value is not None
            assert finding.value not in finding.others

    check()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(kind=st.sampled_from(list(SlotKind)), text=st.text(max_size=60), language=st.sampled_from(["en", "ru", "ko"]))
def test_any_text_at_all_gives_a_finding(kind: SlotKind, text: str, language: str) -> None:
    heard(kind, text, language)


def test_a_text_without_end_costs_no_more_than_a_long_one() -> None:
    for kind in SlotKind:
        begun = clock.thread_time()
        heard(kind, "four seven, no, not nineteen but " * 3000, "en")
        assert clock.thread_time() - begun < 0.25, kind


@pytest.mark.parametrize("language", ["ko"])
def test_a_language_without_vocabulary_is_understood_in_figures_or_not_at_all(language: str) -> None:
    assert heard(SlotKind.DIGITS, "4711", language).value == "4711"
    assert heard(SlotKind.DATE, "2026-05-03", language).value == "2026-05-03"
    assert heard(SlotKind.TIME, "15:30", language).value == "15:30"
    assert heard(SlotKind.DIGITS, "사칠일일", language).verdict is Verdict.NO_MATCH


def test_next_friday_said_on_a_thursday_is_asked_back_with_both_days() -> None:
    finding = heard(SlotKind.DATE, "next Friday")
    assert (finding.verdict, finding.value, finding.others) == (Verdict.CONFIRM, "2026-05-08", ("2026-05-01",))
    assert finding.reason is Reason.SEVERAL


def test_limits_that_leave_one_of_two_readings_spare_the_question() -> None:
    assert heard(SlotKind.DATE, "next Friday", limits=Limits(days_ahead_max=3)).verdict is Verdict.CONFIRM  # not the likelier one
    assert heard(SlotKind.TIME, "half past three").verdict is Verdict.CONFIRM
    assert heard(SlotKind.TIME, "half past three", limits=Limits(opens=time(9), closes=time(18))).verdict is Verdict.MATCH
    assert heard(SlotKind.MONEY, "twelve fifty", limits=Limits(currency="EUR", maximum=Decimal(20))).verdict is Verdict.MATCH


def test_what_was_said_besides_is_left_over() -> None:
    assert heard(SlotKind.DATE, "tomorrow at three").rest == "at three"
    assert heard(SlotKind.DATE, "в субботу утром", "ru").rest == "утром"
    assert heard(SlotKind.DIGITS, "er, it's 4711 please").rest == ""
    assert "refund" in heard(SlotKind.DIGITS, "I want a refund for order 4711").rest
    assert heard(SlotKind.DIGITS, "4711, no, 4712").rest == ""


def test_a_correction_that_cannot_be_used_makes_the_old_value_doubtful() -> None:
    limits = Limits(length_min=4, length_max=4)
    finding = heard(SlotKind.DIGITS, "4711, no, 47123456", limits=limits)
    assert (finding.verdict, finding.value) == (Verdict.CONFIRM, "4711")


def test_the_beginning_and_the_rest_together_are_the_value() -> None:
    limits = Limits(length_min=4, length_max=4)
    first = heard(SlotKind.DIGITS, "forty-seven", limits=limits)
    assert (first.verdict, first.value, first.reason) == (Verdict.INCOMPLETE, "47", Reason.TOO_SHORT)
    assert heard(SlotKind.DIGITS, f"{first.value} one one", limits=limits).value == "4711"


def test_the_same_words_mean_another_thing_for_another_kind() -> None:
    said = "twelve thirty"
    assert heard(SlotKind.DIGITS, said).value == "1230"
    assert heard(SlotKind.TIME, said).value == "12:30"
    assert heard(SlotKind.MONEY, said, limits=Limits(currency="EUR")).value == {"amount": "12.30", "currency": "EUR"}
    assert heard(SlotKind.DATE, said).value is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"check": "luhm"},
        {"length_min": 5, "length_max": 4},
        {"minimum": Decimal(2), "maximum": Decimal(1)},
        {"past": False, "future": False, "latest": TODAY},
    ],
)
def test_limits_that_leave_nothing_cannot_be_built(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Limits(**wrong)  # type: ignore[arg-type]


def test_a_time_from_now_needs_a_now() -> None:
    assert understand(SlotKind.TIME, "in an hour", "en", today=TODAY).verdict is Verdict.NO_MATCH
    assert understand(SlotKind.TIME, "in an hour", "en", today=TODAY, now=time(23, 30)).value == "00:30"


@pytest.mark.parametrize(
    ("said", "today", "day"),
    [
        ("the twenty-ninth of February", date(2026, 3, 1), "2028-02-29"),
        ("the thirty-first", date(2026, 4, 30), "2026-05-31"),
        ("in a month", date(2026, 1, 31), "2026-02-28"),
        ("in a year", date(2028, 2, 29), "2029-02-28"),
        ("tomorrow", date(2026, 12, 31), "2027-01-01"),
        ("Friday", date(2026, 12, 31), "2027-01-01"),
        ("next Monday", date(2026, 5, 3), "2026-05-04"),
    ],
)
def test_days_at_the_edges_of_the_calendar(said: str, today: date, day: str) -> None:
    assert understand(SlotKind.DATE, said, "en", today=today).value == day


def test_one_understanding_takes_less_than_two_milliseconds() -> None:
    said = {
        SlotKind.DIGITS: "эээ номер моего заказа сорок семь одиннадцать нет извините сорок семь двенадцать",
        SlotKind.DATE: "давайте в следующую пятницу третьего мая две тысячи двадцать шестого года",
        SlotKind.PHONE: "восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
        SlotKind.EMAIL: "иван точка петров собака яндекс точка ру",
        SlotKind.MONEY: "сто двадцать пять рублей пятьдесят копеек",
        SlotKind.NAME: "меня зовут Иван Иванович Петров",
        SlotKind.TIME: "без двадцати минут шесть вечера",
    }
    for kind, text in said.items():
        limits = Limits(region="RU")
        heard(kind, text, "ru", limits)
        best = min(_took(kind, f"{text} {'а' * tries}", limits) for tries in range(5))
        assert best < 0.005, f"{kind}: {best * 1000:.2f} ms"


def _took(kind: SlotKind, text: str, limits: Limits) -> float:
    begun = clock.thread_time()
    heard(kind, text, "ru", limits)
    return clock.thread_time() - begun
