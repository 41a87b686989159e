"""How loud the line is when nobody speaks: the lowest level of the last two seconds (minimum statistics).

Speech falls to the noise between its words, so the minimum over a window longer than a word is the noise, whoever speaks
meanwhile (R. Martin, Noise power spectral density estimation based on optimal smoothing and minimum statistics, IEEE Trans.
Speech and Audio Processing 9(5), 2001; here without its bias: the mean of three frames stands in for the smoothing).
"""

cdef enum:
    BLOCK_FRAMES = 12         # 240 ms


cdef void noise_init(noise_t* self) noexcept nogil:
    cdef int i
    for i in range(NOISE_BLOCKS):
        self.lows[i] = 0.0
    self.recent[0] = self.recent[1] = 0.0
    self.block = self.at = self.frames = 0


cdef float noise_feed(noise_t* self, float level_dbov) noexcept nogil:
    """One frame of 20 ms; gives the noise in dBov, -127 as long as there was less than a block to judge by."""
    cdef float mean = (level_dbov + self.recent[0] + self.recent[1]) / 3
    cdef float low
    cdef int i
    self.recent[1] = self.recent[0]
    self.recent[0] = level_dbov
    if mean < self.lows[self.block]:
        self.lows[self.block] = mean
    low = self.lows[0]
    for i in range(1, NOISE_BLOCKS):
        if self.lows[i] < low:
            low = self.lows[i]
    self.at += 1
    if self.at == BLOCK_FRAMES:
        self.at = 0
        self.block = (self.block + 1) % NOISE_BLOCKS
        self.lows[self.block] = 0.0
    if self.frames < BLOCK_FRAMES:
        self.frames += 1
        return -127.0
    return low


cdef class Noise:
    """The judgement on its own, for tests and tools."""

    cdef noise_t c

    def __cinit__(self):
        noise_init(&self.c)

    def feed(self, float level_dbov) -> float:
        """The noise in dBov after one more frame of this level."""
        return noise_feed(&self.c, level_dbov)
