"""Is what comes in only what we sent, given back by the line?"""

from libc.stdint cimport int16_t, int32_t, int64_t

cdef enum:
    ECHO_KEPT = 4096          # sent samples that are remembered: a power of two; at 8 kHz half a second
    ECHO_WINDOW = 480         # samples compared: 60 ms at 8 kHz
    ECHO_FRAME = 160
    ECHO_FRAMES = 26          # in which ECHO_KEPT samples lie

cdef struct echo_t:
    int16_t sent[ECHO_KEPT]   # 8 kHz, a ring
    int16_t came[ECHO_WINDOW]  # the last frames that came in
    int32_t loud[ECHO_FRAMES]  # energy of each frame sent, sharpened (echo.pyx), a ring
    int32_t oldest            # of these
    int32_t at                # where the next sent sample goes
    int32_t lag               # at which an echo was last found, -1: never
    int32_t silent            # samples of silence sent in a row

cdef void echo_init(echo_t* self) noexcept nogil
cdef void echo_sent(echo_t* self, const int16_t* samples, int count, int step) noexcept nogil
cdef void echo_came(echo_t* self, const int16_t* samples, int count, int step) noexcept nogil
cdef bint echo_found(echo_t* self) noexcept nogil
cdef bint pitched(const echo_t* self) noexcept nogil
