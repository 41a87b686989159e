import numpy as np
import numpy.typing as npt

class Vad:
    """One detector, for tests and tools. Frames are 10, 20 or 30 ms of int16 at 8, 16, 32 or 48 kHz."""

    def __init__(self, mode: int = 2, rate_hz: int = 8000) -> None: ...
    def is_speech(self, frame: npt.NDArray[np.int16]) -> bool: ...
