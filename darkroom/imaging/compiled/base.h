/* What all of it knows. */

#ifndef DARKROOM_BASE_H
#define DARKROOM_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline))

/* What a decoder answers. */
enum {
    DONE = 0,
    OTHER = 1,   /* a JPEG of a kind that is left to the general decoder */
    DAMAGED = 2, /* likewise, for it knows what to do with such */
    NO_MEMORY = 3,
};

#endif
