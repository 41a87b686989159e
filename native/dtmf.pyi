"""In-band DTMF (ITU-T Q.24): the face that tests and measurements use; live calls go through dtmf.pxd."""

import numpy as np
from numpy.typing import NDArray

class Dtmf:
    """ValueError for a rate other than 8000 or 16000 Hz."""

    @property
    def rate_hz(self) -> int: ...
    @property
    def held(self) -> str:
        """The key that sounds now, or ""."""
    def __init__(self, rate_hz: int = 8000) -> None: ...
    def feed(self, samples: NDArray[np.int16] | memoryview) -> str:
        """Takes any number of samples; gives the keys that they confirmed, in order, mostly "" or one."""
