/* Makes planes of pixels smaller by weights that the caller has worked out: first down, then across, in whole numbers. */

#ifndef DARKROOM_REDUCE_H
#define DARKROOM_REDUCE_H

#include "base.h"

enum {
    WEIGHT_BITS = 14, /* of the fraction of a weight; those of a place are 1 together */
    DOWN_BITS = 6,    /* of the fraction that is kept from one direction to the other */
    LANES = 32,       /* pixels that are worked on together: rows have as many to spare */
    MAX_TAPS = 512,
};

/* What each place of the result is made of: `taps` neighbours from `first` on. */
typedef struct {
    int size, taps;
    const int32_t *first;   /* of each place; none begins before 0 */
    const int16_t *weights; /* of each place and neighbour; 0 for those beyond the last pixel */
} Axis;

/* Whether every place has its neighbours within `count` pixels, or from the first on where there are fewer than taps, and
   taps are taken `together` at a time. */
static int axis_fits(const Axis *axis, int count, int together) {
    if (axis->size < 1 || axis->taps < together || axis->taps > MAX_TAPS || axis->taps % together) return 0;
    int last = count > axis->taps ? count - axis->taps : 0;
    for (int i = 0; i < axis->size; i++)
        if (axis->first[i] < 0 || axis->first[i] > last || (i && axis->first[i] < axis->first[i - 1])) return 0;
    return 1;
}

#if defined(__AVX2__)
/* Thirty-two bytes of two rows, by a weight each, added up in 32 bits: lanes of four lie as unpacking leaves them. */
INLINE void add_rows(const uint8_t *row, size_t stride, const int16_t *weights, __m256i sum[4]) {
    int32_t pair;
    memcpy(&pair, weights, sizeof pair);
    const __m256i both = _mm256_set1_epi32(pair), none = _mm256_setzero_si256();
    __m256i a = _mm256_loadu_si256((const __m256i *)row), b = _mm256_loadu_si256((const __m256i *)(row + stride));
    __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
    sum[0] = _mm256_add_epi32(sum[0], _mm256_madd_epi16(_mm256_unpacklo_epi8(low, none), both));
    sum[1] = _mm256_add_epi32(sum[1], _mm256_madd_epi16(_mm256_unpackhi_epi8(low, none), both));
    sum[2] = _mm256_add_epi32(sum[2], _mm256_madd_epi16(_mm256_unpacklo_epi8(high, none), both));
    sum[3] = _mm256_add_epi32(sum[3], _mm256_madd_epi16(_mm256_unpackhi_epi8(high, none), both));
}
#endif

/* One row of `count` pixels from `taps` rows, an even number, at 64 steps a level.

   spare: whether up to LANES - 1 more may be read and written, which is quicker. */
INLINE void reduce_down(const uint8_t *rows, size_t stride, const int16_t *weights, int taps, int count, const int spare, int16_t *out) {
    int x = 0;
#if defined(__AVX2__)
    const __m256i half = _mm256_set1_epi32(1 << (WEIGHT_BITS - DOWN_BITS - 1));
    for (; spare ? x < count : x + LANES <= count; x += LANES) {
        __m256i sum[4] = {half, half, half, half};
        for (int t = 0; t < taps; t += 2) add_rows(rows + (size_t)t * stride + x, stride, weights + t, sum);
        for (int i = 0; i < 4; i++) sum[i] = _mm256_srai_epi32(sum[i], WEIGHT_BITS - DOWN_BITS);
        /* Low halves hold pixels 0 to 15, high ones 16 to 31. */
        __m256i even = _mm256_packs_epi32(sum[0], sum[1]), odd = _mm256_packs_epi32(sum[2], sum[3]);
        _mm256_storeu_si256((__m256i *)(out + x), _mm256_permute2x128_si256(even, odd, 0x20));
        _mm256_storeu_si256((__m256i *)(out + x + 16), _mm256_permute2x128_si256(even, odd, 0x31));
    }
#else
    (void)spare;
#endif
    for (; x < count; x++) {
        int32_t sum = 1 << (WEIGHT_BITS - DOWN_BITS - 1);
        for (int t = 0; t < taps; t++) sum += rows[(size_t)t * stride + (size_t)x] * weights[t];
        sum >>= WEIGHT_BITS - DOWN_BITS;
        out[x] = (int16_t)(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
    }
}

INLINE uint8_t reduced_place(const int16_t *row, const int16_t *weights, int taps) {
    int32_t sum = 1 << (WEIGHT_BITS + DOWN_BITS - 1);
    for (int t = 0; t < taps; t++) sum += row[t] * weights[t];
    sum >>= WEIGHT_BITS + DOWN_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

#if defined(__AVX2__)
/* Sums of products for two places, each in four parts. */
INLINE __m256i two_places(const int16_t *row, const int32_t *first, const int16_t *weights, const int taps) {
    const int16_t *a = row + first[0], *b = row + first[1];
    __m256i sum = _mm256_setzero_si256();
    for (int t = 0; t < taps; t += 8) {
        __m256i pixels = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(a + t))), _mm_loadu_si128((const __m128i *)(b + t)), 1);
        __m256i by;
        if (taps == 8) by = _mm256_loadu_si256((const __m256i *)weights);
        else by = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(weights + t))),
                                          _mm_loadu_si128((const __m128i *)(weights + taps + t)), 1);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pixels, by));
    }
    return sum;
}

/* As many places as there are by eights. Gives how many those are. */
INLINE int eights_across(const int16_t *row, const Axis *axis, const int taps, uint8_t *out) {
    const __m256i half = _mm256_set1_epi32(1 << (WEIGHT_BITS + DOWN_BITS - 1));
    const __m128i order = _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, -1, -1, -1, -1, -1, -1, -1, -1);
    const int16_t *weights = axis->weights;
    int x = 0;
    for (; x + 8 <= axis->size; x += 8, weights += 8 * taps) {
        const int32_t *first = axis->first + x;
        __m256i low = _mm256_hadd_epi32(two_places(row, first, weights, taps), two_places(row, first + 2, weights + 2 * taps, taps));
        __m256i high = _mm256_hadd_epi32(two_places(row, first + 4, weights + 4 * taps, taps),
                                         two_places(row, first + 6, weights + 6 * taps, taps));
        /* Even places below, odd ones above. */
        __m256i all = _mm256_srai_epi32(_mm256_add_epi32(_mm256_hadd_epi32(low, high), half), WEIGHT_BITS + DOWN_BITS);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
        _mm_storel_epi64((__m128i *)(out + x), _mm_shuffle_epi8(_mm_packus_epi16(words, words), order));
    }
    return x;
}
#endif

/* One row of the result from a row of the other direction; taps are a multiple of 8. */
static void reduce_across(const int16_t *row, const Axis *axis, uint8_t *out) {
    int x = 0;
#if defined(__AVX2__)
    if (axis->taps == 8) x = eights_across(row, axis, 8, out);
    else if (axis->taps == 16) x = eights_across(row, axis, 16, out);
    else x = eights_across(row, axis, axis->taps, out);
#endif
    for (; x < axis->size; x++)
        out[x] = reduced_place(row + axis->first[x], axis->weights + (size_t)x * (size_t)axis->taps, axis->taps);
}

#endif
