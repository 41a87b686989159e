"""The way from sound to Python: a bounded lock-free queue of small events and one eventfd that wakes the loop."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cpdef enum Kind:
    SPEECH_BEGAN = 1      # sample: where the turn begins, pre-roll included
    SPEECH_PAUSED = 2     # sample: end of the last voiced frame; value: begin; detail: 1 too short so far
    SPEECH_RESUMED = 3    # sample: where the voice came back
    SPEECH_ENDED = 4      # sample: begin; value: end; detail: 1 too short, 2 too long
    KEY = 5               # detail: ASCII; sample: where it was confirmed
    PROMPT_FINISHED = 6   # value: prompt
    PROMPT_CUT = 7        # value: prompt; sample: samples of it that were sent
    PROMPT_PAUSED = 8     # value: prompt; sample: where in it
    PROMPT_RESUMED = 9    # value: prompt
    OVERRUN = 10          # sample: the first one that a late reader missed; value: how many he wanted
    SPEECH_LASTED = 11    # for a while, over a prompt; sample: end of the last voiced frame; value: begin; detail: 1 it falters

cdef struct bell_event_t:
    int32_t line
    int32_t kind
    int64_t sample
    int64_t value
    int64_t detail
    int64_t at_ns             # CLOCK_MONOTONIC
    int64_t position          # the line's sample clock at that moment

cdef struct bell_cell_t:
    uint64_t turn
    bell_event_t event

cdef struct bell_t:
    bell_cell_t* cells
    uint64_t mask
    uint64_t pad0[6]
    uint64_t head
    uint64_t pad1[7]
    uint64_t tail
    uint64_t pad2[7]
    int64_t lost
    int32_t armed
    int32_t fd
    int32_t refs

cdef int64_t now_ns() noexcept nogil
cdef void bell_ring(bell_t* self, const bell_event_t* event) noexcept nogil
cdef void bell_hold(bell_t* self) noexcept nogil
cdef void bell_drop(bell_t* self) noexcept nogil

cdef class Bell:
    cdef bell_t* c
