"""Check digits: the last sign of a number that tells a slip of the tongue from a number. ISO/IEC 7812-1 annex B, ISO/IEC 7064."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

DIGITS = "0123456789"


def luhn(code: str, alphabet: str = DIGITS) -> bool:
    """Every second sign from the right doubled, its digits added: cards, IMEI (ISO/IEC 7812-1 annex B). Any alphabet of even size."""
    size, total = len(alphabet), 0
    for at, sign in enumerate(reversed(code)):
        weighed = alphabet.index(sign) * (1 + at % 2)
        total += weighed // size + weighed % size
    return total % size == 0


def mod11(code: str, alphabet: str = DIGITS) -> bool:
    """Weights 1, 2, 3 ... from the right; a last X is ten (ISBN-10 and most customer numbers)."""
    values = [10 if sign == "X" else DIGITS.find(sign) for sign in code]
    return (
        min(values, default=-1) >= 0
        and 10 not in values[:-1]
        and sum(at * v for at, v in enumerate(reversed(values), 1)) % 11 == 0
    )


def mod11_10(code: str, alphabet: str = DIGITS) -> bool:
    """The hybrid system MOD 11,10 (ISO/IEC 7064 section 9)."""
    carry = 10
    for sign in code[:-1]:
        carry = ((carry + DIGITS.index(sign)) % 10 or 10) * 2 % 11
    return (carry + DIGITS.index(code[-1])) % 10 == 1


def mod97(code: str, alphabet: str = DIGITS) -> bool:
    """MOD 97-10 (ISO/IEC 7064 section 7): letters count 10 to 35, two check digits at the end."""
    return int("".join(str(int(sign, 36)) for sign in code)) % 97 == 1


def inn(code: str, alphabet: str = DIGITS) -> bool:
    """A Russian taxpayer's number: ten digits with one check digit, or twelve with two (MOD 11, then MOD 10)."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    if len(code) not in (10, 12):
        return False
    places = (9,) if len(code) == 10 else (10, 11)
    return all(
        sum(w * int(d) for w, d in zip(weights[-place:], code, strict=False)) % 11 % 10 == int(code[place]) for place in places
    )


def snils(code: str, alphabet: str = DIGITS) -> bool:
    """A Russian pension insurance number: nine digits weighed 9 to 1, the sum MOD 101 in the last two (100 is 00)."""
    if len(code) != 11:
        return False
    return sum((9 - at) * int(digit) for at, digit in enumerate(code[:9])) % 101 % 100 == int(code[9:])


RULES: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {"luhn": luhn, "mod11": mod11, "mod11_10": mod11_10, "mod97": mod97, "inn": inn, "snils": snils}
)


def passes(code: str, rule: str, alphabet: str = DIGITS) -> bool:
    """Whether `code` has a right check digit by `rule` (a key of RULES, or "" for none). A sign outside the alphabet never passes."""
    if not rule:
        return True
    try:
        return bool(code) and RULES[rule](code, alphabet)
    except ValueError:
        return False
