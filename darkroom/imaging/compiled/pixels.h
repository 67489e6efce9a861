/* From frequencies to pixels: inverse cosine transforms of 1, 2, 4 or 8 points each way, and colours from YCbCr. */

#ifndef DARKROOM_PIXELS_H
#define DARKROOM_PIXELS_H

#include "planes.h"

typedef float f8 __attribute__((vector_size(32)));
typedef float f4 __attribute__((vector_size(16)));
typedef int16_t s8 __attribute__((vector_size(16)));

#define C1 0.98078528040323044913f
#define C2 0.92387953251128675613f
#define C3 0.83146961230254523708f
#define C4 0.70710678118654752440f
#define C5 0.55557023301960222474f
#define C6 0.38268343236508977173f
#define C7 0.19509032201612826785f

/* cos(pi (2 place + 1) frequency / (2 points)): [frequency][place] */
static const float COSINE_1[1][8] = {{1}};
static const float COSINE_2[2][8] = {{1, 1}, {C4, -C4}};
static const float COSINE_4[4][8] = {{1, 1, 1, 1}, {C2, C6, -C6, -C2}, {C4, -C4, -C4, C4}, {C6, -C2, C2, -C6}};
static const float COSINE_8[8][8] = {
    {1, 1, 1, 1, 1, 1, 1, 1},         {C1, C3, C5, C7, -C7, -C5, -C3, -C1}, {C2, C6, -C6, -C2, -C2, -C6, C6, C2},
    {C3, -C7, -C1, -C5, C5, C1, C7, -C3}, {C4, -C4, -C4, C4, C4, -C4, -C4, C4}, {C5, -C1, C7, C3, -C3, -C7, C1, -C5},
    {C6, -C2, C2, -C6, -C6, C2, -C2, C6}, {C7, -C5, C3, -C1, C1, -C3, C5, -C7},
};

INLINE const float (*cosines(int points))[8] {
    return points == 1 ? COSINE_1 : points == 2 ? COSINE_2 : points == 4 ? COSINE_4 : COSINE_8;
}

INLINE uint8_t clamp(float x) {
    int v = (int)(x + 0.5f);
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

INLINE void store_8(f8 x, uint8_t *out) {
#if defined(__AVX2__)
    __m256i whole = _mm256_cvttps_epi32(_mm256_max_ps((__m256)(x + 0.5f), _mm256_setzero_ps()));
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(words, words));
#else
    for (int i = 0; i < 8; i++) out[i] = clamp(x[i]);
#endif
}

INLINE void store_4(f4 x, uint8_t *out) {
#if defined(__AVX2__)
    __m128i whole = _mm_cvttps_epi32(_mm_max_ps((__m128)(x + 0.5f), _mm_setzero_ps()));
    int four = _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packus_epi32(whole, whole), whole));
    memcpy(out, &four, 4);
#else
    for (int i = 0; i < 4; i++) out[i] = clamp(x[i]);
#endif
}

INLINE f4 scaled_4(const int16_t *kept, const float *scale) {
    f4 by, made;
    memcpy(&by, scale, sizeof by);
#if defined(__AVX2__)
    made = (f4)_mm_cvtepi32_ps(_mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *)kept)));
#else
    for (int i = 0; i < 4; i++) made[i] = (float)kept[i];
#endif
    return made * by;
}

INLINE f8 scaled_8(const int16_t *kept, const float *scale) {
    s8 raw;
    f8 by;
    memcpy(&raw, kept, sizeof raw);
    memcpy(&by, scale, sizeof by);
    return __builtin_convertvector(raw, f8) * by;
}

