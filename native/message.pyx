"""What a SIP message is made of, as the guard asks: its size and shape, the descriptions in it, what its method needs.

All of it looks at messages that pjproject has parsed already; nothing is changed, kept or logged.
"""

from libc.stdint cimport uint32_t
from libc.string cimport memchr

from native.pjsip cimport *
from native.rules cimport (
    MAY_MESSAGE, MAY_NOTIFY, MAY_PUBLISH, MAY_REFER, MAY_REGISTER, MAY_SUBSCRIBE, table_t,
)
from native.sdp cimport sdp_fault_of


cdef bint is_sdp(const pjsip_media_type* kind) noexcept nogil:
    return pj_stricmp2(&kind.type, "application") == 0 and pj_stricmp2(&kind.subtype, "sdp") == 0


cdef int body_fault(const pjsip_msg* message, int max_crypto, bint srtp_required) noexcept nogil:
    """Every description in the body, the parts of a multipart body (RFC 2046) among them."""
    cdef const pjsip_msg_body* body = message.body
    cdef pjsip_multipart_part* part
    cdef int fault
    if body == NULL or body.data == NULL:
        return 0
    if is_sdp(&body.content_type):
        return sdp_fault_of(<const char*>body.data, body.len, max_crypto, srtp_required)
    if pj_stricmp2(&body.content_type.type, "multipart") == 0:
        part = pjsip_multipart_get_first_part(body)
        while part != NULL:
            if part.body != NULL and part.body.data != NULL and is_sdp(&part.body.content_type):
                fault = sdp_fault_of(<const char*>part.body.data, part.body.len, max_crypto, srtp_required)
                if fault:
                    return fault
            part = pjsip_multipart_get_next_part(body, part)
    return 0


cdef int header_count(const pjsip_msg* message) noexcept nogil:
    """Headers as the library sees them: one line with commas may be many (RFC 3261 section 7.3.1)."""
    cdef const pjsip_hdr* header = message.hdr.next
    cdef int headers = 0
    while header != &message.hdr:
        headers += 1
        header = header.next
    return headers


cdef bint has_long_header(const char* text, Py_ssize_t size, int limit) noexcept nogil:
    cdef const char* end = text + size
    cdef const char* stop
    while text < end:
        stop = <const char*>memchr(text, c"\n", end - text)
        # A header goes on over lines that begin with space or tab.
        while stop != NULL and stop + 1 < end and (stop[1] == c" " or stop[1] == c"\t"):
            stop = <const char*>memchr(stop + 1, c"\n", end - stop - 1)
        if stop == NULL:
            stop = end
        if stop - text > limit:
            return True
        if stop - text <= 1:
            return False      # the empty line; what follows is the body
        text = stop + 1
    return False


cdef int shape_fault(const table_t* rules, const pjsip_rx_data* rdata) noexcept nogil:
    """The status to refuse a message with for its size alone, or 0."""
    if rdata.msg_info.len > rules.max_message:
        return 513
    if header_count(rdata.msg_info.msg) > rules.max_headers:
        return 400
    return 400 if has_long_header(rdata.msg_info.msg_buf, rdata.msg_info.len, rules.max_line) else 0


cdef bint carries(const pjsip_msg* message, char* header) noexcept nogil:
    cdef pj_str_t name = pj_str(header)
    return pjsip_msg_find_hdr_by_name(message, &name, NULL) != NULL


cdef bint named(const pjsip_method* method, const char* name) noexcept nogil:
    # Methods are case-sensitive (RFC 3261 section 7.1); to compare without case refuses a little more.
    return pj_stricmp2(&method.name, name) == 0


cdef bint belongs_in_a_call(const pjsip_method* method) noexcept nogil:
    return (method.id == PJSIP_BYE_METHOD or named(method, "INFO") or named(method, "UPDATE") or named(method, "PRACK"))


cdef uint32_t permission_for(const pjsip_method* method) noexcept nogil:
    """The bit that this method needs; 0 for a method that nobody knows."""
    if method.id == PJSIP_REGISTER_METHOD:
        return MAY_REGISTER
    if named(method, "REFER"):
        return MAY_REFER
    if named(method, "MESSAGE"):
        return MAY_MESSAGE
    if named(method, "SUBSCRIBE"):
        return MAY_SUBSCRIBE
    if named(method, "PUBLISH"):
        return MAY_PUBLISH
    if named(method, "NOTIFY"):
        return MAY_NOTIFY
    return 0
