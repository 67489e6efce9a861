/* Decodes JPEG to a half, a quarter or an eighth of its size, and takes part of the time that decoding it whole would.

   Only the lowest frequencies of a block are turned into pixels, by a smaller inverse transform (R. Dugad, N. Ahuja, "A
   fast scheme for image size change in the compressed domain", 2001; libjpeg's scaled decoding is its relative). What is
   ours is that the values of all others are never read: tables tell from the next bits how far several codes and their
   values reach, which is most of the time that such decoding takes.

   It takes what cameras and the web have: baseline Huffman coding of 8 bits, one scan, grey or YCbCr. All else, and all
   that is damaged in any way, is refused, for a general decoder to look at; so it needs no words for errors. */

#include "bits.h"
#include "sink.h"

/* Where a coefficient goes that nobody needs. */
#define DUMP 64
#define MAX_BLOCKS 48
/* No level of 8-bit samples is further from the middle: 11 bits, table F.1. */
#define MAX_LEVEL 2048

static const uint8_t ZIGZAG[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

typedef struct Component Component;
typedef int (*Reader)(Bits *, Component *, uint8_t *);

struct Component {
    int id, h, v, quant;
    int across, down;   /* pixels of a block in the result */
    int last;           /* last coefficient, in zigzag order, that is needed */
    uint8_t where[256]; /* place of the coefficient before this one: DUMP for those not needed, and for steps that are none */
    float scale[64];    /* dequantization and the weights of the transform, by place */
    Table *dc, *ac;
    int predicted;
    Reader read;
    size_t stride;
};

typedef struct {
    int width, height, count, interval;
    int hmax, vmax;
    uint16_t quant[4][64];
    int quantized[4];
    Component component[3];
    const uint8_t *scan;
} Frame;

/* Kept by the caller for the next picture: most have the tables of the one before. */
typedef struct {
    Table dc[4], ac[4];
    Frame frame;
} State;

/* One value or two; the second first, for where there is none it has the place of the other. Those of a difference and
   four steps fit between two refills. */
#define STEP                                                          \
    pair = t->pair[b->held >> (64 - VALUE_BITS)];                     \
    before = b->held;                                                 \
    b->held <<= pair & 63;                                            \
    b->bits -= (uint8_t)pair;                                         \
    kept[c->where[k + (uint8_t)(pair >> 8)]] = (int16_t)(pair >> 32); \
    kept[c->where[k + (uint8_t)(pair >> 24)]] = (int16_t)(pair >> 48); \
    k += (uint8_t)(pair >> 8);                                        \
    if (k > last) goto beyond;

INLINE int block(Bits *bits, Component *c, const int across, const int down, const unsigned last, uint8_t *out) {
    Bits local = *bits, *b = &local; /* in registers */
    const Table *t = c->ac;
    int16_t kept[DUMP + 1];
    unsigned k = 1, run, first;
    uint64_t pair, before;
    uint32_t entry;
    int size, status = DONE;

    refill(b);
    entry = c->dc->value[b->held >> (64 - VALUE_BITS)];
    if (LIKELY(entry & 63)) {
        drop(b, entry & 63);
        size = (int16_t)(entry >> 16);
    } else {
        size = slow_symbol(b, c->dc, &run);
        if (size < 0) return DAMAGED;
        entry = (unsigned)size;
        size = extend(b->held, entry);
        drop(b, entry);
        refill(b);
    }
    c->predicted += size;
    if (UNLIKELY(c->predicted < -MAX_LEVEL || c->predicted > MAX_LEVEL)) return DAMAGED;

    if (last == 0) {
        *out = clamp((float)c->predicted * c->scale[0] + 128.0f);
        status = pass_over(b, t, 1);
        goto ended;
    }
    memset(kept, 0, sizeof kept[0] * (size_t)(across * down));
    for (;;) {
        STEP STEP STEP STEP
        refill(b);
        continue;
    beyond:
        if (last > 64 - 17) { /* else no first value reaches the end of the block */
            first = k - (uint8_t)(pair >> 8) + (uint8_t)(pair >> 24);
            if (UNLIKELY(first >= 64) && first != k) { /* the second belongs to the next block already */
                k = first;
                b->held = before << (pair >> 16 & 63);
                b->bits += (int)(pair & 63) - (int)(pair >> 16 & 63);
            }
        }
        if (k < ENDS) break;
        if (LIKELY(k < MISFIT)) {
            k -= ENDS;
            goto pixels;
        }
        k -= MISFIT;
        refill(b);
        size = slow_symbol(b, t, &run);
        if (size < 0) return DAMAGED;
        if (!size && run != 15) goto pixels;
        k += run + 1;
        kept[c->where[k]] = (int16_t)extend(b->held, (unsigned)size);
        drop(b, (unsigned)size);
        if (k > last) break;
        refill(b);
    }
    if (UNLIKELY(k > 64)) return DAMAGED;
    status = pass_over(b, t, k);
pixels:
    if (k == 1) {
        uint8_t level = clamp((float)c->predicted * c->scale[0] + 128.0f);
        for (int y = 0; y < down; y++) memset(out + (size_t)y * c->stride, level, (size_t)across);
    } else {
        /* The first ten coefficients lie in the corner of four by four. */
        int corner = across == 8 && down == 8 && k <= 10;
        kept[0] = (int16_t)c->predicted;
        if (corner) inverse(kept, c->scale, 4, 4, across, down, out, c->stride);
        else inverse(kept, c->scale, down, across, across, down, out, c->stride);
    }
ended: /* field by field: a whole struct would wait for its parts */
    bits->at = local.at, bits->held = local.held, bits->bits = local.bits;
    return status;
}
#undef STEP

#define READER(name, across, down, last)                                                  \
    static __attribute__((noinline)) int name(Bits *bits, Component *c, uint8_t *out) {   \
        return block(bits, c, across, down, last, out);                                   \
    }
READER(read_1x1, 1, 1, 0)
READER(read_2x2, 2, 2, 4)
READER(read_4x4, 4, 4, 24)
READER(read_8x8, 8, 8, 63)
READER(read_any, c->across, c->down, (unsigned)c->last)

static Reader reader_for(int across, int down) {
    if (across != down) return read_any;
    return across == 1 ? read_1x1 : across == 2 ? read_2x2 : across == 4 ? read_4x4 : read_8x8;
}

static int read_quantization(Frame *f, const uint8_t *in, const uint8_t *stop) {
    while (in < stop) {
        int wide = *in >> 4, id = *in & 15;
        if (id > 3 || wide > 1 || stop - in < 1 + 64 * (wide + 1)) return OTHER;
        in++;
        for (int k = 0; k < 64; k++, in += 1 + wide) f->quant[id][k] = (uint16_t)(wide ? in[0] << 8 | in[1] : in[0]);
        f->quantized[id] = 1;
    }
    return DONE;
}

static int read_codes(State *s, const uint8_t *in, const uint8_t *stop) {
    while (in < stop) {
        if (stop - in < 17 || (*in & 15) > 3 || *in >> 4 > 1) return OTHER;
        int for_dc = *in >> 4 == 0;
        Table *t = (for_dc ? s->dc : s->ac) + (*in & 15);
        uint8_t counts[17] = {0};
        long total = 0;
        for (int n = 1; n <= 16; n++) total += counts[n] = in[n];
        in += 17;
        if (total > 256 || stop - in < total) return OTHER;
        for (long i = 0; for_dc && i < total; i++)
            if (in[i] > 11) return OTHER; /* no difference of 8-bit samples is longer */
        if (!t->built || memcmp(t->counts, counts, sizeof counts) || memcmp(t->symbols, in, (size_t)total)) {
            memcpy(t->counts, counts, sizeof counts);
            memset(t->symbols, 0, sizeof t->symbols);
            memcpy(t->symbols, in, (size_t)total);
            if (table_build(t)) return OTHER;
        }
        t->known = 1;
        in += total;
    }
    return DONE;
}

static int read_frame(Frame *f, const uint8_t *in, const uint8_t *stop) {
    if (f->count || stop - in < 6 || in[0] != 8) return OTHER;
    f->height = in[1] << 8 | in[2], f->width = in[3] << 8 | in[4], f->count = in[5];
    if (!f->width || !f->height || (f->count != 1 && f->count != 3) || stop - in < 6 + 3 * f->count) return OTHER;
    for (int i = 0; i < f->count; i++) {
        Component *c = &f->component[i];
        in += i ? 3 : 6;
        c->id = in[0], c->h = in[1] >> 4, c->v = in[1] & 15, c->quant = in[2];
        if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->quant > 3) return OTHER;
    }
    return DONE;
}

