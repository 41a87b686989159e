"""When a caller's turn begins and ends: voiced and unvoiced frames in, turn marks out.

Onset is k voiced frames of the last n (a click is none), or one that is surely a voice; the turn begins `pre_roll` before the
first of them, so that no soft consonant is lost. A pause is announced early (recognition decodes ahead) and the end later, once
`end_silence` has passed since the last voiced frame. Every setting may change while the caller speaks and counts from the next
frame on.
"""

from native.atomic cimport RELAXED, load_i32, store_i32

cdef extern from * nogil:
    int popcount "__builtin_popcount"(unsigned int)


cdef void turn_init(turn_t* self, int rate_hz) noexcept nogil:
    self.onset_frames, self.onset_window = 2, 3
    self.pre_roll = rate_hz * 240 // 1000
    self.pause = rate_hz * 120 // 1000
    self.end_silence = rate_hz * 700 // 1000
    self.shortest = rate_hz * 80 // 1000
    self.longest = rate_hz * 20
    self.speaking = self.paused = self.history = 0
    self.begin = self.end = self.voiced = 0


cdef int turn_feed(turn_t* self, bint voiced, bint sure, int count, int64_t at) noexcept nogil:
    """One frame of `count` samples that begins at sample `at`; gives the marks (TURN_*) that it sets, several at once.

    sure: a voiced frame that begins a turn alone.
    """
    cdef int marks = 0
    cdef int age
    cdef int64_t silence
    self.history = (self.history << 1) | voiced
    if not self.speaking:
        age = load_i32(&self.onset_window, RELAXED) - 1
        if voiced and (sure or popcount(self.history & ((2 << age) - 1)) >= load_i32(&self.onset_frames, RELAXED)):
            while not self.history & (1 << age):
                age -= 1
            self.speaking, self.paused = 1, 0
            self.begin = max(<int64_t>0, at - <int64_t>count * age - load_i32(&self.pre_roll, RELAXED))
            self.voiced = <int64_t>count * popcount(self.history & ((2 << age) - 1))
            self.end = at + count
            marks = TURN_BEGAN
        return marks
    if voiced:
        self.voiced += count
        self.end = at + count
        # One voiced frame in a silence is a click more often than a word.
        if self.paused and self.history & 2:
            self.paused = 0
            marks |= TURN_RESUMED
    silence = at + count - self.end
    if not self.paused and silence >= load_i32(&self.pause, RELAXED):
        self.paused = 1
        marks |= TURN_PAUSED
    if silence >= load_i32(&self.end_silence, RELAXED) or at + count - self.begin >= load_i32(&self.longest, RELAXED):
        self.speaking = self.paused = self.history = 0
        marks |= TURN_ENDED
    return marks


cdef class Turn:
    """A turn detector on its own, for tests and tools; frames are fed one by one and counted from sample 0."""

    def __cinit__(self, int rate_hz=8000):
        self.rate_hz = rate_hz
        self.at = 0
        turn_init(&self.c, rate_hz)

    def set(self, *, onset_frames=None, onset_window=None, pre_roll_ms=None, pause_ms=None, end_silence_ms=None,
            shortest_ms=None, longest_ms=None):
        """Change settings, also while somebody speaks. `onset_frames` of the last `onset_window` (at most 31) begin a turn."""
        turn_set(&self.c, self.rate_hz, onset_frames, onset_window, pre_roll_ms, pause_ms, end_silence_ms, shortest_ms,
                 longest_ms)

    def feed(self, bint voiced, int count, bint sure=False):
        """Marks of one frame, as (names, begin, end): names of "began", "paused", "resumed", "ended"."""
        cdef int marks = turn_feed(&self.c, voiced, sure, count, self.at)
        self.at += count
        names = [n for bit, n in ((TURN_BEGAN, "began"), (TURN_PAUSED, "paused"),
                                  (TURN_RESUMED, "resumed"), (TURN_ENDED, "ended"))
                 if marks & bit]
        return names, self.c.begin, self.c.end


cdef turn_set(turn_t* c, int rate_hz, onset_frames, onset_window, pre_roll_ms, pause_ms, end_silence_ms, shortest_ms, longest_ms):
    """Check all, then store all: a wrong value changes nothing."""
    if onset_window is not None and not 1 <= onset_window <= 31:
        raise ValueError(f"onset_window is 1 to 31 frames, not {onset_window}")
    if onset_frames is not None and not 1 <= onset_frames <= (onset_window or c.onset_window):
        raise ValueError(f"onset_frames is 1 to onset_window, not {onset_frames}")
    for name, value in (("pre_roll_ms", pre_roll_ms), ("pause_ms", pause_ms), ("end_silence_ms", end_silence_ms),
                        ("shortest_ms", shortest_ms), ("longest_ms", longest_ms)):
        if value is not None and not 0 <= value <= 600_000:
            raise ValueError(f"{name} is 0 to 600000, not {value}")
    if onset_window is not None:
        store_i32(&c.onset_window, onset_window, RELAXED)
    if onset_frames is not None:
        store_i32(&c.onset_frames, onset_frames, RELAXED)
    if pre_roll_ms is not None:
        store_i32(&c.pre_roll, rate_hz * pre_roll_ms // 1000, RELAXED)
    if pause_ms is not None:
        store_i32(&c.pause, rate_hz * pause_ms // 1000, RELAXED)
    if end_silence_ms is not None:
        store_i32(&c.end_silence, rate_hz * end_silence_ms // 1000, RELAXED)
    if shortest_ms is not None:
        store_i32(&c.shortest, rate_hz * shortest_ms // 1000, RELAXED)
    if longest_ms is not None:
        store_i32(&c.longest, rate_hz * longest_ms // 1000, RELAXED)
