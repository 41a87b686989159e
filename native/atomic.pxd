"""GCC's atomic builtins under their own names: they are generic, so one declaration a width serves."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from * nogil:
    int RELAXED "__ATOMIC_RELAXED"
    int ACQUIRE "__ATOMIC_ACQUIRE"
    int RELEASE "__ATOMIC_RELEASE"
    int ACQ_REL "__ATOMIC_ACQ_REL"
    int SEQ_CST "__ATOMIC_SEQ_CST"
    int32_t load_i32 "__atomic_load_n"(const int32_t* at, int order)
    int64_t load_i64 "__atomic_load_n"(const int64_t* at, int order)
    uint64_t load_u64 "__atomic_load_n"(const uint64_t* at, int order)
    void store_i32 "__atomic_store_n"(int32_t* at, int32_t value, int order)
    void store_i64 "__atomic_store_n"(int64_t* at, int64_t value, int order)
    void store_u64 "__atomic_store_n"(uint64_t* at, uint64_t value, int order)
    int32_t swap_i32 "__atomic_exchange_n"(int32_t* at, int32_t value, int order)
    int32_t add_i32 "__atomic_add_fetch"(int32_t* at, int32_t value, int order)
    int64_t add_i64 "__atomic_add_fetch"(int64_t* at, int64_t value, int order)
    bint cas_u64 "__atomic_compare_exchange_n"(uint64_t* at, uint64_t* expected, uint64_t desired, bint weak, int ok, int fail)
    void fence "__atomic_thread_fence"(int order)
