"""A call's line as a port of the conference bridge (pjmedia_port, one per call, life cycle of pjproject's "Custom port").

Everything here but the two frame functions runs on the SIP thread. After `detach` the bridge may still call the frame
functions for some ticks: the port owns a reference to the line and its own pool, and lets go of both in `on_destroy`,
which the library calls on whatever thread drops the last reference. That function takes no GIL and no library lock.
"""

from libc.stdint cimport int16_t

from native.line cimport line_drop, line_fetch, line_get, line_hold, line_put, line_t

cdef extern from "<pjsua-lib/pjsua.h>" nogil:
    ctypedef int pj_status_t
    ctypedef struct pj_pool_t:
        pass
    ctypedef struct pj_grp_lock_t:
        pass
    ctypedef struct pj_str_t:
        char* ptr
        Py_ssize_t slen
    ctypedef struct pjmedia_port_info:
        pass
    ctypedef struct pjmedia_frame:
        int type
        void* buf
        size_t size
    ctypedef struct pjmedia_port_data:
        void* pdata
    ctypedef struct pjmedia_port:
        pjmedia_port_info info
        pjmedia_port_data port_data
        pj_status_t (*put_frame)(pjmedia_port*, pjmedia_frame*) noexcept nogil
        pj_status_t (*get_frame)(pjmedia_port*, pjmedia_frame*) noexcept nogil
        pj_status_t (*on_destroy)(pjmedia_port*) noexcept nogil
    int PJMEDIA_FRAME_TYPE_AUDIO
    int PJMEDIA_SIG_CLASS_APP(char a, char b, char c)
    int PJ_SUCCESS
    int PJSUA_INVALID_ID
    int PJ_ERR_MSG_SIZE
    const char* pj_get_version()
    void pj_log_set_level(int level)
    pj_str_t pj_str(char* text)
    pj_str_t pj_strerror(pj_status_t status, char* to, size_t size)
    pj_pool_t* pjsua_pool_create(const char* name, size_t initial, size_t increment)
    void pj_pool_release(pj_pool_t* pool)
    pj_status_t pjmedia_port_info_init(pjmedia_port_info* info, const pj_str_t* name, unsigned signature, unsigned rate,
                                       unsigned channels, unsigned bits, unsigned samples)
    pj_status_t pjmedia_port_init_grp_lock(pjmedia_port* port, pj_pool_t* pool, pj_grp_lock_t* lock)
    pj_status_t pjmedia_port_destroy(pjmedia_port* port)
    pj_status_t pjsua_conf_add_port(pj_pool_t* pool, pjmedia_port* port, int* slot)
    pj_status_t pjsua_conf_remove_port(int slot)
    pj_status_t pjsua_conf_connect(int source, int sink)
    pj_status_t pjsua_conf_disconnect(int source, int sink)
    int pjsua_get_state()
    unsigned pjsua_call_get_count()
    ctypedef struct pjsip_rx_data
    ctypedef struct pjsip_tx_data
    ctypedef struct pjsip_endpoint
    ctypedef struct pjsip_transaction:
        pjsip_endpoint* endpt
    pj_status_t pjsip_endpt_create_response(pjsip_endpoint* endpoint, const pjsip_rx_data* request, int status,
                                            const pj_str_t* reason, pjsip_tx_data** response)
    pj_status_t pjsip_tsx_send_msg(pjsip_transaction* transaction, pjsip_tx_data* message)
    void pjsip_tsx_set_timers(unsigned t1, unsigned t2, unsigned t4, unsigned td)

cdef extern from *:
    """
    #include <pjsua-lib/pjsua.h>
    /* A port, the pool it was made of, and the line it speaks for. */
    typedef struct house_port { pjmedia_port base; pj_pool_t *pool; void *line; } house_port;
    static house_port *house_port_new(pj_pool_t *pool, void *line) {
        house_port *port = PJ_POOL_ZALLOC_T(pool, house_port);
        port->pool = pool; port->line = line;
        return port;
    }
    """
    ctypedef struct house_port:
        pjmedia_port base
        pj_pool_t* pool
        void* line
    house_port* house_port_new(pj_pool_t* pool, void* line) nogil


# The lines in the order in which the bridge came to them in this round, and beyond `heard` in the last one: the next line is
# asked for while this one is at work, since all others came between and nothing of it is in the cache any more. Only on the
# clock's thread; these are addresses to fetch from, never followed, for the line may be gone.
cdef enum:
    EXPECTED = 4096
cdef line_t* expected[EXPECTED]
cdef unsigned heard = 0


cdef void begin_round() noexcept nogil:
    """Before each round of the bridge, on the thread that makes it go."""
    global heard
    heard = 0


cdef pj_status_t put_frame(pjmedia_port* base, pjmedia_frame* frame) noexcept nogil:
    global heard
    cdef line_t* line = <line_t*>(<house_port*>base).line
    expected[heard % EXPECTED] = line
    heard += 1
    line_fetch(expected[heard % EXPECTED])
    cdef size_t whole = line.frame * sizeof(int16_t)
    if frame.type == PJMEDIA_FRAME_TYPE_AUDIO and frame.size == whole:
        line_put(line, <const int16_t*>frame.buf, line.frame)
    else:
        line_put(line, NULL, line.frame)
    return PJ_SUCCESS


