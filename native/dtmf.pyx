# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""In-band DTMF detector after ITU-T Q.24, for 8 and 16 kHz.

Every 1.25 ms ("hop") two complex band filters, 10 ms long, look at the low (697-941 Hz) and the high (1209-1633 Hz) group.
A pure tone turns its filter's output by a constant angle per hop, so the angle *is* the frequency, good to a few Hz after
22 ms, and no bank of eight resonators is needed. A key is believed when one 30 ms window of looks
  - is filled by the tone pair from end to end (the pair never falls below 40 % of its greatest power),
  - holds little else (the pair is at least 92 % of all power),
  - has two plausible levels (see the table),
  - is one sine in either group, of a frequency of the key pad, and the two of them are not the harmonics of a voice.
The filters are integer arithmetic: the result is the same for every chunk size and needs no -ffast-math to be fast.

    Q.24                                here
    accept 40 ms, reject 23 ms          a tone counts from 30 ms (29 to 31 by alignment); confirmed 33.5 to 36 ms after its onset
    interruption 10 ms, pause 40 ms     a key has ended when it was away for 22.5 ms
    accept 1.5 %, reject 3.5 %          2.05 %
    0 to -25 dBm, none below -55        -42 dBm0 for the weaker frequency: 9 dB below the faintest one that Q.24 admits (-25 with
                                        8 dB of twist), 13 dB above the loudest that must not count
    twist (high less low) -8 to +4 dB   -10.5 to +6.5 dB

