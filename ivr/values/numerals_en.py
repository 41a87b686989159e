"""English number words: cardinals, ordinals, repeated digits, and what recognisers write for digits."""

from __future__ import annotations

from ivr.values.vocabulary import Atom, Rank

_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINAL_UNITS = "first second third fourth fifth sixth seventh eighth ninth".split()
_ORDINAL_TEENS = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()


def numerals() -> dict[str, Atom]:
    atoms: dict[str, Atom] = {}
    for words, first, step, rank in ((_UNITS, 1, 1, Rank.UNIT), (_TEENS, 10, 1, Rank.TEEN), (_TENS, 20, 10, Rank.TENS)):
        for at, word in enumerate(words):
            atoms[word] = Atom(first + at * step, rank)
            # "Two sevens" is a repeated digit; "sixes" and "zeroes" have their own spelling below.
            if rank is Rank.UNIT:
                atoms[word + "s"] = Atom(first + at, Rank.REPEATED)
    for at, word in enumerate(_ORDINAL_UNITS):
        atoms[word] = Atom(1 + at, Rank.UNIT, ordinal=True)
    for at, word in enumerate(_ORDINAL_TEENS):
        atoms[word] = Atom(10 + at, Rank.TEEN, ordinal=True)
    for at, word in enumerate(_TENS):
        atoms[word[:-1] + "ieth"] = Atom(20 + 10 * at, Rank.TENS, ordinal=True)
    atoms |= {"sixes": Atom(6, Rank.REPEATED), "zeros": Atom(0, Rank.REPEATED), "zeroes": Atom(0, Rank.REPEATED),
              "ohs": Atom(0, Rank.REPEATED), "os": Atom(0, Rank.REPEATED), "noughts": Atom(0, Rank.REPEATED)}  # fmt: skip
    atoms |= dict.fromkeys(("zero", "nought", "naught", "nil", "null"), Atom(0, Rank.SINGLE))
    atoms |= dict.fromkeys(("oh", "o", "owe"), Atom(0, Rank.SINGLE, weak=True))
    atoms |= {"hundred": Atom(100, Rank.HUNDRED), "hundreds": Atom(100, Rank.HUNDRED), "hundredth": Atom(100, Rank.HUNDRED, True)}
    atoms |= {
        "thousand": Atom(10**3, Rank.SCALE),
        "thousands": Atom(10**3, Rank.SCALE),
        "thousandth": Atom(10**3, Rank.SCALE, True),
    }
    atoms |= {"grand": Atom(10**3, Rank.SCALE, weak=True), "k": Atom(10**3, Rank.SCALE, weak=True)}
    atoms |= {"million": Atom(10**6, Rank.SCALE), "millions": Atom(10**6, Rank.SCALE), "billion": Atom(10**9, Rank.SCALE)}
    atoms |= {"double": Atom(2, Rank.TIMES), "triple": Atom(3, Rank.TIMES), "treble": Atom(3, Rank.TIMES),
              "quadruple": Atom(4, Rank.TIMES)}  # fmt: skip
    # What recognisers write for digits. Each counts only beside another number.
    weak = {"won": 1, "wan": 1, "to": 2, "too": 2, "tu": 2, "tree": 3, "free": 3, "for": 4, "fore": 4, "fife": 5, "sicks": 6,
            "sex": 6, "sax": 6, "ate": 8, "ait": 8, "nein": 9, "niner": 9, "nines": 9}  # fmt: skip
    for word, value in weak.items():
        atoms.setdefault(word, Atom(value, Rank.UNIT, weak=True))
    misspelt = {"fourty": 40, "ninty": 90, "fivety": 50}
    atoms |= {word: Atom(value, Rank.TENS) for word, value in misspelt.items()}
    return atoms
