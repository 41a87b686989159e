"""A call's line as a port of the conference bridge."""

from native.line cimport Line

cdef class Port(Line):
    cdef void* port
    cdef readonly int slot

cdef void begin_round() noexcept nogil
