/* Loops over samples, each compiled twice: with AVX2, and with what setup.py asks of every machine. Which one runs is chosen
   once, when the module is loaded (GCC's target_clones). Both do the same sums in the same order, and multiply and add are
   never one rounding (AVX2 does not mean FMA), so what is heard does not depend on the machine. */
#ifndef HOTLINE_VECTORS_H
#define HOTLINE_VECTORS_H

#if defined(__x86_64__) && defined(__GLIBC__)
#define VECTORS __attribute__((target_clones("avx2", "default"), noinline))
#else
#define VECTORS __attribute__((noinline))
#endif

#endif
