"""What every voice can do. Rendering blocks and runs on worker threads only."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


@runtime_checkable
class Voice(Protocol):
    """One voice of one engine in one language."""

    name: str
    language: str

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """Speak `text` as mono PCM at `rate_hz` (8000 or 16000), `stretch` times as long as usual. Raises SpeechError where it cannot."""
