"""What is spoken is understood: understand(say(x)) is x, for every kind of value, in both languages."""

from __future__ import annotations

import string
from datetime import date, time, timedelta
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.spoken import (
    say_count,
    say_date,
    say_digits,
    say_email,
    say_money,
    say_number,
    say_phone,
    say_time,
    say_value,
    spell,
)
from ivr.values import Finding, Limits, SlotKind, Value, Verdict, understand

TODAY = date(2026, 4, 30)
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])
LATIN_CODE = string.ascii_uppercase + string.digits
CYRILLIC_CODE = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" + string.digits
ANY_DAY = Limits(past=True)
many = settings(max_examples=40, deadline=None, derandomize=True)


def heard(kind: SlotKind, text: str, language: str, limits: Limits, today: date = TODAY) -> Finding:
    return understand(kind, text, language, today=today, limits=limits)


def same(finding: Finding, value: Value, text: str) -> None:
    assert finding.value == value, f"{text!r} was understood as {finding}"
    assert finding.verdict in (Verdict.MATCH, Verdict.CONFIRM), f"{text!r}: {finding}"


@LANGUAGES
@many
@given(row=st.text(string.digits, min_size=1, max_size=20))
def test_digits(language: str, row: str) -> None:
    text = say_digits(row, language)
    finding = heard(SlotKind.DIGITS, text, language, Limits())
    assert finding.verdict is Verdict.MATCH
    assert finding.value == row


@LANGUAGES
@many
@given(row=st.text(LATIN_CODE, min_size=1, max_size=8))
def test_codes_of_latin_letters(language: str, row: str) -> None:
    text = say_digits(row, language)
    same(heard(SlotKind.DIGITS, text, language, Limits(alphabet=LATIN_CODE)), row, text)


@many
@given(row=st.text(CYRILLIC_CODE, min_size=1, max_size=8))
def test_codes_of_cyrillic_letters(row: str) -> None:
    text = say_digits(row, "ru")
    same(heard(SlotKind.DIGITS, text, "ru", Limits(alphabet=CYRILLIC_CODE)), row, text)


@LANGUAGES
@many
@given(n=st.one_of(st.integers(-2000, 2000), st.integers(-(10**12) + 1, 10**12 - 1)))
def test_whole_numbers(language: str, n: int) -> None:
    text = say_number(n, language)
    finding = heard(SlotKind.NUMBER, text, language, Limits())
    assert (finding.verdict, finding.value) == (Verdict.MATCH, n), text


@many
@given(
    n=st.integers(1, 10**7),
    case=st.sampled_from("nominative genitive dative accusative instrumental prepositional".split()),
    gender=st.sampled_from("masculine feminine neuter".split()),
)
def test_russian_numbers_in_every_case_and_gender(n: int, case: str, gender: str) -> None:
    text = say_number(n, "ru", case=case, gender=gender)
    finding = heard(SlotKind.NUMBER, text, "ru", Limits())
    assert (finding.verdict, finding.value) == (Verdict.MATCH, n), text


@LANGUAGES
@many
@given(n=st.decimals(-9999, 9999, places=3))
def test_decimal_numbers(language: str, n: Decimal) -> None:
    text = say_number(n, language)
    finding = heard(SlotKind.NUMBER, text, language, Limits(whole=False))
    assert (finding.verdict, finding.value) == (Verdict.MATCH, float(n)), text


@LANGUAGES
@many
@given(amount=st.decimals(0, 10**9, places=2), currency=st.sampled_from(["RUB", "USD", "EUR", "GBP", "CHF"]))
def test_money(language: str, amount: Decimal, currency: str) -> None:
    text = say_money(amount, currency, language)
    finding = heard(SlotKind.MONEY, text, language, Limits(currency=currency))
    assert finding.value == {"amount": f"{amount:.2f}", "currency": currency}, f"{text}: {finding}"
    assert finding.verdict is Verdict.MATCH, text


