"""What the guard uses of pjproject: messages, modules and answers (pjsip), and the calls that pjsua keeps."""

cdef extern from "<pjsua-lib/pjsua.h>" nogil:
    ctypedef int pj_status_t
    ctypedef int pj_bool_t
    ctypedef struct pj_pool_t
    ctypedef struct pj_str_t:
        char* ptr
        Py_ssize_t slen
    ctypedef union pj_sockaddr:
        int ipv6
    ctypedef struct pjsip_endpoint
    ctypedef struct pjsip_transaction
    ctypedef struct pjsip_dialog
    ctypedef struct pjsip_inv_session:
        int state
    ctypedef struct pjsip_hdr:
        int type
        pjsip_hdr* next
    ctypedef struct pjsip_generic_string_hdr
    ctypedef struct pjsip_retry_after_hdr
    ctypedef struct pjsip_method:
        int id
        pj_str_t name
    ctypedef struct pjsip_media_type:
        pj_str_t type
        pj_str_t subtype
    ctypedef struct pjsip_msg_body:
        pjsip_media_type content_type
        void* data
        unsigned len
    ctypedef struct pjsip_multipart_part:
        pjsip_msg_body* body
    ctypedef struct request_line:
        pjsip_method method
    ctypedef struct status_line:
        int code
    ctypedef struct first_line:
        request_line req
        status_line status
    ctypedef struct pjsip_msg:
        first_line line
        pjsip_hdr hdr
        pjsip_msg_body* body
    ctypedef struct pjsip_cid_hdr:
        pj_str_t id
    ctypedef struct pjsip_fromto_hdr:
        pj_str_t tag
    ctypedef struct pjsip_cseq_hdr:
        pjsip_method method
    ctypedef struct pjsip_transport:
        unsigned flag
    ctypedef struct rx_transport:
        pj_pool_t* pool
        pjsip_transport* transport
    ctypedef struct rx_packet:
        pj_sockaddr src_addr
    ctypedef struct rx_message:
        char* msg_buf
        int len
        pjsip_msg* msg
        pjsip_cid_hdr* cid
        pjsip_fromto_hdr* to
        pjsip_fromto_hdr* from_ "from"
        pjsip_cseq_hdr* cseq
    ctypedef struct pjsip_rx_data:
        rx_transport tp_info
        rx_packet pkt_info
        rx_message msg_info
    ctypedef struct pjsip_module:
        pj_str_t name
        int id
        int priority
        pj_status_t (*stop)() noexcept nogil
        pj_bool_t (*on_rx_request)(pjsip_rx_data*) noexcept nogil
        pj_bool_t (*on_rx_response)(pjsip_rx_data*) noexcept nogil
    int PJ_SUCCESS
    int PJSIP_INVITE_METHOD
    int PJSIP_CANCEL_METHOD
    int PJSIP_ACK_METHOD
    int PJSIP_BYE_METHOD
    int PJSIP_REGISTER_METHOD
    int PJSIP_OPTIONS_METHOD
    int PJSIP_ROLE_UAS
    int PJSIP_INV_STATE_DISCONNECTED
    int PJSIP_MAX_PKT_LEN
    int PJSIP_TRANSPORT_DATAGRAM
    int pj_rand()
    int pj_AF_INET()
    pj_str_t pj_str(char* text)
    pj_str_t pj_strerror(pj_status_t status, char* to, size_t size)
    int pj_stricmp2(const pj_str_t* one, const char* other)
    int pj_sockaddr_get_addr_len(const pj_sockaddr* address)
    void* pj_sockaddr_get_addr(const pj_sockaddr* address)
    void pj_list_init(void* head)
    void pj_list_erase(void* node)
    void pj_list_push_back(void* head, void* node)
    pjsip_endpoint* pjsua_get_pjsip_endpt()
    unsigned pjsua_call_get_count()
    pj_status_t pjsip_endpt_register_module(pjsip_endpoint* endpoint, pjsip_module* module)
    pj_status_t pjsip_endpt_unregister_module(pjsip_endpoint* endpoint, pjsip_module* module)
    pj_status_t pjsip_endpt_respond_stateless(pjsip_endpoint* endpoint, pjsip_rx_data* rdata, int code, const pj_str_t* text,
                                              const pjsip_hdr* headers, const pjsip_msg_body* body)
    pj_status_t pjsip_transport_shutdown(pjsip_transport* transport)
    pj_status_t pjsip_tsx_create_key(pj_pool_t* pool, pj_str_t* key, int role, const pjsip_method* method,
                                     const pjsip_rx_data* rdata)
    pjsip_transaction* pjsip_tsx_layer_find_tsx2(const pj_str_t* key, pj_bool_t add_ref)
    pjsip_dialog* pjsip_ua_find_dialog(const pj_str_t* call_id, const pj_str_t* local_tag, const pj_str_t* remote_tag,
                                       pj_bool_t lock)
    pjsip_inv_session* pjsip_dlg_get_inv_session(pjsip_dialog* dialog)
    void* pjsip_msg_find_hdr_by_name(const pjsip_msg* message, const pj_str_t* name, const void* start)
    pjsip_retry_after_hdr* pjsip_retry_after_hdr_create(pj_pool_t* pool, int value)
    pjsip_generic_string_hdr* pjsip_generic_string_hdr_create(pj_pool_t* pool, const pj_str_t* name, const pj_str_t* value)
    pjsip_multipart_part* pjsip_multipart_get_first_part(const pjsip_msg_body* body)
    pjsip_multipart_part* pjsip_multipart_get_next_part(const pjsip_msg_body* body, pjsip_multipart_part* part)
