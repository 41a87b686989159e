"""Numbers as words: cardinals, ordinals, counted things; in Russian in the right case and gender (num2words, pymorphy3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

from num2words import num2words
from pymorphy3 import MorphAnalyzer  # type: ignore[import-untyped]

from ivr.languages import primary

Number = int | float | Decimal | str
CASES = {"nominative": "n", "genitive": "g", "dative": "d", "accusative": "a", "instrumental": "i", "prepositional": "p"}
GENDERS = {"masculine": "m", "feminine": "f", "neuter": "n"}
_GRAMMEMES = {"n": "nomn", "g": "gent", "d": "datv", "a": "accs", "i": "ablt", "p": "loct"}
_ONE_THOUSAND = re.compile(r"^одн\w+ (?=тысяч)")  # «тысяча двести», as one says it
_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "penny": "pence",
    "loaf": "loaves",
    "half": "halves",
}


def say_number(n: Number, language: str, *, case: str = "nominative", gender: str = "masculine", animate: bool = False) -> str:
    """4711 -> "four thousand, seven hundred and eleven". Case and gender are those of the counted thing (Russian); fractions as decimals.

    Raises ValueError for what is no number, and for unknown names of cases and genders.
    """
    value, code = exact(n), primary(language)
    if code == "ru":
        if value != int(value):
            return _ru_fraction(value)
        said = str(num2words(int(value), lang="ru", case=_code(CASES, case), gender=_code(GENDERS, gender), animate=animate))
        return _ONE_THOUSAND.sub("", said)
    whole = value == int(value)
    try:
        said = str(num2words(int(abs(value)) if whole else abs(value), lang=code))
        return f"{num2words(-1, lang=code).rpartition(' ')[0]} {said}" if value < 0 else said  # it loses the sign of -0.5
    except NotImplementedError:
        return str(int(value)) if whole else f"{value.normalize():f}"


def say_ordinal(n: int, language: str, *, case: str = "nominative", gender: str = "masculine") -> str:
    """3 -> "third", «третий», «третьего»."""
    code = primary(language)
    if code == "ru":
        return str(num2words(n, lang="ru", to="ordinal", case=_code(CASES, case), gender=_code(GENDERS, gender)))
    try:
        return str(num2words(n, lang=code, to="ordinal"))
    except NotImplementedError:
        return str(n)


def plural(n: Number, forms: Sequence[str], language: str) -> str:
    """The form that stands after n: (one, many) in English, (один, два, пять) in Russian. CLDR plural rules; fractions: 1.5 days, «1,5 дня».

    Raises ValueError where forms are missing.
    """
    value = abs(exact(n))
    wanted = 3 if primary(language) == "ru" else 2
    if len(forms) != wanted:
        raise ValueError(f'plural needs {wanted} forms in "{language}", not {len(forms)}')
    if primary(language) != "ru":
        return forms[0] if value == 1 else forms[1]
    if value != int(value):
        return forms[1]
    tens, units = int(value) % 100, int(value) % 10
    if units == 1 and tens != 11:
        return forms[0]
    return forms[1] if 2 <= units <= 4 and not 12 <= tens <= 14 else forms[2]


def say_count(n: Number, noun: str, language: str, *, case: str = "nominative") -> str:
    """5, "order" -> "five orders"; 2, «посылка» -> «две посылки», dative «двум посылкам». The noun as it stands in the dictionary."""
    value = exact(n)
    if primary(language) == "ru":
        gender, animate = _kind(noun)
        said = say_number(value, "ru", case=case, gender=gender, animate=animate)
    else:
        said = say_number(value, language)
    return f"{said} {noun_after(value, noun, language, case=case)}"


def noun_after(n: Number, noun: str, language: str, *, case: str = "nominative") -> str:
    """The noun as it stands after n: "orders", «посылки». The noun as it stands in the dictionary."""
    value = exact(n)
    if primary(language) == "ru":
        return _ru_noun(noun, value, _code(CASES, case))
    return noun if value == 1 else many(noun)


def many(noun: str) -> str:
    """The plural of an English noun."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def exact(n: Number) -> Decimal:
    """The number as a decimal, without the noise of binary fractions. Raises ValueError for anything else."""
    try:
        value = Decimal(str(n))
    except InvalidOperation:
        raise ValueError(f'"{n}" is no number') from None
    if isinstance(n, bool) or not value.is_finite():
        raise ValueError(f'"{n}" is no number')
    return value


def _code(names: dict[str, str], name: str) -> str:
    if name not in names and name not in names.values():
        raise ValueError(f'"{name}" is none of {", ".join(names)}')
    return names.get(name, name)


def _ru_fraction(value: Decimal) -> str:
    """«Двенадцать целых пять десятых» to thousandths; finer ones digit by digit after «запятая»."""
    sign, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rjust(1 - exponent, "0")
    whole, part = text[:exponent], text[exponent:]
    minus = "минус " if sign else ""
    if len(part) > 3:
        return f"{minus}{say_number(int(whole), 'ru')} запятая {' '.join(say_number(int(one), 'ru') for one in part)}"
    place = (("десятая", "десятых"), ("сотая", "сотых"), ("тысячная", "тысячных"))[len(part) - 1]
    one, several = (int(whole) % 10 == 1 and int(whole) % 100 != 11), (int(part) % 10 == 1 and int(part) % 100 != 11)
    wholes = f"{say_number(int(whole), 'ru', gender='feminine')} {'целая' if one else 'целых'}"
    return f"{minus}{wholes} {say_number(int(part), 'ru', gender='feminine')} {place[0] if several else place[1]}"


@cache
def _analyser() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=256)
def _kind(noun: str) -> tuple[str, bool]:
    """Gender of a Russian noun, and whether it is a living being."""
    tag = _noun(noun).tag
    return {"femn": "feminine", "neut": "neuter"}.get(str(tag.gender), "masculine"), "anim" in tag


@cache
def _noun(noun: str):  # type: ignore[no-untyped-def]
    parses = _analyser().parse(noun)
    return next((one for one in parses if "NOUN" in one.tag and "nomn" in one.tag), parses[0])


@lru_cache(maxsize=1024)
def _ru_noun(noun: str, value: Decimal, case: str) -> str:
    """The form of the noun after a number in this case."""
    parse, whole = _noun(noun), value == int(value)
    singular = whole and abs(int(value)) % 10 == 1 and abs(int(value)) % 100 != 11
    if not whole:
        wanted = {"sing", "gent"}
    elif case == "n" or (case == "a" and not singular and "anim" not in parse.tag):
        agreed = parse.make_agree_with_number(abs(int(value)))
        return str(agreed.word) if agreed is not None else noun
    else:
        wanted = {"sing" if singular else "plur", _GRAMMEMES[case]}
    form = parse.inflect(wanted)
    return str(form.word) if form is not None else noun
