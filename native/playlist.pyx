"""What a call hears next: prompts one after another, without copies, with pause, resume and a soft stop.

The loop writes orders into a small single-producer ring; the clock takes them at its next frame, so an order is heard at
most one frame later. Prompts are reference-counted C buffers shared by all calls; the clock only counts how many it is
done with, and the loop drops the references: nothing is freed on the audio thread.
"""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

import numpy as np

from native.atomic cimport ACQ_REL, ACQUIRE, RELAXED, RELEASE, add_i32, load_i64, store_i64
from native.bell cimport PROMPT_CUT, PROMPT_FINISHED, PROMPT_PAUSED, PROMPT_RESUMED


cdef void pcm_drop(pcm_t* self) noexcept nogil:
    if self != NULL and add_i32(&self.refs, -1, ACQ_REL) == 0:
        free(self)


cdef void playlist_init(playlist_t* self, int rate_hz, tell_fn tell, void* whom) noexcept nogil:
    memset(self, 0, sizeof(playlist_t))
    self.fade = rate_hz // 100
    self.tell, self.whom = tell, whom


cdef void playlist_free(playlist_t* self) noexcept nogil:
    """Drop every reference; only when no clock can call any more."""
    while self.dropped < self.played:
        pcm_drop(self.owned[self.dropped % PLAYLIST_SLOTS])
        self.dropped += 1


cdef void playlist_reap(playlist_t* self) noexcept nogil:
    """Drop what the clock is done with (loop side)."""
    cdef int64_t finished = load_i64(&self.finished, ACQUIRE)
    while self.dropped < finished:
        pcm_drop(self.owned[self.dropped % PLAYLIST_SLOTS])
        self.dropped += 1


cdef bint playlist_order(playlist_t* self, int what, int64_t prompt, pcm_t* pcm, int flags) noexcept nogil:
    """Give an order (loop side); False where too much is waiting already."""
    cdef order_t* order
    playlist_reap(self)
    if self.ordered - load_i64(&self.taken, ACQUIRE) >= PLAYLIST_SLOTS:
        return False
    if what == ORDER_PLAY:
        if self.played - self.dropped >= PLAYLIST_SLOTS:
            return False
        add_i32(&pcm.refs, 1, RELAXED)
        self.owned[self.played % PLAYLIST_SLOTS] = pcm
        self.played += 1
    order = &self.orders[self.ordered % PLAYLIST_SLOTS]
    order.what, order.flags, order.prompt, order.pcm = what, flags, prompt, pcm
    store_i64(&self.ordered, self.ordered + 1, RELEASE)
    return True


cdef int playlist_flags(const playlist_t* self) noexcept nogil:
    """Flags of the prompt that sounds now; 0 where none does or it is paused."""
    return self.queue[self.head % PLAYLIST_SLOTS].flags if self.head < self.tail and not self.paused else 0


cdef void playlist_pause(playlist_t* self) noexcept nogil:
    """Stand still at the present sample (clock side)."""
    if self.head < self.tail and not self.paused:
        self.paused = self.fading = 1
        self.rising = 0
        self.tell(self.whom, PROMPT_PAUSED, self.queue[self.head % PLAYLIST_SLOTS].prompt, self.at)


cdef void playlist_resume(playlist_t* self) noexcept nogil:
    """Go on from the sample at which the pause began (clock side)."""
    if self.paused:
        self.paused = self.fading = 0
        self.rising = self.fade
        self.tell(self.whom, PROMPT_RESUMED, self.queue[self.head % PLAYLIST_SLOTS].prompt, self.at)


cdef void playlist_stop(playlist_t* self) noexcept nogil:
    """End all that is queued now, at the next pull (clock side)."""
    self.cutting = 1


cdef void leave(playlist_t* self, int what, int64_t sample) noexcept nogil:
    """The head prompt is done with."""
    cdef int64_t prompt = self.queue[self.head % PLAYLIST_SLOTS].prompt
    self.head += 1
    self.at = 0
    if self.head == self.tail:
        self.paused = self.fading = self.rising = 0
    store_i64(&self.finished, self.finished + 1, RELEASE)
    self.tell(self.whom, what, prompt, sample)


