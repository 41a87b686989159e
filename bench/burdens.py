"""What holds a gateway's Python: its interpreter lock kept by somebody else, its loop blocked."""

from __future__ import annotations

import ctypes
import time

GIL_S, LOOP_S = 0.2, 1.0


def hold() -> dict[str, float]:
    """On the loop: the interpreter lock held for GIL_S by one call that gives it to nobody, then the loop blocked for LOOP_S.

    Gives how long each took.
    """
    # PyDLL, unlike CDLL, keeps the lock while the C function runs.
    begun = time.monotonic()
    ctypes.PyDLL(None).usleep(round(GIL_S * 1e6))
    held = time.monotonic()
    time.sleep(LOOP_S)
    return {"gil_s": held - begun, "loop_s": time.monotonic() - held}
