"""What a caller who waits for a person hears, and what an operator is whispered: English and Russian, numbers in their grammar. Pure.

A language without texts here hears English.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ivr.languages import primary
from ivr.spoken import plural, say_count, say_number, say_ordinal
from routing.floor.records import Estimate, Place

ORDINAL_MOST = 10  # from here on one counts people, not places
HOUR_MIN = 60

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "wait": "Please stay on the line.",
        "next": "You are next.",
        "short": "It will take less than a minute.",
        "long": "It will take more than an hour.",
        "callback": "Press 1, and we call you back; your place is kept.",
        "message": "Press 2 to leave a message.",
        "notice": "The talk will be recorded. If you do not want that, press 0.",
        "consent": "May we record the talk? Press 0 if you agree; otherwise it is not recorded.",
        "refused": "Good. The talk is not recorded.",
        "agreed": "Thank you.",
        "closed": "We are closed now.",
        "nobody": "Nobody can take your call now.",
        "timeout": "We are sorry: nobody has become free in all this time.",
        "kept": "Good. We call you back at the number that you are calling from, and your place in the queue is kept. Goodbye!",
        "wish": "Good. We call you back at the number that you are calling from. Goodbye!",
        "say_message": "Please leave your message after the tone, and press the hash key at its end.",
        "message_kept": "Thank you. Your message is kept, and we will take care of it. Goodbye!",
        "message_lost": "I could not hear a message.",
        "unavailable": "That is not possible now.",
        "again": "One moment please. I am looking for somebody else for you.",
        "csat": "How was the talk? Press a key from 1, bad, to 5, very good.",
        "thanks": "Thank you. Goodbye!",
        "goodbye": "Please call again later. Goodbye!",
        "whisper": "A call for you.",
        "whisper_callback": "Call back. {0} I am dialling.",
        "callback_failed": "The customer does not answer. We will try again later.",
        "hello": "Hello. You asked us to call you back. One moment, please.",
    },
    "ru": {
        "wait": "Пожалуйста, оставайтесь на линии.",
        "next": "Перед вами никого нет.",
        "short": "Ждать меньше минуты.",
        "long": "Ждать больше часа.",
        "callback": "Нажмите 1, и мы вам перезвоним; ваше место в очереди сохранится.",
        "message": "Чтобы оставить сообщение, нажмите 2.",
        "notice": "Разговор будет записан. Если вы против, нажмите 0.",
        "consent": "Можно записать разговор? Если вы согласны, нажмите 0; иначе записи не будет.",
        "refused": "Хорошо. Разговор не записывается.",
        "agreed": "Спасибо.",
        "closed": "Сейчас мы не работаем.",
        "nobody": "Сейчас вам некому ответить.",
        "timeout": "Простите: за всё это время никто не освободился.",
        "kept": "Хорошо. Мы перезвоним на номер, с которого вы звоните, ваше место в очереди сохранится. До свидания!",
        "wish": "Хорошо. Мы перезвоним на номер, с которого вы звоните. До свидания!",
        "say_message": "Пожалуйста, говорите после сигнала, а в конце нажмите решётку.",
        "message_kept": "Спасибо. Сообщение сохранено, мы им займёмся. До свидания!",
        "message_lost": "Сообщения не слышно.",
        "unavailable": "Сейчас это невозможно.",
        "again": "Одну минуту. Ищу для вас другого сотрудника.",
        "csat": "Как прошёл разговор? Нажмите клавишу от 1, плохо, до 5, отлично.",
        "thanks": "Спасибо. До свидания!",
        "goodbye": "Пожалуйста, позвоните позже. До свидания!",
        "whisper": "Вам звонок.",
        "whisper_callback": "Обратный звонок. {0} Набираю номер.",
        "callback_failed": "Клиент не отвечает. Мы попробуем позже.",
        "hello": "Здравствуйте. Вы просили перезвонить. Одну минуту, пожалуйста.",
    },
}


def text(name: str, language: str, *values: str) -> str:
    """One text; `values` in the place of {0}, {1}."""
    found = TEXTS.get(primary(language), TEXTS["en"])[name]
    return " ".join(found.format(*values).split()) if values else found


def spoken_in(language: str) -> str:
    """The language whose texts are heard."""
    return primary(language) if primary(language) in TEXTS else "en"


def standing(place: Place, language: str) -> str:
    """Where one stands, and how long it may take: "You are second in line. It will take two to four minutes." """
    parts = [position(place.ahead, language)] if place.position else []
    if place.estimate is not None:
        parts.append(duration(place.estimate, language))
    return " ".join(parts)


def position(ahead: int, language: str) -> str:
    """By how many there are before."""
    if ahead <= 0:
        return text("next", language)
    if spoken_in(language) == "ru":
        return f"Перед вами {say_number(ahead, 'ru')} {plural(ahead, ('человек', 'человека', 'человек'), 'ru')}."
    if ahead < ORDINAL_MOST:
        return f"You are {say_ordinal(ahead + 1, 'en')} in line."
    return f"There are {say_count(ahead, 'person', 'en')} before you."


def duration(estimate: Estimate, language: str) -> str:
    """A range in whole minutes, never finer than one can know it: down for its low end, up for its high one."""
    low, high = math.floor(estimate.low_s / 60), math.ceil(estimate.high_s / 60)
    ru = spoken_in(language) == "ru"
    if high <= 1:
        return text("short", language)
    if low >= HOUR_MIN:
        return text("long", language)
    if high > HOUR_MIN:
        least = say_count(max(low, 1), "minute", "en")
        return f"Ждать от {_minutes_ru(max(low, 1))} до часа и дольше." if ru else f"It will take {least} to an hour, or longer."
    if low < 1:
        return f"Ждать до {_minutes_ru(high)}." if ru else f"It will take up to {say_count(high, 'minute', 'en')}."
    if low == high:
        return f"Ждать около {_minutes_ru(high)}." if ru else f"It will take about {say_count(high, 'minute', 'en')}."
    if ru:
        return f"Ждать от {say_number(low, 'ru', case='genitive', gender='feminine')} до {_minutes_ru(high)}."
    return f"It will take {say_number(low, 'en')} to {say_count(high, 'minute', 'en')}."


def _minutes_ru(count: int) -> str:
    return say_count(count, "минута", "ru", case="genitive")


def fixed(language: str) -> list[tuple[str, str]]:
    """Every text that is always the same, with its language, to be rendered before anybody calls."""
    return [(said, spoken_in(language)) for name, said in TEXTS[spoken_in(language)].items() if "{" not in said]
