"""The WebRTC voice activity detector of the `webrtcvad` package, called without the GIL.

The package's own extension module exports the detector's C functions; they are looked up once, at import.
"""

from posix.dlfcn cimport RTLD_NOW, dlopen, dlsym

import _webrtcvad

ctypedef int (*create_fn)(void**) noexcept nogil
ctypedef void (*free_fn)(void*) noexcept nogil
ctypedef int (*init_fn)(void*) noexcept nogil
ctypedef int (*mode_fn)(void*, int) noexcept nogil
ctypedef int (*process_fn)(void*, int, const int16_t*, size_t) noexcept nogil

cdef create_fn c_create
cdef free_fn c_free
cdef init_fn c_init
cdef mode_fn c_set_mode
cdef process_fn c_process


cdef void* symbol(void* library, bytes name) except NULL:
    cdef void* found = dlsym(library, name)
    if found == NULL:
        raise ImportError(
            f"{_webrtcvad.__file__} does not export {name.decode()}: this build of the webrtcvad package cannot be used "
            "without the GIL; install webrtcvad-wheels"
        )
    return found


cdef resolve():
    global c_create, c_free, c_init, c_set_mode, c_process
    cdef void* library = dlopen(_webrtcvad.__file__.encode(), RTLD_NOW)
    if library == NULL:
        raise ImportError(f"{_webrtcvad.__file__} cannot be opened; install webrtcvad-wheels")
    c_create = <create_fn>symbol(library, b"WebRtcVad_Create")
    c_free = <free_fn>symbol(library, b"WebRtcVad_Free")
    c_init = <init_fn>symbol(library, b"WebRtcVad_Init")
    c_set_mode = <mode_fn>symbol(library, b"WebRtcVad_set_mode")
    c_process = <process_fn>symbol(library, b"WebRtcVad_Process")

resolve()


cdef void* vad_new(int mode) noexcept nogil:
    """A detector of aggressiveness `mode` 0 to 3; NULL where there is no memory or the mode is wrong."""
    cdef void* handle = NULL
    if c_create(&handle) != 0:
        return NULL
    if handle != NULL and (c_init(handle) != 0 or c_set_mode(handle, mode) != 0):
        c_free(handle)
        return NULL
    return handle


cdef void vad_free(void* handle) noexcept nogil:
    if handle != NULL:
        c_free(handle)


cdef int vad_process(void* handle, int rate_hz, const int16_t* samples, int count) noexcept nogil:
    """1 voice, 0 none, -1 a frame that is not 10, 20 or 30 ms long."""
    return c_process(handle, rate_hz, samples, count)


cdef class Vad:
    """One detector, for tests and tools. Frames are 10, 20 or 30 ms of int16 at 8, 16, 32 or 48 kHz."""

    def __cinit__(self, int mode=2, int rate_hz=8000):
        if not 0 <= mode <= 3:
            raise ValueError(f"mode is 0 to 3, not {mode}")
        self.rate_hz = rate_hz
        self.handle = vad_new(mode)
        if self.handle == NULL:
            raise MemoryError

    def __dealloc__(self):
        vad_free(self.handle)

    def is_speech(self, const int16_t[::1] frame) -> bool:
        cdef int voiced = -1
        if frame.shape[0]:
            with nogil:
                voiced = vad_process(self.handle, self.rate_hz, &frame[0], <int>frame.shape[0])
        if voiced < 0:
            raise ValueError(f"{frame.shape[0]} samples at {self.rate_hz} Hz are not 10, 20 or 30 ms")
        return voiced == 1
