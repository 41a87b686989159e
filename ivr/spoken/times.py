"""Times of day: "half past three in the afternoon", «девять часов тридцать минут утра», «пятнадцать часов двадцать минут»."""

from __future__ import annotations

from datetime import time

from ivr.languages import primary
from ivr.spoken.numbers import say_count, say_number


def say_time(at: time, language: str) -> str:
    """The time to the minute, so that morning and afternoon cannot be taken for each other."""
    code = primary(language)
    if code == "ru":
        return _ru(at.hour, at.minute)
    return _en(at.hour, at.minute) if code == "en" else at.isoformat("minutes")


def _en(hour: int, minute: int) -> str:
    """The twelve-hour clock with the part of the day."""
    if minute == 0 and hour % 12 == 0:
        return "noon" if hour else "midnight"
    part = (
        "in the morning"
        if 1 <= hour < 12
        else "in the afternoon"
        if 12 <= hour < 18
        else "in the evening"
        if hour
        else "at night"
    )
    named = say_number(hour % 12 or 12, "en")
    if minute == 0:
        said = named
    elif minute in (15, 30):
        said = f"{'quarter' if minute == 15 else 'half'} past {named}"
    elif minute == 45:
        said = f"quarter to {say_number((hour + 1) % 12 or 12, 'en')}"
    else:
        said = f"{named} {'oh ' if minute < 10 else ''}{say_number(minute, 'en')}"
    return f"{said} {part}"


def _ru(hour: int, minute: int) -> str:
    """Mornings and the hour after noon with the part of the day; afternoons on the 24-hour clock, as timetables are read out."""
    if minute == 0 and hour % 12 == 0:
        return "полдень" if hour else "полночь"
    part = " ночи" if 1 <= hour < 4 else " утра" if 4 <= hour < 12 else " дня" if hour == 12 else ""
    minutes = f" {say_count(minute, 'минута', 'ru')}" if minute else ""
    return say_count(hour, "час", "ru") + minutes + part
