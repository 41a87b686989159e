"""Russian number words in every case and gender, digits as nouns, and how they are spelt when said fast."""

from __future__ import annotations

from ivr.values.forms_ru import forms
from ivr.values.vocabulary import Atom, Rank

_UNITS = "один два три четыре пять шесть семь восемь девять".split()
_TEENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать".split()
)
_TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()
_ORDINAL_UNITS = "первый второй третий четвертый пятый шестой седьмой восьмой девятый".split()
_ORDINAL_TEENS = "десятый одиннадцатый двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый девятнадцатый".split()
_ORDINAL_TENS = "двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый".split()
_SEVENS = "единица двойка тройка четверка пятерка шестерка семерка восьмерка девятка".split()


def numerals() -> dict[str, Atom]:
    atoms: dict[str, Atom] = {}

    def add(words: list[str], first: int, step: int, rank: Rank, ordinal: bool = False) -> None:
        for at, word in enumerate(words):
            for form in forms(word, ("Anum",) if ordinal else ("NUMR", "Anum")):
                atoms.setdefault(form, Atom(first + at * step, rank, ordinal))

    add(_UNITS, 1, 1, Rank.UNIT)
    add(_TEENS, 10, 1, Rank.TEEN)
    add(_TENS, 20, 10, Rank.TENS)
    add(_HUNDREDS, 100, 100, Rank.HUNDREDS)
    add(_ORDINAL_UNITS, 1, 1, Rank.UNIT, True)
    add(_ORDINAL_TEENS, 10, 1, Rank.TEEN, True)
    add(_ORDINAL_TENS, 20, 10, Rank.TENS, True)
    add(
        "сотый двухсотый трехсотый четырехсотый пятисотый шестисотый семисотый восьмисотый девятисотый".split(),
        100,
        100,
        Rank.HUNDREDS,
        True,
    )
    add("тысячный двухтысячный".split(), 1000, 1000, Rank.HUNDREDS, True)
    for word, value in (("тысяча", 10**3), ("миллион", 10**6), ("миллиард", 10**9)):
        atoms |= dict.fromkeys(forms(word), Atom(value, Rank.SCALE))
    atoms |= dict.fromkeys(("тыс", "тыщ", "тыща", "тыщи", "тыщу"), Atom(10**3, Rank.SCALE))
    atoms |= dict.fromkeys(("косарь", "косаря", "косарей"), Atom(10**3, Rank.SCALE, weak=True))
    atoms |= dict.fromkeys(("к", "k"), Atom(10**3, Rank.SCALE, weak=True))
    atoms |= {"млн": Atom(10**6, Rank.SCALE), "лям": Atom(10**6, Rank.SCALE, weak=True)}
    for word, value in (("ноль", 0), ("нуль", 0), ("нолик", 0), *((word, at) for at, word in enumerate(_SEVENS, 1))):
        for form, tag in forms(word, ("NOUN",)).items():
            # «Ноль», «семёрка» are one digit; «два нуля», «три семёрки» repeat it: forms that only stand after a count.
            single = "nomn" in tag and "sing" in tag
            atoms[form] = Atom(value, Rank.SINGLE if single else Rank.REPEATED)
    atoms |= {
        "ноля": Atom(0, Rank.REPEATED),
        "зеро": Atom(0, Rank.SINGLE),
        "дважды": Atom(2, Rank.TIMES),
        "трижды": Atom(3, Rank.TIMES),
    }
    weak = {"раз": 1, "адин": 1, "дви": 2, "пара": 2}
    atoms |= {word: Atom(value, Rank.UNIT, weak=True) for word, value in weak.items()}
    # Spelt as they are said fast, which is how recognisers write some of them.
    spoken = {
        "двацать": 20,
        "трицать": 30,
        "пятдесят": 50,
        "шестдесят": 60,
        "пийсят": 50,
        "шисят": 60,
        "семдесят": 70,
        "восемдесят": 80,
        "девянуста": 90,
    }
    atoms |= {word: Atom(value, Rank.TENS) for word, value in spoken.items()}
    atoms |= {"пят": Atom(5, Rank.UNIT), "шест": Atom(6, Rank.UNIT), "сем": Atom(7, Rank.UNIT), "восем": Atom(8, Rank.UNIT), "девят": Atom(9, Rank.UNIT),
              "четыри": Atom(4, Rank.UNIT), "читыре": Atom(4, Rank.UNIT), "одинадцать": Atom(11, Rank.TEEN), "пятьнадцать": Atom(15, Rank.TEEN), "шестьнадцать": Atom(16, Rank.TEEN),
              "семьнадцать": Atom(17, Rank.TEEN), "восемьнадцать": Atom(18, Rank.TEEN), "девятьнадцать": Atom(19, Rank.TEEN), "десят": Atom(10, Rank.TEEN)}  # fmt: skip
    return atoms


def no_days() -> frozenset[str]:
    """Forms in which neither the day of a month nor a number of days is said («четвёртой», «третьи», «пятью»)."""
    ordinals = [forms(word, ("Anum",)) for word in (*_ORDINAL_UNITS, *_ORDINAL_TEENS, *_ORDINAL_TENS)]
    counts = [forms(word, ("NUMR", "Anum")) for word in (*_UNITS, *_TEENS, *_TENS)]
    found = [form for one in ordinals for form, tag in one.items() if "femn" in tag or "plur" in tag]
    cases = ("gent", "datv", "ablt", "loct", "plur")
    found += [form for one in counts for form, tag in one.items() if any(case in tag for case in cases)]
    return frozenset(found)
