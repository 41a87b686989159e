"""The words of values in one language: numerals, dates, times, money, letters. One module a language, as ivr/languages has.

A language without a module here is understood in figures only. Words are in the form of `Token.text`: lower case, ё as е, no
apostrophes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from ivr.languages import language, primary


class Rank(IntEnum):
    """What a number word can stand beside. UNIT to HUNDREDS may follow each other downwards within one number."""

    SINGLE = 0  # a digit that joins with nothing: oh, zero, семёрка
    UNIT = 1
    TEEN = 2
    TENS = 3
    HUNDREDS = 4
    HUNDRED = 5  # multiplies what stands before it
    SCALE = 6  # thousand and above
    TIMES = 7  # double, triple: repeats the digit after it
    REPEATED = 8  # zeros, sevens: repeated as often as the number before it says


@dataclass(frozen=True, slots=True)
class Atom:
    """One number word. ordinal: third, третьего. weak: a word that a recogniser writes for a number ("for"), else something else."""

    value: int
    rank: Rank
    ordinal: bool = False
    weak: bool = False


class Sense(Enum):
    """What a word of dates, times or money is."""

    MONTH = auto()  # 1 to 12
    WEEKDAY = auto()  # 0 is Monday
    DAY = auto()  # days from today
    UNIT = auto()  # days, or months as a negative number
    THIS = auto()
    NEXT = auto()
    LAST = auto()
    IN = auto()
    AGO = auto()
    FROM = auto()  # a week from ...
    DATE = auto()  # числа: the number before it is a day of the month
    YEAR = auto()  # года: the number before it is a year
    SPAN = auto()  # something about a span that is no day: weekend, end of the month
    PART = auto()  # of the day, see PARTS
    CLOCK = auto()  # o'clock, часов, hours
    MINUTES = auto()  # also as a length of time
    HOURS = auto()  # as a length of time; 0.5 h is 30 minutes: value in minutes
    HALF = auto()  # half past three, half three; половина третьего
    QUARTER = auto()
    AFTER = auto()  # past
    BEFORE = auto()  # to; без
    FIXED = auto()  # noon, midnight: minutes since midnight
    DIAL = auto()  # полтретьего: minutes on a dial of twelve hours
    NOW = auto()


# Part of the day -> the hours of a 24-hour clock it can mean ("one in the morning", "ten at night", «двенадцать дня»).
PARTS: Mapping[int, Container[int]] = {
    0: frozenset({21, 22, 23, *range(5)}), 1: range(12), 2: range(11, 19), 3: frozenset({0, *range(16, 24)}), 4: range(12), 5: range(12, 24),
}  # fmt: skip
NIGHT, MORNING, AFTERNOON, EVENING, AM, PM = range(6)

Lexicon = Mapping[tuple[str, ...], tuple[Sense, int]]


def phrases(*rows: tuple[Sense, int, str]) -> Lexicon:
    """A lexicon from rows (sense, value, phrases with | between)."""
    return {tuple(said.split()): (sense, value) for sense, value, row in rows for said in row.split("|")}


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """What numbers, dates and the rest are made of in one language.

    numerals: word -> atom. joining: words inside a number ("and"); articles: one, before a hundred. minus, point: of numbers;
    halves: endings that add a half; wholes: words of fractions that only separate («целых»).
    joints: words between a quantity and its scale ("half a million", "a couple of hundred"); plurals: scales that need a count.
    fractions: words of decimal places -> how many. quantities: words that are a number by themselves, one and a half as 1.5.
    correcting: phrases after which the value is said anew; negating: before a value that is not meant; contrasting: after it.
    hedging: words that make a bound of a negation ("not more than"); ranging: words that make
    one of any value ("after", "between"); alternating: between two values that may both be meant. of: words between two ordinals
    that are one day ("the third of the fifth").
    fillers: words that say nothing about a value. commas: figures have a decimal comma. skipping: a weekday after
    "in" is the one after the next («через вторник»). odd: forms of words that no day is named with («четвёртой», «пятниц»).
    homonyms: words of dates that mean something else where nothing says that a day is meant ("may", "sat").
    currencies: word -> ISO 4217; subunits: word -> ISO 4217 or "" for that of the assumed currency.
    letters: word -> letter of the language's own script; latin: word -> Latin letter; softness: letters
    that are named by two words («мягкий знак»). likening: phrases between a letter and the
    word for it ("as in"); doubling: words before a letter said once for two. spaces: word -> sign between spelled words.
    signs: phrase -> sign in an address; hosts: phrase that an address is often made of -> how it is written.
    introducing: words behind which an
    address begins. unsaid: phrases about how an address is written. spelt: words that are letters in an address and nothing else. plus: words for + before a country code.
    naming: phrases before a name; named: after it; polite: words on either side of it. common(words): whether
    they are ordinary words of the dictionary and none of them is a name.
    """

    code: str
    numerals: Mapping[str, Atom] = field(default_factory=dict)
    joining: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    joints: frozenset[str] = frozenset()
    plurals: frozenset[str] = frozenset()
    minus: frozenset[str] = frozenset()
    point: frozenset[str] = frozenset()
    halves: tuple[tuple[str, ...], ...] = ()
    fractions: Mapping[str, int] = field(default_factory=dict)
    quantities: Mapping[str, float] = field(default_factory=dict)
    correcting: frozenset[tuple[str, ...]] = frozenset()
    negating: frozenset[str] = frozenset()
    alternating: frozenset[str] = frozenset()
    ranging: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    hedging: frozenset[str] = frozenset()
    contrasting: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    homonyms: frozenset[str] = frozenset()
    dates: Lexicon = field(default_factory=dict)
    times: Lexicon = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    subunits: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    latin: Mapping[str, str] = field(default_factory=dict)
    softness: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    likening: frozenset[tuple[str, ...]] = frozenset()
    doubling: frozenset[str] = frozenset()
    spaces: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    introducing: frozenset[str] = frozenset()
    unsaid: frozenset[tuple[str, ...]] = frozenset()
    spelt: frozenset[str] = frozenset()
    hosts: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    plus: frozenset[str] = frozenset()
    polite: frozenset[str] = frozenset()
    naming: tuple[tuple[str, ...], ...] = ()
    named: tuple[tuple[str, ...], ...] = ()
    common: Callable[[list[str]], bool] | None = None
    commas: bool = False
    skipping: bool = False
    odd: frozenset[str] = frozenset()


def rows(text: str) -> frozenset[tuple[str, ...]]:
    """Phrases with | between, as tuples of words."""
    return frozenset(tuple(said.split()) for said in text.split("|"))


@cache
def vocabulary(code: str) -> Vocabulary:
    """The words of this language; an empty vocabulary where it has no module."""
    name = f"ivr.values.vocabulary_{primary(code)}"
    if find_spec(name) is None:
        return Vocabulary(primary(code))
    vocabulary = import_module(name).VOCABULARY
    assert isinstance(vocabulary, Vocabulary)
    return vocabulary


@cache
def idle(code: str) -> frozenset[str]:
    """Words that say nothing about a value in this language: small words, politeness, hesitation."""
    spoken = language(code)
    hesitating = {word for said in (*spoken.hesitating, *spoken.acknowledging) for word in said.split()}
    return spoken.idle | hesitating | vocabulary(code).fillers


@cache
def sayings(kind: str, code: str) -> tuple[str, ...]:
    """Words and runs of words of which days or times of day ("date", "time") are made in this language; none for other kinds."""
    known = vocabulary(code)
    lexicon, most = {"date": (known.dates, 31), "time": (known.times, 59)}.get(kind, ({}, 0))
    plain = {word: atom for word, atom in known.numerals.items() if Rank.UNIT <= atom.rank <= Rank.TENS and not atom.weak}
    words = [*(" ".join(said) for said in lexicon), *(word for word, atom in plain.items() if atom.value <= most)]
    return tuple(word for word in words if kind != "date" or word not in known.odd)
