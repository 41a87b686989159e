"""Is this frame a voice? Six bands of the spectrum, against the line's noise and loudness, into two dozen recurrent units.

The bands come from the first lags of the autocorrelation (a spectrum smoothed to some 500 Hz), which costs a tenth of a Fourier
transform and which the compiler makes vectors of. Floors rise slowly and fall at once, so they know the noise between words;
above -65 dBov nothing depends on the absolute level. The units (a gated recurrent unit: K. Cho et al., Learning phrase
representations using RNN encoder-decoder, EMNLP 2014) remember what a word, a pause and a noise sound like;
`bench/voice_training.py` found their weights.
"""

from libc.math cimport cos, log2f, M_PI
from libc.string cimport memcpy, memmove, memset

import numpy as np

cdef extern from "voicing_weights.h" nogil:
    # Of each input and each unit before, on reset, update and candidate gates; then what the units say together.
    const float VOICING_INPUT[VOICING_FEATURES][3 * VOICING_UNITS]
    const float VOICING_STATE[VOICING_UNITS][3 * VOICING_UNITS]
    const float VOICING_BIAS[3 * VOICING_UNITS]
    const float VOICING_OUTPUT[VOICING_UNITS]
    const float VOICING_OFFSET

cdef extern from "vectors.h":
    pass

cdef extern from *:
    """
    enum { V_LAGS = 16, V_FRAME = 160, V_GATES = 72 };

    /* Autocorrelation at lags 0 to 16 of a frame that has 16 samples before it, |sample| under 2048. Each lag by itself: given
       all of them at once GCC makes vectors across the lags, which take twice as long. */
    static inline __attribute__((always_inline)) int32_t voicing_lag(const int16_t *x, const int16_t *before)
    {
        int32_t sum = 0;
        for (int i = 0; i < V_FRAME; i++) sum += (int32_t)x[i] * before[i];
        return sum;
    }

    VECTORS static void voicing_lags(const int16_t *restrict y, float *restrict lags)
    {
        for (int k = 0; k <= V_LAGS; k++) {
            const int16_t *before = y + V_LAGS - k;
            __asm__("" : "+r"(before)); /* it is not to know that the next lag is one sample away */
            lags[k] = (float)voicing_lag(y + V_LAGS, before);
        }
    }

    /* sums += weights of each row times that row's value. */
    VECTORS static void voicing_weigh(
        const float (*restrict weights)[V_GATES], const float *restrict values, int rows, float *restrict sums)
    {
        for (int k = 0; k < rows; k++)
            for (int i = 0; i < V_GATES; i++) sums[i] += weights[k][i] * values[k];
    }
    """
    void voicing_lags(const int16_t* y, float* lags) noexcept nogil
    void voicing_weigh(const float (*weights)[3 * VOICING_UNITS], const float* values, int rows, float* sums) noexcept nogil

cdef enum:
    FRAME = 160               # samples at 8 kHz
    PADDED = 8                # bands, so that vectors fill
    HEADROOM = 2048           # |sample| below it: 160 squares of them fit 32 bits
    SILENT_FRAMES = 100       # before the first one
cdef float LEAST = 5000.0     # energy of a band in a frame; under it is silence to us
cdef float HUSH = 51840.0     # what silence is given, so that a line which is dead between words is no other line: -65 dBov
cdef float RISE = 0.02        # of a floor, a frame, in octaves of power: 3 dB a second,
cdef float CLOSE = 0.006      # and of what it is below
cdef float FORGET = 0.02      # of the loudness: 3 dB a second
cdef float UNIT = 0.3         # octaves of power to what the units are fed
cdef float KERNEL[VOICING_LAGS + 1][PADDED]


cdef void prepare() noexcept:
    """Cosine series of each band's weight over frequency, tapered so that none of it is far from the band."""
    cdef int j, k
    for k in range(VOICING_LAGS + 1):
        for j in range(PADDED):
            KERNEL[k][j] = 0.0 if j >= VOICING_BANDS else <float>(
                (1 if k == 0 else 2) * (0.5 + 0.5 * cos(M_PI * k / (VOICING_LAGS + 1)))
                * cos(M_PI * k * (j + 0.5) / VOICING_BANDS)
            )

prepare()


cdef voicing_t HUSHED        # after a long silence


cdef void voicing_init(voicing_t* self) noexcept nogil:
    """As after a long silence: units that have heard nothing at all take one who speaks at once, and on, for a noise."""
    memcpy(self, &HUSHED, sizeof(voicing_t))


cdef inline float risen(float floor, float level) noexcept nogil:
    """A floor after one more frame of this level."""
    floor += RISE + CLOSE * (level - floor)
    return floor if floor < level else level


