"""Is this frame a voice? Six bands of the spectrum into two dozen recurrent units."""

from libc.stdint cimport int16_t

cdef enum:
    VOICING_LAGS = 16
    VOICING_BANDS = 6
    VOICING_FEATURES = 16     # two a band and four of the whole
    VOICING_UNITS = 24

cdef struct voicing_t:
    int16_t past[176]         # VOICING_LAGS and a frame, at 8 kHz
    float smooth[VOICING_BANDS]  # all of these in octaves of power
    float floor[VOICING_BANDS]
    float loud
    float mean
    float low
    float last
    float state[VOICING_UNITS]

cdef void voicing_init(voicing_t* self) noexcept nogil
cdef float voicing_feed(voicing_t* self, const int16_t* samples, int rate_hz) noexcept nogil
