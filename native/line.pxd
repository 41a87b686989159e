"""One call's sound: what comes in is judged, kept and reported; what goes out comes from the playlist."""

from libc.stdint cimport int16_t, int32_t, int64_t

from native.bell cimport Bell, bell_t
from native.dtmf cimport dtmf_t
from native.echo cimport echo_t
from native.playlist cimport playlist_t
from native.ring cimport ring_t
from native.turn cimport turn_t
from native.voicing cimport voicing_t

cdef struct line_t:
    int32_t refs              # the Python side holds one, a port in the bridge another
    int32_t number
    int32_t rate_hz
    int32_t frame             # samples in 20 ms
    bell_t* bell
    ring_t ring
    turn_t turn
    voicing_t voicing
    echo_t echo
    dtmf_t dtmf
    playlist_t playlist
    int32_t hearing           # voice detection on
    int32_t inband            # key detection in the sound on
    float floor_dbov          # quieter than this is never voice
    float level_dbov          # of the last frame that came in
    int32_t doubt             # frames until a prompt that stands still goes on, if no pitch is heard; 1: it has; 0: no doubt
    int32_t pitched           # frames on end with a pitch in this turn
    int32_t playing           # a prompt sounded or stood still a frame ago
    int32_t look              # frames until the voice that a prompt stands still for is looked at; 0: it was
    int32_t looking           # which look that is: the first, again, or at a voice that went on as the prompt did
    int64_t sent              # samples given out
    int64_t frames            # frames that came in
    int64_t empty             # of those, how many were missing (no packet in time)

cdef line_t* line_new(bell_t* bell, int number, int rate_hz, double ring_s) noexcept nogil
cdef void line_hold(line_t* self) noexcept nogil
cdef void line_drop(line_t* self) noexcept nogil
cdef void line_fetch(const line_t* self) noexcept nogil
cdef void line_put(line_t* self, const int16_t* samples, int count) noexcept nogil
cdef void line_get(line_t* self, int16_t* to, int count) noexcept nogil

cdef class Line:
    cdef line_t* c
    cdef Bell bell
