"""Is what comes in only what we sent, given back by the line?

A hybrid in the network or a hands-free phone returns the prompt 30 to 400 ms later and softer, and a detector takes that for a
voice. It is told from one by its shape: the last 60 ms that came in are the same wave as some 60 ms that were sent (normalised
correlation), and at least 10 dB softer. Looked for only where a voice is said to begin while a prompt sounds, or just after;
first at the lag where it was last found. Whoever talks over an echo is louder than it, and then the shapes differ.
"""

from libc.string cimport memcpy, memmove, memset

cdef extern from "vectors.h":
    pass

cdef extern from *:
    """
    /* Differences to most of the sample before: a voice's spectrum made flat, so that a line's filter bends its shape less. */
    VECTORS static void echo_sharpen(const int16_t *restrict samples, int16_t *restrict to, int count, int shift, int most)
    {
        to[0] = 0;
        for (int i = 1; i < count; i++) {
            int x = (samples[i] - (samples[i - 1] * 15 >> 4)) >> shift;
            x = x < most ? x : most;
            to[i] = (int16_t)(x > -most ? x : -most);
        }
    }

    /* Sum of products of 480 samples; in parts that 32 bits hold, so that the compiler makes vectors of it. */
    static inline __attribute__((always_inline)) int64_t echo_product(const int16_t *a, const int16_t *b)
    {
        int64_t whole = 0;
        for (int k = 0; k < 4; k++) {
            int32_t part = 0;
            for (int i = 0; i < 120; i++) part += (int32_t)a[120 * k + i] * b[120 * k + i];
            whole += part;
        }
        return whole;
    }

    /* The first of these places at which what was sent is what came in, and that much softer; -1 where there is none. Shapes are
       nearly all of the work, so they come last: a caller is seldom so soft. Energies: of what came in; of a sixteenth of what
       was sent. */
    VECTORS static int echo_search(
        const int16_t *came, float energy, const int16_t *sent, int at, int end, float least, float softer)
    {
        int64_t there = echo_product(sent + at, sent + at);
        for (; at < end; at++) {
            if (energy < softer * 256 * (float)there) {
                float both = (float)echo_product(came, sent + at);
                if (both > 0 && both * both > least * energy * (float)there) return at;
            }
            there += (int32_t)sent[at + 480] * sent[at + 480] - (int32_t)sent[at] * sent[at];
        }
        return -1;
    }
    """
    void echo_sharpen(const int16_t* samples, int16_t* to, int count, int shift, int most) noexcept nogil
    int64_t echo_product(const int16_t* a, const int16_t* b) noexcept nogil
    int echo_search(
        const int16_t* came, float energy, const int16_t* sent, int at, int end, float least, float softer
    ) noexcept nogil

cdef float ALIKE = 0.3         # of correlation squared, at any lag
cdef float ALIKE_NEAR = 0.2    # where an echo was before
cdef float SOFTER = 0.1        # echo's energy over that of what was sent: -10 dB
cdef enum:
    NEAR = 4                  # samples around the last lag, tried first
    PART = 120
    FIRST = 64                # samples of the oldest frame that are kept no more
    LOWEST_LAG = 20           # 400 Hz
    HIGHEST_LAG = 115         # 70 Hz
    MOST = 8191               # |sample| that came in, at most: 120 of them times 2047 fit 32 bits


cdef void echo_init(echo_t* self) noexcept nogil:
    memset(self.loud, 0, sizeof(self.loud))
    self.at = self.oldest = 0
    self.lag = -1
    self.silent = ECHO_KEPT


cdef void echo_sent(echo_t* self, const int16_t* samples, int count, int step) noexcept nogil:
    """A frame goes out; every `step`-th sample is kept (2 at 16 kHz)."""
    cdef int16_t frame[1 + ECHO_FRAME]
    cdef int16_t edges[1 + ECHO_FRAME]
    cdef int i
    cdef int loud = 0
    for i in range(count):
        loud |= samples[i]
    if loud:
        self.silent = 0
    elif self.silent < ECHO_KEPT:
        self.silent += count // step
    else:
        return  # all that is kept is silence already
    frame[0] = self.sent[(self.at - 1) & (ECHO_KEPT - 1)]
    for i in range(ECHO_FRAME):
        frame[1 + i] = samples[i * step]
    i = min(ECHO_FRAME, ECHO_KEPT - self.at)
    memcpy(&self.sent[self.at], &frame[1], i * sizeof(int16_t))
    memcpy(self.sent, &frame[1 + i], (ECHO_FRAME - i) * sizeof(int16_t))
    self.at = (self.at + ECHO_FRAME) & (ECHO_KEPT - 1)
    echo_sharpen(frame, edges, 1 + ECHO_FRAME, 4, 2047)
    self.loud[self.oldest] = frame_energy(&edges[1])
    self.oldest = (self.oldest + 1) % ECHO_FRAMES


