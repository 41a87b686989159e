"""The door: a pjsip module that sees every SIP message before the library acts on it (RFC 3261).

It runs on the SIP thread, before the message log, the transactions and the dialogs; it takes no GIL and no lock of its
own. Its rules are one table that Python builds and swaps in whole. What is refused is answered without a transaction
(RFC 3261 section 8.2.7) and counted; nothing about it is logged.

pjproject parses a message before any module sees it: faults of its parser cannot be met here.
"""

import ipaddress

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset
from posix.unistd cimport usleep

from native.atomic cimport RELAXED, SEQ_CST, add_i32, add_i64, load_i32, load_i64, store_i32
from native.message cimport belongs_in_a_call, body_fault, carries, header_count, permission_for, shape_fault
from native.pjsip cimport *
from native.rules cimport (
    MAX_TRUNKS, MAY_NOTIFY, MAY_REFER, MAY_REPLACES,
    table_free, table_of, table_t, trunk_at, trunk_t,
)

from native.rules import Permission, Rule  # no-cython-lint: whoever has a Guard has these
from native.sdp import FAULTS

cdef extern from *:
    """
    #include <pjsua-lib/pjsua.h>
    #include <pjsua-lib/pjsua_internal.h>
    #define table_load(at)       __atomic_load_n(at, __ATOMIC_SEQ_CST)
    #define table_swap(at, new)  __atomic_exchange_n(at, new, __ATOMIC_SEQ_CST)
    typedef void (*find_account_t)(const pjsip_rx_data *, pjsua_acc_id *);

    /* pjsua2 puts a function here that asks Python (Endpoint.onSelectAccount). Gives back what stood there. */
    static find_account_t find_account_set(find_account_t function) {
        find_account_t before = pjsua_var.ua_cfg.cb.on_acc_find_for_incoming;
        pjsua_var.ua_cfg.cb.on_acc_find_for_incoming = function;
        return before;
    }
    /* Calls of one account, at most `enough` of them: what the library knows, so closing ones count. SIP thread only. */
    static unsigned calls_of(pjsua_acc_id account, unsigned enough) {
        unsigned i, found = 0;
        for (i = 0; i < pjsua_var.ua_cfg.max_calls && found < enough; ++i)
            found += pjsua_var.calls[i].inv != NULL && pjsua_var.calls[i].acc_id == account;
        return found;
    }
    """
    ctypedef void (*find_account_t)(const pjsip_rx_data*, int*) noexcept nogil
    find_account_t find_account_set(find_account_t function) nogil
    unsigned calls_of(int account, unsigned enough) nogil
    table_t* table_load(table_t** at) nogil
    table_t* table_swap(table_t** at, table_t* new) nogil

REASONS = (
    "requests", "responses", "stranger", "shape", "method", "unknown_method", "refer", "replaces", "no_dialog", "draining",
    "calls", "trunk_calls", "bad_response", "service_route", "challenge", "redirect", *FAULTS,
)
cdef enum:
    RETRY_AFTER_S = 10
    ECHO_BYTES = 24           # what a header may grow by when an answer repeats it on a line of its own

# The library keeps a pointer to the module for as long as it lives: static storage, one guard a process.
cdef pjsip_module door
cdef find_account_t library_hook = NULL
cdef table_t* table = NULL
cdef int32_t readers = 0
cdef int32_t installed = 0
cdef int32_t draining = 0
cdef int32_t[<int>MAX_TRUNKS] accounts
cdef int64_t[<int>TALLY] tally


cdef void count(int reason) noexcept nogil:
    add_i64(&tally[reason], 1, RELAXED)


cdef int trunk_of_source(const table_t* rules, const pjsip_rx_data* rdata) noexcept nogil:
    cdef const uint8_t* byte = <const uint8_t*>pj_sockaddr_get_addr(&rdata.pkt_info.src_addr)
    cdef int size = pj_sockaddr_get_addr_len(&rdata.pkt_info.src_addr), i
    cdef uint64_t hi = 0, lo = 0
    for i in range(size):
        hi = hi << 8 | lo >> 56
        lo = lo << 8 | byte[i]
    # An IPv4 caller on a socket for both families shows as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
    if size == 16 and hi == 0 and lo >> 32 == 0xffff:
        size = 4
        lo = <uint32_t>lo
    return trunk_at(rules, size * 8, hi, lo)


# --- what is answered ---

