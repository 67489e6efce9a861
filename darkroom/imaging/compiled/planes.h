/* Between pixels of three channels and a plane for each. */

#ifndef DARKROOM_PLANES_H
#define DARKROOM_PLANES_H

#include "base.h"

#if defined(__AVX2__)
/* Sixteen bytes of each of three planes, one after the other. */
INLINE void interleave(__m128i r, __m128i g, __m128i b, uint8_t *out) {
#define TURN(...) _mm_setr_epi8(__VA_ARGS__)
    const __m128i r0 = TURN(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5);
    const __m128i g0 = TURN(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1);
    const __m128i b0 = TURN(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1);
    const __m128i r1 = TURN(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1);
    const __m128i g1 = TURN(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10);
    const __m128i b1 = TURN(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1);
    const __m128i r2 = TURN(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1);
    const __m128i g2 = TURN(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1);
    const __m128i b2 = TURN(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15);
#undef TURN
#define MIXED(i) _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(r, r##i), _mm_shuffle_epi8(g, g##i)), _mm_shuffle_epi8(b, b##i))
    _mm_storeu_si128((__m128i *)out, MIXED(0));
    _mm_storeu_si128((__m128i *)(out + 16), MIXED(1));
    _mm_storeu_si128((__m128i *)(out + 32), MIXED(2));
#undef MIXED
}
#endif

/* A row of pixels, channel after channel. */
INLINE void split(const int16_t *row, int count, int16_t *planes, size_t room) {
    for (int x = 0; x < count; x++)
        for (int c = 0; c < 3; c++) planes[(size_t)c * room + (size_t)x] = row[x * 3 + c];
}

/* And back. */
INLINE void join(const uint8_t *planes, size_t room, int count, uint8_t *row) {
    int x = 0;
#if defined(__AVX2__)
    for (; x + 16 <= count; x += 16)
        interleave(_mm_loadu_si128((const __m128i *)(planes + x)), _mm_loadu_si128((const __m128i *)(planes + room + x)),
                   _mm_loadu_si128((const __m128i *)(planes + 2 * room + x)), row + 3 * x);
#endif
    for (; x < count; x++)
        for (int c = 0; c < 3; c++) row[x * 3 + c] = planes[(size_t)c * room + (size_t)x];
}

#endif
