"""PocketSphinx 5.1: streams English words while they are spoken, for barge-in and early ends of turn, where no Vosk model is.

A choice is a JSGF grammar of the step's phrases; free speech a small n-gram of its phrases and example sentences. A grammar always
finds something: what was heard counts only where it is nearly as likely as a free loop of phones on the same sound (Young 1994).

The cepstral mean that a turn begins with decides most. Of 45 phrases of three voices over mu-law, clean and with 15 dB of noise, two
passes heard 42 and 27 beginning with the library's adaptation applied once, 44 and 39 with TELEPHONE_MEAN; the model's own heard 37 and 6
in one pass. All was tuned on the sentences it was measured with: expect less of strangers.
A decoder keeps something from turn to turn (the same sound scored 0.79 as its first and 0.83 as any later turn; neither its noise
removal nor its features' state is the cause), so sounds near the threshold fall now one way, now the other.
The library keeps the GIL while it decodes (5 to 7 % of real time with the phone loop), so sound is handed over 20 ms at a
time: another thread then waits 2 to 5 ms (p99), where it waited 31 ms with 100 ms.
"""

from __future__ import annotations

import io
import logging
import math
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from voice.errors import Overloaded, SpeechError
from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Expectation, Hypothesis, Kind, Samples

log = logging.getLogger(__name__)

MODEL_HZ = 16000
BLOCK_SAMPLES = 320  # 20 ms of sound: about 1 ms with the GIL, then it is offered to the others
MOST_DECODERS = 64  # 10 MB each; a turn beyond that is refused
SEARCHES_KEPT = 8  # a decoder keeps the last grammars it was given
# ln(likelihood by grammar / by phone loop): inside the grammar above, outside mostly below. Of 30 other sentences 2 to 6 are believed,
# and 9 or 10 look like a whole phrase for a while as partials.
MARGIN_MIN = -0.23
# The n-gram's share of the likelihood grows with every word; one word of free speech is as soon noise.
FREE_MARGIN_A_WORD = -0.12
FREE_WORDS_MIN = 2
# The second pass believes noise that has become its own mean: what the first pass found this far off is refused (no phrase was).
FIRST_PASS_MIN = -0.4
STEADY_FEEDS = 2  # the first word of a partial is often a guess: it must stay
# A starting value found by trial, not a mean: what the library's live adaptation gives over 90 utterances when it is applied twice.
TELEPHONE_MEAN = "48.21,31.37,-28.51,52.01,-20.96,5.50,16.24,-25.52,18.31,-15.56,5.52,10.67,-11.91"
LOOP = "loop"
GRAMMAR_KINDS = (Kind.CHOICE, Kind.YES_NO, Kind.DIGITS)


class Decoder:
    """One search engine of the library with a dictionary that grows by the words it needs."""

    def __init__(self, path: Path, lexicon: Any) -> None:
        self.engine = make(path, None)
        self._lexicon = lexicon
        self._words: set[str] = set()
        self._searches: dict[str, None] = {}

    def prepare(self, grammar: str, phrases: tuple[str, ...], free: bool) -> None:
        """Make `grammar` the search in force, building it unless it was lately."""
        name = f"{'free' if free else 'jsgf'} {grammar}"
        if name not in self._searches:
            for word in sorted({word for phrase in phrases for word in phrase.split()} - self._words):  # sorted: ties fall alike
                self._learn(word)
            if free:
                with tempfile.NamedTemporaryFile("w", suffix=".lm") as file:
                    file.write(ngram(phrases))
                    file.flush()
                    self.engine.add_lm_file(name, file.name)
            else:
                self.engine.add_jsgf_string(name, f"#JSGF V1.0; grammar step; public <step> = {' | '.join(phrases)} ;")
        self._searches.pop(name, None)
        self._searches[name] = None
        self.engine.activate_search(name)
        while len(self._searches) > SEARCHES_KEPT:
            oldest = next(iter(self._searches))
            del self._searches[oldest]
            self.engine.remove_search(oldest)

    def _learn(self, word: str) -> None:
        """Take a word and its other pronunciations ("the", "the(2)") from the lexicon."""
        self._words.add(word)
        for variant in (word, *(f"{word}({number})" for number in range(2, 6))):
            phones = self._lexicon.lookup_word(variant)
            if phones and not self.engine.lookup_word(variant):
                self.engine.add_word(variant, phones, True)


