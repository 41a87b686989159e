"""PocketSphinx with its real model on flite's voices over mu-law."""

from __future__ import annotations

import gc
import logging

import numpy as np
import pytest

from tests.voice.phrases import MENU, OUTSIDE, VOICES
from tests.voices import Samples, can_speak, mu_law, silence, speak
from voice import models
from voice.errors import Overloaded, SpeechError
from voice.recognizers import pocketsphinx as room
from voice.recognizers.pocketsphinx import PocketSphinx
from voice.recognizers.protocol import Expectation, Kind, Recognizer, Utterance

pytestmark = pytest.mark.real
STEP = Expectation("en", Kind.CHOICE, MENU["en"])


@pytest.fixture(scope="module")
def english() -> PocketSphinx:
    if not can_speak("en"):
        pytest.skip("flite is not installed")
    return PocketSphinx("en", models.find("pocketsphinx", "en"))


def said(utterance: Utterance, sound: Samples) -> list[str]:
    return [text for at in range(0, len(sound), 800) if (text := utterance.feed(sound[at : at + 800]))]


def test_menu_phrases_are_heard_and_streamed(english: PocketSphinx) -> None:
    right = streamed = 0
    for voice in VOICES["en"]:
        for phrase in MENU["en"]:
            utterance = english.open(8000, STEP)
            partials = said(utterance, mu_law(speak(phrase, "en", voice)))
            right += utterance.result().text == phrase
            streamed += any(phrase.startswith(text) for text in partials)
    assert right >= 41
    assert streamed >= 41


def test_what_is_not_in_the_grammar_is_mostly_refused(english: PocketSphinx) -> None:
    believed = 0
    for voice in VOICES["en"]:
        for sentence in OUTSIDE["en"]:
            utterance = english.open(8000, STEP)
            said(utterance, mu_law(speak(sentence, "en", voice)))
            believed += bool(utterance.result().text)
    assert believed <= 8  # 3 to 6 in a dozen runs: a decoder keeps something from turn to turn


def test_silence_hiss_and_tones_are_no_words(english: PocketSphinx) -> None:
    tone = (6000 * np.sin(np.arange(12000) * 2 * np.pi * 425 / 8000)).astype(np.int16)
    for sound in (silence(1500), silence(1500, level=10), silence(1500, level=300), tone):
        for kind in (Kind.CHOICE, Kind.FREE):
            utterance = english.open(8000, Expectation("en", kind, MENU["en"], "My parcel has not come. I want my money back."))
            assert said(utterance, sound) == []
            assert utterance.result().text == ""


def test_free_speech_is_heard_by_its_topic(english: PocketSphinx) -> None:
    hint = "The box was open. I was charged twice. One of the glasses is broken! The courier came late. I want to send it back."
    utterance = english.open(8000, Expectation("en", Kind.FREE, ("technical support",), hint))
    said(utterance, mu_law(speak("the box was open when the courier came and one of the glasses is broken", "en")))
    topics = {"box", "open", "courier", "glasses", "broken"}
    assert len(topics & set(utterance.result().text.split())) >= 4


def test_speech_after_a_result_is_added(english: PocketSphinx) -> None:
    sound = mu_law(speak("cancel my order", "en"))
    utterance = english.open(8000, STEP)
    said(utterance, sound[:6000])
    first = utterance.result()
    assert utterance.result() is first
    said(utterance, sound[6000:])
    assert utterance.result().text == "cancel my order"


def test_grammars_change_and_decoders_come_back(english: PocketSphinx) -> None:
    sound = mu_law(speak("yes", "en", "rms"))
    for number in range(12):
        utterance = english.open(
            8000, Expectation("en", Kind.YES_NO, ("yes", "no", f"option {'one two three four five six'.split()[number % 6]}"))
        )
        said(utterance, sound)
        assert utterance.result().text == "yes"
        del utterance
    gc.collect()
    made = english._made
    english.open(8000, STEP)
    assert english._made == made


def test_too_many_at_once_are_refused(english: PocketSphinx, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    monkeypatch.setattr(room, "MOST_DECODERS", english._made)
    held = [english.open(8000, STEP) for _ in range(len(english._free))]
    with pytest.raises(Overloaded):
        english.open(8000, STEP)
    assert len(held) == english._made


def test_words_of_no_dictionary_are_left_out_with_one_warning(english: PocketSphinx, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert english.phrases(Expectation("en", Kind.CHOICE, ("don't know", "qqqzz please", "Yes!"))) == (
            "don't know",
            "please",
            "yes",
        )
        with pytest.raises(SpeechError, match="knows no word"):
            english.open(8000, Expectation("en", Kind.CHOICE, ("qqqzz",)))
    assert sum("qqqzz" in record.getMessage() for record in caplog.records) == 1


def test_it_is_english_alone(english: PocketSphinx) -> None:
    assert isinstance(english, Recognizer)
    with pytest.raises(SpeechError):
        PocketSphinx("ru", models.find("pocketsphinx", "en"))
