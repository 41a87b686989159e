"""Who interrupts a prompt and who only murmurs while it plays: what they say, and in whose voices.

The usual callers say what the house was made to know, in voices on which it was tuned. The *fresh* ones were written down on
2026-11-27, before any of it was heard: thirty interruptions and thirty back-channels in each language, as callers of a parcel
service might say them. No list, word, pause or threshold of the house may be chosen on them; whoever does so has to write others.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.stimuli import RUSSIAN, VOICES
from bench.turn_takers import SAID
from bench.turn_takers_ru import SAID as SAID_RU

HELLOS = ("hello |", "здравствуйте |")


@dataclass(frozen=True, slots=True)
class Interrupters:
    """interruptions, murmurs: texts; voices: as bench.stimuli.speech names them. Every trial draws one of each."""

    language: str
    interruptions: tuple[str, ...]
    murmurs: tuple[str, ...]
    voices: tuple[str, ...]


def in_one_breath(answers: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Answers to the flow's first question, without the pauses in them and those that only greet first."""
    return tuple(text.replace(" | ", " ") for text in answers["help"] if not text.startswith(HELLOS))


USUAL = Interrupters(
    "en",
    in_one_breath(SAID),
    # flite spells "mm hmm" letter by letter
    ("uh huh", "um hum", "okay", "yeah", "right", "i see", "oh", "yes", "well", "okay, thanks"),
    VOICES,
)
USUAL_RU = Interrupters(
    "ru",
    in_one_breath(SAID_RU),
    ("угу", "ага", "хорошо", "да", "понятно", "ясно", "так", "ну", "ладно", "хорошо, спасибо"),
    (RUSSIAN,),
)
FRESH = Interrupters(
    "en",
    (
        "can i talk to somebody", "that is not what i asked", "i have another question", "the parcel is already here",
        "please listen for a second", "i moved house last week", "no that is wrong", "you have the wrong person",
        "i already told you that", "let me speak to a human", "my address is different", "i want to cancel it",
        "this is about a refund", "it was never delivered", "the driver did not ring", "where is my package",
        "i lost my tracking number", "somebody else signed for it", "i need it today", "can you repeat that",
        "hold on a moment", "i am calling for my mother", "the shop sent the wrong size", "is anybody there",
        "let me say something", "stop talking", "the glass is broken", "i paid twice", "change the delivery date", "that is enough",
    ),
    (
        "ah", "i know", "sure", "of course", "really", "fine", "good", "all right then", "oh okay", "that makes sense",
        "got it", "okay okay", "oh good", "very good", "absolutely", "true", "exactly", "oh wow", "nice", "great",
        "understood", "yep", "no problem", "interesting", "ah okay", "aha", "thank you", "oh no", "right right", "hm",
    ),
    ("kal16", "kal16@1.2", "espeak-en", "espeak-en@0.85"),
)  # fmt: skip
FRESH_RU = Interrupters(
    "ru",
    (
        "можно с кем-нибудь поговорить", "я не об этом спрашивал", "у меня другой вопрос", "посылка уже пришла",
        "послушайте минутку", "я переехала", "нет, это неправильно", "вы ошиблись номером", "я уже говорил", "соедините с человеком",
        "у меня другой адрес", "хочу отменить", "это насчёт возврата", "мне её не привезли", "курьер не звонил", "где моя бандероль",
        "я потеряла номер заказа", "за меня расписались", "мне нужно сегодня", "повторите пожалуйста", "подождите немного",
        "я звоню за маму", "прислали не тот размер", "есть там кто живой", "дайте сказать", "перестаньте", "стекло разбилось",
        "с меня сняли дважды", "перенесите доставку", "достаточно",
    ),
    (
        "хм", "ага ага", "знаю", "конечно", "да да", "точно", "хорошо хорошо", "ну да", "вот как", "ясно понятно", "поняла",
        "угу угу", "отлично", "здорово", "верно", "ну ладно", "да конечно", "ничего себе", "слушаю", "так так", "окей",
        "прекрасно", "правда", "интересно", "спасибо", "надо же", "всё ясно", "да ладно", "разумеется", "ну хорошо",
    ),
    ("festival@0.9", "festival@1.15", "espeak-ru", "espeak-ru@0.85"),
)  # fmt: skip
# By what a figure of theirs is called behind its name.
SETS = {"": USUAL, "_ru": USUAL_RU, "_fresh": FRESH, "_fresh_ru": FRESH_RU}
