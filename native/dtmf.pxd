# In-band DTMF (ITU-T Q.23, Q.24): a plain struct to embed by value, and three functions that take no GIL, lock or memory.
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t

cdef enum:
    DTMF_TAPS_MAX = 160    # a filter is 10 ms long: 80 samples at 8 kHz, 160 at 16 kHz
    DTMF_SPAN = 8          # hops in one filter length
    DTMF_WINDOW = 24       # hops (30 ms) that a key must fill before it is believed

cdef struct dtmf_t:
    int taps                                # filter length in samples
    int hop                                 # samples from one look to the next: 1.25 ms
    int fill                                # samples waiting in `line`
    int run                                 # hops in a row that might belong to a key
    int oldest                              # slot of `looks` and `powers` that is overwritten next
    int held                                # ASCII of the key that sounds, or 0
    int gap                                 # hops in a row without the held key
    int block                               # slot of `blocks` that is overwritten next
    double held_power                       # mean power of the held key when it was confirmed
    int64_t energy                          # sum of `blocks`: energy under the filter, / 8
    uint32_t blocks[DTMF_SPAN]              # energy of each of the last hops, / 8
    int32_t looks[DTMF_WINDOW][4]           # filter outputs: low re, low im, high re, high im
    double powers[DTMF_WINDOW]              # mean square of the samples under the filter
    int16_t line[3 * DTMF_TAPS_MAX]         # the last samples, oldest first

cdef void dtmf_init(dtmf_t* self, int rate_hz) noexcept nogil                               # 8000 or 16000
cdef int dtmf_feed(dtmf_t* self, const int16_t* samples, int count) noexcept nogil          # key newly confirmed, or 0
cdef int dtmf_held(const dtmf_t* self) noexcept nogil                                       # key now sounding, or 0

cdef class Dtmf:
    cdef dtmf_t state
    cdef readonly int rate_hz