cdef void echo_came(echo_t* self, const int16_t* samples, int count, int step) noexcept nogil:
    """A frame came in."""
    cdef int i
    cdef int kept = count // step
    cdef int at = ECHO_WINDOW - kept
    if at < 0 or self.silent >= ECHO_KEPT:
        return
    memmove(self.came, &self.came[kept], at * sizeof(int16_t))
    for i in range(kept):
        self.came[at + i] = samples[i * step]


cdef int32_t frame_energy(const int16_t* sent) noexcept nogil:
    """Sum of squares of one frame: 160 times 2047 squared fit 32 bits."""
    cdef int32_t whole = 0
    cdef int i
    for i in range(ECHO_FRAME):
        whole += <int32_t>sent[i] * <int32_t>sent[i]
    return whole


cdef bint softer(float came, float sent) noexcept nogil:
    """Has what came in much less energy than what was sent, of which this is a sixteenth's?"""
    return came < SOFTER * 256 * sent


cdef bint echo_found(echo_t* self) noexcept nogil:
    """Are the last 60 ms that came in an echo of what was sent in the half second before?"""
    cdef int16_t ring[ECHO_KEPT]
    cdef int16_t line[ECHO_KEPT]
    cdef int16_t edges[ECHO_WINDOW]
    cdef bint possible[ECHO_FRAMES - 3]
    cdef bint some = False
    cdef int64_t came, sent
    cdef int i, k, at
    cdef int last = ECHO_KEPT - ECHO_WINDOW
    if self.silent >= ECHO_KEPT:
        return False
    echo_sharpen(self.came, edges, ECHO_WINDOW, 0, MOST)
    came = echo_product(edges, edges)
    # No window that begins in a frame has more energy than the four in which it lies. Mostly that is the whole answer, and only
    # so much is in the cache.
    for k in range(ECHO_FRAMES - 3):
        sent = 0
        for i in range(4):
            sent += self.loud[(self.oldest + k + i) % ECHO_FRAMES]
        possible[k] = softer(came, sent)
        some = some or possible[k]
    if not some:
        return False
    # The ring as a line, the oldest first.
    memcpy(ring, &self.sent[self.at], (ECHO_KEPT - self.at) * sizeof(int16_t))
    memcpy(&ring[ECHO_KEPT - self.at], self.sent, self.at * sizeof(int16_t))
    echo_sharpen(ring, line, ECHO_KEPT, 4, 2047)
    if self.lag >= 0:
        at = max(0, self.lag - NEAR)
        if echo_search(edges, came, line, at, min(last, self.lag + NEAR + 1), ALIKE_NEAR, SOFTER) >= 0:
            return True
    for k in range(ECHO_FRAMES - 3):
        if possible[k]:
            at = max(0, ECHO_FRAME * k - FIRST)
            at = echo_search(edges, came, line, at, min(ECHO_FRAME * (k + 1) - FIRST, last), ALIKE, SOFTER)
            if at >= 0:
                self.lag = at
                return True
    return False


cdef bint pitched(const echo_t* self) noexcept nogil:
    """Do the last 60 ms that came in have a pitch of 70 to 400 Hz? A vowel has one; a cough, a knock and a rustle have none.

    The autocorrelation comes up again to half of the energy after it has once fallen under a fifth (a dull noise only falls).
    """
    cdef int16_t came[ECHO_WINDOW]
    cdef int64_t energy, both
    cdef bint fallen = False
    cdef int lag
    for lag in range(ECHO_WINDOW):
        came[lag] = <int16_t>max(-MOST, min(MOST, <int>self.came[lag]))
    energy = lagged(came, 0)
    if energy == 0:
        return False
    for lag in range(4, HIGHEST_LAG):
        both = lagged(came, lag)
        if both * 5 < energy:
            fallen = True
        elif fallen and lag >= LOWEST_LAG and both * 2 > energy:
            return True
    return False


cdef int64_t lagged(const int16_t* came, int lag) noexcept nogil:
    """Sum of products with itself, so many samples later; always of the same 360."""
    cdef int64_t whole = 0
    cdef int32_t part
    cdef int i, k
    for k in range(3):
        part = 0
        for i in range(PART):
            part += (<int32_t>came[k * PART + i] * <int32_t>came[k * PART + i + lag]) >> 4
        whole += part
    return whole


cdef class Echo:
    """The judgement on its own, for tests and tools. Frames of 20 ms of int16 at 8 kHz."""

    cdef echo_t c

    def __cinit__(self):
        echo_init(&self.c)

    def feed(self, const int16_t[::1] sent, const int16_t[::1] came) -> bool:
        """One frame came in and, after it, one was sent. Gives whether what came in until now is an echo."""
        if sent.shape[0] != 160 or came.shape[0] != 160:
            raise ValueError("frames are 160 samples")
        cdef bint found
        with nogil:
            echo_came(&self.c, &came[0], 160, 1)
            found = echo_found(&self.c)
            echo_sent(&self.c, &sent[0], 160, 1)
        return found

    @property
    def pitched(self) -> bool:
        """Have the last 60 ms that came in a voice's pitch?"""
        return pitched(&self.c)
