"""One call's sound: what comes in is judged, kept and reported; what goes out comes from the playlist.

`line_put` and `line_get` are all that the audio clock calls, 50 times a second: no GIL, no lock, no memory, no log, and
a system call (the eventfd) only when something happened. The memory is one C block with a count of holders, since the
bridge may call a port for some ticks after Python has let go of it.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

from native.atomic cimport ACQ_REL, ACQUIRE, RELAXED, add_i32, load_i64, store_i32
from native.bell cimport (
    KEY, OVERRUN, SPEECH_BEGAN, SPEECH_ENDED, SPEECH_LASTED, SPEECH_PAUSED, SPEECH_RESUMED, Bell,
    bell_drop, bell_event_t, bell_hold, bell_ring, now_ns,
)
from native.dtmf cimport DTMF_TAPS_MAX, dtmf_feed, dtmf_held, dtmf_init
from native.echo cimport echo_came, echo_found, echo_init, echo_sent, pitched
from native.level cimport level_dbov
from native.playlist cimport (
    ORDER_PAUSE, ORDER_PLAY, ORDER_RESUME, ORDER_STOP, PAUSE_ON_SPEECH, STOP_ON_KEY, Pcm, playlist_flags, playlist_free,
    playlist_init, playlist_order, playlist_pause, playlist_pull, playlist_reap, playlist_resume, playlist_stop,
)
from native.ring cimport ring_free, ring_init, ring_read, ring_write
from native.turn cimport TURN_BEGAN, TURN_ENDED, TURN_PAUSED, TURN_RESUMED, turn_feed, turn_init, turn_set
from native.voicing cimport voicing_feed, voicing_init

cdef extern from *:
    void builtin_prefetch "__builtin_prefetch"(const void* at, int written) nogil

cdef enum:
    CACHE_LINE = 64
    LONGEST_FRAME = 960       # 60 ms at 16 kHz
cdef int16_t SILENCE[960]
memset(SILENCE, 0, sizeof(SILENCE))

# Odds (their logarithm) above which a frame is a voice: any for the first word; while somebody speaks, more, so that the turn
# ends with him. Of recordings kept back from the training, 3.6 % of the frames are then wrong instead of 3.9, and one end in
# twenty is 60 ms late, not 180.
cdef float BEGIN_ODDS = 0.0
cdef float HOLD_ODDS = 1.0
# One frame of these odds begins a turn: a vowel after a breath ("track"). Not on a line that gives our voice back: there a frame
# now and then is not known for the echo it is.
cdef float SURE_ODDS = 2.0
# A prompt stands still at once, and goes on after this long where what came has no pitch: a cough, a rustle, a car. A voice that
# shows one later makes it stand still again, and words without one (a whisper) are decoded all the same. A noise has a pitch in a
# frame or two by chance, in three on end hardly ever.
cdef enum:
    DOUBT_FRAMES = 10
    PITCHED_FRAMES = 3
# What was said is looked at once a prompt has stood still for so long after a pitch was heard: is it worth the pause?
# Later the answer would come when the pause is already felt; sooner a word is too short to be told from another. Where the prompt
# still stands still a little later, a second look sees the rest of a longer word.
cdef enum:
    LOOK_FRAMES = 11
    AGAIN_FRAMES = 4
    LOOK_FIRST = 0            # line_t.looking
    LOOK_AGAIN = 1
    LOOK_ON = 2
# Half of a pause: what it was may be looked at by the time the pause is one.
cdef enum:
    FALTER_MS = 60


cdef line_t* line_new(bell_t* bell, int number, int rate_hz, double ring_s) noexcept nogil:
    cdef line_t* self = <line_t*>calloc(1, sizeof(line_t))
    if self == NULL:
        return NULL
    if not ring_init(&self.ring, <int64_t>(ring_s * rate_hz)):
        free(self)
        return NULL
    self.refs, self.number, self.rate_hz, self.frame = 1, number, rate_hz, rate_hz // 50
    self.bell = bell
    bell_hold(bell)
    turn_init(&self.turn, rate_hz)
    voicing_init(&self.voicing)
    echo_init(&self.echo)
    dtmf_init(&self.dtmf, rate_hz)
    playlist_init(&self.playlist, rate_hz, line_tell, self)
    self.hearing = self.inband = 1
    self.floor_dbov = -55.0
    self.level_dbov = -127.0
    return self


cdef void line_hold(line_t* self) noexcept nogil:
    add_i32(&self.refs, 1, RELAXED)


cdef void line_drop(line_t* self) noexcept nogil:
    if add_i32(&self.refs, -1, ACQ_REL) == 0:
        playlist_free(&self.playlist)
        ring_free(&self.ring)
        bell_drop(self.bell)
        free(self)


cdef void report(line_t* self, int kind, int64_t sample, int64_t value, int64_t detail) noexcept nogil:
    cdef bell_event_t e
    e.line, e.kind, e.sample, e.value, e.detail = self.number, kind, sample, value, detail
    e.at_ns, e.position = now_ns(), self.ring.written
    bell_ring(self.bell, &e)


cdef void line_tell(void* whom, int what, int64_t prompt, int64_t sample) noexcept nogil:
    report(<line_t*>whom, what, sample, prompt, 0)


cdef bint stand_still(line_t* self) noexcept nogil:
    """Has the prompt that sounds, if it is one that may be interrupted, been stopped for whoever speaks?"""
    if not playlist_flags(&self.playlist) & PAUSE_ON_SPEECH:
        return False
    playlist_pause(&self.playlist)
    self.look, self.looking = LOOK_FRAMES, LOOK_FIRST
    return True


cdef void look_at(line_t* self) noexcept nogil:
    """Ask for a look at what was said so far, and say when the next one is due."""
    if self.looking == LOOK_AGAIN and not self.playlist.paused:
        self.look, self.looking = LOOK_FRAMES - AGAIN_FRAMES, LOOK_ON  # the first one let the prompt go on
        return
    report(self, SPEECH_LASTED, self.turn.end, self.turn.begin, 0)
    if self.looking == LOOK_FIRST:
        self.look, self.looking = AGAIN_FRAMES, LOOK_AGAIN


cdef void give_way(line_t* self, bint voice, int marks) noexcept nogil:
    """Let the prompt stand still for whoever speaks, and go on where it was for a noise."""
    cdef bint speaks = marks & TURN_BEGAN != 0
    # Whoever speaks already when a prompt begins is heard to his end: "please", after "yes" was answered.
    if not self.playing and self.turn.speaking and not self.turn.paused:
        speaks = True
    # A prompt that went on after a false alarm stands still again when the voice comes back within the same turn; what has
    # been a noise so far (doubt is 1) has to show a pitch first.
    if marks & TURN_RESUMED and self.doubt != 1:
        speaks = True
    self.playing = self.playlist.head < self.playlist.tail
    if marks & TURN_BEGAN:
        self.pitched = self.doubt = self.look = 0
    if speaks and stand_still(self):
        self.doubt = 0 if self.pitched >= PITCHED_FRAMES else DOUBT_FRAMES
    if not self.turn.speaking:
        return
    if self.doubt > 0:
        self.pitched = self.pitched + 1 if voice and pitched(&self.echo) else 0
        if self.pitched >= PITCHED_FRAMES:
            stand_still(self)
            self.doubt = 0
        elif self.doubt > 1:
            self.doubt -= 1
            if self.doubt == 1:
                playlist_resume(&self.playlist)
        return
    if self.playlist.paused and self.ring.written - self.turn.end == self.rate_hz * FALTER_MS // 1000:
        report(self, SPEECH_LASTED, self.turn.end, self.turn.begin, 1)
    # Worth the pause? A noise is not looked at. A voice that is silent just then falters, or goes on.
    if self.look > 1 or (self.look == 1 and voice):
        self.look -= 1
        if self.look == 0:
            look_at(self)
    elif self.look == 0 and voice and self.pitched and playlist_flags(&self.playlist) & PAUSE_ON_SPEECH:
        self.look, self.looking = LOOK_FRAMES, LOOK_ON  # the prompt went on at a look, and so does the voice


cdef inline void fetch(const void* begin, const void* end) noexcept nogil:
    cdef const char* at = <const char*>begin
    while at < <const char*>end:
        builtin_prefetch(at, 1)
        at += CACHE_LINE


cdef void line_fetch(const line_t* self) noexcept nogil:
    """Ask for what the next frame of a line needs. Nothing is read: the line may be gone, or there may be none."""
    fetch(self, &self.echo)
    fetch(&self.echo.came, &self.dtmf.looks)
    fetch(&self.dtmf.line, &self.dtmf.line[DTMF_TAPS_MAX])
    fetch(&self.playlist.head, &self.playlist.owned)
    fetch(&self.hearing, self + 1)


cdef void line_put(line_t* self, const int16_t* samples, int count) noexcept nogil:
    """A frame came in; NULL where none did: then silence is kept, so that the sample clock goes on."""
    cdef int64_t at = self.ring.written
    cdef int marks, key, flags
    cdef bint voice
    cdef float odds
    self.frames += 1
    if samples == NULL:
        samples = SILENCE
        self.empty += 1
    ring_write(&self.ring, samples, count)
    self.level_dbov = level_dbov(samples, count)
    if self.inband:
        key = dtmf_feed(&self.dtmf, samples, count)
        if key:
            if playlist_flags(&self.playlist) & STOP_ON_KEY:
                playlist_stop(&self.playlist)
            report(self, KEY, at + count, 0, key)
    if not self.hearing:
        return
    echo_came(&self.echo, samples, count, self.rate_hz // 8000)
    odds = voicing_feed(&self.voicing, samples, self.rate_hz)
    voice = odds > (HOLD_ODDS if self.turn.speaking else BEGIN_ODDS)
    voice = voice and self.level_dbov >= self.floor_dbov
    # A key's two tones are no voice.
    voice = voice and not (self.inband and dtmf_held(&self.dtmf))
    # Nor is our own prompt, come back; whose turn it is already is heard without that question.
    if voice and (not self.turn.speaking or self.turn.paused) and echo_found(&self.echo):
        voice = False
    marks = turn_feed(&self.turn, voice, odds > SURE_ODDS and self.echo.lag < 0, count, at)
    give_way(self, voice, marks)
    if not marks:
        return
    if marks & TURN_BEGAN:
        report(self, SPEECH_BEGAN, self.turn.begin, 0, 0)
    if marks & TURN_RESUMED:
        report(self, SPEECH_RESUMED, self.turn.end, 0, 0)
    if marks & TURN_PAUSED:
        report(self, SPEECH_PAUSED, self.turn.end, self.turn.begin, self.turn.voiced < self.turn.shortest)
    if marks & TURN_ENDED:
        flags = (self.turn.voiced < self.turn.shortest) | (2 if at + count - self.turn.end < self.turn.end_silence else 0)
        report(self, SPEECH_ENDED, self.turn.end, self.turn.begin, flags)


cdef void line_get(line_t* self, int16_t* to, int count) noexcept nogil:
    """The next frame to send: always a full one."""
    playlist_pull(&self.playlist, to, count)
    echo_sent(&self.echo, to, count, self.rate_hz // 8000)
    self.sent += count


cdef class Line:
    """The loop's hold on one call's sound.

    bell: where events go, under `number`. rate_hz: 8000 or 16000. ring_s: how many seconds of incoming sound are kept.
    """

    def __cinit__(self, Bell bell, int number, int rate_hz=8000, double ring_s=8.0):
        if rate_hz not in (8000, 16000):
            raise ValueError(f"rate_hz is 8000 or 16000, not {rate_hz}")
        if not 0.1 <= ring_s <= 120.0:
            raise ValueError(f"ring_s is 0.1 to 120 s, not {ring_s}")
        self.bell = bell
        self.c = line_new(bell.c, number, rate_hz, ring_s)
        if self.c == NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.c != NULL:
            line_drop(self.c)

    def play(self, Pcm pcm, int64_t prompt, *, bint pause_on_speech=False, bint stop_on_key=False) -> bool:
        """Queue a prompt behind what plays; False where 64 wait already. Heard within one frame."""
        if pcm.rate_hz != self.c.rate_hz:
            raise ValueError(f"the prompt is at {pcm.rate_hz} Hz, the line at {self.c.rate_hz} Hz")
        cdef int flags = (PAUSE_ON_SPEECH if pause_on_speech else 0) | (STOP_ON_KEY if stop_on_key else 0)
        return playlist_order(&self.c.playlist, ORDER_PLAY, prompt, pcm.c, flags)

    def pause(self) -> bool:
        """Stand still at the present sample."""
        return playlist_order(&self.c.playlist, ORDER_PAUSE, 0, NULL, 0)

    def resume(self) -> bool:
        """Go on from the sample at which the pause began."""
        return playlist_order(&self.c.playlist, ORDER_RESUME, 0, NULL, 0)

    def stop(self) -> bool:
        """End all prompts with a fade of 10 ms."""
        return playlist_order(&self.c.playlist, ORDER_STOP, 0, NULL, 0)

    def reap(self) -> None:
        """Let go of the memory of prompts that have ended."""
        playlist_reap(&self.c.playlist)

    def tune(self, *, onset_frames=None, onset_window=None, pre_roll_ms=None, pause_ms=None, end_silence_ms=None,
             shortest_ms=None, longest_ms=None, hearing=None, inband=None, floor_dbov=None):
        """Change how turns are judged, at any time; what is not named stays."""
        turn_set(&self.c.turn, self.c.rate_hz, onset_frames, onset_window, pre_roll_ms, pause_ms, end_silence_ms, shortest_ms,
                 longest_ms)
        if hearing is not None:
            store_i32(&self.c.hearing, bool(hearing), RELAXED)
        if inband is not None:
            store_i32(&self.c.inband, bool(inband), RELAXED)
        if floor_dbov is not None:
            self.c.floor_dbov = floor_dbov

    def read(self, int64_t start, int64_t count):
        """Incoming samples [start, start + count), or None where they are gone or not yet there. From any one thread."""
        out = np.empty(max(count, 0), dtype=np.int16)
        cdef int16_t[::1] view = out
        cdef bint whole = True
        if count > 0:
            with nogil:
                whole = ring_read(&self.c.ring, start, &view[0], count)
                if not whole and start + count <= load_i64(&self.c.ring.written, ACQUIRE):
                    report(self.c, OVERRUN, start, count, 0)
        return out if whole else None

    @property
    def rate_hz(self) -> int:
        return self.c.rate_hz

    @property
    def number(self) -> int:
        return self.c.number

    @property
    def position(self) -> int:
        """Samples that came in so far: the sample clock."""
        return load_i64(&self.c.ring.written, ACQUIRE)

    @property
    def level_dbov(self) -> float:
        """Level of the last frame that came in."""
        return self.c.level_dbov

    @property
    def counters(self) -> dict:
        """frames in, of those empty, samples sent, reads that came too late."""
        return {"frames": self.c.frames, "empty": self.c.empty, "sent_samples": self.c.sent,
                "overruns": load_i64(&self.c.ring.overruns, RELAXED)}

    # For tests and tools: what the clock does, done by hand.

    def put(self, const int16_t[::1] samples):
        """One frame comes in: 20 ms of samples, or none (a frame that is missing)."""
        cdef int count = <int>samples.shape[0]
        if count not in (0, self.c.frame):
            raise ValueError(f"a frame has {self.c.frame} samples, not {count}")
        cdef const int16_t* data = &samples[0] if count else NULL
        with nogil:
            line_put(self.c, data, self.c.frame)

    def put_all(self, const int16_t[::1] samples):
        """Many frames in a row, without the GIL; an incomplete last one is left out."""
        cdef Py_ssize_t at = 0, frame = self.c.frame
        if samples.shape[0] < frame:
            return
        cdef const int16_t* data = &samples[0]
        with nogil:
            while at + frame <= samples.shape[0]:
                line_put(self.c, data + at, <int>frame)
                at += frame

    def get(self):
        """The next 20 ms to send."""
        out = np.empty(self.c.frame, dtype=np.int16)
        cdef int16_t[::1] view = out
        with nogil:
            line_get(self.c, &view[0], self.c.frame)
        return out
