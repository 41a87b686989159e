"""How loud a frame is, in dBov (RFC 6465 section 3): the root mean square against the overload point 32768.

A full-scale square wave is 0 dBov, a full-scale sine -3.01 dBov, digital silence -127 dBov.
"""

from libc.math cimport log10f
from libc.stdint cimport int32_t, int64_t


cdef float level_dbov(const int16_t* samples, int count) noexcept nogil:
    cdef int64_t energy = 0
    cdef int32_t x
    cdef int i
    cdef float dbov
    for i in range(count):
        x = samples[i]
        energy += x * x
    if energy == 0 or count <= 0:
        return -127.0
    dbov = 10.0 * log10f(<float>energy / (<float>count * 1073741824.0))
    return dbov if dbov > -127.0 else -127.0


def dbov(const int16_t[::1] samples) -> float:
    """Level of int16 samples in dBov, -127 to 0."""
    return level_dbov(&samples[0], <int>samples.shape[0]) if samples.shape[0] else -127.0