static int read_scan(State *s, const uint8_t *in, const uint8_t *stop) {
    Frame *f = &s->frame;
    if (!f->count || stop - in < 4 + 2 * f->count || in[0] != f->count) return OTHER;
    in++;
    for (int i = 0; i < f->count; i++, in += 2) {
        Component *c = &f->component[i];
        if (in[0] != c->id || in[1] >> 4 > 3 || (in[1] & 15) > 3) return OTHER;
        c->dc = &s->dc[in[1] >> 4], c->ac = &s->ac[in[1] & 15];
        if (!c->dc->known || !c->ac->known || !f->quantized[c->quant]) return OTHER;
    }
    if (in[0] != 0 || in[1] != 63 || in[2] != 0) return OTHER;
    f->scan = stop;
    return DONE;
}

/* Everything before the pixels. */
static int read_segments(State *s, const uint8_t *data, const uint8_t *end) {
    Frame *f = &s->frame;
    const uint8_t *at = data + 2;
    int adobe = -1, jfif = 0, status = DONE;
    for (int i = 0; i < 4; i++) s->dc[i].known = s->ac[i].known = 0;
    memset(f, 0, sizeof *f);
    if (end - data < 4 || data[0] != 0xFF || data[1] != 0xD8) return OTHER;
    while (!f->scan && !status) {
        if (end - at < 4 || at[0] != 0xFF) return OTHER;
        int marker = at[1];
        if (marker == 0xFF) { /* fill */
            at++;
            continue;
        }
        long length = at[2] << 8 | at[3];
        if (length < 2 || end - at < length + 2) return OTHER;
        const uint8_t *in = at + 4, *stop = at + 2 + length;
        at = stop;
        if (marker == 0xDB) {
            status = read_quantization(f, in, stop);
        } else if (marker == 0xC4) {
            status = read_codes(s, in, stop);
        } else if (marker == 0xC0 || marker == 0xC1) {
            status = read_frame(f, in, stop);
        } else if (marker == 0xDD) {
            if (stop - in < 2) return OTHER;
            f->interval = in[0] << 8 | in[1];
        } else if (marker == 0xDA) {
            status = read_scan(s, in, stop);
        } else if (marker == 0xE0) {
            jfif |= stop - in >= 5 && !memcmp(in, "JFIF", 5);
        } else if (marker == 0xEE) {
            if (stop - in >= 12 && !memcmp(in, "Adobe", 5)) adobe = in[11];
        } else if (marker < 0xE0 || marker > 0xFE || (marker > 0xEF && marker < 0xFE)) {
            return OTHER; /* progressive, arithmetic and what else there is */
        }
    }
    if (status || f->count != 3 || jfif) return status;
    const Component *c = f->component;
    int rgb = adobe < 0 && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
    return rgb || adobe == 0 || adobe > 1 ? OTHER : DONE;
}

