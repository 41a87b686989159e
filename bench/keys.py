"""In-band keys: the grid of ITU-T Q.24 and hours of speech, through ours and through spandsp, the same samples.

    python -m bench.keys [--hours 10]

Accepted is what an exchange must take (40 ms, 0 to -25 dBm0, twist -8 to +4 dB, 1.5 % off, 15 dB of noise, mu-law and A-law);
refused is what it must not (23 ms, 3.5 % off in either group, -55 dBm0). Talk-off: keys that a detector hears in mere speech.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from bench.controls import Neighbours, crowded
from bench.harness import Measurement as Figure
from bench.harness import Report, of_trials
from bench.program import asked, command
from bench.spandsp import Spandsp, missing
from bench.stimuli import sentences, speech
from bench.tones import KEYS, Law, Pcm, Press, noisy, pcm16, silence
from native.dtmf import Dtmf

TWISTS_DB, ERRORS, LEVELS_DBM0, LAWS, NOISES_DB = (
    (-8.0, -4.0, 0.0, 4.0),
    (-0.015, 0.0, 0.015),
    (0.0, -10.0, -25.0),
    ("mu", "A"),
    (0.0, 15.0),
)
FAR, SHORT_MS, FAINT_DBM0 = 0.035, 23.0, -55.0
VOICES = ("slt", "rms", "awb", "kal")
SPEEDS = tuple(0.78 * 1.03**step for step in range(19))  # 0.78 to 1.33: pitch and formants move along, other throats speak
FRAME_MS = 20

Feed = Callable[[Pcm], str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One press as it comes down a line, and whether it must be heard."""

    press: Press
    sound: Pcm
    accepted: bool


def grid() -> Iterator[Trial]:
    """Every cell with every key, its phases and its place on the frame drawn by a fixed seed: over 20,000 tones."""
    rng = np.random.default_rng(24)

    def presses(**chosen: float) -> Iterator[Press]:
        for twist, low, high, level, key in itertools.product(TWISTS_DB, ERRORS, ERRORS, LEVELS_DBM0, KEYS):
            phases = rng.uniform(0, 2 * np.pi, 2)
            usual = {"tone_ms": 40.0, "level_dbm0": level, "twist_db": twist, "low_error": low, "high_error": high}
            yield Press(key, low_phase=float(phases[0]), high_phase=float(phases[1]), **(usual | chosen))  # type: ignore[arg-type]

    def trials(accepted: bool, some: Iterator[Press]) -> Iterator[Trial]:
        for press in some:
            for law, noise_db in itertools.product(LAWS, NOISES_DB):
                yield Trial(press, _sound(press, law, noise_db, rng), accepted)

    yield from trials(True, presses())
    yield from trials(False, presses(tone_ms=SHORT_MS))
    for off in (-FAR, FAR):
        yield from trials(False, (press for press in presses(low_error=off, tone_ms=100.0) if press.level_dbm0 == LEVELS_DBM0[1]))
        yield from trials(
            False, (press for press in presses(high_error=off, tone_ms=100.0) if press.level_dbm0 == LEVELS_DBM0[1])
        )
    yield from trials(False, itertools.islice(presses(level_dbm0=FAINT_DBM0, tone_ms=100.0), 300))


def _sound(press: Press, law: str, noise_db: float, rng: np.random.Generator) -> Pcm:
    lead = silence(40 + float(rng.uniform(0, 20)))
    sound = np.concatenate([lead, press.sound()])
    if noise_db:
        total = press.level_dbm0 + 10 * float(np.log10(1 + 10 ** (-abs(press.twist_db) / 10)))
        sound = noisy(sound, total, noise_db, rng)
    found: Law = "mu" if law == "mu" else "A"
    return pcm16(sound, found)


def talk(hours: float) -> Iterator[Pcm]:
    """So much speech at 8 kHz through mu-law: sentences of four voices, each at many speeds."""
    wanted = hours * 3600 * 8000
    for speed in itertools.cycle(SPEEDS):
        for number, (text, voice) in enumerate(itertools.product(sentences(120), VOICES)):
            said = speech(text, voice)
            other = np.asarray(soxr.resample(said.astype(np.float32), 8000 * speed, 8000)) * (0.4, 0.8, 1.2)[number % 3]
            yield pcm16(other.astype(np.float64), "mu")
            wanted -= len(other)
            if wanted <= 0:
                return


