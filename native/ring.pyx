"""The last seconds of a call's sound: one writer (the clock), one reader at a time, no lock.

Samples are addressed by their position since the beginning of the sound. A reader that comes too late gets nothing and
the overrun is counted; a reader that was overtaken while it copied finds out afterwards and discards the copy.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

import numpy as np

from native.atomic cimport ACQUIRE, RELAXED, RELEASE, add_i64, fence, load_i64, store_i64

# The writer may be one write ahead of `written`; no single write is longer than this many samples (60 ms at 16 kHz).
cdef enum:
    LONGEST_WRITE = 960


cdef bint ring_init(ring_t* self, int64_t at_least) noexcept nogil:
    """Room for `at_least` samples; False where there is no memory."""
    cdef int64_t size = 2048
    while size < at_least + LONGEST_WRITE:
        size *= 2
    self.data = <int16_t*>calloc(size, sizeof(int16_t))
    self.mask = size - 1
    self.written = 0
    self.overruns = 0
    return self.data != NULL


cdef void ring_free(ring_t* self) noexcept nogil:
    free(self.data)
    self.data = NULL


cdef void ring_write(ring_t* self, const int16_t* samples, int count) noexcept nogil:
    cdef int64_t at = self.written & self.mask
    cdef int64_t first = min(<int64_t>count, self.mask + 1 - at)
    memcpy(self.data + at, samples, first * sizeof(int16_t))
    if first < count:
        memcpy(self.data, samples + first, (count - first) * sizeof(int16_t))
    store_i64(&self.written, self.written + count, RELEASE)


cdef bint ring_read(ring_t* self, int64_t start, int16_t* to, int64_t count) noexcept nogil:
    """Copy [start, start + count); False where that is overwritten already or not yet there."""
    cdef int64_t written = load_i64(&self.written, ACQUIRE)
    cdef int64_t at = start & self.mask
    cdef int64_t first = min(count, self.mask + 1 - at)
    if start < 0 or count < 0 or start + count > written:
        return False
    if written - start <= self.mask + 1 - LONGEST_WRITE:
        memcpy(to, self.data + at, first * sizeof(int16_t))
        if first < count:
            memcpy(to + first, self.data, (count - first) * sizeof(int16_t))
        fence(ACQUIRE)
        if load_i64(&self.written, RELAXED) - start <= self.mask + 1 - LONGEST_WRITE:
            return True
    add_i64(&self.overruns, 1, RELAXED)
    return False


cdef class Ring:
    """A ring on its own, for tests and tools; a call's ring lives inside its `Line`."""

    def __cinit__(self, int64_t at_least):
        if not 0 < at_least <= 1 << 24:
            raise ValueError(f"a ring holds 1 to 16777216 samples, not {at_least}")
        if not ring_init(&self.c, at_least):
            raise MemoryError

    def __dealloc__(self):
        ring_free(&self.c)

    def write(self, const int16_t[::1] samples):
        """Append; at most 960 samples at a time."""
        if samples.shape[0] > LONGEST_WRITE:
            raise ValueError(f"at most {LONGEST_WRITE} samples at a time, not {samples.shape[0]}")
        if samples.shape[0]:
            ring_write(&self.c, &samples[0], <int>samples.shape[0])

    def read(self, int64_t start, int64_t count):
        """Samples [start, start + count) as int16, or None where they are gone or not yet there."""
        out = np.empty(max(count, 0), dtype=np.int16)
        cdef int16_t[::1] view = out
        if count <= 0:
            return out
        return out if ring_read(&self.c, start, &view[0], count) else None

    @property
    def written(self) -> int:
        return load_i64(&self.c.written, ACQUIRE)

    @property
    def overruns(self) -> int:
        return load_i64(&self.c.overruns, RELAXED)
