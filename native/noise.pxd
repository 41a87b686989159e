"""How loud the line is when nobody speaks: the lowest level of the last two seconds."""

from libc.stdint cimport int32_t

cdef enum:
    NOISE_BLOCKS = 8          # of the window; the oldest goes as a whole

cdef struct noise_t:
    float lows[NOISE_BLOCKS]  # the lowest level of each block, dBov
    float recent[2]           # levels of the last frames
    int32_t block             # the present one
    int32_t at                # frames in it
    int32_t frames            # seen so far, up to one block

cdef void noise_init(noise_t* self) noexcept nogil
cdef float noise_feed(noise_t* self, float level_dbov) noexcept nogil
