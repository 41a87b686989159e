"""The WebRTC VAD and nothing else, called from C for frame after frame: the floor of what hearing a frame costs."""

from libc.stdint cimport int16_t

from native.vad cimport vad_free, vad_new, vad_process


def judge(const int16_t[::1] samples, int mode, int rate_hz=8000) -> int:
    """How many of the 20 ms frames are voiced. Raises ValueError for a mode beyond 0 to 3 or a rate of no VAD."""
    if not 0 <= mode <= 3 or rate_hz not in (8000, 16000):
        raise ValueError(f"mode {mode} at {rate_hz} Hz")
    cdef Py_ssize_t at = 0, frame = rate_hz // 50
    cdef int voiced = 0
    vad = vad_new(mode)
    if vad == NULL:
        raise MemoryError
    with nogil:
        while at + frame <= samples.shape[0]:
            voiced += vad_process(vad, rate_hz, &samples[at], <int>frame) == 1
            at += frame
        vad_free(vad)
    return voiced
