"""The WebRTC voice activity detector of the `webrtcvad` package, called without the GIL."""

from libc.stdint cimport int16_t

cdef void* vad_new(int mode) noexcept nogil
cdef void vad_free(void* handle) noexcept nogil
cdef int vad_process(void* handle, int rate_hz, const int16_t* samples, int count) noexcept nogil

cdef class Vad:
    cdef void* handle
    cdef int rate_hz