cdef void describe(voicing_t* self, const int16_t* samples, int step, float* to) noexcept nogil:
    """What the units are told of a frame: bands over their floors and in the whole; the whole over loudness, mean and before."""
    cdef int16_t y[VOICING_LAGS + FRAME]
    cdef float r[VOICING_LAGS + 2]
    cdef float band[PADDED]
    cdef float whole, q, scale
    cdef int i, j, k
    cdef int peak = 0, shift = 0
    memmove(self.past, &self.past[FRAME], VOICING_LAGS * sizeof(int16_t))
    if step == 1:
        memcpy(&self.past[VOICING_LAGS], samples, FRAME * sizeof(int16_t))
    else:
        for i in range(FRAME):
            self.past[VOICING_LAGS + i] = (samples[2 * i] + samples[2 * i + 1]) >> 1
    for i in range(VOICING_LAGS + FRAME):
        peak |= self.past[i] if self.past[i] >= 0 else -self.past[i]
    while peak >> shift >= HEADROOM:
        shift += 1
    for i in range(VOICING_LAGS + FRAME):
        y[i] = self.past[i] >> shift
    voicing_lags(y, r)
    r[VOICING_LAGS + 1] = r[VOICING_LAGS]
    scale = <float>(1 << 2 * shift)
    whole = log2f(r[0] * scale + HUSH)
    for j in range(PADDED):
        band[j] = 0
    for k in range(VOICING_LAGS + 1):
        # The lags of the sound with its high half raised: what s[n] - 0.9 s[n-1] would have.
        q = <float>1.81 * r[k] - <float>0.9 * (r[abs(k - 1)] + r[k + 1])
        for j in range(PADDED):
            band[j] += KERNEL[k][j] * q
    for j in range(VOICING_BANDS):
        q = band[j] * scale
        band[j] = log2f(q if q > LEAST else LEAST)
    for j in range(VOICING_BANDS):
        self.smooth[j] += <float>0.4 * (band[j] - self.smooth[j])
        self.floor[j] = risen(self.floor[j], self.smooth[j])
        to[j] = UNIT * (band[j] - self.floor[j])
        to[VOICING_BANDS + j] = UNIT * (band[j] - whole)
    self.loud -= FORGET
    if whole > self.loud:
        self.loud += <float>0.5 * (whole - self.loud)
    self.low = risen(self.low, whole)
    self.mean += <float>0.01 * (whole - self.mean)
    to[2 * VOICING_BANDS] = UNIT * (whole - self.loud)
    to[2 * VOICING_BANDS + 1] = UNIT * (whole - self.mean)
    to[2 * VOICING_BANDS + 2] = UNIT * (self.loud - self.low)
    to[2 * VOICING_BANDS + 3] = UNIT * (whole - self.last)
    self.last = whole


cdef inline float bent(float x) noexcept nogil:
    """Near enough to tanh, and the very function that the weights were found with."""
    x = 3 if x > 3 else x
    x = -3 if x < -3 else x
    return x * (27 + x * x) / (27 + 9 * x * x)


cdef float voicing_feed(voicing_t* self, const int16_t* samples, int rate_hz) noexcept nogil:
    """One frame of 20 ms at 8 or 16 kHz; above 0 it is rather a voice than none (natural logarithm of the odds)."""
    cdef float told[VOICING_FEATURES]
    cdef float gates[3 * VOICING_UNITS]
    cdef float before[3 * VOICING_UNITS]
    cdef float odds = VOICING_OFFSET
    cdef float kept
    cdef int i
    describe(self, samples, rate_hz // 8000, told)
    memcpy(gates, VOICING_BIAS, sizeof(gates))
    memset(before, 0, sizeof(before))
    voicing_weigh(VOICING_INPUT, told, VOICING_FEATURES, gates)
    voicing_weigh(VOICING_STATE, self.state, VOICING_UNITS, before)
    for i in range(VOICING_UNITS):
        kept = <float>0.5 + <float>0.5 * bent(<float>0.5 * (gates[VOICING_UNITS + i] + before[VOICING_UNITS + i]))
        self.state[i] = kept * self.state[i] + (1 - kept) * bent(
            gates[2 * VOICING_UNITS + i]
            + (<float>0.5 + <float>0.5 * bent(<float>0.5 * (gates[i] + before[i]))) * before[2 * VOICING_UNITS + i]
        )
        odds += VOICING_OUTPUT[i] * self.state[i]
    return odds


cdef void hush() noexcept:
    cdef int16_t silence[FRAME]
    cdef int i
    memset(silence, 0, sizeof(silence))
    memset(&HUSHED, 0, sizeof(HUSHED))
    HUSHED.loud = HUSHED.mean = HUSHED.low = HUSHED.last = log2f(HUSH)
    for i in range(VOICING_BANDS):
        HUSHED.floor[i] = HUSHED.smooth[i] = log2f(LEAST)
    for _ in range(SILENT_FRAMES):
        voicing_feed(&HUSHED, silence, 8000)

hush()


cdef class Voicing:
    """The judgement on its own, for tests and tools."""

    cdef voicing_t c
    cdef int rate_hz

    def __cinit__(self, int rate_hz=8000):
        if rate_hz not in (8000, 16000):
            raise ValueError(f"rate_hz is 8000 or 16000, not {rate_hz}")
        self.rate_hz = rate_hz
        voicing_init(&self.c)

    def judge(self, const int16_t[::1] samples):
        """For each whole frame of 20 ms the logarithm of the odds that it is a voice, float32."""
        cdef Py_ssize_t i, frame = self.rate_hz // 50
        cdef Py_ssize_t count = samples.shape[0] // frame
        odds = np.empty(count, dtype=np.float32)
        cdef float[::1] view = odds
        with nogil:
            for i in range(count):
                view[i] = voicing_feed(&self.c, &samples[i * frame], self.rate_hz)
        return odds

    def describe(self, const int16_t[::1] samples):
        """For each whole frame what the units are told, float32, one row a frame."""
        cdef Py_ssize_t i, frame = self.rate_hz // 50
        cdef Py_ssize_t count = samples.shape[0] // frame
        told = np.empty((count, VOICING_FEATURES), dtype=np.float32)
        cdef float[:, ::1] view = told
        with nogil:
            for i in range(count):
                describe(&self.c, &samples[i * frame], self.rate_hz // 8000, &view[i, 0])
        return told
