"""What a session description may hold before the SIP library's own parser is let near it (RFC 8866, 4568, 8122)."""

# In the order of `FAULTS` in the .pyx; 0 is no fault.
cdef enum:
    SDP_PLAINTEXT = 1         # audio without a key where keys are required
    SDP_CRYPTO = 2            # too many a=crypto lines
    SDP_PTIME = 3             # a packet time that nobody uses
    SDP_PAYLOAD = 4           # a payload type above 127
    SDP_REDUNDANCY = 5        # too many generations of redundant text
    SDP_MEDIA = 6             # too many m= lines

cdef int sdp_fault_of(const char* text, Py_ssize_t size, int max_crypto, bint srtp_required) noexcept nogil
