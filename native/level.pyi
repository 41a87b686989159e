import numpy as np
import numpy.typing as npt

def dbov(samples: npt.NDArray[np.int16]) -> float: ...
