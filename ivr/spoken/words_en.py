"""English words for speaking values; letters by the ICAO spelling alphabet (Annex 10, volume II, 5.2.1.3)."""

from __future__ import annotations

from ivr.spoken.words import Spoken

_NATO = (
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango"
    " Uniform Victor Whiskey X-ray Yankee Zulu"
).split()
_WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())

SPOKEN = Spoken(
    code="en",
    months=tuple("January February March April May June July August September October November December".split()),
    weekdays=_WEEKDAYS,
    on_weekdays=tuple(f"on {day}" for day in _WEEKDAYS),
    relative={-2: "the day before yesterday", -1: "yesterday", 0: "today", 1: "tomorrow", 2: "the day after tomorrow"},
    currencies={
        "USD": ("dollar|dollars", "cent|cents"),
        "EUR": ("euro|euros", "cent|cents"),
        "GBP": ("pound|pounds", "penny|pence"),
        "RUB": ("rouble|roubles", "kopeck|kopecks"),
        "CHF": ("franc|francs", ""),
        "CNY": ("yuan|yuan", ""),
        "KZT": ("tenge|tenge", ""),
        "TRY": ("lira|lira", ""),
    },
    digits=tuple("zero one two three four five six seven eight nine".split()),
    plus="plus",
    letters={word[0].lower(): word[0] for word in _NATO} | {"o": "O as in Oscar"},
    likened={word[0].lower(): f"{word[0]} as in {word}" for word in _NATO},
    signs={"@": "at", ".": "dot", "-": "hyphen", "_": "underscore", "+": "plus", " ": "space", "'": "apostrophe"},
    hosts={
        host: host
        for host in "gmail yahoo hotmail outlook icloud yandex mail rambler example com org net info co uk de ru io eu edu gov".split()
    },
    answers=("yes", "no"),
    reasons={
        "nothing heard": "I did not hear anything",
        "no such value in it": "I did not understand that",
        "too short": "that is too short",
        "too long": "that is too long",
        "check digit": "that number has a wrong digit somewhere",
        "too small": "that is too little",
        "too large": "that is too much",
        "not whole": "that is not a whole number",
        "in the past": "that day is past",
        "in the future": "that day is still to come",
        "too early": "that is too early",
        "too late": "that is too late",
        "no such day": "there is no such day",
        "which day": "I did not get which day",
        "no such time": "there is no such time",
        "weekday and date differ": "the weekday and the date do not fit",
        "another currency": "that is a currency we do not take",
        "no such phone number": "there is no such phone number",
        "no domain": "I miss what comes after the at sign",
        "taken back": "then it is something else",
        "several readings": "I could understand that in two ways",
        "not sure": "I am not sure that I understood",
        "not by keys": "please say that, it cannot be keyed",
    },
)
