"""How loud a frame is, in dBov (RFC 6465 section 3)."""

from libc.stdint cimport int16_t

cdef float level_dbov(const int16_t* samples, int count) noexcept nogil
