"""Lines to learn what a voice is from: people's own recordings with pauses, in noises drawn at random, through mu-law or not."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.tones import pcm16
from bench.voicing import closed

Sound = np.ndarray
UNDER_DB = 40.0  # as in bench.voicing
SHORTEST_FRAMES = 8
NOISES = "white coloured coloured coloured coloured swelling bursts bursts beeps hum few babble babble babble music".split()
# Noises that are voices, and how much softer (dB) they are at least than the one that counts: else nobody could tell.
OTHERS = {"few": 8, "babble": 4}


def read(path: Path) -> Sound:
    """A WAV of 8 kHz, 16 bits, one channel."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getsampwidth(), file.getnchannels()) != (RATE_HZ, 2, 1):
            raise ValueError(f"{path} is not 8 kHz, 16 bits, one channel")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)


def people(folders: Sequence[Path]) -> list[list[Sound]]:
    """The recordings of each speaker, a folder each; without those in which nobody speaks."""
    found = []
    for folder in folders:
        sounds = [read(path) for path in sorted(folder.rglob("*.wav")) if "silence" not in path.parts]
        found.append([one for one in sounds if len(one) > RATE_HZ // 4 and np.abs(one).max() > 800])
    return found


class Lines:
    """Lines of one set of speakers and of music, by a seed."""

    def __init__(self, speakers: list[list[Sound]], music: list[Sound], seed: int) -> None:
        self.speakers, self.music, self.rng = speakers, music, np.random.default_rng(seed)

    def draw(self, frames: int) -> tuple[Samples, np.ndarray]:
        """A line of so many frames, and for each whether somebody speaks."""
        rng, count = self.rng, frames * FRAME_SAMPLES
        voice, labels = self._talk(frames)
        power = (10 ** (rng.uniform(-38, -16) / 20) * 32768) ** 2
        voice *= np.sqrt(power)
        kind = str(rng.choice(NOISES))
        if rng.random() < 0.08 and kind not in OTHERS:  # nobody speaks at all
            voice[:], labels[:] = 0, False
        if rng.random() < 0.16:
            other = rng.standard_normal(count) * max(0.0, rng.uniform(-6, 12))
        else:
            other = self._noise(kind, count)
            other *= np.sqrt(power / 10 ** (rng.uniform(OTHERS.get(kind, -2), 36) / 10) / (np.mean(other**2) + 1e-9))
            if rng.random() < 0.25:  # it begins only now
                other[: rng.integers(count)] *= rng.choice([0.0, 0.05])
        return pcm16(voice + other, "mu" if rng.random() < 0.8 else ""), labels

    def _talk(self, frames: int) -> tuple[Sound, np.ndarray]:
        """One person, at his own speed and pitch, with pauses; loudness one while he speaks."""
        rng, parts, labels = self.rng, [np.zeros(0)], [np.zeros(0, dtype=bool)]
        said, speed = self.speakers[rng.integers(len(self.speakers))], rng.uniform(0.78, 1.3)
        gap_s, whole = rng.choice([0.3, 0.6, 1.2, 2.5]), rng.random() < 0.5
        # Some lines are opened in the middle of a word.
        early = int(rng.integers(150)) if rng.random() < 0.3 else 0
        while sum(map(len, labels)) < early + frames:
            pause = int(rng.exponential(gap_s) * 50) + 3
            one = self._faster(said[rng.integers(len(said))], speed)
            one = one[: len(one) // FRAME_SAMPLES * FRAME_SAMPLES]
            if len(one) < SHORTEST_FRAMES * FRAME_SAMPLES:
                continue
            power = np.mean(one.reshape(-1, FRAME_SAMPLES) ** 2, axis=1)
            # Longer gaps inside of words are none of the judge's business: a line's turn has its own patience with them.
            spoken = closed(power > power.max() * 10 ** (-UNDER_DB / 10), 2)
            heard = np.repeat(closed(spoken), FRAME_SAMPLES)
            one = one / np.sqrt(np.mean(one[heard] ** 2)) * 10 ** (rng.normal(0, 2) / 20)
            parts += [np.zeros(pause * FRAME_SAMPLES), one if whole else one * heard]
            labels += [np.zeros(pause, dtype=bool), spoken]
        kept = slice(early * FRAME_SAMPLES, (early + frames) * FRAME_SAMPLES)
        return np.concatenate(parts)[kept], np.concatenate(labels)[early : early + frames]

    @staticmethod
    def _faster(sound: Sound, speed: float) -> Sound:
        return np.interp(np.arange(0, len(sound) - 1, speed), np.arange(len(sound)), sound)

    def _noise(self, kind: str, count: int) -> Sound:
        rng = self.rng
        if kind == "music":
            piece = self.music[rng.integers(len(self.music))]
            return piece[(at := rng.integers(len(piece) - count)) : at + count].copy()
        if kind in ("few", "babble"):
            many = rng.integers(1, 3) if kind == "few" else rng.integers(2, 8)
            return np.sum([self._talker(count) for _ in range(many)], axis=0)
        time_s, white = np.arange(count) / RATE_HZ, rng.standard_normal(count)
        if kind == "white":
            return white
        if kind == "hum":
            first, fall = rng.uniform(40, 300), rng.uniform(0.3, 1.5)
            heard = [n for n in range(1, 12) if first * n < 3900]
            tones = [np.sin(2 * np.pi * first * n * time_s + rng.uniform(0, 6)) / n**fall for n in heard]
            return np.sum(tones, axis=0) + rng.uniform(0, 0.2) * white
        if kind == "beeps":
            tone = sum(np.sin(2 * np.pi * rng.uniform(300, 3000) * time_s) for _ in range(rng.integers(1, 3)))
            return tone * self._bursts(count, 0.0, decay=False) + 0.02 * white
        spectrum, place = np.fft.rfft(white), np.linspace(1e-3, 1, count // 2 + 1)
        bump = np.exp(-(((place - rng.uniform(0, 1)) / rng.uniform(0.02, 0.2)) ** 2))
        shaped = np.fft.irfft(spectrum * place ** -rng.uniform(-0.3, 1.2) * (1 + rng.uniform(0, 6) * bump), count)
        if kind == "swelling":
            drawn = rng.standard_normal(count // 2000 + 2)
            return shaped * (0.2 + np.abs(np.interp(time_s * 4, np.arange(len(drawn)), drawn)))
        return shaped * self._bursts(count, 0.05, decay=True) if kind == "bursts" else shaped

    def _talker(self, count: int) -> Sound:
        """Somebody else, who never ends."""
        said, speed, parts = self.speakers[self.rng.integers(len(self.speakers))], self.rng.uniform(0.75, 1.35), [np.zeros(0)]
        while sum(map(len, parts)) < count:
            one = self._faster(said[self.rng.integers(len(said))], speed)
            parts.append(one / np.sqrt(np.mean(one**2) + 1e-9))
        return np.concatenate(parts)[:count] * 10 ** (self.rng.uniform(-6, 6) / 20)

    def _bursts(self, count: int, under: float, *, decay: bool) -> Sound:
        """Loudness of coughs, knocks, keys: from 5 to 400 ms, up to four a second."""
        gain = np.full(count, under)
        for _ in range(int(count / RATE_HZ * self.rng.uniform(0.3, 4)) + 1):
            at, length = self.rng.integers(count), int(self.rng.uniform(0.005, 0.4) * RATE_HZ)
            length = min(length, count - at)
            gain[at : at + length] += np.exp(-np.arange(length) / (length / 3)) if decay else 1.0
        return gain