cdef pj_status_t get_frame(pjmedia_port* base, pjmedia_frame* frame) noexcept nogil:
    cdef line_t* line = <line_t*>(<house_port*>base).line
    line_get(line, <int16_t*>frame.buf, line.frame)
    # Always a full frame of audio: a frame of any other type would stop the stream's packets.
    frame.type = PJMEDIA_FRAME_TYPE_AUDIO
    frame.size = line.frame * sizeof(int16_t)
    return PJ_SUCCESS


cdef pj_status_t on_destroy(pjmedia_port* base) noexcept nogil:
    cdef house_port* port = <house_port*>base
    cdef pj_pool_t* pool = port.pool
    line_drop(<line_t*>port.line)
    pj_pool_release(pool)
    return PJ_SUCCESS


cdef check(pj_status_t status, what):
    cdef char text[256]
    if status != PJ_SUCCESS:
        pj_strerror(status, text, sizeof(text))
        raise OSError(f"{what}: {text.decode('utf-8', 'replace')} ({status})")


cdef class Port(Line):
    """A line that can be put into the bridge. `attach`, `connect`, `disconnect` and `detach` on the SIP thread only."""

    def __cinit__(self, *args, **kwargs):
        self.port = NULL
        self.slot = PJSUA_INVALID_ID

    def attach(self) -> None:
        """Enter the bridge. Raises OSError where the library refuses (bridge full)."""
        cdef pj_str_t name = pj_str("line")
        cdef pj_pool_t* pool
        cdef house_port* port
        cdef pj_status_t status
        cdef int slot = PJSUA_INVALID_ID
        if self.port != NULL:
            return
        with nogil:
            pool = pjsua_pool_create("line", 1024, 1024)
        if pool == NULL:
            raise MemoryError
        port = house_port_new(pool, self.c)
        pjmedia_port_info_init(&port.base.info, &name, PJMEDIA_SIG_CLASS_APP(c"H", c"L", c"N"),
                               self.c.rate_hz, 1, 16, self.c.frame)
        port.base.put_frame, port.base.get_frame, port.base.on_destroy = put_frame, get_frame, on_destroy
        with nogil:
            status = pjmedia_port_init_grp_lock(&port.base, pool, NULL)
        if status != PJ_SUCCESS:
            pj_pool_release(pool)
            check(status, "the call's sound could not be set up")
        line_hold(self.c)
        with nogil:
            status = pjsua_conf_add_port(pool, &port.base, &slot)
            if status != PJ_SUCCESS:
                pjmedia_port_destroy(&port.base)
        check(status, "the conference bridge takes no more calls")
        self.port, self.slot = port, slot

    def connect(self, int slot) -> None:
        """Both ways between this line and another slot of the bridge. Repeating it is harmless."""
        cdef pj_status_t there, back
        with nogil:
            there = pjsua_conf_connect(self.slot, slot)
            back = pjsua_conf_connect(slot, self.slot)
        check(there or back, "the call's sound could not be connected")

    def disconnect(self, int slot) -> None:
        """Undo `connect`; the other slot may be gone already."""
        with nogil:
            pjsua_conf_disconnect(self.slot, slot)
            pjsua_conf_disconnect(slot, self.slot)

    def detach(self) -> None:
        """Leave the bridge for good. The bridge lets go of the sound some ticks later."""
        cdef pjmedia_port* port = <pjmedia_port*>self.port
        if port == NULL:
            return
        self.port = NULL
        with nogil:
            pjsua_conf_remove_port(self.slot)
            pjmedia_port_destroy(port)
        self.slot = PJSUA_INVALID_ID


def link(int source, int sink) -> None:
    """One way between two slots of the bridge (calls that are put through). Repeating it is harmless."""
    cdef pj_status_t status
    with nogil:
        status = pjsua_conf_connect(source, sink)
    check(status, "the two calls could not be connected")


def unlink(int source, int sink) -> None:
    """Undo `link`; either may be gone already."""
    with nogil:
        pjsua_conf_disconnect(source, sink)


def library_state() -> int:
    """pjsua_get_state() as these modules see it: the same library as pjsua2's, or there are two (PJSUA_STATE_RUNNING is 4)."""
    return pjsua_get_state()


def hush() -> None:
    """Nothing on the console before the settings' own log is in force."""
    pj_log_set_level(0)


def respond(size_t transaction, size_t request, int status) -> None:
    """Answer a request within a call that the library leaves to us; both as addresses, valid in the callback that gave them."""
    cdef pjsip_transaction* tsx = <pjsip_transaction*>transaction
    cdef pjsip_tx_data* response = NULL
    cdef pj_status_t failed
    with nogil:
        failed = pjsip_endpt_create_response(tsx.endpt, <const pjsip_rx_data*>request, status, NULL, &response)
        if failed == PJ_SUCCESS:
            failed = pjsip_tsx_send_msg(tsx, response)
    check(failed, "a request within a call could not be answered")


def timers(int t1_ms) -> None:
    """Retransmission and time-outs of SIP, all from T1 as RFC 3261 table 4 has them (after libInit)."""
    pjsip_tsx_set_timers(t1_ms, 8 * t1_ms, 10 * t1_ms, 64 * t1_ms)


def library_version() -> str:
    """The version of the SIP library that these modules run on."""
    return pj_get_version().decode()


def library_calls() -> int:
    """Calls that the library knows, closing ones among them."""
    return pjsua_call_get_count()
