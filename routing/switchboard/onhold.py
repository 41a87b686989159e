"""What a caller hears while nobody talks to him: music, and now and then words, which take its place and never delay an answer."""

from __future__ import annotations

from collections.abc import Sequence

from voice import events as on
from voice.call import Call
from voice.errors import HotlineError
from voice.speech.mouth import Clip

AHEAD = 2  # phrases of music in the call's playlist: the one that plays, and the next


class OnHold:
    """Of one call. phrases: of the music, played in turn. Every prompt event of the call is told to `on`."""

    def __init__(self, call: Call, phrases: Sequence[Clip]) -> None:
        self.call, self.phrases = call, phrases
        self._music: set[int] = set()
        self._words: set[int] = set()
        self._next = 0
        self._wanted = False

    @property
    def playing(self) -> bool:
        """Music is wanted: nobody talks to him."""
        return self._wanted

    @property
    def speaking(self) -> bool:
        """Words are being said."""
        return bool(self._words)

    def start(self) -> None:
        """Music from now on, behind any words."""
        self._wanted = True
        self._fill()

    def stop(self) -> None:
        """Silence at the next frame: somebody is there."""
        self._wanted = False
        if self._music or self._words:
            self._music.clear()
            self._words.clear()
            self.call.stop()

    def say(self, clips: Sequence[Clip], *, keys_cut: bool = True) -> list[int]:
        """Words instead of the music, which goes on behind them; their prompts. Raises SpeechError where the playlist is full."""
        if self._music:
            self._music.clear()
            self.call.stop()
        prompts = [self.call.play(clip, barge_keys=keys_cut) for clip in clips]
        self._words |= set(prompts)
        if self._wanted:
            self._fill()
        return prompts

    def on(self, event: on.Event) -> None:
        """An event of the call: the music goes on."""
        if isinstance(event, on.PromptFinished | on.PromptCut):
            self._words.discard(event.prompt)
            self._music.discard(event.prompt)
            if self._wanted:
                self._fill()

    def _fill(self) -> None:
        try:
            while self.phrases and len(self._music) < AHEAD:
                self._music.add(self.call.play(self.phrases[self._next % len(self.phrases)], barge_keys=False))
                self._next += 1
        except HotlineError:
            return  # the playlist is full of words: the next event fills it