Noise: at 15 dB (tone pair to white noise of the whole band) and 40 ms no key of 14,000 was lost; at 12 dB 1 in 150.
Talk-off: no key in 20.9 h of synthetic speech (espeak-ng 11.9 h in 22 languages and 12 timbres, flite 5.2 h, festival 3.0 h,
piper 0.8 h), each hour heard at peaks of 0, -9 and -18 dB of full scale, linear and through mu-law. The thresholds were
chosen without looking at 10.8 h of it.
0 dBm0 is 3.14 dB below a sine that fills 16 bits (G.711).
"""

from libc.math cimport atan2, cos, fabs, pi, pow, rint, sin, sqrt
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memmove, memset

cdef extern from *:
    """
    /* Four 16-bit dot products over the same samples. Integer sums may be reordered, so GCC turns each line into
       pmaddwd (x86) or smlal (ARM) at -O3; `taps` is a constant in both callers, which spares the scalar tail. */
    static inline __attribute__((always_inline)) void dtmf_look_n(
        const int16_t *restrict x, const int16_t *restrict w, int taps, int32_t *restrict out)
    {
        int32_t a = 0, b = 0, c = 0, d = 0;
        w = (const int16_t *)__builtin_assume_aligned(w, 64);
        for (int i = 0; i < taps; i++) {
            a += (int32_t)x[i] * w[i];
            b += (int32_t)x[i] * w[160 + i];
            c += (int32_t)x[i] * w[320 + i];
            d += (int32_t)x[i] * w[480 + i];
        }
        out[0] = a; out[1] = b; out[2] = c; out[3] = d;
    }

    static void dtmf_look(const int16_t *x, const int16_t *w, int taps, int32_t *out)
    {
        if (taps == 80) dtmf_look_n(x, w, 80, out);
        else dtmf_look_n(x, w, 160, out);
    }

    /* Energy / 8, so that 20 samples of full scale fit into 32 bits. */
    static uint32_t dtmf_energy(const int16_t *x, int count)
    {
        uint32_t sum = 0;
        for (int i = 0; i < count; i++) sum += (uint32_t)((int32_t)x[i] * x[i]) >> 3;
        return sum;
    }

    static int16_t dtmf_weights[2][4][160] __attribute__((aligned(64)));
    """
    void dtmf_look(const int16_t* x, const int16_t* w, int taps, int32_t* out) noexcept nogil
    uint32_t dtmf_energy(const int16_t* x, int count) noexcept nogil
    int16_t dtmf_weights[2][4][DTMF_TAPS_MAX]

cdef double[4] LOW_HZ = [697.0, 770.0, 852.0, 941.0]
cdef double[4] HIGH_HZ = [1209.0, 1336.0, 1477.0, 1633.0]
cdef const char* KEYS = b"123A456B789C*0#D"

cdef enum:
    GAP_HOPS = 18          # 22.5 ms: between an interruption (10 ms) and a pause (40 ms)
    EDGE_HOPS = 3          # at either end of a window, where the filter still feels the switching of the tone
    INNER_HOPS = 18        # the window without its edges: 22.5 ms

cdef double HOPS_PER_S = 800.0
cdef double SKIRT_HZ = 118.0            # half of the way from one group's edge to the other's
cdef double HIGH_GROUP_END_HZ = 1824.0  # anything from 1657 Hz up will do, as long as it is 800 Hz above some point below 1191 Hz
cdef double KAISER_BETA = 3.5           # 0.2 dB of ripple in the band, 41 dB between the groups

cdef double LEVEL_DBM0 = -42.0
cdef double TOLERANCE = 0.0205          # a sine that is 1.5 % off, in 15 dB of noise, is measured to 0.4 %
cdef double SKEW = 0.034                # high to low: Q.24 admits 3 %; 3rd and 4th harmonic of a voice at 308 Hz ("*"): 3.7 %
cdef double TWIST_MIN = 0.0891          # -10.5 dB, as a power ratio
cdef double TWIST_MAX = 4.467           # +6.5 dB
cdef double EVENNESS = 0.4              # -4 dB: where the filter has 5/8 of the tone under it
cdef double PURITY = 0.92               # 0.964 at least of 3,000 good keys in 15 dB of noise
cdef double LOW_COHERENCE = 0.95        # 0.962 at least (a square, as the next three)
cdef double HIGH_COHERENCE = 0.80       # 0.858 at least: the weaker frequency where twist is -8 dB
cdef double LOW_FIT = 0.945             # 0.971 at least
cdef double HIGH_FIT = 0.86             # 0.906 at least
cdef double GATE = 0.5                  # a single look: beating between the groups lets it fall to 0.66 on a good key
cdef double HOLD = 0.15                 # -8 dB against the power at confirmation

cdef double power_min = 32768.0 * 32768.0 / 2 * pow(10.0, (LEVEL_DBM0 - 3.14) / 10)
cdef double[2][2] power_per_look = [[0.0, 0.0], [0.0, 0.0]]     # by rate and group: turns |look|^2 into a mean square


cdef double _bessel_i0(double x) noexcept:
    """Modified Bessel function of order 0, by its series."""
    cdef double term = 1.0, total = 1.0
    cdef int k
    for k in range(1, 30):
        term *= (x / (2 * k)) * (x / (2 * k))
        total += term
    return total


cdef void _design(int which, int taps) noexcept:
    """Kaiser-windowed band filters, as large as int16 samples of full scale allow without overflow of 32 bits."""
    cdef double[4][DTMF_TAPS_MAX] exact
    cdef double rate_hz = taps * 100.0, low_edge, high_edge, centre_hz, cutoff, t, weight, total, largest = 0.0, re, im, hz
    cdef int group, i, k
    for group in range(2):
        low_edge = (HIGH_HZ[0] if group else LOW_HZ[0]) * 0.985
        high_edge = (HIGH_HZ[3] if group else LOW_HZ[3]) * 1.015
        centre_hz = (low_edge + high_edge) / 2
        cutoff = 2 * ((high_edge - low_edge) / 2 + SKIRT_HZ) / rate_hz
        for i in range(taps):
            t = i - (taps - 1) / 2.0
            weight = sin(pi * cutoff * t) / (pi * cutoff * t)
            weight *= _bessel_i0(KAISER_BETA * sqrt(1 - (2 * t / (taps - 1)) ** 2))
            exact[2 * group][i] = weight * cos(2 * pi * centre_hz / rate_hz * t)
            exact[2 * group + 1][i] = -weight * sin(2 * pi * centre_hz / rate_hz * t)
    for i in range(4):
        total = 0.0
        for k in range(taps):
            total += fabs(exact[i][k])
        largest = max(largest, total)
    for i in range(4):
        for k in range(taps):
            dtmf_weights[which][i][k] = <int16_t>rint(exact[i][k] * 65400.0 / largest)
    for group in range(2):                      # the gain is that at the group's centre; the band is flat to 0.2 dB
        hz = (LOW_HZ[0] + LOW_HZ[3]) / 2 if group == 0 else (HIGH_HZ[0] + HIGH_HZ[3]) / 2
        re = im = 0.0
        for k in range(taps):
            t = 2 * pi * hz / rate_hz * (k - (taps - 1) / 2.0)
            re += dtmf_weights[which][2 * group][k] * cos(t) - dtmf_weights[which][2 * group + 1][k] * sin(t)
            im += dtmf_weights[which][2 * group][k] * sin(t) + dtmf_weights[which][2 * group + 1][k] * cos(t)
        power_per_look[which][group] = 2 / (re * re + im * im)


_design(0, 80)
_design(1, 160)


cdef void dtmf_init(dtmf_t* self, int rate_hz) noexcept nogil:
    """Ready for a new stream of `rate_hz` 8000 or 16000; what went before counts as silence."""
    memset(self, 0, sizeof(dtmf_t))
    self.taps = rate_hz // 100
    self.hop = rate_hz // 800
    self.fill = self.taps - self.hop


cdef int dtmf_held(const dtmf_t* self) noexcept nogil:
    """ASCII of the key that sounds now (it may have paused for less than 22.5 ms), or 0."""
    return self.held


cdef int dtmf_feed(dtmf_t* self, const int16_t* samples, int count) noexcept nogil:
    """Takes any number of samples; gives the ASCII of the key that they confirmed, or 0.

    Two keys need 30 ms between them, so up to that length no key is lost; of several the last is given.
    """
    cdef int confirmed = 0, key, room, start
    while count > 0:
        room = min(count, 3 * DTMF_TAPS_MAX - self.fill)
        memcpy(self.line + self.fill, samples, room * sizeof(int16_t))
        self.fill += room
        samples += room
        count -= room
        start = 0
        while self.fill - start >= self.taps:
            key = _hop(self, self.line + start)
            if key:
                confirmed = key
            start += self.hop
        if start:
            self.fill -= start
            memmove(self.line, self.line + start, self.fill * sizeof(int16_t))
    return confirmed


cdef int _hop(dtmf_t* self, const int16_t* x) noexcept nogil:
    """One look at the 10 ms that begin at `x`, of which the last hop is new."""
    cdef uint32_t newest = dtmf_energy(x + self.taps - self.hop, self.hop)
    cdef double power, low, high
    cdef int32_t* look
    cdef int wide = self.taps == DTMF_TAPS_MAX, key
    self.energy += <int64_t>newest - <int64_t>self.blocks[self.block]
    self.blocks[self.block] = newest
    self.block = (self.block + 1) % DTMF_SPAN
    power = 8.0 * self.energy / self.taps
    if power < power_min:                       # silence: not worth a look
        return _miss(self)

    look = self.looks[self.oldest]
    dtmf_look(x, dtmf_weights[wide][0], self.taps, look)
    low = (<double>look[0] * look[0] + <double>look[1] * look[1]) * power_per_look[wide][0]
    high = (<double>look[2] * look[2] + <double>look[3] * look[3]) * power_per_look[wide][1]
    if low + high < GATE * power or low < power_min / 4 or high < power_min / 4:
        return _miss(self)

    self.powers[self.oldest] = power
    self.oldest = (self.oldest + 1) % DTMF_WINDOW
    self.run += 1
    if self.held:
        if low + high < HOLD * self.held_power:
            self.gap += 1
            if self.gap >= GAP_HOPS:
                self.held = 0
        else:
            self.gap = 0
    if self.run < DTMF_WINDOW:
        return 0
    if self.held:
        self.run = 0                            # a held key is compared with the key pad once a window, not at each look
    key = _recognise(self, wide)
    if key == 0 or key == self.held:
        return 0
    self.held = key
    self.gap = 0
    return key


cdef int _miss(dtmf_t* self) noexcept nogil:
    self.run = 0
    if self.held:
        self.gap += 1
        if self.gap >= GAP_HOPS:
            self.held = 0
    return 0


cdef int _recognise(dtmf_t* self, int wide) noexcept nogil:
    """The key that fills the whole window, or 0."""
    cdef double complex[DTMF_WINDOW] low, high
    cdef double low_sum = 0.0, high_sum = 0.0, all_sum = 0.0, least = 1e300, most = 0.0, low_power, high_power, low_hz, high_hz
    cdef int32_t* look
    cdef int i, slot, row, column
    for i in range(DTMF_WINDOW):
        slot = (self.oldest + i) % DTMF_WINDOW
        look = self.looks[slot]
        low[i] = <double>look[0] + 1j * <double>look[1]
        high[i] = <double>look[2] + 1j * <double>look[3]
        low_power = _square(low[i]) * power_per_look[wide][0]
        high_power = _square(high[i]) * power_per_look[wide][1]
        low_sum += low_power
        high_sum += high_power
        all_sum += self.powers[slot]
        least = min(least, low_power + high_power)
        most = max(most, low_power + high_power)
    if least < EVENNESS * most or low_sum + high_sum < PURITY * all_sum:
        return 0
    if not TWIST_MIN * low_sum <= high_sum <= TWIST_MAX * low_sum or min(low_sum, high_sum) < DTMF_WINDOW * power_min:
        return 0
    low_hz = _sine_hz(low + EDGE_HOPS, HOPS_PER_S, LOW_COHERENCE, LOW_FIT)
    high_hz = _sine_hz(high + EDGE_HOPS, 2 * HOPS_PER_S, HIGH_COHERENCE, HIGH_FIT)
    row = _nearest(low_hz, LOW_HZ)
    column = _nearest(high_hz, HIGH_HZ)
    if row < 0 or column < 0 or fabs(high_hz / HIGH_HZ[column] - low_hz / LOW_HZ[row]) > SKEW:
        return 0
    self.held_power = (low_sum + high_sum) / DTMF_WINDOW
    return KEYS[4 * row + column]


cdef double _sine_hz(const double complex* z, double around_hz, double coherence, double fit) noexcept nogil:
    """Frequency of the one sine that the group consists of, or 0 where there is more to it.

    A sine turns by the same angle from each look to the next. A second tone in or beside the band breaks the agreement of
    these turns (coherence); a voice, whose pitch moves, leaves the sine that it began with (fit). A turn is ambiguous by 800 Hz.
    """
    cdef double complex turns = 0, back, spin = 1, total = 0
    cdef double power = 0.0, hz
    cdef int i
    for i in range(INNER_HOPS):
        power += _square(z[i])
        if i:
            turns += z[i] * z[i - 1].conjugate()
    if _square(turns) < coherence * (power - _square(z[0])) * (power - _square(z[INNER_HOPS - 1])):
        return 0.0
    back = turns.conjugate() / sqrt(_square(turns))
    for i in range(INNER_HOPS):
        total += z[i] * spin
        spin *= back
    if _square(total) < fit * INNER_HOPS * power:
        return 0.0
    hz = around_hz + atan2(turns.imag, turns.real) / (2 * pi) * HOPS_PER_S
    return hz - HOPS_PER_S if hz > HIGH_GROUP_END_HZ else hz


cdef inline double _square(double complex z) noexcept nogil:
    return z.real * z.real + z.imag * z.imag


cdef int _nearest(double hz, double* nominal_hz) noexcept nogil:
    """Index of the frequency that `hz` is within the tolerance of, or -1."""
    cdef int i
    for i in range(4):
        if fabs(hz - nominal_hz[i]) <= TOLERANCE * nominal_hz[i]:
            return i
    return -1


cdef class Dtmf:
    """The detector as Python sees it: for tests and measurements, never for a live call.

    ValueError for a rate other than 8000 or 16000 Hz.
    """

    def __init__(self, int rate_hz=8000):
        if rate_hz not in (8000, 16000):
            raise ValueError(f"DTMF is detected at 8000 or 16000 Hz, not at {rate_hz}")
        self.rate_hz = rate_hz
        dtmf_init(&self.state, rate_hz)

    def feed(self, const int16_t[::1] samples) -> str:
        """Takes any number of samples; gives the keys that they confirmed, in order, mostly "" or one."""
        cdef Py_ssize_t at = 0, count = samples.shape[0]
        cdef int frame = self.rate_hz // 50, key
        keys = ""
        while at < count:
            with nogil:
                key = 0
                while at < count and key == 0:
                    key = dtmf_feed(&self.state, &samples[at], <int>min(<Py_ssize_t>frame, count - at))
                    at += frame
            if key:
                keys += chr(key)
        return keys

    @property
    def held(self) -> str:
        """The key that sounds now, or ""."""
        cdef int key = dtmf_held(&self.state)
        return chr(key) if key else ""