/* What a coefficient of 8 points counts in a transform of fewer: sqrt(1/8) for the level and sqrt(2/8) for frequencies; the
   highest ones less, for the ones above them that would level them out are missing. By least squares such blocks come
   nearest to Lanczos; of two points, an even slope stays even, where it would be a seventh too steep. */
static float weight(int points, int frequency) {
    if (!frequency) return 0.353553391f;
    float less = points == 2 ? 0.91f : points == 4 && frequency == 3 ? 0.83f : points == 4 && frequency == 2 ? 0.97f : 1.0f;
    return 0.5f * less;
}

/* How large blocks become, and what of them is needed. */
static int lay_out(Frame *f, int factor) {
    if (f->count == 1) f->component[0].h = f->component[0].v = 1;
    f->hmax = f->vmax = 1;
    for (int i = 0; i < f->count; i++) {
        if (f->component[i].h > f->hmax) f->hmax = f->component[i].h;
        if (f->component[i].v > f->vmax) f->vmax = f->component[i].v;
    }
    for (int i = 0; i < f->count; i++) {
        Component *c = &f->component[i];
        if (f->hmax % c->h || f->vmax % c->v) return OTHER;
        c->across = 8 / factor * (f->hmax / c->h), c->down = 8 / factor * (f->vmax / c->v);
        /* Halved colours become as large as the rest by a larger transform; of three or four times there is none. */
        if (c->across > 8 || c->down > 8 || c->across & (c->across - 1) || c->down & (c->down - 1)) return OTHER;
        memset(c->where, DUMP, sizeof c->where);
        for (int k = 0; k < 64; k++) {
            int u = ZIGZAG[k] & 7, v = ZIGZAG[k] >> 3, place = v * c->across + u;
            if (u >= c->across || v >= c->down) continue;
            c->where[k + 1] = (uint8_t)place;
            c->last = k;
            c->scale[place] = (float)f->quant[c->quant][k] * weight(c->across, u) * weight(c->down, v);
        }
        c->read = reader_for(c->across, c->down);
        if (c->last && !c->ac->pairs) table_pairs(c->ac);
        if (c->last < 63 && !c->ac->skips) table_skips(c->ac);
    }
    return DONE;
}

