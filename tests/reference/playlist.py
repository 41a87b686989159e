"""A playlist over one big list of samples: the slow twin of native/playlist (without fades)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Playlist:
    queue: list[tuple[int, list[int]]] = field(default_factory=list)
    at: int = 0
    paused: bool = False
    news: list[tuple[str, int, int]] = field(default_factory=list)

    def play(self, samples: list[int], prompt: int) -> None:
        self.queue.append((prompt, samples))

    def pause(self) -> None:
        if self.queue and not self.paused:
            self.paused = True
            self.news.append(("paused", self.queue[0][0], self.at))

    def resume(self) -> None:
        if self.paused:
            self.paused = False
            self.news.append(("resumed", self.queue[0][0], self.at))

    def pull(self, count: int) -> list[int]:
        out: list[int] = []
        while len(out) < count and self.queue and not self.paused:
            prompt, samples = self.queue[0]
            part = samples[self.at : self.at + count - len(out)]
            out += part
            self.at += len(part)
            if self.at == len(samples):
                self.news.append(("finished", prompt, self.at))
                self.queue.pop(0)
                self.at = 0
        return out + [0] * (count - len(out))
