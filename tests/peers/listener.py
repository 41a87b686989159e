"""What the tests' side of a peer can say of the sound that comes in there on a call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.peers.process import Process

TONES = [500.0, 700.0, 900.0, 1100.0, 1500.0, 1900.0]  # Hz: all that tests play to be told apart


class Listener(Process):
    """A process that has calls with a line, and knows the orders `hear`, `heard`, `sound` and `spectrum`."""

    def hears(self, call: int, hz: float, *, wait_s: float = 20, ms: int = 200) -> bool:
        """Does this tone, louder than -30 dBov and pure, come in within this time?"""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            heard = self.ask("hear", call=call, ms=ms)
            if heard["dbov"] > -30 and abs(heard["hz"] - hz) < 12 and heard["share"] > 0.8:
                return True
            time.sleep(0.02)
        return False

    def hears_only(self, call: int, tones: Sequence[float], wait_s: float = 20) -> bool:
        """Are these tones, and no other of those that tests play, in what comes in, within this time?"""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            found = self.ask("spectrum", call=call, tones=TONES)
            if [hz for hz, level in found if level > -40] == sorted(tones):
                return True
            time.sleep(0.02)
        raise AssertionError(f"not {tones} [Hz] but {found}")

    def silent(self, call: int, *, wait_s: float = 20, ms: int = 200) -> bool:
        """Does everything fall silent within this time?"""
        return self._level(call, lambda dbov: dbov < -60, wait_s, ms)

    def sounds(self, call: int, *, wait_s: float = 20, ms: int = 200) -> bool:
        """Does anything at all come in, louder than -40 dBov, within this time?"""
        return self._level(call, lambda dbov: dbov > -40, wait_s, ms)

    def _level(self, call: int, wanted: Callable[[float], bool], wait_s: float, ms: int) -> bool:
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            if wanted(self.ask("hear", call=call, ms=ms)["dbov"]):
                return True
            time.sleep(0.02)
        return False

    def heard(self, call: int) -> list[float]:
        """The tones that came in one after the other in the last seconds, each where it was alone; whoever asks late misses nothing."""
        found: list[float] = self.ask("heard", call=call)
        return found

    def heard_last(self, call: int, *tones: float, wait_s: float = 20) -> bool:
        """Are these the last tones that came in, one after the other, within this time?"""
        until = time.monotonic() + wait_s
        while self.heard(call)[-len(tones) :] != [*tones]:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def listen(self, call: int, seconds: float, wait_s: float = 20) -> None:
        """Until so much more sound has come in: seconds of the talk, however slow the machine is."""
        until = time.monotonic() + wait_s
        wanted = self.ask("sound", call=call) + seconds
        while self.ask("sound", call=call) < wanted:
            assert time.monotonic() < until, f"less than {seconds} s of sound came in within {wait_s} s"
            time.sleep(0.02)