def make(path: Path, dictionary: Path | None) -> Any:
    """A decoder of the library without a search; without a dictionary it knows one word, which it needs to begin with."""
    import pocketsphinx

    with tempfile.NamedTemporaryFile("w", suffix=".dict") as least:
        least.write("yes Y EH S\n")
        least.flush()
        words = str(dictionary or least.name)
        return pocketsphinx.Decoder(hmm=str(path / "en-us"), dict=words, lm=None, loglevel="FATAL")


def ngram(sentences: tuple[str, ...]) -> str:
    """A back-off trigram model of these sentences in ARPA form."""
    from pocketsphinx.lm import ArpaBoLM

    model = ArpaBoLM(text="\n".join(sentences), add_start=True)
    model.compute()
    arpa = io.StringIO()
    model.write(arpa)
    return arpa.getvalue()


class PocketSphinx:
    """The English recogniser; `path` holds en-us, its dictionary and its phones, as the package does."""

    name = "pocketsphinx"
    streams = True

    def __init__(self, language: str, path: Path) -> None:
        if language != "en":
            raise SpeechError(f"PocketSphinx has no model for {language!r} here")
        try:
            self._lexicon = make(path, path / "cmudict-en-us.dict")
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise SpeechError(f"PocketSphinx cannot run here: {error}", "Install the package pocketsphinx") from error
        self.language, self._path = language, path
        self._free: list[tuple[Decoder, Any]] = []
        self._made = 0
        self._lock = threading.Lock()
        self._strange: set[str] = set()

    def phrases(self, expectation: Expectation) -> tuple[str, ...]:
        """The step's phrases (in free speech its example sentences too) in words of the dictionary; one warning for each other word."""
        wanted = list(expectation.phrases)
        if expectation.kind not in GRAMMAR_KINDS:
            wanted += expectation.hint.replace("?", ".").replace("!", ".").split(".")
        heard = []
        for phrase in wanted:
            words = [kept for word in phrase.split() for kept in self._spelt(word)]
            if words:
                heard.append(" ".join(words))
        return tuple(dict.fromkeys(heard))

    def _spelt(self, word: str) -> list[str]:
        """The dictionary's spelling of a word: with its apostrophe, without, or as the words it consists of."""
        lower = word.lower().replace("’", "'").strip('.,;:!?"')
        for form in ([lower], [plain(word)], plain(lower.replace("'", " ")).split()):
            if form and all(part and self._lexicon.lookup_word(part) for part in form):
                return form
        if plain(word) and lower not in self._strange:
            self._strange.add(lower)
            log.warning("the PocketSphinx dictionary does not know the word %r of a step's phrases: it cannot be heard", lower)
        return []

    def open(self, rate_hz: int, expectation: Expectation) -> PocketSphinxUtterance:
        """Begin a turn. Raises SpeechError where no word of the expectation is in the dictionary, Overloaded where too many speak."""
        phrases = self.phrases(expectation)
        if not phrases:
            raise SpeechError("PocketSphinx knows no word of what this step expects", "Give the step phrases or examples")
        with self._lock:
            pair = self._free.pop() if self._free else None
            if pair is None and self._made >= MOST_DECODERS:
                raise Overloaded(f"{MOST_DECODERS} callers speak to PocketSphinx already")
            self._made += pair is None
        if pair is None:
            loop = make(self._path, None)
            loop.add_allphone_file(LOOP, None)  # without the phones' n-gram it divides better: 7 errors of 75, not 12
            loop.activate_search(LOOP)
            pair = Decoder(self._path, self._lexicon), loop
        pair[0].prepare(" | ".join(phrases), phrases, expectation.kind not in GRAMMAR_KINDS)
        whole = frozenset(phrases) if expectation.kind in GRAMMAR_KINDS else None
        utterance = PocketSphinxUtterance(pair[0].engine, pair[1], rate_hz, whole)
        weakref.finalize(utterance, self._free.append, pair)
        return utterance


