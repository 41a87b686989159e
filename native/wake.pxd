"""How any thread calls the SIP thread out of `libHandleEvents`: one datagram on a pair of sockets that its ioqueue watches."""

from libc.stdint cimport int32_t

cdef struct wake_t:
    int32_t asked             # a wake-up is under way and not yet seen
    int32_t near              # the end that the ioqueue reads (the ioqueue closes it)
    int32_t far               # the end that any thread writes

cdef void wake_up(wake_t* self) noexcept nogil

cdef class Wake:
    cdef wake_t c
    cdef void* pool           # pj_pool_t
    cdef void* key            # pj_ioqueue_key_t
    cdef void* watch          # what the ioqueue reads into
