"""Whisper (Radford et al. 2022) on CTranslate2: the ear that is always there, in most languages; finals only, decoded ahead.

What differs from the usual way, and why (measured over mu-law with flite's three voices and festival's Russian one):
- The encoder gets 7 s, not 30 s: 0.16 s instead of 1.1 s an utterance, and no word worse. What is missing is true silence (the
  log-mel of zeros), not zeros in the log-mel: with those a short "yes" became "man", and it was slower for its repetitions.
- Tokens with a digit are suppressed: numbers come as words, as they were said, not as figures that were guessed. Not so in a
  dictation: there it writes "4711" where it would make "forty-seven-dine-se" of a Russian number without; and five beams.
- The step's phrases are not given as a prompt: that made it repeat them (41 of 45 instead of 45). The words for digits are, where
  digits are expected (word errors 17 to 4 %, in Russian 36 to 10 %, with 9 s), and example sentences in free speech (9 to 7, 21 to 15 %).
- A number that comes out too short and with other words in it is written a second time, as numbers only (numbers.py); that is
  believed where it sounds like the first. A text with words that the step does not know is held against what it does know and is
  spelt alike (likeness.py), by how likely each is in this sound: 9 ms of CPU a text, five texts at most.
- Whether anybody spoke is asked without the prompt, in one more step of the decoder; a cough must not become an example sentence.
- One model a process serves all languages. CTranslate2 has threads of its own, which inherit the scheduling priority of the
  thread that loads the model, and releases the GIL.
"""

from __future__ import annotations

import json
import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice.errors import ConfigError, SpeechError
from voice.recognizers import likeness, numbers
from voice.recognizers.closeness import plain
from voice.recognizers.mel import FRAMES_PER_S, log_mel
from voice.recognizers.protocol import Expectation, Hypothesis, Kind, Samples

SHORTEST_FRAMES = 700  # under 7 s the decoder begins to repeat itself; after digits as a prompt it does so under 9 s
SHORTEST_FRAMES_DIGITS = 900
GLANCE_FRAMES = 300  # 3 s: the first words of a beginning are few, and what it makes of the rest does not matter
GLANCE_TOKENS = 3
GLANCE_BEAMS = 4  # a word cut in its middle may be several
LONGEST_FRAMES = 3000  # 30 s: the model has no positions beyond
MARGIN_FRAMES = 50
BEAMS = 5  # of a dictation
OF_DIGITS = (Kind.DIGITS, Kind.NUMBER)
LIKENED = (Kind.CHOICE, Kind.YES_NO, Kind.DATE, Kind.FREE, *OF_DIGITS)
AS_WRITTEN = (Kind.FREE, Kind.NAME, Kind.DICTATION)  # with capitals and stops
TOKENS_PER_S = 9  # fast Russian needs 8; a decoder that repeats itself is stopped by this
SILENT_DBOV = -58.0  # RMS of the loudest 100 ms: under this nobody spoke, and nothing is decoded
# Silence and noise make it invent words. Measured without a prompt (a prompt hides it, and is what it then invents): silence, hiss,
# hum, tones, clicks, coughs 0.57 to 0.94, a breath 0.43; speech at most 0.49, and what is above 0.35 better believed than a breath.
NO_SPEECH_MAX = 0.55
NO_SPEECH_DOUBT = 0.35
# Digits one by one, in Russian, came with up to 0.77, and with -0.28 in the mean. Noises made words of -1.1 at best after a prompt of
# digits, but for one word over and over.
LOG_PROB_OF_DIGITS = -0.6
LOG_PROB_IN_DOUBT = -1.1
LOG_PROB_MIN = -2.6