class PocketSphinxUtterance:
    """One turn: two searches side by side, the grammar's and the phone loop's. `whole`: the phrases of a grammar, None in free speech."""

    def __init__(self, grammar: Any, loop: Any, rate_hz: int, whole: frozenset[str] | None) -> None:
        import soxr

        self._grammar, self._loop, self._whole = grammar, loop, whole
        self._upward = soxr.ResampleStream(rate_hz, MODEL_HZ, 1, dtype="int16") if rate_hz != MODEL_HZ else None
        self._heard: list[Samples] = []
        self._open = False
        self._partial, self._steady = "", 0
        self._result: Hypothesis | None = None

    def feed(self, samples: Samples) -> str:
        if len(samples):
            self._result = None
            wide = self._upward.resample_chunk(np.ascontiguousarray(samples)) if self._upward else samples
            self._heard.append(np.array(wide, dtype=np.int16))
            if not self._open:  # a result ended the searches: begin again with all that was said
                self._begin(TELEPHONE_MEAN)
                self._decode(np.concatenate(self._heard))
            else:
                self._decode(self._heard[-1])
        return self._so_far()

    def result(self) -> Hypothesis:
        if self._result is None:
            sound = np.concatenate(self._heard) if self._heard else np.zeros(0, dtype=np.int16)
            if not self._open:
                self._begin(TELEPHONE_MEAN)
                self._decode(sound)
            _, before = self._found()
            self._begin(self._grammar.get_cmn(True))
            self._decode(sound)
            self._end()
            text, excess = self._found()
            believed = min(excess, before - FIRST_PASS_MIN) >= 0 and (
                self._whole is None or text in self._whole
            )  # sound may end inside a phrase
            # At the threshold one half; a whole phrase as likely as the phone loop has it nine tenths.
            score = 1 / (1 + math.exp(-10 * excess))
            self._result = Hypothesis(text, score, PocketSphinx.name) if believed else Hypothesis("", 0.0, PocketSphinx.name)
        return self._result

    def _begin(self, mean: str) -> None:
        self._end()
        for engine in (self._grammar, self._loop):
            engine.set_cmn(mean)
            engine.start_utt()
        self._open = True

    def _end(self) -> None:
        if self._open:
            self._grammar.end_utt()
            self._loop.end_utt()
            self._open = False

    def _decode(self, sound: Samples) -> None:
        for start in range(0, len(sound), BLOCK_SAMPLES):
            block = sound[start : start + BLOCK_SAMPLES].tobytes()
            self._grammar.process_raw(block, False, False)
            time.sleep(0)
            self._loop.process_raw(block, False, False)
            time.sleep(0)

    def _found(self) -> tuple[str, float]:
        """Words of the grammar, and by how much they are better than they must be beside the phone loop (-1 where there are none)."""
        words, phones = self._grammar.hyp(), self._loop.hyp()
        text = words.hypstr if words is not None and phones is not None else ""
        if not text:
            return "", -1.0
        margin = math.log(max(words.score, 1e-9)) - math.log(max(phones.score, 1e-9))
        if self._whole is not None:
            return text, margin - MARGIN_MIN
        count = len(text.split())
        return text, margin / count - FREE_MARGIN_A_WORD if count >= FREE_WORDS_MIN else -1.0

    def _so_far(self) -> str:
        text, excess = self._found() if self._open else ("", -1.0)
        if excess < 0:
            text = ""
        self._steady = self._steady + 1 if text and text == self._partial else int(bool(text))
        self._partial = text
        return text if self._steady >= STEADY_FEEDS else ""
