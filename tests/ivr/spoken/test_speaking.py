"""How values are said, word for word: cases and genders in Russian, pauses, relative days, letters."""

from __future__ import annotations

from datetime import date, time

import pytest

from ivr.spoken import (
    plural,
    say_count,
    say_date,
    say_digits,
    say_email,
    say_money,
    say_number,
    say_ordinal,
    say_phone,
    say_reason,
    say_time,
    say_value,
    say_year,
    spell,
)
from ivr.values import Reason, SlotKind

TODAY = date(2026, 4, 30)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (say_number(4711, "en"), "four thousand, seven hundred and eleven"),
        (say_number(-0.5, "en"), "minus zero point five"),
        (say_number("12.50", "en"), "twelve point five"),
        (say_number(4711, "ru"), "четыре тысячи семьсот одиннадцать"),
        (say_number(1200, "ru"), "тысяча двести"),
        (say_number(21, "ru", gender="feminine"), "двадцать одна"),
        (say_number(2, "ru", case="accusative", gender="feminine"), "две"),
        (say_number(42, "ru", case="genitive"), "сорока двух"),
        (say_number(5, "ru", case="instrumental"), "пятью"),
        (say_number(2.5, "ru"), "две целых пять десятых"),
        (say_number(-1.21, "ru"), "минус одна целая двадцать одна сотая"),
        (say_number(0.0001, "ru"), "ноль запятая ноль ноль ноль один"),
        (say_ordinal(3, "en"), "third"),
        (say_ordinal(23, "ru", case="genitive", gender="neuter"), "двадцать третьего"),
        (say_ordinal(1, "ru", gender="feminine"), "первая"),
        (say_count(1, "parcel", "en"), "one parcel"),
        (say_count(5, "box", "en"), "five boxes"),
        (say_count(2, "delivery", "en"), "two deliveries"),
        (say_count(1, "посылка", "ru"), "одна посылка"),
        (say_count(2, "посылка", "ru"), "две посылки"),
        (say_count(5, "посылка", "ru"), "пять посылок"),
        (say_count(21, "посылка", "ru", case="accusative"), "двадцать одну посылку"),
        (say_count(2, "посылка", "ru", case="dative"), "двум посылкам"),
        (say_count(3, "оператор", "ru", case="accusative"), "трёх операторов"),
        (say_count(3, "заказ", "ru", case="accusative"), "три заказа"),
        (say_count(11, "окно", "ru"), "одиннадцать окон"),
        (say_count(1.5, "час", "ru"), "одна целая пять десятых часа"),
        (say_year(2026, "en"), "twenty twenty-six"),
        (say_year(2026, "ru"), "две тысячи двадцать шестой"),
    ],
)
def test_numbers(said: str, text: str) -> None:
    assert said == text


@pytest.mark.parametrize(
    ("row", "en", "ru"),
    [
        ("4711", "four seven, one one", "четыре семь, один один"),
        ("047", "zero four seven", "ноль четыре семь"),
        ("481516", "four eight one, five one six", "четыре восемь один, пять один шесть"),
        ("47-11", "four seven, one one", "четыре семь, один один"),
        ("4711 22", "four seven, one one, two two", "четыре семь, один один, два два"),
    ],
)
def test_digits_pause_between_groups(row: str, en: str, ru: str) -> None:
    assert (say_digits(row, "en"), say_digits(row, "ru")) == (en, ru)


def test_letters_of_a_code_are_likened() -> None:
    assert say_digits("AB47", "en") == "A as in Alpha, B as in Bravo, four seven"
    assert say_digits("АБ47", "ru") == "А как Анна, Б как Борис, четыре семь"


@pytest.mark.parametrize(
    ("amount", "currency", "en", "ru"),
    [
        ("12.50", "USD", "twelve dollars and fifty cents", "двенадцать долларов пятьдесят центов"),
        ("1.01", "RUB", "one rouble and one kopeck", "один рубль одна копейка"),
        (22, "RUB", "twenty-two roubles", "двадцать два рубля"),
        ("0.05", "EUR", "five cents", "пять центов"),
        (0, "EUR", "zero euros", "ноль евро"),
        ("-3", "GBP", "minus three pounds", "минус три фунта"),
        ("2.5", "CHF", "two point five francs", "две целых пять десятых франка"),
        (7, "XAU", "seven X A U", "семь X A U"),
    ],
)
def test_money(amount: str, currency: str, en: str, ru: str) -> None:
    assert (say_money(amount, currency, "en"), say_money(amount, currency, "ru")) == (en, ru)


def test_money_in_another_case() -> None:
    assert say_money(42, "RUB", "ru", case="genitive") == "сорока двух рублей"
    assert say_money("21.50", "RUB", "ru", case="instrumental") == "двадцатью одним рублём пятьюдесятью копейками"


