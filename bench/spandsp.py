"""spandsp's DTMF receiver (libspandsp2, Debian) by ctypes: the peer of our in-band keys."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import lru_cache
from typing import Any

import numpy as np

from bench.tones import Pcm

DIGITS_MOST = 128  # MAX_DTMF_DIGITS in spandsp's dtmf.h


@lru_cache(maxsize=1)
def _library() -> Any:
    name = ctypes.util.find_library("spandsp") or "libspandsp.so.2"
    library = ctypes.CDLL(name)
    library.dtmf_rx_init.restype = ctypes.c_void_p
    library.dtmf_rx_init.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    library.dtmf_rx_get.restype = ctypes.c_size_t
    library.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.dtmf_rx_free.argtypes = [ctypes.c_void_p]
    return library


def missing() -> str:
    """Why there is no spandsp to measure against, with what to do; empty where there is one."""
    try:
        _library()
    except OSError:
        return "install libspandsp2 (make setup does)"
    return ""


class Spandsp:
    """One receiver at 8 kHz with the library's own limits."""

    def __init__(self) -> None:
        self._library = _library()
        self._state = self._library.dtmf_rx_init(None, None, None)
        if not self._state:
            raise MemoryError("spandsp gave no receiver")

    def feed(self, samples: Pcm) -> str:
        """The keys that these samples confirmed."""
        sound = np.ascontiguousarray(samples, dtype=np.int16)
        self._library.dtmf_rx(self._state, sound.ctypes.data, len(sound))
        digits = ctypes.create_string_buffer(DIGITS_MOST + 1)
        count = self._library.dtmf_rx_get(self._state, digits, DIGITS_MOST)
        return digits.raw[:count].decode("ascii")

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.dtmf_rx_free(self._state)