# Whole sentences, with their capitals and stops: they raise a yes of flite's from 2 of 3 voices to 3 of 3, and its score from 0.4 to
# 0.7, while what is neither stays what it is. The same words as a list, without stops, do harm.
YES_NO_PROMPTS = {
    "en": "Yes. No. Yes, please. No, thank you.",
    "ru": "Да. Нет. Да, пожалуйста. Нет, спасибо.",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model in memory with its tokenizer; `suppressed` are tokens that may not be written."""

    model: Any
    tokenizer: Any
    suppressed: tuple[int, ...]
    first_special: int
    languages: frozenset[str]

    def all_but(self, words: frozenset[str]) -> list[int]:
        """The tokens that none of these words is written with, so that hardly another can be (2 ms; 2 MB, so they are not kept)."""
        spelt = self.tokenizer.encode_batch([" " + word for word in words], add_special_tokens=False)
        barred = np.ones(self.first_special, dtype=bool)
        barred[[token for one in spelt for token in one.ids if token < self.first_special]] = False
        return [-1, *np.flatnonzero(barred).tolist()]

    def start(self, language: str, prompt: str) -> list[int]:
        """The tokens that the text follows: what was said before, then the language and the task."""
        token = self.tokenizer.token_to_id
        task = [token("<|startoftranscript|>"), token(f"<|{language}|>"), token("<|transcribe|>"), token("<|notimestamps|>")]
        said = self.tokenizer.encode(" " + prompt, add_special_tokens=False).ids[-100:] if prompt else []
        return [token("<|startofprev|>"), *said, *task] if said else task


_loaded: dict[tuple[str, int], Weights] = {}
_loading = threading.Lock()


def load(path: Path, workers: int | None = None) -> Weights:
    """The model in this folder, read once a process. `workers`: utterances decoded at once (cores). Raises SpeechError."""
    workers = workers or os.cpu_count() or 1
    with _loading:
        if (str(path), workers) not in _loaded:
            _loaded[str(path), workers] = _read(path, workers)
        return _loaded[str(path), workers]


def _read(path: Path, workers: int) -> Weights:
    try:
        import ctranslate2
        import tokenizers
    except ImportError as error:
        raise SpeechError(f"Whisper cannot run here: {error}", "Install the package ctranslate2 and tokenizers") from error
    try:
        model = ctranslate2.models.Whisper(
            str(path), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1, max_queued_batches=-1
        )
        tokenizer: Any = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
        config = json.loads((path / "config.json").read_text())
    except Exception as error:  # the library raises RuntimeError, ValueError and bare Exception alike
        raise SpeechError(f"the Whisper model in {path} cannot be read: {error}", "Try `hotline models verify`") from error
    first_special = tokenizer.token_to_id("<|endoftext|>")
    digits = [token for token in range(first_special) if any(c.isdigit() for c in tokenizer.decode([token]))]
    known = {tokenizer.id_to_token(number)[2:-2] for number in config.get("lang_ids", [])}
    return Weights(model, tokenizer, (-1, *digits), first_special, frozenset(known or {"en"}))


class Whisper:
    """One language's face of the shared model. `language`: as Whisper calls it ("en", "ru", ...)."""

    name = "whisper"
    streams = False

    def __init__(self, language: str, path: Path, workers: int | None = None) -> None:
        self.language = language
        self.weights = load(path, workers)
        if language not in self.weights.languages:
            raise SpeechError(f"Whisper does not know the language {language!r}")

    def open(self, rate_hz: int, expectation: Expectation) -> WhisperUtterance:
        """Begin a turn of 8000 or 16000 Hz."""
        if rate_hz not in (8000, 16000):
            raise SpeechError(f"Whisper hears 8000 or 16000 Hz here, not {rate_hz}")
        return WhisperUtterance(self, rate_hz, expectation)

    def decode(self, samples: Samples, rate_hz: int, expectation: Expectation) -> Hypothesis:
        """What was said in at most 30 s of sound; text is empty where nobody seems to have spoken."""
        if loudest_dbov(samples, rate_hz) < SILENT_DBOV:
            return Hypothesis("", 0.0, self.name, 1.0)
        seconds = len(samples) / rate_hz
        digits = expectation.kind in OF_DIGITS
        shortest = SHORTEST_FRAMES_DIGITS if digits else SHORTEST_FRAMES
        frames = min(LONGEST_FRAMES, max(shortest, math.ceil(seconds * FRAMES_PER_S) + MARGIN_FRAMES))
        sound = self._encoded(samples, rate_hz, frames)
        bare = self.weights.start(self.language, "")
        start = self.weights.start(self.language, prompt(expectation))
        most = 6 + math.ceil(seconds * TOKENS_PER_S)
        found = self._write(sound, start, most, expectation.kind is Kind.DICTATION)
        no_speech = float((found if start == bare else self._write(sound, bare, 1)).no_speech_prob)
        text, log_prob = unlooped(self._text(found), self.language), float(found.scores[0])
        doubtful = no_speech > NO_SPEECH_MAX or (no_speech > NO_SPEECH_DOUBT and log_prob < LOG_PROB_IN_DOUBT)
        if expectation.around and text:
            text, log_prob = self._number(sound, start, most, expectation, (text, log_prob), doubtful)
        number = digits and numbers.said(plain(text), self.language)
        if expectation.kind in LIKENED and text and not doubtful and not number:
            text, log_prob = self._likely(sound, start, frames, expectation, (text, log_prob))
        spoken = digits and log_prob >= LOG_PROB_OF_DIGITS and text == collapse(text)
        if frames == shortest:  # it repeats itself where most of the window is silence; a long turn may do so in earnest
            text = collapse(text)
        nobody = (doubtful and not spoken) or log_prob < LOG_PROB_MIN
        if nobody or not plain(text):
            return Hypothesis("", 0.0, self.name, no_speech)
        return Hypothesis(text if expectation.kind in AS_WRITTEN else plain(text), math.exp(log_prob), self.name, no_speech)

    def _number(
        self, sound: Any, start: list[int], most: int, expectation: Expectation, free: tuple[str, float], doubtful: bool
    ) -> tuple[str, float]:
        """Text and log probability, of a second writing as a number where `free` is a short one with other words, or may be nothing."""
        heard, around = plain(collapse(free[0])), expectation.around
        words = numbers.vocabulary(heard, self.language, around)
        misheard = numbers.strange(heard, words) and numbers.digits(heard, self.language) < expectation.digits
        if not words or not (doubtful or misheard):
            return free
        text, log_prob = self._with_words(words, sound, start, most)
        return (
            (text, log_prob) if log_prob >= LOG_PROB_OF_DIGITS and numbers.believed(heard, plain(text), words, around) else free
        )

    def _likely(
        self, sound: Any, start: list[int], frames: int, expectation: Expectation, free: tuple[str, float]
    ) -> tuple[str, float]:
        """The same, as what the step knows where `free` has words that it does not, and that is about as likely in this sound."""
        heard = plain(collapse(free[0]))
        texts = likeness.offered(heard, expectation)
        if not texts:
            return free
        told = bool(prompt(expectation)) and expectation.kind not in OF_DIGITS
        first, *others = self._odds(sound, start, frames, [_sentence(text) if told else text for text in (heard, *texts)])
        rather, mean = likeness.believed((first[0], free[1]), [(text, *odds) for text, odds in zip(texts, others, strict=True)])
        return (rather, mean) if rather else free

    def _odds(self, sound: Any, start: list[int], frames: int, texts: list[str]) -> list[tuple[float, int]]:
        """Log probability and number of tokens of each of these texts in this sound, as if nothing else could be written."""
        import ctranslate2

        spelt = [one.ids for one in self.weights.tokenizer.encode_batch([" " + text for text in texts], add_special_tokens=False)]
        same = ctranslate2.StorageView.from_array(np.repeat(np.asarray(sound), len(texts), axis=0))
        found = self.weights.model.align(same, start[:-1], spelt, [frames] * len(texts))  # it adds the task's last token itself
        return [
            (sum(math.log(max(odds, 1e-9)) for odds in one.text_token_probs), len(ids))
            for one, ids in zip(found, spelt, strict=True)
        ]

    def _with_words(self, words: frozenset[str], sound: Any, start: list[int], most: int) -> tuple[str, float]:
        """Text and log probability of a second writing of the same sound, with no words but these."""
        found = self._write(sound, start, most, narrow=self.weights.all_but(words))
        return collapse(self._text(found)), float(found.scores[0])

    def glance(self, samples: Samples, rate_hz: int, expectation: Expectation) -> tuple[tuple[str, float], ...]:
        """The first words, in half the time of `decode`, which is right more often and knows a noise from a voice."""
        sound = self._encoded(samples[: rate_hz * GLANCE_FRAMES // FRAMES_PER_S], rate_hz, GLANCE_FRAMES)
        start = self.weights.start(self.language, "")
        found = self.weights.model.generate(
            sound,
            [start],
            beam_size=GLANCE_BEAMS,
            num_hypotheses=GLANCE_BEAMS,
            length_penalty=0,  # the probability of all of it, not of a token in the mean
            max_length=len(start) + GLANCE_TOKENS,
            return_scores=True,
            suppress_tokens=list(self.weights.suppressed),
        )[0]
        odds = [math.exp(score) for score in found.scores]
        texts = [unrepeated(plain(self._written(tokens))) for tokens in found.sequences_ids]
        return tuple((text, one / sum(odds)) for text, one in zip(texts, odds, strict=True))

    def _encoded(self, samples: Samples, rate_hz: int, frames: int) -> Any:
        import ctranslate2

        return self.weights.model.encode(ctranslate2.StorageView.from_array(log_mel(samples, rate_hz, frames)[None]))

    def _text(self, found: Any) -> str:
        return self._written(found.sequences_ids[0])

    def _written(self, tokens: list[int]) -> str:
        return str(self.weights.tokenizer.decode([token for token in tokens if token < self.weights.first_special])).strip()

    def _write(self, sound: Any, start: list[int], most: int, dictation: bool = False, narrow: list[int] | None = None) -> Any:
        """At most `most` tokens that follow `start` in this encoded sound; none of `narrow`."""
        return self.weights.model.generate(
            sound,
            [start],
            beam_size=BEAMS if dictation else 1,
            max_length=len(start) + most,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=narrow or ([-1] if dictation else list(self.weights.suppressed)),
        )[0]


class WhisperUtterance:
    """One turn: sound is gathered, and decoded when it is asked for."""

    def __init__(self, ear: Whisper, rate_hz: int, expectation: Expectation) -> None:
        self._ear, self._rate_hz, self._expectation = ear, rate_hz, expectation
        self._heard: list[Samples] = []
        self._settled: list[Hypothesis] = []  # of whole windows of 28 s that are decoded for good
        self._result: Hypothesis | None = None

    def feed(self, samples: Samples) -> str:
        if len(samples):
            self._heard.append(np.array(samples, dtype=np.int16))
            self._result = None
        return ""

    def result(self) -> Hypothesis:
        if self._result is None:
            sound = np.concatenate(self._heard) if self._heard else np.zeros(0, dtype=np.int16)
            window = 28 * self._rate_hz
            while len(sound) > window:
                cut = quietest(sound[:window], self._rate_hz)
                self._settled.append(self._ear.decode(sound[:cut], self._rate_hz, self._expectation))
                sound = sound[cut:]
            self._heard = [sound]
            self._result = joined([*self._settled, self._ear.decode(sound, self._rate_hz, self._expectation)])
        return self._result


def joined(parts: list[Hypothesis]) -> Hypothesis:
    """One hypothesis of several in a row; the score is the mean of those that have words."""
    spoken = [part for part in parts if part.text]
    if len(parts) == 1 or not spoken:
        return parts[-1]
    score = sum(part.score for part in spoken) / len(spoken)
    return Hypothesis(" ".join(part.text for part in spoken), score, spoken[0].engine, min(part.no_speech for part in spoken))


def prompt(expectation: Expectation) -> str:
    """What Whisper is told was said before: words of the slot's kind, or the step's example sentences."""
    if expectation.kind in OF_DIGITS:
        return numbers.DIGITS.get(expectation.language, "")
    if expectation.kind is Kind.YES_NO:
        return YES_NO_PROMPTS.get(expectation.language, "")
    return expectation.hint if expectation.kind in (Kind.FREE, Kind.NAME) else ""


def _sentence(text: str) -> str:
    """As it is written after a prompt of sentences."""
    return text[:1].upper() + text[1:] + "."


def _recurs(words: list[str], size: int) -> bool:
    """Whether these are the first `size` of them over and over; the last may break off."""
    *whole, last = words
    return all(word == words[at % size] for at, word in enumerate(whole)) and words[len(whole) % size].startswith(last)


def collapse(text: str) -> str:
    """A text that is one phrase several times over ("no. no. no.", "track my parcel track my parcel track my") said once.

    Digits are said twice in earnest, and so is a pair: only three times or more, or twice a phrase of two words or more, counts.
    """
    spoken = text.split()
    keys = [plain(word) for word in spoken]
    for size in range(1, len(keys) // 2 + 1):
        times = len(keys) // size
        if _recurs(keys, size) and (times >= 3 or (times == 2 and size >= 2)):
            return " ".join(spoken[:size])
    return text


def unlooped(text: str, language: str) -> str:
    """A text without what it says over and over at its end, three times or more ("start over over over ov": "start over").

    That is how Whisper goes on where it finds no end, in a quarter of the Russian commands after digits as a prompt. Numbers may be meant.
    """
    spoken = text.split()
    keys = [plain(word) for word in spoken]
    for start in range(len(keys) - 2):
        row = keys[start:]
        for size in range(1, len(row) // 3 + 1):
            if _recurs(row, size) and not numbers.said(" ".join(row[:size]), language):
                return " ".join(spoken[: start + size]) if start else text  # all of it: see `collapse`
    return text


def unrepeated(text: str) -> str:
    """The plain text of a glance without what it says again, also where that breaks off ("i see i", "ice ice ice")."""
    words = text.split()
    for size in range(1, len(words)):
        if _recurs(words, size):
            return " ".join(words[:size])
    return text


def _powers(samples: Samples, rate_hz: int) -> npt.NDArray[np.float64]:
    """Mean power of every 100 ms, of full scale 1; a short rest counts as whole."""
    step = rate_hz // 10
    starts = np.arange(0, max(len(samples) - step // 2, 1), step)
    return np.array([float(np.mean((samples[at : at + step] / 32768) ** 2)) for at in starts if len(samples)] or [0.0])


def loudest_dbov(samples: Samples, rate_hz: int) -> float:
    """Level of the loudest 100 ms in dBov (RFC 6465: 0 is a full-scale square wave)."""
    return float(10 * np.log10(_powers(samples, rate_hz).max() + 1e-13))


def quietest(samples: Samples, rate_hz: int) -> int:
    """The sample at the middle of the quietest 100 ms of the last 8 s: the best place to cut."""
    powers = _powers(samples, rate_hz)
    first = max(0, len(powers) - 80)
    return int((first + int(powers[first:].argmin())) * (rate_hz // 10) + rate_hz // 20)


def fetch_published(size: str, folder: Path) -> Path:
    """Fetch the publisher's conversion of a size ("base", "small") into `folder`, as faster-whisper does. Raises ConfigError."""
    try:
        import faster_whisper

        return Path(faster_whisper.download_model(size, output_dir=str(folder)))
    except Exception as error:  # the hub's client has errors of its own, network errors among them
        raise ConfigError(
            f"the Whisper model {size} cannot be fetched: {error}", "Check the network or proxy and try again"
        ) from error