cdef int fade_out(playlist_t* self, int16_t* to, int room) noexcept nogil:
    """Write the falling end of the head prompt without moving in it; gives the samples written."""
    cdef const pcm_t* pcm = self.queue[self.head % PLAYLIST_SLOTS].pcm
    cdef int count = <int>min(<int64_t>min(room, self.fade), pcm.count - self.at)
    cdef int i
    for i in range(count):
        to[i] = <int16_t>(pcm.data[self.at + i] * (count - i) // (count + 1))
    return count


cdef int cut(playlist_t* self, int16_t* to, int room) noexcept nogil:
    """End everything in the queue; gives the samples of fading sound written."""
    cdef int count = 0
    cdef int64_t sent = self.at
    self.cutting = 0
    if self.head < self.tail and not self.paused and self.at > 0:
        count = fade_out(self, to, room)
        sent += count
    while self.head < self.tail:
        leave(self, PROMPT_CUT, sent)
        sent = 0
    return count


cdef int take_orders(playlist_t* self, int16_t* to, int room) noexcept nogil:
    cdef int64_t ordered = load_i64(&self.ordered, ACQUIRE)
    cdef order_t* order
    cdef int count = 0
    while self.taken < ordered:
        order = &self.orders[self.taken % PLAYLIST_SLOTS]
        if order.what == ORDER_PLAY:
            self.queue[self.tail % PLAYLIST_SLOTS] = order[0]
            self.tail += 1
        elif order.what == ORDER_PAUSE:
            playlist_pause(self)
        elif order.what == ORDER_RESUME:
            playlist_resume(self)
        else:
            count += cut(self, to + count, room - count)
        store_i64(&self.taken, self.taken + 1, RELEASE)
    return count


cdef void playlist_pull(playlist_t* self, int16_t* to, int count) noexcept nogil:
    """The next `count` samples of what is to be heard; silence where there is nothing (clock side)."""
    cdef int n = 0, part, i
    cdef const pcm_t* pcm
    if self.cutting:
        n = cut(self, to, count)
    n += take_orders(self, to + n, count - n)
    if self.fading:
        n += fade_out(self, to + n, count - n)
        self.fading = 0
    while n < count and self.head < self.tail and not self.paused:
        pcm = self.queue[self.head % PLAYLIST_SLOTS].pcm
        part = <int>min(<int64_t>(count - n), pcm.count - self.at)
        memcpy(to + n, pcm.data + self.at, part * sizeof(int16_t))
        i = 0
        while self.rising > 0 and i < part:
            to[n + i] = <int16_t>(to[n + i] * (self.fade - self.rising) // self.fade)
            self.rising -= 1
            i += 1
        n += part
        self.at += part
        if self.at >= pcm.count:
            leave(self, PROMPT_FINISHED, pcm.count)
    if n < count:
        memset(to + n, 0, (count - n) * sizeof(int16_t))


cdef class Pcm:
    """A prompt's sound in C memory, shared by every call that plays it.

    samples: int16 mono at `rate_hz`, at least one. Copied once, here.
    """

    def __cinit__(self, const int16_t[::1] samples, int rate_hz=8000):
        cdef int64_t count = samples.shape[0]
        if count < 1:
            raise ValueError("a prompt has at least one sample")
        self.rate_hz = rate_hz
        self.c = <pcm_t*>malloc(sizeof(pcm_t) + count * sizeof(int16_t))
        if self.c == NULL:
            raise MemoryError
        self.c.refs, self.c.count = 1, count
        memcpy(self.c.data, &samples[0], count * sizeof(int16_t))

    def __dealloc__(self):
        pcm_drop(self.c)

    def __len__(self):
        return self.c.count

    @property
    def refs(self) -> int:
        """Holders of the memory, this object among them (tests)."""
        return self.c.refs


cdef void note(void* whom, int what, int64_t prompt, int64_t sample) noexcept with gil:
    (<Playlist>whom).news.append((what, prompt, sample))


cdef class Playlist:
    """A playlist on its own, for tests and tools; a call's playlist lives inside its `Line`."""

    def __cinit__(self, int rate_hz=8000):
        self.news = []
        playlist_init(&self.c, rate_hz, note, <void*>self)

    def __dealloc__(self):
        playlist_free(&self.c)

    def play(self, Pcm pcm, int64_t prompt, int flags=0) -> bool:
        return playlist_order(&self.c, ORDER_PLAY, prompt, pcm.c, flags)

    def pause(self) -> bool:
        return playlist_order(&self.c, ORDER_PAUSE, 0, NULL, 0)

    def resume(self) -> bool:
        return playlist_order(&self.c, ORDER_RESUME, 0, NULL, 0)

    def stop(self) -> bool:
        return playlist_order(&self.c, ORDER_STOP, 0, NULL, 0)

    def pull(self, int count):
        """The next samples, and what became of prompts on the way: (samples, [(kind, prompt, sample), ...])."""
        out = np.empty(count, dtype=np.int16)
        cdef int16_t[::1] view = out
        self.news = []
        if count:
            with nogil:
                playlist_pull(&self.c, &view[0], count)
        playlist_reap(&self.c)
        return out, self.news