@LANGUAGES
@many
@given(
    day=st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    today=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    when=st.booleans(),
)
def test_days(language: str, day: date, today: date, when: bool) -> None:
    text = say_date(day, language, today, when=when)
    finding = heard(SlotKind.DATE, text, language, ANY_DAY, today)
    assert (finding.verdict, finding.value) == (Verdict.MATCH, day.isoformat()), f"{today}: {text}: {finding}"


@LANGUAGES
@many
@given(ahead=st.integers(0, 400), today=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_days_to_come_where_the_past_is_not_allowed(language: str, ahead: int, today: date) -> None:
    day = today + timedelta(days=ahead)
    text = say_date(day, language, today, when=True)
    finding = heard(SlotKind.DATE, text, language, Limits(), today)
    assert (finding.verdict, finding.value) == (Verdict.MATCH, day.isoformat()), f"{today}: {text}: {finding}"


@LANGUAGES
def test_times_all_day_long(language: str) -> None:
    for minute in sorted({*range(0, 24 * 60, 7), *range(0, 24 * 60, 15)}):
        at = time(minute // 60, minute % 60)
        text = say_time(at, language)
        finding = heard(SlotKind.TIME, text, language, Limits())
        assert (finding.verdict, finding.value) == (Verdict.MATCH, at.isoformat("minutes")), f"{text}: {finding}"


@LANGUAGES
@many
@given(
    number=st.one_of(
        st.integers(9_000_000_000, 9_999_999_999).map(lambda n: f"+7{n}"),
        st.integers(7_400_000_000, 7_599_999_999).map(lambda n: f"+44{n}"),
        st.integers(1_600_000_00, 1_799_999_99).map(lambda n: f"+491{n}"),
        st.integers(2_012_000_000, 9_899_999_999).map(lambda n: f"+1{n}"),
    ).filter(lambda e164: phonenumbers.is_valid_number(phonenumbers.parse(e164)))
)
def test_phones(language: str, number: str) -> None:
    text = say_phone(number, language)
    same(heard(SlotKind.PHONE, text, language, Limits(region="RU")), number, text)


@LANGUAGES
@many
@given(n=st.integers(9_000_000_000, 9_999_999_999).filter(lambda n: phonenumbers.is_valid_number(phonenumbers.parse(f"+7{n}"))))
def test_phones_of_ones_own_country(language: str, n: int) -> None:
    text = say_phone(f"+7{n}", language, "RU")
    same(heard(SlotKind.PHONE, text, language, Limits(region="RU")), f"+7{n}", text)


local_parts = st.from_regex(r"[a-z][a-z0-9]{0,8}([._-][a-z0-9]{1,8})?", fullmatch=True)


@LANGUAGES
@many
@given(local=local_parts, host=st.sampled_from(["gmail.com", "yandex.ru", "mail.ru", "example.org", "my-shop.com"]))
def test_addresses(language: str, local: str, host: str) -> None:
    text = say_email(f"{local}@{host}", language)
    same(heard(SlotKind.EMAIL, text, language, Limits()), f"{local}@{host}", text)


@many
@given(name=st.text(string.ascii_lowercase, min_size=2, max_size=12).map(str.capitalize))
def test_spelled_english_names(name: str) -> None:
    text = spell(name, "en")
    same(heard(SlotKind.NAME, text, "en", Limits()), name, text)


@many
@given(name=st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=2, max_size=12).map(str.capitalize))
def test_spelled_russian_names(name: str) -> None:
    text = spell(name, "ru")
    same(heard(SlotKind.NAME, text, "ru", Limits()), name, text)


@LANGUAGES
@pytest.mark.parametrize("answer", [True, False])
def test_yes_and_no(language: str, answer: bool) -> None:
    text = say_value(SlotKind.YES_NO, answer, language, TODAY)
    same(heard(SlotKind.YES_NO, text, language, Limits()), answer, text)


@many
@given(n=st.integers(0, 10**6), case=st.sampled_from("nominative genitive dative accusative instrumental prepositional".split()))
def test_a_counted_thing_keeps_its_number(n: int, case: str) -> None:
    text = say_count(n, "посылка", "ru", case=case)
    finding = heard(SlotKind.NUMBER, text, "ru", Limits())
    assert finding.value == n, text
