"""Texts are cut where one breathes, and written so that no engine stumbles."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.errors import SpeechError
from voice.speech.cyrillic import festival_words
from voice.speech.pieces import CLAUSE_PAUSE_MS, FIRST_CHARS, LATER_CHARS, SENTENCE_PAUSE_MS, pieces, spoken_characters, tidy


def test_sentences_become_pieces_with_pauses_between() -> None:
    cut = pieces("Welcome to the hotline. How can I help?  Press one!")
    assert [piece.text for piece in cut] == ["Welcome to the hotline.", "How can I help?", "Press one!"]
    assert [piece.pause_ms for piece in cut] == [SENTENCE_PAUSE_MS, SENTENCE_PAUSE_MS, 0]


def test_a_long_first_sentence_is_cut_at_a_comma_and_short() -> None:
    text = "Скажите, что случилось, или нажмите звёздочку, чтобы поговорить с оператором, который сейчас свободен и ждёт вас"
    first, second = pieces(text)
    assert first.text.endswith(",")
    assert len(first.text) <= FIRST_CHARS
    assert first.pause_ms == CLAUSE_PAUSE_MS
    assert f"{first.text} {second.text}" == text


def test_without_commas_the_cut_is_between_words_and_without_a_pause() -> None:
    cut = pieces(" ".join(["word"] * 60))
    assert all(set(piece.text.split()) == {"word"} for piece in cut)
    assert {piece.pause_ms for piece in cut} == {0}


@pytest.mark.parametrize(
    "text", ["Mr. Smith is here", "Приезжайте на ул. Ленина к 3 часам", "It costs 3.50 today", "Dr. No and J. Bond"]
)
def test_a_dot_that_ends_no_sentence_cuts_nothing(text: str) -> None:
    assert [piece.text for piece in pieces(text)] == [text]


@pytest.mark.parametrize("text", ["", "   ", "...", "!?", "☃ 😀", "\x00\x1b\ud800"])
def test_nothing_to_say_is_no_piece(text: str) -> None:
    assert pieces(text) == ()


@given(st.text(max_size=600))
def test_no_letter_is_lost_and_no_piece_is_too_long(text: str) -> None:
    cut = pieces(text)
    assert sum(spoken_characters(piece.text) for piece in cut) == spoken_characters(tidy(text))
    assert all(0 < len(piece.text) <= LATER_CHARS for piece in cut)
    assert not cut or cut[-1].pause_ms == 0


def test_tidy_leaves_plain_text() -> None:
    assert tidy("«Да» — сказал\tон…\n\u200bи “ушёл” 😀\ud800\x07") == "Да - сказал он. и ушёл"
    assert tidy("e\u0301") == "é"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Здравствуйте! Чем могу помочь?", "здравствуйте! чем могу помочь?"),
        ("за́мок и замо́к", "з+амок и зам+ок"),
        ("номер 4711", "номер четыре семь один один"),
        ("007", "ноль ноль семь"),
        ("250 рублей", "250 рублей"),
        ("100%", "100 процентов"),
        ("+7 999", "плюс 7 999"),
        ("3,14", "3 запятая 14"),
        ("нажмите *", "нажмите звёздочка"),
        ("WhatsApp, hello", "ватсапп, хелло"),
        ("SMS и PIN", "эс эм эс и пи ай эн"),
        ("ФСБ", "эф эс бэ"),
        ("в к с", "в к с"),
        ("Müller", "муллер"),
        ("їжак", "йижак"),
        ("кто-то - да", "кто-то, да"),
        ("!!!", ""),
    ],
)
def test_russian_words_for_festival(text: str, said: str) -> None:
    assert festival_words(text) == said


def test_a_text_cannot_end_the_string_that_festival_is_given_it_in() -> None:
    assert festival_words('привет") (system "reboot') == "привет систем ребут"


def test_another_script_is_refused_and_not_left_out() -> None:
    with pytest.raises(SpeechError, match="script"):
        festival_words("привет 안녕")


@given(st.text(max_size=80))
def test_nothing_but_what_festival_knows_ever_reaches_it(text: str) -> None:
    try:
        words = festival_words(text)
    except SpeechError:
        return
    assert re.fullmatch(r"[а-яё0-9+.,!?;: -]*", words)
    assert not re.search(r"\+(?![аеёиоуыэюя])", words)
