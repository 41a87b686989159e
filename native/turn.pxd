"""When a caller's turn begins and ends: voiced and unvoiced frames in, turn marks out."""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    TURN_BEGAN = 1
    TURN_PAUSED = 2
    TURN_RESUMED = 4
    TURN_ENDED = 8

cdef struct turn_t:
    # Settings: stored by the loop, read by the clock at every frame, all in samples but for the two counts.
    int32_t onset_frames      # voiced frames among the last `onset_window` that begin a turn
    int32_t onset_window
    int32_t pre_roll
    int32_t pause             # silence after which a pause is announced (decode ahead)
    int32_t end_silence       # hangover: silence that ends the turn
    int32_t shortest          # less voice than this was no turn, but a noise
    int32_t longest           # a turn is ended by force after this
    # State: the clock's own.
    int32_t speaking
    int32_t paused
    int32_t history           # the last frames, bit 0 the newest
    int64_t begin
    int64_t end               # end of the last voiced frame
    int64_t voiced            # voiced samples of this turn

cdef void turn_init(turn_t* self, int rate_hz) noexcept nogil
cdef int turn_feed(turn_t* self, bint voiced, bint sure, int count, int64_t at) noexcept nogil
cdef turn_set(turn_t* c, int rate_hz, onset_frames, onset_window, pre_roll_ms, pause_ms, end_silence_ms, shortest_ms, longest_ms)

cdef class Turn:
    cdef turn_t c
    cdef int64_t at
    cdef readonly int rate_hz