cdef void answer(pjsip_rx_data* rdata, int status, const char* allow) noexcept nogil:
    """Without a transaction. An ACK is never answered.

    CVE-2026-57160: an answer repeats Via, Record-Route, From and To in a buffer of PJSIP_MAX_PKT_LEN and may write one byte
    past it. A request that could fill it gets no answer.
    """
    cdef pjsip_hdr headers
    cdef pj_str_t name, value
    if rdata.msg_info.msg.line.req.method.id == PJSIP_ACK_METHOD:
        return
    if rdata.msg_info.len + ECHO_BYTES * header_count(rdata.msg_info.msg) > PJSIP_MAX_PKT_LEN * 3 // 4:
        return
    pj_list_init(&headers)
    if status == 503:
        # Spread over some seconds, so that those refused do not come back all at once (RFC 3261 section 21.5.4).
        pj_list_push_back(&headers, pjsip_retry_after_hdr_create(rdata.tp_info.pool, 1 + pj_rand() % RETRY_AFTER_S))
    if allow != NULL:
        name = pj_str("Allow")
        value = pj_str(<char*>allow)
        pj_list_push_back(&headers, pjsip_generic_string_hdr_create(rdata.tp_info.pool, &name, &value))
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, status, NULL, &headers, NULL)


cdef pj_bool_t refuse(pjsip_rx_data* rdata, int reason, int status, const char* allow) noexcept nogil:
    """Count it, answer it, and keep it from the library."""
    count(reason)
    answer(rdata, status, allow)
    return True


cdef pj_bool_t refuse_stranger(const table_t* rules, pjsip_rx_data* rdata) noexcept nogil:
    if rules != NULL and rules.refuse_strangers:
        return refuse(rdata, STRANGER, 403, NULL)
    count(STRANGER)
    if not rdata.tp_info.transport.flag & PJSIP_TRANSPORT_DATAGRAM:
        pjsip_transport_shutdown(rdata.tp_info.transport)    # nor keep the connection
    return True


cdef bint is_retransmission(pjsip_rx_data* rdata) noexcept nogil:
    """An INVITE that was let in is sent again until its answer arrives: it must not meet a door shut meanwhile."""
    cdef pj_str_t key
    return (pjsip_tsx_create_key(rdata.tp_info.pool, &key, PJSIP_ROLE_UAS, &rdata.msg_info.cseq.method, rdata) == PJ_SUCCESS
            and pjsip_tsx_layer_find_tsx2(&key, False) != NULL)


cdef bint is_full(const table_t* rules, int trunk) noexcept nogil:
    """The trunk's own limit. A trunk without an account of its own is measured by all calls."""
    cdef int32_t limit = rules.trunks[trunk].max_calls, account = load_i32(&accounts[trunk], RELAXED)
    if limit == 0:
        return False
    return (calls_of(account, limit) if account >= 0 else pjsua_call_get_count()) >= <unsigned>limit


cdef pj_bool_t judge_invite(const table_t* rules, int trunk, pjsip_rx_data* rdata) noexcept nogil:
    cdef int reason = 0
    if not rules.trunks[trunk].permissions & MAY_REPLACES:
        if carries(rdata.msg_info.msg, "Replaces") or carries(rdata.msg_info.msg, "Join"):
            return refuse(rdata, REPLACES, 403, NULL)
    if rdata.msg_info.to.tag.slen == 0:
        if load_i32(&draining, RELAXED):
            reason = DRAINING
        elif pjsua_call_get_count() >= <unsigned>rules.max_calls:
            reason = CALLS
        elif is_full(rules, trunk):
            reason = TRUNK_CALLS
        if reason and not is_retransmission(rdata):
            return refuse(rdata, reason, 503, NULL)
    return False


cdef bint is_in_a_call(pjsip_rx_data* rdata) noexcept nogil:
    """Does this request belong to a call that has not ended?"""
    cdef pjsip_dialog* dialog
    cdef pjsip_inv_session* session
    dialog = pjsip_ua_find_dialog(&rdata.msg_info.cid.id, &rdata.msg_info.to.tag, &rdata.msg_info.from_.tag, False)
    session = NULL if dialog == NULL else pjsip_dlg_get_inv_session(dialog)
    return session != NULL and session.state != PJSIP_INV_STATE_DISCONNECTED


cdef pj_bool_t judge_options(const trunk_t* rule, bint in_dialog, pjsip_rx_data* rdata) noexcept nogil:
    """Is anybody there? The library answers that out of a call; within one, where carriers ask it to see whether the call
    lives (RFC 3261 section 11.2), it would answer 500, and the carrier might hang up.
    """
    if not in_dialog:
        return load_i32(&draining, RELAXED) and refuse(rdata, DRAINING, 503, NULL)
    if not is_in_a_call(rdata):
        return refuse(rdata, NO_DIALOG, 481, NULL)
    answer(rdata, 200, rule.allow)
    return True