@pytest.mark.parametrize(
    ("day", "en", "ru", "when"),
    [
        (date(2026, 4, 30), "today, Thursday the thirtieth of April", "сегодня, четверг, тридцатое апреля", "сегодня, в четверг, тридцатого апреля"),
        (date(2026, 5, 1), "tomorrow, Friday the first of May", "завтра, пятница, первое мая", "завтра, в пятницу, первого мая"),
        (date(2026, 5, 5), "Tuesday the fifth of May", "вторник, пятое мая", "во вторник, пятого мая"),
        (
            date(2027, 1, 1),
            "the first of January twenty twenty-seven",
            "первое января две тысячи двадцать седьмого года",
            "первого января две тысячи двадцать седьмого года",
        ),
    ],
)  # fmt: skip
def test_days(day: date, en: str, ru: str, when: str) -> None:
    assert (say_date(day, "en", TODAY), say_date(day, "ru", TODAY), say_date(day, "ru", TODAY, when=True)) == (en, ru, when)


def test_a_day_in_an_english_answer_to_when() -> None:
    assert say_date(date(2026, 5, 5), "en", TODAY, when=True) == "on Tuesday the fifth of May"
    assert say_date(date(2026, 5, 1), "en", TODAY, when=True, relative=False) == "on Friday the first of May"


@pytest.mark.parametrize(
    ("at", "en", "ru"),
    [
        (time(0), "midnight", "полночь"),
        (time(12), "noon", "полдень"),
        (time(9, 5), "nine oh five in the morning", "девять часов пять минут утра"),
        (time(15, 30), "half past three in the afternoon", "пятнадцать часов тридцать минут"),
        (time(8, 45), "quarter to nine in the morning", "восемь часов сорок пять минут утра"),
        (time(21, 1), "nine oh one in the evening", "двадцать один час одна минута"),
    ],
)
def test_times(at: time, en: str, ru: str) -> None:
    assert (say_time(at, "en"), say_time(at, "ru")) == (en, ru)


def test_phones() -> None:
    assert say_phone("+79161234567", "en") == "plus seven, nine one six, one two three, four five, six seven"
    assert say_phone("+79161234567", "ru") == "плюс семь, девятьсот шестнадцать, сто двадцать три, сорок пять, шестьдесят семь"
    assert say_phone("+79030050070", "ru", "RU") == "восемь, девятьсот три, ноль ноль пять, ноль ноль, семьдесят"
    assert say_phone("not a number 47", "en") == "four seven"


def test_spelling() -> None:
    assert spell("O'Brien", "en").startswith("O as in Oscar, apostrophe, B as in Bravo")
    assert spell("Йод", "ru") == "И краткое, О как Ольга, Д как Дмитрий"
    assert spell("Щука", "en").startswith("S as in Sierra, H as in Hotel, C as in Charlie, H as in Hotel")
    assert spell("☎", "en") == ""
    assert say_email("jo@gmail.com", "en", spelled=False) == "jo at gmail dot com"


@pytest.mark.parametrize(
    ("n", "form"),
    [(1, "заказ"), (2, "заказа"), (5, "заказов"), (11, "заказов"), (21, "заказ"), (112, "заказов"), (1.5, "заказа")],
)
def test_plural_forms(n: float, form: str) -> None:
    assert plural(n, ("заказ", "заказа", "заказов"), "ru") == form
    assert plural(n, ("order", "orders"), "en") == ("order" if n == 1 else "orders")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_reason_has_words_for_the_caller(language: str) -> None:
    for reason in Reason:
        assert bool(say_reason(reason, language)) == bool(reason), reason


def test_a_language_without_words_speaks_in_figures() -> None:
    assert say_date(TODAY, "ko", TODAY) == "2026-04-30"
    assert say_time(time(15, 30), "ko") == "15:30"
    assert say_digits("47", "ko") == "4 7"


@pytest.mark.parametrize(
    ("kind", "value"), [(SlotKind.DATE, "soon"), (SlotKind.MONEY, "12"), (SlotKind.NUMBER, None), (SlotKind.TIME, 5)]
)
def test_a_value_of_another_kind_is_refused(kind: SlotKind, value: object) -> None:
    with pytest.raises(ValueError):
        say_value(kind, value, "en", TODAY)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "twelve", "1e", "nan", "inf", True])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        say_number(wrong, "en")  # type: ignore[arg-type]


def test_unknown_cases_and_missing_forms_are_refused() -> None:
    with pytest.raises(ValueError, match="vocative"):
        say_number(5, "ru", case="vocative")
    with pytest.raises(ValueError, match="3 forms"):
        plural(5, ("заказ", "заказы"), "ru")
