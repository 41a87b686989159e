"""The two ways with live streams, each in a process of its own (see bench/streams.py): `house` and `server`. Sound is paced in here, too."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from bench.process import obey, reasons
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.streams import PHRASES, talk
from native.bell import Bell, Kind
from native.line import Line
from voice.events import Event, HearingLost
from voice.listening import Listener
from voice.models import find
from voice.recognizers.ears import EarSet
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Expectation, Hypothesis, Utterance
from voice.recognizers.protocol import Kind as Expected
from voice.recognizers.vosk import Vosk, load

EXPECTED = Expectation("ko", Expected.CHOICE, PHRASES)
FRAME_S, CHUNK_S = 0.02, 0.2
CHUNK_FRAMES = round(CHUNK_S / FRAME_S)
WARM_S, TAIL_S = 2.0, 1.0
NEVER_MS = 1e6  # JSON knows no infinity


class Lags:
    """When each frame of each stream was there, and when a result had it in: seconds since the run began."""

    def __init__(self, streams: int, seconds: float) -> None:
        self.frames = round((seconds + WARM_S + TAIL_S) / FRAME_S)
        self.shifts = [(number * 7919) % len(talk()[1]) for number in range(streams)]
        self.heard_s = np.full((streams, self.frames), np.inf)
        self.begun = time.monotonic()

    def frame(self, stream: int, number: int) -> Samples:
        sound, at = talk()[0], (self.shifts[stream] + number) % len(talk()[1]) * FRAME_SAMPLES
        return sound[at : at + FRAME_SAMPLES]

    def now_s(self) -> float:
        return time.monotonic() - self.begun

    def heard(self, stream: int, first: int, end: int) -> None:
        """A result has these frames in, now; the first result that has them counts."""
        part = self.heard_s[stream, max(first, 0) : max(end, 0)]
        np.minimum(part, self.now_s(), out=part)

    def figures(self, there_s: np.ndarray, took_s: float) -> dict[str, float]:
        """Of all frames of speech between warming up and the tail. there_s: when each frame could be had, by stream and frame."""
        counted = slice(round(WARM_S / FRAME_S), self.frames - round(TAIL_S / FRAME_S))
        spoken = np.stack([np.roll(talk()[1], -shift)[np.arange(self.frames) % len(talk()[1])] for shift in self.shifts])
        lags = 1000 * (self.heard_s - there_s)[:, counted][spoken[:, counted]]
        p50, p95 = (float(min(np.quantile(lags, share, method="inverted_cdf"), NEVER_MS)) for share in (0.5, 0.95))
        return {"lag_p50_ms": p50, "lag_p95_ms": p95, "never": float(np.mean(np.isinf(lags))), "took_s": took_s}


class Quiet:
    """Nothing plays to these callers."""

    playing = False

    def stop(self) -> None:
        """There is nothing to stop."""

    def stand_still(self) -> None:
        pass

    def go_on(self) -> None:
        """Nor to go on with."""


class Timed:
    """An ear of one stream that tells when its results have come: heard(samples, position of the line when they were taken)."""

    streams = True

    def __init__(self, ear: Vosk, line: Line, heard: Callable[[int, int], None]) -> None:
        self.ear, self.name, self.language = ear, ear.name, ear.language
        self.line, self.heard = line, heard

    def open(self, rate_hz: int, expectation: Expectation) -> Utterance:
        return TimedUtterance(self.ear.open(rate_hz, expectation), self)


class TimedUtterance:
    """One turn of it."""

    def __init__(self, utterance: Utterance, ear: Timed) -> None:
        self.utterance, self.ear = utterance, ear

    def feed(self, samples: Samples) -> str:
        position = self.ear.line.position
        text = self.utterance.feed(samples)
        self.ear.heard(len(samples), position)
        return text

    def result(self) -> Hypothesis:
        return self.utterance.result()


class House:
    """Lines, listeners and a pool, as calls have them, without the calls."""

    def __init__(self) -> None:
        self.ear = Vosk("ko", find("vosk", "ko"))
        self.lost = 0

    async def run(self, streams: int, seconds: float) -> dict[str, float]:
        pool, bell, lags = Pool(1), Bell(), Lags(streams, seconds)
        await pool.start()
        lines = [Line(bell, number, RATE_HZ) for number in range(streams)]
        listeners = [self._listener(number, line, pool, lags) for number, line in enumerate(lines)]
        lags.begun = begun = time.monotonic()
        for number in range(lags.frames):
            # A frame is there when its last sample has been spoken.
            await asyncio.sleep(max(0.0, begun + (number + 1) * FRAME_S - time.monotonic()))
            for stream, line in enumerate(lines):
                line.put(lags.frame(stream, number))
            for line_number, kind, sample, value, detail, *_ in bell.take():
                _pass_on(listeners[line_number], kind, sample, value, detail)
        took_s = lags.now_s()
        for listener in listeners:
            listener.close()
        await pool.close()
        there_s = np.broadcast_to((np.arange(lags.frames) + 1) * FRAME_S, lags.heard_s.shape)
        return lags.figures(there_s, took_s)

    def _listener(self, number: int, line: Line, pool: Pool, lags: Lags) -> Listener:
        def heard(samples: int, position: int) -> None:
            end = position // FRAME_SAMPLES
            lags.heard(number, end - -(-samples // FRAME_SAMPLES), end)

        def emit(event: Event) -> None:
            self.lost += isinstance(event, HearingLost)

        ear = Timed(self.ear, line, heard)
        line.tune(inband=False)
        listener = Listener(line, pool, emit, Quiet())
        listener.expect(EarSet("ko", ear, ear), EXPECTED)
        return listener


def _pass_on(listener: Listener, kind: int, sample: int, value: int, detail: int) -> None:
    """As voice.call does."""
    match kind:
        case Kind.SPEECH_BEGAN:
            listener.began(sample)
        case Kind.SPEECH_PAUSED:
            listener.paused(sample, bool(detail))
        case Kind.SPEECH_RESUMED:
            listener.resumed()
        case Kind.SPEECH_ENDED:
            listener.ended(value, sample, bool(detail & 1))


class Server:
    """A recogniser a stream, and each chunk of it decoded in its turn on the pool; the loop only hands over."""

    def __init__(self) -> None:
        folder = find("vosk", "ko")
        self.model = load(folder)
        # Words that the model lacks are left out of the house's list, and so of this one.
        self.phrases = json.dumps(Vosk("ko", folder).grammar(EXPECTED), ensure_ascii=False)

    async def run(self, streams: int, seconds: float) -> dict[str, float]:
        import vosk

        lags = Lags(streams, seconds)
        recognisers = [vosk.KaldiRecognizer(self.model, float(RATE_HZ), self.phrases) for _ in range(streams)]
        for recogniser in recognisers:
            recogniser.SetWords(True)
        with ThreadPoolExecutor(1) as pool:
            lags.begun = time.monotonic()
            await asyncio.gather(*(self._stream(number, one, pool, lags) for number, one in enumerate(recognisers)))
            took_s = lags.now_s()
        ends = np.stack([_chunk_ends(number, streams, lags.frames) for number in range(streams)])
        return lags.figures(ends, took_s)

    async def _stream(self, number: int, recogniser: Any, pool: ThreadPoolExecutor, lags: Lags) -> None:
        loop = asyncio.get_running_loop()
        offset_s = CHUNK_S * number / len(lags.shifts)
        for first in range(0, lags.frames - CHUNK_FRAMES + 1, CHUNK_FRAMES):
            chunk = np.concatenate([lags.frame(number, first + one) for one in range(CHUNK_FRAMES)]).tobytes()
            due_s = offset_s + (first + CHUNK_FRAMES) * FRAME_S
            await asyncio.sleep(max(0.0, due_s - lags.now_s()))
            await loop.run_in_executor(pool, _decoded, recogniser, chunk)
            lags.heard(number, first, first + CHUNK_FRAMES)
            if lags.now_s() - due_s > 5.0:
                return  # hopelessly late: what is not heard counts as never


def _decoded(recogniser: Any, chunk: bytes) -> str:
    return str(recogniser.Result() if recogniser.AcceptWaveform(chunk) else recogniser.PartialResult())


def _chunk_ends(number: int, streams: int, frames: int) -> np.ndarray:
    """When the chunk of each frame was there."""
    return CHUNK_S * number / streams + (np.arange(frames) // CHUNK_FRAMES + 1) * CHUNK_S


if __name__ == "__main__":
    # Beyond the highest number turns are refused, which is what is looked for; a line for each would be no news.
    logging.getLogger("voice.listening").setLevel(logging.ERROR)
    with reasons():
        way: House | Server = House() if json.loads(sys.argv[1])["kind"] == "house" else Server()
        asyncio.run(obey(0, {"run": way.run}))
