"""The way from sound to Python: a bounded lock-free queue of small events and one eventfd that wakes the loop.

Many producers (clock and media threads), one consumer (the loop). A producer never waits: where the queue is full the
event is dropped and counted. The eventfd is written only when the consumer is not already awake, so a burst costs one
system call. The queue is the bounded multi-producer ring with a sequence number per cell (Vyukov, 2010).
"""

from libc.stdlib cimport calloc, free
from libc.time cimport time_t
from posix.unistd cimport close, read, write

from native.atomic cimport (
    ACQ_REL, ACQUIRE, RELAXED, RELEASE, SEQ_CST, add_i32, add_i64, cas_u64, load_i64, load_u64, store_u64, swap_i32,
)

cdef extern from "<sys/eventfd.h>" nogil:
    int EFD_NONBLOCK
    int EFD_CLOEXEC
    int eventfd(unsigned int initial, int flags)

cdef extern from "<time.h>" nogil:
    cdef struct timespec:
        time_t tv_sec
        long tv_nsec
    int CLOCK_MONOTONIC
    int clock_gettime(int clock, timespec* to)


cdef int64_t now_ns() noexcept nogil:
    """CLOCK_MONOTONIC in nanoseconds: the same clock as Python's `time.monotonic_ns`."""
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


cdef void bell_ring(bell_t* self, const bell_event_t* event) noexcept nogil:
    cdef uint64_t at = load_u64(&self.head, RELAXED)
    cdef uint64_t one = 1
    cdef bell_cell_t* cell
    cdef int64_t ahead
    while True:
        cell = &self.cells[at & self.mask]
        ahead = <int64_t>(load_u64(&cell.turn, ACQUIRE) - at)
        if ahead == 0:
            if cas_u64(&self.head, &at, at + 1, True, RELAXED, RELAXED):
                break
        elif ahead < 0:
            add_i64(&self.lost, 1, RELAXED)
            return
        else:
            at = load_u64(&self.head, RELAXED)
    cell.event = event[0]
    store_u64(&cell.turn, at + 1, RELEASE)
    if swap_i32(&self.armed, 0, SEQ_CST):
        write(self.fd, &one, sizeof(one))


cdef bint bell_take(bell_t* self, bell_event_t* to) noexcept nogil:
    cdef bell_cell_t* cell = &self.cells[self.tail & self.mask]
    if load_u64(&cell.turn, ACQUIRE) != self.tail + 1:
        return False
    to[0] = cell.event
    store_u64(&cell.turn, self.tail + self.mask + 1, RELEASE)
    self.tail += 1
    return True


cdef void bell_hold(bell_t* self) noexcept nogil:
    add_i32(&self.refs, 1, RELAXED)


cdef void bell_drop(bell_t* self) noexcept nogil:
    """The last holder frees; a line may outlive the Python side by some clock ticks."""
    if add_i32(&self.refs, -1, ACQ_REL) == 0:
        close(self.fd)
        free(self.cells)
        free(self)


cdef class Bell:
    """The consumer's side. One thread at a time may call `take`.

    capacity: events that may wait, rounded up to a power of two.
    """

    def __cinit__(self, int capacity=8192):
        cdef uint64_t size = 2, i
        if not 2 <= capacity <= 1 << 20:
            raise ValueError(f"capacity must be 2 to 1048576, not {capacity}")
        while size < <uint64_t>capacity:
            size *= 2
        self.c = <bell_t*>calloc(1, sizeof(bell_t))
        if self.c == NULL:
            raise MemoryError
        self.c.fd = -1
        self.c.refs = 1
        self.c.cells = <bell_cell_t*>calloc(size, sizeof(bell_cell_t))
        if self.c.cells == NULL:
            raise MemoryError
        self.c.mask = size - 1
        for i in range(size):
            self.c.cells[i].turn = i
        self.c.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        if self.c.fd < 0:
            raise OSError("no eventfd is to be had (too many open files?)")
        self.c.armed = 1

    def __dealloc__(self):
        if self.c != NULL:
            bell_drop(self.c)

    def fileno(self) -> int:
        """The eventfd: readable when there is something to take."""
        return self.c.fd

    @property
    def lost(self) -> int:
        """Events dropped because the queue was full."""
        return load_i64(&self.c.lost, RELAXED)

    def take(self, int limit=1024) -> list:
        """All that waits, at most `limit`, oldest first: (line, kind, sample, value, detail, at_ns, position)."""
        cdef uint64_t count
        cdef bell_event_t e
        cdef list out = []
        read(self.c.fd, &count, sizeof(count))
        # Sequentially consistent, so that an event is either seen below or finds the bell armed; never neither.
        swap_i32(&self.c.armed, 1, SEQ_CST)
        while len(out) < limit and bell_take(self.c, &e):
            out.append((e.line, e.kind, e.sample, e.value, e.detail, e.at_ns, e.position))
        if len(out) == limit and swap_i32(&self.c.armed, 0, SEQ_CST):
            count = 1
            write(self.c.fd, &count, sizeof(count))
        return out

    def put(self, int line, int kind, int64_t sample=0, int64_t value=0, int64_t detail=0, int64_t position=0):
        """Ring from Python (tests)."""
        cdef bell_event_t e
        e.line, e.kind, e.sample, e.value, e.detail, e.at_ns, e.position = line, kind, sample, value, detail, now_ns(), position
        with nogil:
            bell_ring(self.c, &e)
