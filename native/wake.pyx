"""How any thread calls the SIP thread out of `libHandleEvents`: one datagram on a pair of sockets that its ioqueue watches.

The library's ioqueue reads with recv(), which an eventfd does not know; a pair of local datagram sockets does. A flag
gathers wake-ups: between two turns of the SIP thread the system is called once, however many ask.

A key that comes as packets (RFC 4733) is read by the clock (native/clock.pyx), and pjsua2 leaves it to the next turn of the SIP
thread; so the clock calls it, too.
"""

from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.string cimport memset
from posix.unistd cimport close

from native.atomic cimport SEQ_CST, store_i32, swap_i32

cdef extern from "<sys/socket.h>" nogil:
    int AF_UNIX
    int SOCK_DGRAM
    int SOCK_NONBLOCK
    int SOCK_CLOEXEC
    int MSG_DONTWAIT
    int MSG_NOSIGNAL
    int socketpair(int domain, int kind, int protocol, int* pair)
    ssize_t send(int fd, const void* data, size_t size, int flags)

cdef extern from "<pjsua-lib/pjsua.h>" nogil:
    ctypedef int pj_status_t
    ctypedef Py_ssize_t pj_ssize_t
    ctypedef struct pj_pool_t
    ctypedef struct pj_grp_lock_t
    ctypedef struct pj_ioqueue_t
    ctypedef struct pj_ioqueue_key_t
    ctypedef struct pj_ioqueue_op_key_t:
        void* activesock_data
    ctypedef struct pj_ioqueue_callback:
        void (*on_read_complete)(pj_ioqueue_key_t*, pj_ioqueue_op_key_t*, pj_ssize_t) noexcept nogil
    ctypedef struct pjsip_endpoint
    int PJ_SUCCESS
    int PJ_EPENDING
    int PJ_ECANCELLED
    int PJ_ERR_MSG_SIZE
    int PJ_IOQUEUE_ALWAYS_ASYNC
    ctypedef struct pj_str_t:
        char* ptr
    pj_str_t pj_strerror(pj_status_t status, char* to, size_t size)
    pjsip_endpoint* pjsua_get_pjsip_endpt()
    pj_ioqueue_t* pjsip_endpt_get_ioqueue(pjsip_endpoint* endpoint)
    pj_pool_t* pjsua_pool_create(const char* name, size_t initial, size_t increment)
    void* pj_pool_calloc(pj_pool_t* pool, size_t count, size_t size)
    void pj_pool_release(pj_pool_t* pool)
    void* pj_ioqueue_get_user_data(pj_ioqueue_key_t* key)
    void pj_ioqueue_op_key_init(pj_ioqueue_op_key_t* key, size_t size)
    pj_status_t pj_ioqueue_register_sock2(pj_pool_t* pool, pj_ioqueue_t* queue, long socket, pj_grp_lock_t* lock, void* data,
                                          const pj_ioqueue_callback* callback, pj_ioqueue_key_t** key)
    pj_status_t pj_ioqueue_unregister(pj_ioqueue_key_t* key)
    pj_status_t pj_ioqueue_recv(pj_ioqueue_key_t* key, pj_ioqueue_op_key_t* op, void* to, pj_ssize_t* size, unsigned flags)

cdef extern from *:
    """
    #include <pjsua-lib/pjsua_internal.h>
    /* pjsua2 is told of a key first, so that the SIP thread finds it. */
    static void (*key_told)(pjsua_call_id call, const pjsua_dtmf_event *key);
    static void (*key_after)(void);
    static void key_came(pjsua_call_id call, const pjsua_dtmf_event *key) { key_told(call, key); key_after(); }
    static void key_watch(void (*after)(void)) {
        key_after = after;
        if (pjsua_var.ua_cfg.cb.on_dtmf_event == key_came) return;
        key_told = pjsua_var.ua_cfg.cb.on_dtmf_event;
        if (key_told) pjsua_var.ua_cfg.cb.on_dtmf_event = key_came;
    }
    static void key_unwatch(void) {
        if (key_told) pjsua_var.ua_cfg.cb.on_dtmf_event = key_told;
    }
    """
    void key_watch(void (*after)() noexcept nogil) nogil
    void key_unwatch() nogil

cdef wake_t* called = NULL    # by keys: of the one that is installed, or was

ctypedef struct watch_t:
    pj_ioqueue_op_key_t op
    wake_t* wake
    char byte[8]


