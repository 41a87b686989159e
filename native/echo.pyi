import numpy as np
import numpy.typing as npt

class Echo:
    """The judgement on its own, for tests and tools. Frames of 20 ms of int16 at 8 kHz."""

    def feed(self, sent: npt.NDArray[np.int16], came: npt.NDArray[np.int16]) -> bool: ...
    @property
    def pitched(self) -> bool: ...
