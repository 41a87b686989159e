"""Russian words for speaking values; letters by the names that people spell with, Latin ones by their English names."""

from __future__ import annotations

from ivr.spoken.words import Spoken

_SPELLING = (
    "Анна Борис Василий Григорий Дмитрий Елена ёлка Женя Зинаида Иван - Константин Леонид Михаил Николай Ольга Павел Роман Семён Татьяна"
    " Ульяна Фёдор Харитон цапля человек Шура щука - - - Эмма Юрий Яков"
).split()
_ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = "эй би си ди е эф джи эйч ай джей кей эль эм эн оу пи кью ар эс ти ю ви дабл-ю икс игрек зет".split()
_NATO = (
    "Альфа Браво Чарли Дельта Эхо Фокстрот Гольф Отель Индия Джульетта Кило Лима Майк Новембер Оскар Папа Квебек Ромео Сьерра Танго"
    " Юниформ Виктор Виски Рентген Янки Зулу"
).split()
_NAMED = {"й": "И краткое", "ь": "мягкий знак", "ъ": "твёрдый знак", "ы": "Ы"}
_LATIN_LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", _LATIN, strict=True))
_ACCUSATIVE = "понедельник вторник среду четверг пятницу субботу воскресенье".split()

SPOKEN = Spoken(
    code="ru",
    months=tuple("января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()),
    weekdays=tuple("понедельник вторник среда четверг пятница суббота воскресенье".split()),
    on_weekdays=tuple(f"{'во' if day == 'вторник' else 'в'} {day}" for day in _ACCUSATIVE),
    relative={-2: "позавчера", -1: "вчера", 0: "сегодня", 1: "завтра", 2: "послезавтра"},
    currencies={
        "RUB": ("рубль", "копейка"),
        "USD": ("доллар", "цент"),
        "EUR": ("евро", "цент"),
        "GBP": ("фунт", "пенс"),
        "CHF": ("франк", ""),
        "CNY": ("юань", ""),
        "KZT": ("тенге", ""),
        "TRY": ("лира", ""),
        "UAH": ("гривна", ""),
    },
    digits=tuple("ноль один два три четыре пять шесть семь восемь девять".split()),
    plus="плюс",
    letters=_LATIN_LETTERS | {letter: _NAMED.get(letter, letter.upper()) for letter in _ALPHABET},
    likened={
        **{letter: f"латинская {name}, как {word}" for (letter, name), word in zip(_LATIN_LETTERS.items(), _NATO, strict=True)},
        **{letter: f"{letter.upper()} как {word}" for letter, word in zip(_ALPHABET, _SPELLING, strict=True) if word != "-"},
        **_NAMED,
    },
    signs={"@": "собака", ".": "точка", "-": "дефис", "_": "нижнее подчёркивание", "+": "плюс", " ": "пробел", "'": "апостроф"},
    hosts={
        "yandex": "яндекс", "gmail": "джимейл", "mail": "мэйл", "rambler": "рамблер", "outlook": "аутлук", "hotmail": "хотмейл",
        "icloud": "айклауд", "inbox": "инбокс", "list": "лист", "yahoo": "яху", "ru": "ру", "com": "ком", "org": "орг", "net": "нет",
        "info": "инфо",
    },
    answers=("да", "нет"),
    reasons={
        "nothing heard": "я ничего не услышала",
        "no such value in it": "я не поняла",
        "too short": "это слишком коротко",
        "too long": "это слишком длинно",
        "check digit": "в номере где-то ошибка",
        "too small": "это слишком мало",
        "too large": "это слишком много",
        "not whole": "это не целое число",
        "in the past": "этот день уже прошёл",
        "in the future": "этот день ещё не наступил",
        "too early": "это слишком рано",
        "too late": "это слишком поздно",
        "no such day": "такого дня нет",
        "which day": "я не поняла, какой это день",
        "no such time": "такого времени нет",
        "weekday and date differ": "день недели и число не совпадают",
        "another currency": "эту валюту мы не принимаем",
        "no such phone number": "такого номера телефона нет",
        "no domain": "я не расслышала, что идёт после собаки",
        "taken back": "значит, что-то другое",
        "several readings": "это можно понять двояко",
        "not sure": "я не уверена, что поняла",
        "not by keys": "это нужно сказать, клавишами не получится",
    },
    groups_as_numbers=True,
)  # fmt: skip
