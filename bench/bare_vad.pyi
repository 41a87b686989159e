import numpy as np
import numpy.typing as npt

def judge(samples: npt.NDArray[np.int16], mode: int, rate_hz: int = 8000) -> int: ...
