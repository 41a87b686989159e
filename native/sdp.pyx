"""What a session description may hold before the SIP library's own parser is let near it (RFC 8866, 4568, 8122).

One pass over the text, without memory of its own. It looks for what the library is known to get wrong, and for audio
that is offered in the clear; what is merely malformed is the library's to refuse.
"""

from libc.stdint cimport int64_t
from libc.string cimport strlen

cdef extern from "<strings.h>" nogil:
    int strncasecmp(const char* one, const char* other, size_t size)

FAULTS = ("plaintext", "sdp_crypto", "sdp_ptime", "sdp_payload", "sdp_redundancy", "sdp_media")
cdef enum:
    MAX_MEDIA = 8
    MAX_PTIME_MS = 200
    MAX_GENERATIONS = 2       # PJMEDIA_TXT_STREAM_MAX_RED_LEVELS
    LARGE = 1 << 30


cdef inline bint begins(const char* text, Py_ssize_t size, const char* word) noexcept nogil:
    cdef Py_ssize_t length = strlen(word)
    return size >= length and strncasecmp(text, word, length) == 0


cdef int64_t number(const char* text, Py_ssize_t size) noexcept nogil:
    """The decimal number at the start, spaces skipped: -1 where there is none, LARGE for anything larger."""
    cdef int64_t value = 0
    cdef Py_ssize_t i = 0
    while i < size and (text[i] == c" " or text[i] == c"\t"):
        i += 1
    if i == size or not c"0" <= text[i] <= c"9":
        return -1
    while i < size and c"0" <= text[i] <= c"9":
        value = value * 10 + (text[i] - c"0")
        if value > LARGE:
            return LARGE
        i += 1
    return value


cdef int media_fault(const char* text, Py_ssize_t size, bint* text_medium, bint* must_have_key) noexcept nogil:
    """An m= line without its "m=": what it is, and whether its payload types exist (RFC 8866 section 5.14)."""
    cdef Py_ssize_t i = 0
    cdef int field = 0
    text_medium[0], must_have_key[0] = begins(text, size, "text "), begins(text, size, "audio ")
    while i < size:
        if text[i] == c" ":
            i += 1
            continue
        if field == 1 and number(text + i, size - i) == 0:
            must_have_key[0] = False     # port 0: a refused medium has no sound to protect
        elif field > 2 and number(text + i, size - i) > 127:
            return SDP_PAYLOAD
        field += 1
        while i < size and text[i] != c" ":
            i += 1
    return 0


cdef int attribute_fault(const char* text, Py_ssize_t size, bint text_medium) noexcept nogil:
    """An a= line without its "a=". A payload type is 0 to 127 (RFC 3551); the library checks the m= line only."""
    cdef Py_ssize_t i
    cdef int levels = 0
    if begins(text, size, "ptime:"):
        # The library casts ptime / 20 to eight bits: 5,120 ms becomes no frame a packet. Zero it leaves alone.
        return SDP_PTIME if number(text + 6, size - 6) > MAX_PTIME_MS else 0
    if begins(text, size, "rtpmap:"):
        return SDP_PAYLOAD if number(text + 7, size - 7) > 127 else 0
    if begins(text, size, "fmtp:"):
        if number(text + 5, size - 5) > 127:
            return SDP_PAYLOAD
        if text_medium:
            # Redundant text (RFC 4103): the generations listed by the peer index a buffer (pjproject fix fd90745).
            for i in range(size):
                levels += text[i] == c"/"
            if levels > MAX_GENERATIONS:
                return SDP_REDUNDANCY
    return 0


cdef int sdp_fault_of(const char* text, Py_ssize_t size, int max_crypto, bint srtp_required) noexcept nogil:
    """The reason to refuse this description, or 0. It reads the text itself: the library's parser is not asked yet."""
    cdef Py_ssize_t at = 0, end
    cdef int media = 0, cryptos = 0, fault
    cdef bint keyed = False, session_keyed = False, text_medium = False, must_have_key = False
    while at < size:
        end = at
        while end < size and text[end] != c"\r" and text[end] != c"\n":
            end += 1
        if end - at > 2 and text[at + 1] == c"=":
            if text[at] == c"m":
                if srtp_required and must_have_key and not keyed:
                    return SDP_PLAINTEXT
                media += 1
                if media > MAX_MEDIA:
                    return SDP_MEDIA
                cryptos, keyed = 0, session_keyed
                fault = media_fault(text + at + 2, end - at - 2, &text_medium, &must_have_key)
                if fault:
                    return fault
            elif text[at] == c"a":
                if begins(text + at + 2, end - at - 2, "crypto"):
                    # CVE-2026-57162: the tags of all a=crypto lines go into an array of 64 on the stack.
                    cryptos += 1
                    if cryptos > max_crypto:
                        return SDP_CRYPTO
                    keyed = keyed or media > 0
                elif begins(text + at + 2, end - at - 2, "fingerprint:"):
                    keyed = True
                    session_keyed = session_keyed or media == 0
                fault = attribute_fault(text + at + 2, end - at - 2, text_medium)
                if fault:
                    return fault
        at = end + 1
    return SDP_PLAINTEXT if srtp_required and must_have_key and not keyed else 0


def sdp_fault(bytes body, *, int max_crypto=16, bint srtp_required=False):
    """The name (of `FAULTS`) of what is wrong with this description, or None."""
    cdef const char* text = body
    cdef Py_ssize_t size = len(body)
    cdef int fault
    with nogil:
        fault = sdp_fault_of(text, size, max_crypto, srtp_required)
    return FAULTS[fault - 1] if fault else None