cdef void wake_up(wake_t* self) noexcept nogil:
    """From any thread; never waits. A full socket is as good as a written one: the reader is awake already."""
    if swap_i32(&self.asked, 1, SEQ_CST) == 0:
        send(self.far, b"w", 1, MSG_DONTWAIT | MSG_NOSIGNAL)


cdef pj_status_t listen(pj_ioqueue_key_t* key, watch_t* watch) noexcept nogil:
    cdef pj_ssize_t size = sizeof(watch.byte)
    return pj_ioqueue_recv(key, &watch.op, watch.byte, &size, PJ_IOQUEUE_ALWAYS_ASYNC)


cdef void on_read(pj_ioqueue_key_t* key, pj_ioqueue_op_key_t* op, pj_ssize_t size) noexcept nogil:
    # Lowering the flag here is early enough: who asks before this finds the SIP thread on its way out of the library.
    cdef watch_t* watch = <watch_t*>pj_ioqueue_get_user_data(key)
    store_i32(&watch.wake.asked, 0, SEQ_CST)
    listen(key, watch)


cdef void call_for_key() noexcept nogil:
    wake_up(called)


cdef class Wake:
    """Calls the SIP thread out of `libHandleEvents`. `install` and `remove` on the SIP thread, `wake` on any.

    `remove` belongs before `libDestroy`. A `wake` before `install` is kept and comes through at once after it.
    """

    def __cinit__(self):
        cdef int[2] pair
        self.pool = self.key = NULL
        self.c.near = self.c.far = -1
        if socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0:
            raise OSError("no pair of sockets is to be had (too many open files?)")
        self.c.near, self.c.far = pair[0], pair[1]

    def __dealloc__(self):
        # Never while installed: the ioqueue counts as an owner. So no thread can be in `wake` here.
        if self.c.near >= 0:
            close(self.c.near)
        if self.c.far >= 0:
            close(self.c.far)

    def install(self) -> None:
        """Put the near end under the library's watch (after libInit). Raises OSError where the library refuses."""
        cdef pj_ioqueue_callback callback
        cdef pj_ioqueue_key_t* key = NULL
        cdef watch_t* watch
        cdef pj_status_t status
        cdef char text[256]
        if self.key != NULL:
            return
        if self.c.near < 0:
            raise RuntimeError("this wake has been removed; make another")
        if pjsua_get_pjsip_endpt() == NULL:
            raise RuntimeError("the SIP library is not initialised")
        memset(&callback, 0, sizeof(callback))
        callback.on_read_complete = on_read
        with nogil:
            self.pool = pjsua_pool_create("wake", 512, 512)
        if self.pool == NULL:
            raise MemoryError
        watch = <watch_t*>pj_pool_calloc(<pj_pool_t*>self.pool, 1, sizeof(watch_t))
        watch.wake = &self.c
        pj_ioqueue_op_key_init(&watch.op, sizeof(watch.op))
        with nogil:
            status = pj_ioqueue_register_sock2(<pj_pool_t*>self.pool, pjsip_endpt_get_ioqueue(pjsua_get_pjsip_endpt()),
                                               self.c.near, NULL, watch, &callback, &key)
            if status == PJ_SUCCESS:
                status = listen(key, watch)
                if status == PJ_EPENDING:
                    status = PJ_SUCCESS
                else:
                    pj_ioqueue_unregister(key)
                    self.c.near = -1
        if status != PJ_SUCCESS:
            pj_pool_release(<pj_pool_t*>self.pool)
            self.pool = NULL
            pj_strerror(status, text, sizeof(text))
            raise OSError(f"the SIP thread's wake-up could not be set up: {text.decode('utf-8', 'replace')} ({status})")
        global called
        called = &self.c
        key_watch(call_for_key)
        self.key = key
        Py_INCREF(self)

    def wake(self) -> None:
        """Any thread. After `remove` it does nothing."""
        with nogil:
            wake_up(&self.c)

    def remove(self) -> None:
        """Take it out of the library's watch, for good."""
        cdef pj_ioqueue_key_t* key = <pj_ioqueue_key_t*>self.key
        if key == NULL:
            return
        self.key = NULL
        self.c.near = -1
        key_unwatch()
        with nogil:
            pj_ioqueue_unregister(key)
            pj_pool_release(<pj_pool_t*>self.pool)
        self.pool = NULL
        Py_DECREF(self)
