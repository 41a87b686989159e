"""How values are said: text that a voice can speak, in the grammar of each language; the counterpart of ivr.values."""

from __future__ import annotations

from ivr.spoken.dates import say_date, say_year
from ivr.spoken.digits import say_digits, say_phone
from ivr.spoken.filters import filters
from ivr.spoken.letters import say_email, spell
from ivr.spoken.money import say_money
from ivr.spoken.numbers import plural, say_count, say_number, say_ordinal
from ivr.spoken.reasons import say_reason
from ivr.spoken.templates import TextError, render, variables
from ivr.spoken.times import say_time
from ivr.spoken.values import say_value

__all__ = [
    "TextError",
    "filters",
    "plural",
    "render",
    "say_count",
    "say_date",
    "say_digits",
    "say_email",
    "say_money",
    "say_number",
    "say_ordinal",
    "say_phone",
    "say_reason",
    "say_time",
    "say_value",
    "say_year",
    "spell",
    "variables",
]
