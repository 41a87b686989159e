"""English words of dates and times of day."""

from __future__ import annotations

from ivr.values.vocabulary import AFTERNOON, AM, EVENING, MORNING, NIGHT, PM, Sense, phrases

_MONTHS = "january|jan february|feb|febuary march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov december|dec"
_WEEKDAYS = (
    "monday|mon|mondays tuesday|tue|tues wednesday|wed|wensday thursday|thu|thurs friday|fri saturday|sat|saturdays sunday|sun"
)

DATES = phrases(
    *((Sense.MONTH, at, row) for at, row in enumerate(_MONTHS.split(), 1)),
    *((Sense.WEEKDAY, at, row) for at, row in enumerate(_WEEKDAYS.split())),
    (Sense.DAY, 0, "today|tonight|this morning|this afternoon|this evening|right now|straight away|immediately"),
    (Sense.DAY, 1, "tomorrow|the next day|tommorow|tomorow|to morrow|tomorrows"),
    (Sense.DAY, 2, "the day after tomorrow|day after tomorrow|the day after to morrow|overmorrow|the day after next"),
    (Sense.DAY, -1, "yesterday|last night"),
    (Sense.DAY, -2, "the day before yesterday|day before yesterday"),
    (Sense.UNIT, 1, "day|days"),
    (Sense.UNIT, 7, "week|weeks"),
    (Sense.UNIT, 14, "fortnight|fortnights"),
    (Sense.UNIT, -1, "month|months"),
    (Sense.UNIT, -12, "year|years"),
    (Sense.THIS, 0, "this|this coming|the coming|coming|upcoming"),
    (Sense.NEXT, 0, "next|the next|the following|following"),
    (Sense.LAST, 0, "last|the last|past|previous"),
    (Sense.IN, 0, "in|within|after"),
    (Sense.AGO, 0, "ago|earlier|back"),
    (Sense.FROM, 0, "from|on"),
    (Sense.SPAN, 5, "weekend|the weekend"),
    (Sense.SPAN, 7, "the end of the week|end of the week|end of week"),
    (Sense.SPAN, 31, "the end of the month|end of the month|end of month|month end"),
)

TIMES = phrases(
    (Sense.FIXED, 12 * 60, "noon|midday|at noon|mid day|twelve noon|lunchtime"),
    (Sense.FIXED, 0, "midnight|twelve midnight"),
    (Sense.NOW, 0, "now|right now|straight away|immediately"),
    (Sense.CLOCK, 0, "oclock|o clock|clock"),
    (Sense.HALF, 30, "half past|half after"),
    (Sense.HALF, 31, "half"),
    (Sense.QUARTER, 15, "a quarter|quarter"),
    (Sense.AFTER, 0, "past|after"),
    (Sense.BEFORE, 0, "to|before|till|til|of"),
    (Sense.MINUTES, 1, "minute|minutes|mins|min"),
    (Sense.HOURS, 60, "hour|hours"),
    (Sense.HOURS, 30, "half an hour|half hour|a half hour"),
    (Sense.HOURS, 15, "quarter of an hour|a quarter of an hour"),
    (Sense.HOURS, 90, "an hour and a half|one and a half hours|hour and a half"),
    (Sense.IN, 0, "in"),
    (Sense.PART, AM, "am|a m"),
    (Sense.PART, PM, "pm|p m"),
    (Sense.PART, MORNING, "in the morning|morning|this morning|tomorrow morning"),
    (Sense.PART, AFTERNOON, "in the afternoon|afternoon|this afternoon|tomorrow afternoon"),
    (Sense.PART, EVENING, "in the evening|evening|this evening|tonight|tomorrow evening"),
    (Sense.PART, NIGHT, "at night|night|in the night"),
)
