"""Many callers at once at C speed: RTP out and in (RFC 3550) on one socket a call, paced on an absolute clock, without the GIL.

The callers are spread evenly over the 20 ms, as telephones are. What comes back is counted, its gaps are found, and its
arrival times are the kernel's (SO_TIMESTAMPNS). `floor` is the yardstick: what the bare sockets cost, nothing else.
"""

from libc.errno cimport EAGAIN, errno
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <arpa/inet.h>
    #include <netinet/in.h>
    #include <sys/socket.h>
    #include <time.h>
    #include <unistd.h>
    #ifndef SO_TIMESTAMPNS
    #define SO_TIMESTAMPNS 35
    #endif

    static long long clock_ns(clockid_t clock) {
        struct timespec t;
        clock_gettime(clock, &t);
        return t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    static void sleep_until(long long ns) {
        struct timespec t = { ns / 1000000000LL, ns % 1000000000LL };
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
    }
    /* A socket on `ip` and a port of the kernel's choosing; -1 where there is none. Wants arrival times of the kernel. */
    static int open_socket(const char *ip, int *port, int stamps) {
        struct sockaddr_in at = { .sin_family = AF_INET };
        socklen_t size = sizeof(at);
        int on = 1, room = 1 << 18, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return -1;
        if (inet_pton(AF_INET, ip, &at.sin_addr) != 1 || bind(fd, (struct sockaddr *)&at, size) ||
            getsockname(fd, (struct sockaddr *)&at, &size) ||
            (stamps && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))) { close(fd); return -1; }
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        *port = ntohs(at.sin_port);
        return fd;
    }
    static int aim_socket(int fd, const char *ip, int port) {
        struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
        if (inet_pton(AF_INET, ip, &at.sin_addr) != 1) return -1;
        return connect(fd, (struct sockaddr *)&at, sizeof(at));
    }
    /* To an address that is looked up anew by the kernel each time, as a gateway sends. */
    static ssize_t send_plain(int fd, const void *data, size_t size, int port) {
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        return sendto(fd, data, size, 0, (struct sockaddr *)&to, sizeof(to));
    }
    /* One datagram without waiting, and when the kernel got it (CLOCK_REALTIME). */
    static ssize_t receive_stamped(int fd, void *to, size_t room, long long *at) {
        char control[128];
        struct iovec part = { to, room };
        struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
        ssize_t size = recvmsg(fd, &head, MSG_DONTWAIT);
        *at = 0;
        if (size >= 0)
            for (struct cmsghdr *c = CMSG_FIRSTHDR(&head); c; c = CMSG_NXTHDR(&head, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
                    struct timespec *t = (struct timespec *)CMSG_DATA(c);
                    *at = t->tv_sec * 1000000000LL + t->tv_nsec;
                }
        return size;
    }
    """
    int CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, MSG_DONTWAIT
    long long clock_ns(int clock) nogil
    void sleep_until(long long ns) nogil
    int open_socket(const char* ip, int* port, int stamps) nogil
    int aim_socket(int fd, const char* ip, int port) nogil
    ssize_t send_plain(int fd, const void* data, size_t size, int port) nogil
    ssize_t receive_stamped(int fd, void* to, size_t room, long long* at) nogil
    ssize_t send(int fd, const void* data, size_t size, int flags) nogil
    ssize_t recv(int fd, void* to, size_t room, int flags) nogil
    int close(int fd) nogil
    uint16_t htons(uint16_t) nogil
    uint16_t ntohs(uint16_t) nogil
    uint32_t htonl(uint32_t) nogil

cdef enum:
    FRAME = 160               # 20 ms of G.711
    PACKET = 172
    SLOTS = 20                # the callers' phases: one a millisecond
    BINS = 2000               # arrival intervals, 0.1 ms each

cdef struct caller_t:
    int fd, port
    int aimed, begun          # may send; has heard anything since it came into being
    uint16_t sequence, heard
    uint32_t timestamp, ssrc
    int64_t offset            # in the common speech
    int64_t sent, refused, received, sounding, lost, late
    int64_t last_ns, longest_ns


cdef class Swarm:
    """`calls` callers on `host`, who all speak `speech` (mu-law, looped, each from another place in it).

    Raises OSError where a socket cannot be had. Everything but `run` is quick; `run` blocks without the GIL until its time
    is up or `stop` was called from another thread.
    """

    cdef caller_t* callers
    cdef readonly int calls
    cdef uint8_t[::1] speech
    cdef int64_t[2000] intervals
    cdef int64_t latest_ns, ticks
    cdef volatile int stopping

    def __cinit__(self, const uint8_t[::1] speech, int calls, str host="127.0.0.1"):
        cdef int i
        cdef bytes ip = host.encode()
        if calls < 1 or speech.shape[0] < FRAME or speech.shape[0] % FRAME:
            raise ValueError("a swarm has one caller or more, and speaks whole frames of 20 ms")
        self.speech = bytearray(speech)
        self.calls = calls
        self.callers = <caller_t*>calloc(calls, sizeof(caller_t))
        if self.callers == NULL:
            raise MemoryError
        for i in range(calls):
            self.callers[i].fd = -1
        for i in range(calls):
            self.callers[i].fd = open_socket(ip, &self.callers[i].port, 1)
            if self.callers[i].fd < 0:
                raise OSError(errno, f"socket {i} of {calls} cannot be opened")
            self.callers[i].ssrc = 0x5A000000 + i
            self.callers[i].sequence = <uint16_t>(i * 7919)
            self.callers[i].offset = (<int64_t>i * 37 * FRAME) % speech.shape[0]
        memset(self.intervals, 0, sizeof(self.intervals))

    def __dealloc__(self):
        cdef int i
        if self.callers != NULL:
            for i in range(self.calls):
                if self.callers[i].fd >= 0:
                    close(self.callers[i].fd)
            free(self.callers)

    def port(self, int caller) -> int:
        """The UDP port at which this caller wants to be spoken to."""
        if not 0 <= caller < self.calls:
            raise IndexError(caller)
        return self.callers[caller].port

    def aim(self, int caller, str host, int port) -> None:
        """Where this caller sends from now on; it sends nothing before that."""
        if not 0 <= caller < self.calls:
            raise IndexError(caller)
        cdef bytes ip = host.encode()
        if aim_socket(self.callers[caller].fd, ip, port):
            raise OSError(errno, f"{host}:{port} cannot be sent to")
        self.callers[caller].aimed = 1

    def rest(self, int caller) -> None:
        """This caller sends no more."""
        self.callers[caller].aimed = 0

    def stop(self) -> None:
        """Let `run` return."""
        self.stopping = 1

    def run(self, double seconds) -> None:
        """Speak and listen for so long."""
        cdef int slot = 0, i
        cdef int64_t late, due, until
        self.stopping = 0
        with nogil:
            due = clock_ns(CLOCK_MONOTONIC)
            until = due + <int64_t>(seconds * 1e9)
            while due < until and not self.stopping:
                sleep_until(due)
                late = clock_ns(CLOCK_MONOTONIC) - due
                self.latest_ns = max(self.latest_ns, late)
                i = slot
                while i < self.calls:
                    if self.callers[i].aimed:
                        self.speak(&self.callers[i])
                    self.hear(&self.callers[i])
                    i += SLOTS
                self.ticks += 1
                slot = (slot + 1) % SLOTS
                due += 1000000

    cdef void speak(self, caller_t* c) noexcept nogil:
        cdef uint8_t[172] packet
        packet[0], packet[1] = 0x80, 0
        (<uint16_t*>&packet[2])[0] = htons(c.sequence)
        (<uint32_t*>&packet[4])[0] = htonl(c.timestamp)
        (<uint32_t*>&packet[8])[0] = htonl(c.ssrc)
        memcpy(&packet[12], &self.speech[c.offset], FRAME)
        if send(c.fd, packet, PACKET, MSG_DONTWAIT) == PACKET:
            c.sent += 1
        else:
            c.refused += 1
        c.sequence += 1
        c.timestamp += FRAME
        c.offset += FRAME
        if c.offset >= self.speech.shape[0]:
            c.offset = 0

    cdef void hear(self, caller_t* c) noexcept nogil:
        cdef uint8_t[1500] data
        cdef long long at
        cdef ssize_t size
        cdef int gap, i
        cdef int64_t interval
        while True:
            size = receive_stamped(c.fd, data, sizeof(data), &at)
            if size < 0:
                if errno == EAGAIN:
                    return
                # An ICMP error of a call that is over; the next datagram may be a good one.
                continue
            if size < 12 or data[0] >> 6 != 2 or (data[1] & 0x7F) != 0:
                continue
            gap = <uint16_t>(ntohs((<uint16_t*>&data[2])[0]) - c.heard)
            if c.begun and gap >= 0x8000:
                c.late += 1
                c.lost -= 1
            else:
                if c.begun:
                    c.lost += gap - 1
                    interval = at - c.last_ns
                    c.longest_ns = max(c.longest_ns, interval)
                    self.intervals[min(max(interval // 100000, 0), BINS - 1)] += 1
                c.heard = ntohs((<uint16_t*>&data[2])[0])
                c.last_ns = at
                c.begun = 1
            c.received += 1
            for i in range(12, <int>size):
                # 0xFF and 0x7F are the two silences; anything well away from them is sound.
                if (data[i] & 0x7F) < 0x60:
                    c.sounding += 1
                    break

    def counters(self) -> dict:
        """Sums over all callers: packets sent, refused by the kernel, received, of those sounding, lost (gaps), late (order)."""
        cdef caller_t* c
        sums = dict.fromkeys(("sent", "refused", "received", "sounding", "lost", "late"), 0)
        for i in range(self.calls):
            c = &self.callers[i]
            sums["sent"] += c.sent
            sums["refused"] += c.refused
            sums["received"] += c.received
            sums["sounding"] += c.sounding
            sums["lost"] += c.lost
            sums["late"] += c.late
        return sums

    def deaf(self) -> int:
        """How many callers that speak have heard nothing sounding at all."""
        return sum(1 for i in range(self.calls) if self.callers[i].aimed and not self.callers[i].sounding)

    def intervals_ms(self, shares=(0.5, 0.95, 0.99, 0.999)) -> dict:
        """Time between two packets of one call as the kernel saw them arrive: percentiles, and the longest of all."""
        cdef int64_t total = 0, seen = 0
        for i in range(BINS):
            total += self.intervals[i]
        found, wanted = {}, list(shares)
        for i in range(BINS):
            seen += self.intervals[i]
            while wanted and total and seen >= wanted[0] * total:
                found[f"p{100 * wanted.pop(0):g}"] = (i + 1) / 10
        found["longest"] = max((self.callers[i].longest_ns for i in range(self.calls)), default=0) / 1e6
        return found

    def punctuality(self) -> dict:
        """The generator's own: how late it woke at worst, in ms. A late generator loses the other side's frames."""
        return {"latest_ms": self.latest_ns / 1e6, "ticks": self.ticks}

    def forget(self) -> None:
        """Begin all counting anew; the callers go on, and a gap across this moment still counts."""
        cdef caller_t* c
        for i in range(self.calls):
            c = &self.callers[i]
            c.sent = c.refused = c.received = c.lost = c.late = c.sounding = c.longest_ns = 0
        memset(self.intervals, 0, sizeof(self.intervals))
        self.latest_ns = self.ticks = 0


def floor(int sockets=300, int rounds=50) -> dict:
    """CPU of this thread for one UDP send and one receive of 172 bytes on loopback, over `sockets` pairs: microseconds.

    Each round sends on all pairs, then receives on all, as an audio tick does; nothing else is done.
    """
    cdef int* fds = <int*>calloc(2 * sockets, sizeof(int))
    cdef int* ports = <int*>calloc(2 * sockets, sizeof(int))
    cdef int i, n, missing = 0
    cdef uint8_t[172] packet
    cdef uint8_t[1500] data
    cdef int64_t begun, sending = 0, receiving = 0
    if fds == NULL or ports == NULL:
        free(fds)
        free(ports)
        raise MemoryError
    memset(packet, 0xD5, sizeof(packet))
    for i in range(2 * sockets):
        fds[i] = -1
    try:
        for i in range(sockets):
            fds[2 * i] = open_socket(b"127.0.0.1", &ports[2 * i], 0)
            fds[2 * i + 1] = open_socket(b"127.0.0.1", &ports[2 * i + 1], 0)
            if fds[2 * i] < 0 or fds[2 * i + 1] < 0:
                raise OSError(errno, "a pair of sockets cannot be opened")
        with nogil:
            for n in range(rounds + 1):
                begun = clock_ns(CLOCK_THREAD_CPUTIME_ID)
                for i in range(sockets):
                    send_plain(fds[2 * i], packet, PACKET, ports[2 * i + 1])
                if n:
                    sending += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun
                begun = clock_ns(CLOCK_THREAD_CPUTIME_ID)
                for i in range(sockets):
                    if recv(fds[2 * i + 1], data, sizeof(data), MSG_DONTWAIT) != PACKET:
                        missing += 1
                if n:
                    receiving += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun
    finally:
        for i in range(2 * sockets):
            if fds[i] >= 0:
                close(fds[i])
        free(fds)
        free(ports)
    ticks = sockets * rounds
    return {"send_us": sending / ticks / 1000, "receive_us": receiving / ticks / 1000, "missing": missing,
            "us": (sending + receiving) / ticks / 1000}