cdef pj_bool_t judge(const table_t* rules, int trunk, pjsip_rx_data* rdata) noexcept nogil:
    """True where the request was dealt with here; False passes it on to the library."""
    cdef const trunk_t* rule = &rules.trunks[trunk]
    cdef const pjsip_method* method = &rdata.msg_info.msg.line.req.method
    cdef bint in_dialog = rdata.msg_info.to.tag.slen > 0
    cdef uint32_t needs
    cdef int fault = shape_fault(rules, rdata)
    if fault:
        return refuse(rdata, SHAPE, fault, NULL)
    if method.id == PJSIP_CANCEL_METHOD:
        return False
    if method.id == PJSIP_OPTIONS_METHOD:
        return judge_options(rule, in_dialog, rdata)
    if method.id == PJSIP_INVITE_METHOD:
        if judge_invite(rules, trunk, rdata):
            return True
    elif belongs_in_a_call(method):
        if not in_dialog:
            return refuse(rdata, NO_DIALOG, 481, NULL)
    elif method.id != PJSIP_ACK_METHOD:
        needs = permission_for(method)
        if needs == 0:
            return refuse(rdata, UNKNOWN_METHOD, 501, rule.allow)
        if needs == MAY_NOTIFY and in_dialog and is_in_a_call(rdata):
            return False      # what becomes of our own REFER (RFC 3515 section 2.4.4); the library refuses it where there is none
        if not rule.permissions & needs:
            return refuse(rdata, REFER, 403, NULL) if needs == MAY_REFER else refuse(rdata, METHOD, 405, rule.allow)
    fault = body_fault(rdata.msg_info.msg, rules.max_crypto, rule.srtp_required)
    if fault:
        return refuse(rdata, SDP_FAULTS + fault - 1, 488, NULL)
    return False


# --- what the library calls ---

cdef pj_bool_t on_request(pjsip_rx_data* rdata) noexcept nogil:
    cdef table_t* rules
    cdef pj_bool_t done
    cdef int trunk
    count(REQUESTS)
    add_i32(&readers, 1, SEQ_CST)
    rules = table_load(&table)
    trunk = trunk_of_source(rules, rdata) if rules != NULL else -1
    done = judge(rules, trunk, rdata) if trunk >= 0 else refuse_stranger(rules, rdata)
    add_i32(&readers, -1, SEQ_CST)
    return done


cdef pj_bool_t on_response(pjsip_rx_data* rdata) noexcept nogil:
    """Answers to our own requests may come from anywhere; those that would hurt the library do not reach it."""
    cdef pjsip_msg* message = rdata.msg_info.msg
    cdef int code = message.line.status.code
    cdef pj_str_t name = pj_str("Service-Route")
    cdef void* header = pjsip_msg_find_hdr_by_name(message, &name, NULL)
    cdef table_t* rules
    cdef bint bad = False
    count(RESPONSES)
    while header != NULL:
        # CVE-2026-57161: several of these (RFC 3608) overrun an array of eight on the stack. Our routes are settings.
        pj_list_erase(header)
        count(SERVICE_ROUTE)
        header = pjsip_msg_find_hdr_by_name(message, &name, NULL)
    if code == 401 or code == 407:
        count(CHALLENGE)
    elif 300 <= code < 400 and rdata.msg_info.cseq.method.id == PJSIP_INVITE_METHOD:
        count(REDIRECT)
    add_i32(&readers, 1, SEQ_CST)
    rules = table_load(&table)
    if rules != NULL:
        bad = shape_fault(rules, rdata) != 0 or body_fault(message, rules.max_crypto, False) != 0
    add_i32(&readers, -1, SEQ_CST)
    if bad:
        count(BAD_RESPONSE)
    return bad


cdef void on_find_account(const pjsip_rx_data* rdata, int* account) noexcept nogil:
    """Which account an incoming call belongs to: that of the trunk whose network it comes from."""
    cdef table_t* rules
    cdef int trunk, ours
    add_i32(&readers, 1, SEQ_CST)
    rules = table_load(&table)
    trunk = trunk_of_source(rules, rdata) if rules != NULL else -1
    add_i32(&readers, -1, SEQ_CST)
    ours = load_i32(&accounts[trunk], RELAXED) if trunk >= 0 else -1
    if ours >= 0:
        account[0] = ours


cdef pj_status_t on_stop() noexcept nogil:
    """The library lets go: unregistered, or its endpoint is destroyed."""
    store_i32(&installed, 0, SEQ_CST)
    return PJ_SUCCESS


# --- what Python calls ---

cdef void table_install(table_t* new) noexcept nogil:
    """Swap, and free the old one once nobody reads it: whoever begins to read after the swap reads the new one.

    A reader needs microseconds. Should one never end (it left by a long jump, out of memory), the old table is left lying.
    """
    cdef table_t* old = table_swap(&table, new)
    cdef int _turn
    for _turn in range(20000):
        if load_i32(&readers, SEQ_CST) == 0:
            table_free(old)
            return
        usleep(50)