def confirmed_ms(sound: Pcm, onset: int) -> float | None:
    """From the first sample of the tone to the look that confirmed it (looks of 1.25 ms); None where none did."""
    detector = Dtmf(8000)
    for end in range(10, len(sound) + 1, 10):
        if detector.feed(sound[end - 10 : end]):
            return (end - onset) / 8
    return None


def measure(report: Report, hours: float) -> None:
    """The grid, the talk, and what a frame costs, by ours and by spandsp where it is installed."""
    peer = None if (why := missing()) else Spandsp
    if why:
        report.say(f"no spandsp to compare with: {why}")
    heard = {name: [0, 0] for name in ("ours", "peer")}  # [right among accepted, wrong anywhere]
    waits: list[float | None] = []
    tones = accepted = 0
    report.say("keys: the grid of Q.24 ...")
    for trial in grid():
        tones += 1
        accepted += trial.accepted
        feeds: dict[str, Feed] = {"ours": Dtmf(8000).feed, **({"peer": peer().feed} if peer else {})}
        for name, feed in feeds.items():
            keys = feed(trial.sound)
            heard[name][0] += trial.accepted and keys == trial.press.key
            heard[name][1] += bool(keys) and (not trial.accepted or keys != trial.press.key)
        if trial.accepted and tones % 5 == 0:
            waits.append(confirmed_ms(trial.sound, len(trial.sound) - round((trial.press.tone_ms + trial.press.pause_ms) * 8)))
    share = {name: 100 * right / accepted for name, (right, _) in heard.items()}
    named = "spandsp" if peer else ""
    report.add(
        Figure(
            "keys.accepted",
            share["ours"],
            "%",
            peer=named,
            ratio=round(share["ours"] / share["peer"], 2) if share["peer"] else 0.0,
            detail={"tones": accepted, "peer": round(share["peer"], 2)},
        )
    )
    report.add(Figure("keys.wrong", heard["ours"][1], "tones", peer=named, detail={"tones": tones, "peer": heard["peer"][1]}))
    took = [wait for wait in waits if wait is not None]
    report.add(of_trials("keys.confirmed", "ms p95", [took], missing=len(waits) - len(took)))
    _talk_off(report, hours, peer)


def _talk_off(report: Report, hours: float, peer: type[Spandsp] | None) -> None:
    report.say(f"keys: {hours:g} hours of speech ...")
    ours, theirs = Dtmf(8000), peer() if peer else None
    keys, peer_keys, samples, cost_ns, peer_ns = 0, 0, 0, 0, 0
    with Neighbours() as neighbours:
        for said in talk(hours):
            begun = time.thread_time_ns()
            keys += len(ours.feed(said))
            between = time.thread_time_ns()
            peer_keys += len(theirs.feed(said)) if theirs else 0
            cost_ns, peer_ns = cost_ns + between - begun, peer_ns + time.thread_time_ns() - between
            samples += len(said)
    others = neighbours.others()
    frames = samples / (8 * FRAME_MS)
    detail = {"hours": round(samples / 8000 / 3600, 2), "peer": peer_keys}
    report.add(Figure("keys.talk_off", keys, f"keys in {hours:g} h", peer="spandsp" if peer else "", detail=detail))
    cost_us, peer_us = cost_ns / frames / 1000, peer_ns / frames / 1000
    ratio = round(peer_us / cost_us, 2) if peer else 0.0
    report.add(
        Figure(
            "keys.cost", cost_us, "us/frame", peer="spandsp" if peer else "", ratio=ratio, detail={"peer_us": round(peer_us, 3)},
            control={"others_cores": round(others, 2)}, refused=crowded(others),
        )
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, hours=(10.0, "hours of speech"))
    measure(report, given.hours)
    return report.finish()


if __name__ == "__main__":
    command(main)
