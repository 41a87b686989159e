"""The WebRTC VAD and nothing else, called from C for frame after frame: the floor of what hearing a frame costs.

The webrtcvad package's own extension module exports the detector's C functions; they are looked up once, at import.
"""

from libc.stdint cimport int16_t
from posix.dlfcn cimport RTLD_NOW, dlopen, dlsym

import _webrtcvad

ctypedef int (*create_fn)(void**) noexcept nogil
ctypedef void (*free_fn)(void*) noexcept nogil
ctypedef int (*init_fn)(void*) noexcept nogil
ctypedef int (*mode_fn)(void*, int) noexcept nogil
ctypedef int (*process_fn)(void*, int, const int16_t*, size_t) noexcept nogil


cdef void* symbol(bytes name) except NULL:
    cdef void* library = dlopen(_webrtcvad.__file__.encode(), RTLD_NOW)
    cdef void* found = dlsym(library, name) if library != NULL else NULL
    if found == NULL:
        raise ImportError(f"{_webrtcvad.__file__} does not export {name.decode()}; install webrtcvad-wheels")
    return found

cdef create_fn c_create = <create_fn>symbol(b"WebRtcVad_Create")
cdef free_fn c_free = <free_fn>symbol(b"WebRtcVad_Free")
cdef init_fn c_init = <init_fn>symbol(b"WebRtcVad_Init")
cdef mode_fn c_set_mode = <mode_fn>symbol(b"WebRtcVad_set_mode")
cdef process_fn c_process = <process_fn>symbol(b"WebRtcVad_Process")


def judge(const int16_t[::1] samples, int mode, int rate_hz=8000) -> int:
    """How many of the 20 ms frames are voiced. Raises ValueError for a mode beyond 0 to 3 or a rate of no VAD."""
    if not 0 <= mode <= 3 or rate_hz not in (8000, 16000):
        raise ValueError(f"mode {mode} at {rate_hz} Hz")
    cdef Py_ssize_t at = 0, frame = rate_hz // 50
    cdef int voiced = 0
    cdef void* vad = NULL
    if c_create(&vad) != 0 or c_init(vad) != 0 or c_set_mode(vad, mode) != 0:
        raise MemoryError
    with nogil:
        while at + frame <= samples.shape[0]:
            voiced += c_process(vad, rate_hz, &samples[at], <int>frame) == 1
            at += frame
        c_free(vad)
    return voiced
