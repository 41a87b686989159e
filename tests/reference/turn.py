"""Turn taking in plain Python, written from the rules and not from the native code: the slow twin of native/turn."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Turn:
    """All settings and positions in samples; frames are fed one by one."""

    onset_frames: int = 2
    onset_window: int = 3
    pre_roll: int = 1920
    pause: int = 960
    end_silence: int = 5600
    longest: int = 160000
    at: int = 0
    begin: int = 0
    end: int = 0
    speaking: bool = False
    paused: bool = False
    voices: list[tuple[int, bool]] = field(default_factory=list)

    def feed(self, voiced: bool, count: int, sure: bool = False) -> list[str]:
        start, self.at = self.at, self.at + count
        self.voices.append((start, voiced))
        if not self.speaking:
            window = [position for position, voice in self.voices[-self.onset_window :] if voice]
            if voiced and (sure or len(window) >= self.onset_frames):
                self.speaking, self.paused = True, False
                self.begin, self.end = max(0, window[0] - self.pre_roll), self.at
                return ["began"]
            return []
        marks = []
        if voiced:
            self.end = self.at
            if self.paused and self.voices[-2][1]:
                self.paused = False
                marks.append("resumed")
        silence = self.at - self.end
        if not self.paused and silence >= self.pause:
            self.paused = True
            marks.append("paused")
        if silence >= self.end_silence or self.at - self.begin >= self.longest:
            self.speaking = self.paused = False
            self.voices.clear()
            marks.append("ended")
        return marks
