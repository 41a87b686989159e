"""Russian words of dates and times of day."""

from __future__ import annotations

from ivr.values.forms_ru import forms
from ivr.values.vocabulary import AFTERNOON, EVENING, MORNING, NIGHT, Lexicon, Sense, phrases

_MONTHS = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
_WEEKDAYS = "понедельник вторник среда четверг пятница суббота воскресенье".split()


def dates() -> Lexicon:
    of = {at: "|".join(forms(word, ("NOUN",))) for at, word in enumerate(_MONTHS, 1)}
    days = {at: "|".join(forms(word, ("NOUN",))) for at, word in enumerate(_WEEKDAYS)}
    short = dict(enumerate("пн вт ср чт пт сб вс".split()))
    return phrases(
        *((Sense.MONTH, at, row) for at, row in of.items()),
        *((Sense.WEEKDAY, at, f"{row}|{short[at]}") for at, row in days.items()),
        (Sense.WEEKDAY, 6, "воскресение|воскресения|воскресению"),
        (Sense.DAY, 0, "сегодня|прямо сейчас|сегодняшний день|сегодняшнее|сегодняшнего"),
        (Sense.DAY, 1, "завтра|на завтра|назавтра|завтрашний день|завтрашнее|завтрашнего"),
        (Sense.DAY, 2, "послезавтра|после завтра|на послезавтра"),
        (Sense.DAY, 3, "послепослезавтра"),
        (Sense.DAY, -1, "вчера|вчерашнее|вчерашнего"),
        (Sense.DAY, -2, "позавчера|поза вчера"),
        (Sense.DAY, -3, "позапозавчера"),
        (Sense.UNIT, 1, "день|дня|дней|денек|сутки|суток"),
        (Sense.UNIT, 7, "неделя|неделю|недели|недель|неделе|недельку|неделей"),
        (Sense.UNIT, 10, "декаду"),
        (Sense.UNIT, -1, "месяц|месяца|месяцев|месяце"),
        (Sense.UNIT, -6, "полгода|пол года"),
        (Sense.UNIT, -12, "год|лет|году"),
        (Sense.YEAR, 0, "года|г"),
        (Sense.DATE, 0, "число|числа|числу|числе"),
        (
            Sense.THIS,
            0,
            "эту|этот|это|этого|этой|ближайшую|ближайший|ближайшее|ближайшего|ближайшей|текущего|текущей|наступающую",
        ),
        (
            Sense.NEXT,
            0,
            "следующую|следующий|следующее|следующего|следующей|на той|следующем|следующая|будущую|будущий|будущее|будущей|будущего|будущем",
        ),
        (Sense.LAST, 0, "прошлую|прошлый|прошлое|прошлого|прошлой|прошлом|минувшую|минувший|прошедшую|прошедшего"),
        (Sense.IN, 0, "через|спустя"),
        (Sense.AGO, 0, "назад|тому назад"),
        (Sense.FROM, 0, "после"),
        (Sense.SPAN, 5, "выходные|выходных|на выходных|в выходные|уикенд"),
        (Sense.SPAN, 7, "конец недели|в конце недели|концу недели|конца недели"),
        (Sense.SPAN, 2, "через день"),
        (Sense.SPAN, 31, "конец месяца|в конце месяца|конце месяца"),
    )


def plurals() -> frozenset[str]:
    """Of months and weekdays («пятниц»): no day is named with them."""
    return frozenset(form for word in (*_MONTHS, *_WEEKDAYS) for form, tag in forms(word, ("NOUN",)).items() if "plur" in tag)


def times() -> Lexicon:
    halves = [(Sense.DIAL, 60 * (at or 12) + 30, f"пол{hour}|пол {hour}") for at, hour in enumerate(_GENITIVES)]
    return phrases(
        *halves,
        (Sense.FIXED, 12 * 60, "полдень|в полдень|полдня"),
        (Sense.FIXED, 0, "полночь|в полночь"),
        (Sense.NOW, 0, "сейчас|прямо сейчас"),
        (Sense.CLOCK, 0, "час|часа|часов|часам|часу|ч|ровно"),
        (Sense.MINUTES, 1, "минута|минуты|минут|минуту|минутам|мин"),
        (Sense.HALF, 30, "половина|половину|половине"),
        (Sense.QUARTER, 15, "четверть|четверти"),
        (Sense.BEFORE, 0, "без"),
        (Sense.HOURS, 30, "полчаса|пол часа"),
        (Sense.HOURS, 90, "полтора часа"),
        (Sense.IN, 0, "через|спустя"),
        (Sense.PART, MORNING, "утра|утром|с утра"),
        (Sense.PART, AFTERNOON, "дня|днем|после обеда"),
        (Sense.PART, EVENING, "вечера|вечером"),
        (Sense.PART, NIGHT, "ночи|ночью"),
    )


_GENITIVES = (
    "первого второго третьего четвертого пятого шестого седьмого восьмого девятого десятого одиннадцатого двенадцатого".split()
)
