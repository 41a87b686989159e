"""Whether a talk is recorded, and its tape: after the notice, with consent where the settings ask for it, silent while it pauses.

    [routing] recording = "off"       never
                          "notice"    once the caller has heard of it, unless he has pressed 0
                          "consent"   once he has pressed 0

Who has forbidden it in whatever channel (ivr.memory.consent) is not recorded, and not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivr.memory.errors import MemoryAway
from routing.floor.settings import Recording
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.recordings import Piece, Recorded, Recordings
from voice.call import Call
from voice.tape import Recorder, Source

PIECE_S = 20.0  # a node that dies loses little more than that; and so long after they were said, words can be read


class Taping:
    """Of one conversation. told(what): a fact for the floor: "on", "off", "paused", "full"; "kept" once all of it is."""

    def __init__(
        self, mode: Recording, recordings: Recordings, dispatch: Dispatch, now_ms: Callable[[], int], told: Callable[[str], None]
    ) -> None:
        self.mode, self.recordings, self._dispatch, self._now_ms, self._told = mode, recordings, dispatch, now_ms, told
        self.noticed = False  # he has heard of it
        self.choice: bool | None = None  # what he pressed
        self.forbidden = True  # until it is known that he has not forbidden it
        self._recorder: Recorder | None = None
        self._whose: Recorded | None = None
        self._heard: dict[int, Source] = {}
        self._ordered_off = False
        self._length_ms = self._begun_ms = 0

    @property
    def wanted(self) -> bool:
        """Whether there is anything to say to the caller of it."""
        return self.mode is not Recording.OFF and not self.forbidden

    @property
    def allowed(self) -> bool:
        """Whether sound may be kept now."""
        if not self.wanted or not self.noticed:
            return False
        return self.choice is True if self.mode is Recording.CONSENT else self.choice is not False

    @property
    def running(self) -> bool:
        return self._recorder is not None and not self._recorder.broken

    def press(self) -> bool:
        """The caller used his key; True where he agreed."""
        self.choice = self.mode is Recording.CONSENT
        return self.choice

    def begin(self, caller: Call, whose: Recorded) -> None:
        """A talk is up: record it, where that is allowed and not done yet."""
        if self._recorder is not None or not self.allowed:
            return
        self._whose, self._begun_ms = whose, self._now_ms()
        self._recorder = Recorder(caller.line, self.recordings.vault.writer, self._sealed, self._full, piece_s=PIECE_S)
        self._told("on")
        for line in self._heard.values():
            self._recorder.tape.join(line)
        self._quiet()

    async def between(self, heard: dict[int, Source]) -> None:
        """Who talks to the caller now; nobody: nothing is kept until somebody does."""
        left = [line for key, line in self._heard.items() if key not in heard]
        came = [line for key, line in heard.items() if key not in self._heard]
        self._heard = dict(heard)
        recorder = self._recorder
        if recorder is None:
            return
        if left and not heard:
            recorder.tape.pause()
        if left:
            await recorder.flush()
        for line in left:
            recorder.tape.leave(line)
        for line in came:
            recorder.tape.join(line)
        self._quiet()

    def pause(self) -> None:
        """What is said now is nobody's to keep (card numbers)."""
        self._ordered_off = True
        self._quiet()
        self._told("paused")

    def go_on(self) -> None:
        self._ordered_off = False
        self._quiet()
        self._told("on")

    async def stop(self) -> None:
        """The caller does not want it: what was recorded until now is forgotten too."""
        if self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            await recorder.close()
            contact = self._whose.contact if self._whose else ""
            self._dispatch.post(lambda: self.recordings.forget(contact))
            self._told("off")

    async def close(self) -> None:
        """The conversation is over."""
        if self._recorder is not None:
            await self._recorder.close()
            if self.running:
                self._told("kept")

    def _quiet(self) -> None:
        if self._recorder is None:
            return
        if self._ordered_off or not self._heard:
            self._recorder.tape.pause()
        else:
            self._recorder.tape.go_on()

    def _sealed(self, sound: object, length_ms: int) -> None:
        whose, piece = self._whose, Piece(str(sound), self._begun_ms + self._length_ms, length_ms)
        self._length_ms += length_ms
        assert whose is not None
        self._dispatch.post(lambda: self.recordings.add(whose, piece))

    def _full(self, why: str) -> None:
        self._told("full")


async def sweeping(recordings: Recordings, every_s: float = 3600.0) -> None:
    """Forget what is too old, again and again, until cancelled."""
    while True:
        try:
            while await recordings.sweep():
                pass
        except MemoryAway:
            pass
        await asyncio.sleep(every_s)
