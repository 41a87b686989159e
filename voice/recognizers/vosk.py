"""Vosk (Kaldi's online nnet3 decoder) 0.3.45: streams words in every language that has a model; a grammar of its own each turn.

One model a language in memory, shared by all calls; a recogniser an utterance, which costs half a millisecond. Decoding releases
the GIL: 28 s of sound a second and thread.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np

from voice.errors import SpeechError
from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Expectation, Hypothesis, Kind, Samples

log = logging.getLogger(__name__)

GRAMMAR_KINDS = (Kind.CHOICE, Kind.YES_NO, Kind.DIGITS)
UNKNOWN = "[unk]"  # Kaldi's word for what is none of the words, in the models that have it
PARTIAL_SCORE = 0.5  # words of a partial carry no confidence: neither sure nor unsure
TAIL_S = 0.2  # the decoder looks ahead: a last word comes out whole only when a silence follows it, the line's or ours
HUSH = 200  # |sample| of a line's silence, about -44 dBov

_loaded: dict[str, Any] = {}
_loading = threading.Lock()


def load(path: Path) -> Any:
    """The model in this folder, read once a process. Raises SpeechError where it cannot be read."""
    try:
        import vosk
    except (ImportError, OSError) as error:
        raise SpeechError(f"Vosk cannot run here: {error}", "Install the package vosk") from error
    with _loading:
        if str(path) not in _loaded:
            vosk.SetLogLevel(-1)
            try:
                _loaded[str(path)] = vosk.Model(str(path))
            except Exception as error:  # the package raises a bare Exception
                raise SpeechError(f"the Vosk model in {path} cannot be read: {error}", "Try `hotline models verify`") from error
        return _loaded[str(path)]


class Vosk:
    """One language's recogniser."""

    name = "vosk"
    streams = True

    def __init__(self, language: str, path: Path) -> None:
        self.language, self.model = language, load(path)
        self._strange: set[str] = set()

    def knows(self, word: str) -> bool:
        """True where the model's vocabulary has this word."""
        return bool(self.model.vosk_model_find_word(word) >= 0)

    def grammar(self, expectation: Expectation) -> list[str]:
        """The phrases that the model can hear, and the unknown word; empty where the turn is decoded freely.

        A phrase loses the words that the model does not know, with one warning a word.
        """
        if expectation.kind not in GRAMMAR_KINDS:
            return []
        heard = []
        for phrase in expectation.phrases:
            known = []
            for word in phrase.lower().split():
                spelling = next((form for form in (word, plain(word)) if form and self.knows(form)), None)
                if spelling:
                    known.append(spelling)
                elif word not in self._strange:
                    self._strange.add(word)
                    log.warning(
                        "the %s Vosk model does not know the word %r of a step's phrases: it cannot be heard", self.language, word
                    )
            if known:
                heard.append(" ".join(known))
        return [*dict.fromkeys(heard), *([UNKNOWN] if heard and self.knows(UNKNOWN) else [])]

    def open(self, rate_hz: int, expectation: Expectation) -> VoskUtterance:
        """Begin a turn at any rate; the model's own is reached by Kaldi's resampler."""
        import vosk

        phrases = self.grammar(expectation)
        if phrases:
            engine = vosk.KaldiRecognizer(self.model, float(rate_hz), json.dumps(phrases, ensure_ascii=False))
        else:
            engine = vosk.KaldiRecognizer(self.model, float(rate_hz))
        engine.SetWords(True)
        return VoskUtterance(engine, rate_hz)


class VoskUtterance:
    """One turn. Kaldi may end a segment at a silence of its own: segments are joined until the turn ends."""

    def __init__(self, engine: Any, rate_hz: int) -> None:
        self._engine, self._rate_hz = engine, rate_hz
        self._words: list[tuple[str, float]] = []  # of segments that are final
        self._partial = ""
        self._silence = 0  # samples of it at the end of what was fed
        self._result: Hypothesis | None = None

    def feed(self, samples: Samples) -> str:
        if len(samples):
            self._result = None
            loud = np.flatnonzero((samples >= HUSH) | (samples <= -HUSH))
            self._silence = len(samples) - 1 - int(loud[-1]) if len(loud) else self._silence + len(samples)
            if self._engine.AcceptWaveform(np.ascontiguousarray(samples, dtype="<i2").tobytes()):
                self._settle(self._engine.Result())
            else:
                self._partial = cleaned(json.loads(self._engine.PartialResult()).get("partial", ""))
        return " ".join(filter(None, (*(word for word, _ in self._words), self._partial)))

    def result(self) -> Hypothesis:
        if self._result is None:
            self._engine.AcceptWaveform(bytes(2 * max(0, int(TAIL_S * self._rate_hz) - self._silence)))
            self._settle(self._engine.FinalResult())
            text = " ".join(word for word, _ in self._words)
            score = sum(sure for _, sure in self._words) / max(len(self._words), 1)
            self._result = Hypothesis(text, score, Vosk.name)
        return self._result

    def _settle(self, final: str) -> None:
        """Keep a segment's words; an empty final after a partial with words means the partial (0.3.45 drops short ones)."""
        entries = json.loads(final).get("result", [])
        found = [(entry["word"], float(entry["conf"])) for entry in entries if entry["word"] != UNKNOWN]
        self._words += found if entries else [(word, PARTIAL_SCORE) for word in self._partial.split()]
        self._partial = ""


def cleaned(text: str) -> str:
    """Words without the unknown one."""
    return " ".join(word for word in text.split() if word != UNKNOWN)