/* Where the entropy-coded bytes of one restart interval lie, and a room for them. */
typedef struct {
    const uint8_t *at, *end;
    uint8_t *room;
} Source;

/* The bits up to the next marker. */
static Bits next_interval(Source *source) {
    uint8_t *to = source->room;
    source->at = unstuff(source->at, source->end, &to);
    memset(to, 0, PADDING);
    return (Bits){source->room, to, 0, 0};
}

/* Whether all bits are read but the padding of the last byte, and `marker` follows, which is passed. */
static int at_marker(Source *source, const Bits *b, int marker) {
    const uint8_t *at = source->at;
    if (bits_left(b) < 0 || bits_left(b) >= 8) return 0;
    while (source->end - at >= 2 && at[0] == 0xFF && at[1] == 0xFF) at++;
    if (source->end - at < 2 || at[0] != 0xFF || at[1] != marker) return 0;
    source->at = at + 2;
    return 1;
}

static int read_pixels(Frame *f, Source *source, int factor, Sink *sink) {
    const int high = f->vmax * 8 / factor;
    const int across = (f->width + 8 * f->hmax - 1) / (8 * f->hmax), down = (f->height + 8 * f->vmax - 1) / (8 * f->vmax);
    struct {
        Component *c;
        uint8_t *to;
        size_t step;
    } blocks[MAX_BLOCKS]; /* of a unit: at most 4 x 4 of three components */
    int count = 0, left = f->interval, number = 0;
    for (int i = 0; i < f->count; i++) {
        Component *c = &f->component[i];
        c->stride = sink->stride;
        for (int v = 0; v < c->v; v++)
            for (int h = 0; h < c->h; h++, count++) {
                blocks[count].c = c;
                blocks[count].to = sink_plane(sink, i) + sink->stride * (size_t)(v * c->down) + (size_t)(h * c->across);
                blocks[count].step = (size_t)(c->h * c->across);
            }
    }
    Bits bits = next_interval(source);
    for (int my = 0; my < down; my++) {
        size_t place = sink->stride * (size_t)sink_room(sink, my * high, high);
        for (int mx = 0; mx < across; mx++) {
            if (f->interval && !left--) {
                if (!at_marker(source, &bits, 0xD0 + number)) return DAMAGED;
                bits = next_interval(source);
                number = (number + 1) & 7;
                left = f->interval - 1;
                for (int i = 0; i < f->count; i++) f->component[i].predicted = 0;
            }
            for (int i = 0; i < count; i++) {
                int status = blocks[i].c->read(&bits, blocks[i].c, blocks[i].to + place + (size_t)mx * blocks[i].step);
                if (UNLIKELY(status || bits_left(&bits) < 0)) return DAMAGED;
            }
        }
        sink_take(sink, my * high, high);
    }
    return at_marker(source, &bits, 0xD9) ? DONE : DAMAGED;
}

/* Bytes of a state, which must be all zero at first. One thread at a time may use it. */
size_t darkroom_jpeg_state(void) { return sizeof(State); }

/* 1 where the processor has what the faster build of this file asks for. */
int darkroom_jpeg_fast(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

/* Decode at 1/factor, ceil(width / factor) x ceil(height / factor) pixels, and from there to a size: rows from the top, RGB
   or grey.

   factor: 2, 4 or 8.
   across, down: how those pixels are made fewer, see reduce.h; both NULL leave them.
   room: bytes of `out`; must be exactly what the picture takes.
   Gives DONE, or why the picture is left to another decoder. */
int darkroom_jpeg_scaled(void *state, const uint8_t *data, size_t length, int factor, const Axis *across, const Axis *down,
                         uint8_t *out, size_t room) {
    State *s = state;
    Frame *f = &s->frame;
    if ((factor != 2 && factor != 4 && factor != 8) || !across != !down) return OTHER;
    int status = read_segments(s, data, data + length);
    if (status || (status = lay_out(f, factor))) return status;
    Sink sink = {(f->width + factor - 1) / factor, (f->height + factor - 1) / factor, f->count, across, down, out, .rows = NULL};
    if (down && (!axis_fits(across, sink.width, 8) || !axis_fits(down, sink.height, 2))) return OTHER;
    size_t wide = (size_t)(across ? across->size : sink.width), high = (size_t)(down ? down->size : sink.height);
    if (room != wide * high * (size_t)f->count) return OTHER;
    Source source = {f->scan, data + length, malloc((size_t)(data + length - f->scan) + PADDING)};
    int ready = sink_open(&sink, f->vmax * 8 / factor);
    status = ready && source.room ? read_pixels(f, &source, factor, &sink) : NO_MEMORY;
    free(source.room);
    sink_close(&sink);
    return status;
}
