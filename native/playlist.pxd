"""What a call hears next: prompts one after another, without copies, with pause, resume and a soft stop."""

from libc.stdint cimport int16_t, int32_t, int64_t

cdef enum:
    PLAYLIST_SLOTS = 64

cdef enum Order:
    ORDER_PLAY = 1
    ORDER_PAUSE = 2
    ORDER_RESUME = 3
    ORDER_STOP = 4

cdef enum:
    PAUSE_ON_SPEECH = 1
    STOP_ON_KEY = 2

cdef struct pcm_t:
    int32_t refs
    int64_t count
    int16_t data[1]

cdef struct order_t:
    int32_t what
    int32_t flags
    int64_t prompt
    pcm_t* pcm

# How the clock tells what became of a prompt: a bell Kind, the prompt, samples of it that were sent.
ctypedef void (*tell_fn)(void* whom, int what, int64_t prompt, int64_t sample) noexcept nogil

cdef struct playlist_t:
    order_t orders[PLAYLIST_SLOTS]    # written by the loop, read by the clock
    int64_t ordered
    int64_t taken
    order_t queue[PLAYLIST_SLOTS]     # the clock's own: what is to be played
    int64_t head
    int64_t tail
    int64_t at                        # next sample of the head prompt
    int32_t paused
    int32_t fading                    # a pause has just begun: fade out at the next pull
    int32_t rising                    # samples of the fade-in still to come
    int32_t cutting                   # stop at the next pull
    int32_t fade
    tell_fn tell
    void* whom
    pcm_t* owned[PLAYLIST_SLOTS]      # the loop's own: references to drop, in order of play
    int64_t played                    # prompts ever ordered
    int64_t dropped                   # of those, how many the loop has let go
    int64_t finished                  # of those, how many the clock is done with

cdef void pcm_drop(pcm_t* self) noexcept nogil
cdef void playlist_init(playlist_t* self, int rate_hz, tell_fn tell, void* whom) noexcept nogil
cdef void playlist_free(playlist_t* self) noexcept nogil
cdef bint playlist_order(playlist_t* self, int what, int64_t prompt, pcm_t* pcm, int flags) noexcept nogil
cdef void playlist_reap(playlist_t* self) noexcept nogil
cdef void playlist_pull(playlist_t* self, int16_t* to, int count) noexcept nogil
cdef int playlist_flags(const playlist_t* self) noexcept nogil
cdef void playlist_pause(playlist_t* self) noexcept nogil
cdef void playlist_resume(playlist_t* self) noexcept nogil
cdef void playlist_stop(playlist_t* self) noexcept nogil

cdef class Pcm:
    cdef pcm_t* c
    cdef readonly int rate_hz

cdef class Playlist:
    cdef playlist_t c
    cdef list news