/* Columns, then rows. `kept` and `scale` have `down` rows of `across`; only the first `rows` and `columns` are not 0. */
INLINE void inverse(const int16_t *kept, const float *scale, int rows, int columns, const int across, const int down,
                    uint8_t *out, size_t stride) {
    const float(*vertical)[8] = cosines(down), (*horizontal)[8] = cosines(across);
    if (across == 8) {
        f8 row[8], basis[8];
        for (int v = 0; v < rows; v++) row[v] = scaled_8(kept + v * 8, scale + v * 8);
        for (int u = 1; u < columns; u++) memcpy(&basis[u], horizontal[u], sizeof basis[u]);
        for (int y = 0; y < down; y++) {
            f8 t = row[0], sum;
            for (int v = 1; v < rows; v++) t += row[v] * vertical[v][y];
            sum = (f8){0} + (t[0] + 128.0f);
            for (int u = 1; u < columns; u++) sum += basis[u] * t[u];
            store_8(sum, out + (size_t)y * stride);
        }
    } else if (across == 4) {
        f4 row[8], basis[4];
        for (int v = 0; v < rows; v++) row[v] = scaled_4(kept + v * 4, scale + v * 4);
        for (int u = 1; u < 4; u++) memcpy(&basis[u], horizontal[u], sizeof basis[u]);
        for (int y = 0; y < down; y++) {
            f4 t = row[0], sum;
            for (int v = 1; v < rows; v++) t += row[v] * vertical[v][y];
            sum = (f4){0} + (t[0] + 128.0f);
            for (int u = 1; u < 4; u++) sum += basis[u] * t[u];
            store_4(sum, out + (size_t)y * stride);
        }
    } else {
        for (int y = 0; y < down; y++)
            for (int x = 0; x < across; x++) {
                float sum = 128.0f;
                for (int v = 0; v < down; v++)
                    for (int u = 0; u < across; u++)
                        sum += (float)kept[v * across + u] * scale[v * across + u] * (vertical[v][y] * horizontal[u][x]);
                out[(size_t)y * stride + (size_t)x] = clamp(sum);
            }
    }
}

#if defined(__AVX2__)
INLINE __m256i sixteenths(const uint8_t *from, int less) {
    __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)from));
    return _mm256_slli_epi16(_mm256_sub_epi16(words, _mm256_set1_epi16((short)less)), 4);
}

/* Sixteen pixels in sixteenths of a level, which differs by at most one level from whole precision. */
INLINE void colours_16(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *out) {
#define BY(x, factor) _mm256_mulhrs_epi16(x, _mm256_set1_epi16((short)((factor) * 32768)))
    __m256i l = _mm256_add_epi16(sixteenths(y, 0), _mm256_set1_epi16(8));
    __m256i u = sixteenths(cb, 128), v = sixteenths(cr, 128);
    __m256i r = _mm256_add_epi16(_mm256_add_epi16(l, v), BY(v, 0.402));
    __m256i g = _mm256_add_epi16(_mm256_add_epi16(_mm256_sub_epi16(l, v), BY(v, 0.285864)), BY(u, -0.344136));
    __m256i b = _mm256_add_epi16(_mm256_add_epi16(l, _mm256_add_epi16(u, u)), BY(u, -0.228));
#undef BY
    __m256i rg = _mm256_packus_epi16(_mm256_srai_epi16(r, 4), _mm256_srai_epi16(g, 4));
    __m256i bb = _mm256_packus_epi16(_mm256_srai_epi16(b, 4), _mm256_srai_epi16(b, 4));
    rg = _mm256_permute4x64_epi64(rg, 0xD8);
    bb = _mm256_permute4x64_epi64(bb, 0xD8);
    interleave(_mm256_castsi256_si128(rg), _mm256_extracti128_si256(rg, 1), _mm256_castsi256_si128(bb), out);
}
#endif

/* One row from YCbCr to RGB: JFIF 1.02 (ITU-T T.871), section 7. */
static void colours(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *out, int count) {
    int x = 0;
#if defined(__AVX2__)
    for (; x + 16 <= count; x += 16) colours_16(y + x, cb + x, cr + x, out + 3 * x);
#endif
    for (; x < count; x++) {
        int l = y[x] * 65536 + 32768, u = cb[x] - 128, v = cr[x] - 128;
        int r = (l + 91881 * v) >> 16, g = (l - 22554 * u - 46802 * v) >> 16, b = (l + 116130 * u) >> 16;
        out[3 * x] = (uint8_t)(r < 0 ? 0 : r > 255 ? 255 : r);
        out[3 * x + 1] = (uint8_t)(g < 0 ? 0 : g > 255 ? 255 : g);
        out[3 * x + 2] = (uint8_t)(b < 0 ? 0 : b > 255 ? 255 : b);
    }
}

#endif
