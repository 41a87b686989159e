"""The house's sound clock: every 20 ms it reads what has come in by RTP, then lets the conference bridge go round once.

Both on one thread, in place of the library's null device and of its media worker. A worker of its own is woken for every
packet of every call; the clock reads all that came in since the last tick at once, right before the round that uses it, so
that nothing is heard later than before (patch reads-at-once: when each packet came is told by the kernel, for the jitter).
The ticks stand on an absolute clock; the library's sleep whole milliseconds and come up to one late. Neither Python nor the
GIL here.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free

from native.atomic cimport RELAXED, load_i32, store_i32
from native.port cimport begin_round

cdef extern from *:
    """
    #include <errno.h>
    #include <sys/resource.h>
    #include <time.h>
    static long long tick_now_ns(void) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    /* Before its neighbours, where that is allowed (root, CAP_SYS_NICE); a thread has a nice value of its own on Linux. */
    static void tick_first(void) { (void)!setpriority(PRIO_PROCESS, 0, -10); }
    static void tick_wait_ns(long long ns) {
        struct timespec t = { ns / 1000000000LL, ns % 1000000000LL };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
    }
    """
    int64_t tick_now_ns() nogil
    void tick_first() nogil
    void tick_wait_ns(int64_t ns) nogil

cdef extern from "<pjsua-lib/pjsua.h>" nogil:
    ctypedef int pj_status_t
    ctypedef struct pj_pool_t
    ctypedef struct pj_thread_t
    ctypedef struct pj_ioqueue_t
    ctypedef struct pjmedia_endpt
    ctypedef struct pj_time_val:
        long sec
        long msec
    ctypedef struct pjmedia_port_info:
        pass
    ctypedef struct pjmedia_port:
        pjmedia_port_info info
    ctypedef struct pjmedia_frame:
        int type
        void* buf
        size_t size
    int PJ_SUCCESS
    unsigned PJMEDIA_PIA_SPF(pjmedia_port_info* info)
    pjmedia_endpt* pjsua_get_pjmedia_endpt()
    pj_ioqueue_t* pjmedia_endpt_get_ioqueue(pjmedia_endpt* endpoint)
    pjmedia_port* pjsua_set_no_snd_dev()
    void pjmedia_transport_udp_reader(int on)
    void pjmedia_transport_udp_read()
    int pj_ioqueue_poll(pj_ioqueue_t* queue, const pj_time_val* wait)
    pj_status_t pjmedia_port_get_frame(pjmedia_port* port, pjmedia_frame* frame)
    pj_pool_t* pjsua_pool_create(const char* name, size_t initial, size_t increment)
    void pj_pool_release(pj_pool_t* pool)
    pj_status_t pj_thread_create(pj_pool_t* pool, const char* name, int (*run)(void*) noexcept nogil, void* argument,
                                 size_t stack, unsigned flags, pj_thread_t** thread)
    pj_status_t pj_thread_join(pj_thread_t* thread)
    pj_status_t pj_thread_destroy(pj_thread_t* thread)

cdef enum:
    TICK_NS = 20000000
    BURST = 4096              # rounds of the queue a tick: whoever floods us may not stop the clock
    JUMP_NS = 500000000       # further behind, the machine was asleep: what is missing is not caught up

ctypedef struct clock_t:
    int32_t stopping
    pjmedia_port* bridge
    pj_ioqueue_t* queue
    void* sound
    size_t size


cdef void read_rtcp(pj_ioqueue_t* queue) noexcept nogil:
    cdef pj_time_val at_once
    cdef int rounds = 0
    at_once.sec = at_once.msec = 0
    while rounds < BURST and pj_ioqueue_poll(queue, &at_once) > 0:
        rounds += 1


cdef int run(void* argument) noexcept nogil:
    cdef clock_t* c = <clock_t*>argument
    cdef pjmedia_frame frame
    cdef int64_t due = tick_now_ns()
    tick_first()
    while not load_i32(&c.stopping, RELAXED):
        due += TICK_NS
        tick_wait_ns(due)
        pjmedia_transport_udp_read()
        read_rtcp(c.queue)
        begin_round()
        frame.buf, frame.size = c.sound, c.size
        pjmedia_port_get_frame(c.bridge, &frame)
        if tick_now_ns() - due > JUMP_NS:
            due = tick_now_ns()
    return 0


cdef class Clock:
    """Makes the bridge go. `start` after libStart and `stop` before libDestroy, both on the SIP thread."""

    cdef clock_t c
    cdef pj_pool_t* pool
    cdef pj_thread_t* thread

    def start(self) -> None:
        """Take the bridge from whatever sound device it has. Raises OSError where no thread can be had."""
        cdef pj_status_t status
        if self.thread != NULL:
            return
        with nogil:
            self.c.bridge = pjsua_set_no_snd_dev()
            self.c.queue = pjmedia_endpt_get_ioqueue(pjsua_get_pjmedia_endpt())
            self.c.size = PJMEDIA_PIA_SPF(&self.c.bridge.info) * 2
            self.c.sound = calloc(1, self.c.size)
            self.pool = pjsua_pool_create("clock", 512, 512)
            pjmedia_transport_udp_reader(1)
        if self.c.sound == NULL or self.pool == NULL:
            self.clear()
            raise MemoryError
        store_i32(&self.c.stopping, 0, RELAXED)
        with nogil:
            status = pj_thread_create(self.pool, "clock", run, &self.c, 0, 0, &self.thread)
        if status != PJ_SUCCESS:
            self.thread = NULL
            self.clear()
            raise OSError(f"the clock of the sound could not be started ({status})")

    def stop(self) -> None:
        """The bridge stands still from now on. Repeating it is harmless."""
        if self.thread == NULL:
            return
        store_i32(&self.c.stopping, 1, RELAXED)
        with nogil:
            pj_thread_join(self.thread)
            pj_thread_destroy(self.thread)
        self.thread = NULL
        self.clear()

    cdef void clear(self) noexcept:
        with nogil:
            pjmedia_transport_udp_reader(0)
        if self.pool != NULL:
            pj_pool_release(self.pool)
        free(self.c.sound)
        self.pool, self.c.sound = NULL, NULL
