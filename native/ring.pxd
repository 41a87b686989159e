"""The last seconds of a call's sound: one writer (the clock), one reader at a time, no lock."""

from libc.stdint cimport int16_t, int64_t

cdef struct ring_t:
    int16_t* data
    int64_t mask
    int64_t written       # samples ever written; only the writer stores it
    int64_t overruns      # reads that came too late

cdef bint ring_init(ring_t* self, int64_t at_least) noexcept nogil
cdef void ring_free(ring_t* self) noexcept nogil
cdef void ring_write(ring_t* self, const int16_t* samples, int count) noexcept nogil
cdef bint ring_read(ring_t* self, int64_t start, int16_t* to, int64_t count) noexcept nogil

cdef class Ring:
    cdef ring_t c
