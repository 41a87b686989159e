"""Who may speak to the gateway and what each may ask: a table of C arrays, built by Python, read without the GIL."""

from libc.stdint cimport int32_t, uint32_t, uint64_t

cdef enum:
    MAX_TRUNKS = 256
    MAX_NETWORKS = 4096

# What a trunk may ask beyond calls. The Python name is `Permission`.
cdef enum:
    MAY_REFER = 1             # RFC 3515: have us place a call
    MAY_REPLACES = 2          # RFC 3891, 3911: take over or join a call that is up
    MAY_MESSAGE = 4           # RFC 3428
    MAY_SUBSCRIBE = 8         # RFC 6665
    MAY_PUBLISH = 16          # RFC 3903
    MAY_NOTIFY = 32           # RFC 6665: needed where we transfer with REFER
    MAY_REGISTER = 64         # RFC 3261 section 10

cdef struct network_t:
    uint64_t hi               # the address, most significant half first; IPv4 in the low 32 bits of `lo`
    uint64_t lo
    uint64_t hi_mask
    uint64_t lo_mask
    int32_t bits              # 32 or 128: the family
    int32_t trunk

cdef struct trunk_t:
    uint32_t permissions
    int32_t max_calls         # 0: only the whole gateway's limit
    int32_t srtp_required
    char allow[160]           # the Allow header of a 405

cdef struct table_t:
    int32_t network_count     # narrowest first: the first that fits is the one
    int32_t max_calls
    int32_t refuse_strangers
    int32_t max_message       # bytes
    int32_t max_line          # bytes of one header, its continuation lines included
    int32_t max_headers
    int32_t max_crypto        # a=crypto lines a medium
    network_t* networks
    trunk_t* trunks

cdef table_t* table_of(trunks) except NULL
cdef void table_free(table_t* old) noexcept nogil
cdef int trunk_at(const table_t* rules, int bits, uint64_t hi, uint64_t lo) noexcept nogil
