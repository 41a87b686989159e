"""What a SIP message is made of, as the guard asks."""

from libc.stdint cimport uint32_t

from native.pjsip cimport pjsip_method, pjsip_msg, pjsip_rx_data
from native.rules cimport table_t

cdef int body_fault(const pjsip_msg* message, int max_crypto, bint srtp_required) noexcept nogil
cdef int shape_fault(const table_t* rules, const pjsip_rx_data* rdata) noexcept nogil
cdef int header_count(const pjsip_msg* message) noexcept nogil
cdef bint carries(const pjsip_msg* message, char* header) noexcept nogil
cdef bint belongs_in_a_call(const pjsip_method* method) noexcept nogil
cdef uint32_t permission_for(const pjsip_method* method) noexcept nogil