cdef class Guard:
    """Sees every SIP message before the library acts on it. One of them can be installed at a time.

    Until `rules` were given, everybody is a stranger and is dropped. `install` and `remove` belong on the SIP thread; the
    rest may be called from any.
    """

    def install(self) -> None:
        """Step in front of the library (after libInit, before transports exist). Raises OSError where it refuses."""
        global library_hook
        cdef char text[256]
        cdef pj_status_t status
        if pjsua_get_pjsip_endpt() == NULL:
            raise RuntimeError("the SIP library is not initialised")
        if load_i32(&installed, SEQ_CST):
            raise RuntimeError("a guard stands at the door already")
        memset(&door, 0, sizeof(door))
        door.name = pj_str("guard")
        door.id = -1
        door.priority = 1     # before the message log (7): who is dropped is not written down either
        door.stop, door.on_rx_request, door.on_rx_response = on_stop, on_request, on_response
        with nogil:
            status = pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &door)
        if status != PJ_SUCCESS:
            pj_strerror(status, text, sizeof(text))
            raise OSError(f"the guard could not be installed: {text.decode('utf-8', 'replace')} ({status})")
        store_i32(&installed, 1, SEQ_CST)
        library_hook = find_account_set(on_find_account)

    def remove(self) -> None:
        """Step aside, when all calls have ended. The library's end (libDestroy) does it too."""
        if load_i32(&installed, SEQ_CST):
            find_account_set(library_hook)
            with nogil:
                pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &door)

    def rules(self, trunks, *, int max_calls, str stranger="drop", int max_message_bytes=8192, int max_line_bytes=4096,
              int max_headers=96, int max_crypto=16) -> None:
        """Replace all rules at once: a message sees the old ones or the new ones, never a mixture.

        trunks: a `Rule` each; its place is its number. max_calls: of the whole gateway, closing ones included.
        stranger: "drop" (no answer, connections closed) or "refuse" (403). max_crypto: a=crypto lines a medium.
        Raises ValueError, and then the old rules stay.
        """
        cdef table_t* new
        if stranger not in ("drop", "refuse"):
            raise ValueError(f"stranger must be drop or refuse, not {stranger}")
        if max_calls < 0 or max_crypto < 0 or max_headers < 1 or max_line_bytes < 1:
            raise ValueError("a limit of the guard must not be negative")
        if not 1 <= max_message_bytes <= PJSIP_MAX_PKT_LEN:
            raise ValueError(f"max_message_bytes must be 1 to {PJSIP_MAX_PKT_LEN}, not {max_message_bytes}")
        new = table_of(tuple(trunks))
        new.max_calls, new.refuse_strangers, new.max_crypto = max_calls, stranger == "refuse", max_crypto
        new.max_message, new.max_line, new.max_headers = max_message_bytes, max_line_bytes, max_headers
        with nogil:
            table_install(new)

    def set_account(self, int trunk, int account) -> None:
        """Calls from this trunk's networks belong to this account of the library; -1 leaves the choice to the library."""
        if not 0 <= trunk < MAX_TRUNKS:
            raise ValueError(f"a trunk's number is 0 to {MAX_TRUNKS - 1}, not {trunk}")
        store_i32(&accounts[trunk], account, SEQ_CST)

    def trunk_of(self, str address):
        """The number of the trunk that this IP address belongs to, or None for a stranger."""
        cdef table_t* rules
        cdef int trunk = -1
        parsed = ipaddress.ip_address(address)
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        cdef int bits = parsed.max_prefixlen
        cdef uint64_t hi = int(parsed) >> 64, lo = int(parsed) & 0xffffffffffffffff
        add_i32(&readers, 1, SEQ_CST)
        rules = table_load(&table)
        if rules != NULL:
            trunk = trunk_at(rules, bits, hi, lo)
        add_i32(&readers, -1, SEQ_CST)
        return None if trunk < 0 else trunk

    def drain(self, bint on) -> None:
        """No new calls (503 with Retry-After); OPTIONS is answered likewise, so that a dispatcher turns elsewhere."""
        store_i32(&draining, on, SEQ_CST)

    @property
    def draining(self) -> bool:
        return load_i32(&draining, SEQ_CST) != 0

    def counters(self) -> dict:
        """How often each of `REASONS` occurred since the process began."""
        cdef int i
        return {name: load_i64(&tally[i], RELAXED) for i, name in enumerate(REASONS)}


cdef int _trunk
for _trunk in range(MAX_TRUNKS):
    accounts[_trunk] = -1
if len(REASONS) != TALLY:
    raise ImportError("the names of the guard's counters do not match their numbers")
