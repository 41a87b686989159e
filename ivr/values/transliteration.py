"""Russian names and words in Latin letters, as people write them in e-mail addresses (close to ICAO Doc 9303)."""

from __future__ import annotations

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch ! y ! e yu ya".split(),
        strict=True,
    )
)


def latin(text: str) -> str:
    """`text` with Cyrillic letters written in Latin ones; every other sign as it is. Lower case stays lower case."""
    return "".join(_LATIN.get(sign, sign) if sign.islower() or sign not in _UPPER else _UPPER[sign] for sign in text).replace(
        "!", ""
    )


_UPPER = {letter.upper(): written.capitalize() for letter, written in _LATIN.items()}
