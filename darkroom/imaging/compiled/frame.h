/* What a JPEG says of itself: its segments (ITU-T T.81, annex B), how large its blocks become, and where its bits lie. */

#ifndef DARKROOM_FRAME_H
#define DARKROOM_FRAME_H

#include "bits.h"

/* Where a coefficient goes that nobody needs. */
#define DUMP 64
/* No level of 8-bit samples is further from the middle: 11 bits, table F.1. */
#define MAX_LEVEL 2048

static const uint8_t ZIGZAG[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

typedef struct {
    int id, h, v, quant;
    int across, down;   /* pixels of a block in the result */
    int last;           /* last coefficient, in zigzag order, that is needed */
    uint8_t where[256]; /* place of the coefficient before this one: DUMP for those not needed, and for steps that are none */
    float scale[64];    /* dequantization and the weights of the transform, by place */
    Table *dc, *ac;
    int predicted;
    size_t stride;
} Component;

/* What one scan brings: some bits of the coefficients from one place to another in zigzag order, of some components. */
typedef struct {
    Component *of[3];
    int count, from, to;
    int high, low; /* bits that came before and bits that are missing yet, counted from below; both 0 in baseline coding */
} Scan;

typedef struct {
    int width, height, count, interval;
    int hmax, vmax;
    int progressive, adobe, jfif;
    uint16_t quant[4][64];
    int quantized[4];
    Component component[3];
    Scan scan;
    const uint8_t *pixels; /* what the scan's header is followed by; NULL until there was one */
} Frame;

/* Kept by the caller for the next picture: most have the tables of the one before. */
typedef struct {
    Table dc[4], ac[4];
    Frame frame;
} State;

static int read_quantization(Frame *f, const uint8_t *in, const uint8_t *stop) {
    if (f->pixels) return OTHER; /* the pixels before it would have others */
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

/* The tables that a scan of this kind takes its codes from are there. */
static int has_tables(const Frame *f, const Component *c) {
    int dc = f->scan.from == 0 && !f->scan.high, ac = f->scan.to > 0;
    return (!dc || c->dc->known) && (!ac || c->ac->known) && f->quantized[c->quant];
}

static int read_scan(State *s, const uint8_t *in, const uint8_t *stop) {
    Frame *f = &s->frame;
    Scan *scan = &f->scan;
    int i = 0, count = stop - in > 0 ? in[0] : 0;
    if (!f->count || count < 1 || count > f->count || stop - in < 4 + 2 * count) return OTHER;
    const uint8_t *range = in + 1 + 2 * count;
    *scan = (Scan){{NULL}, count, range[0], range[1], range[2] >> 4, range[2] & 15};
    if (!f->progressive && (count != f->count || scan->from != 0 || scan->to != 63 || range[2])) return OTHER;
    for (in++; in < range; in += 2, i++) {
        Component *c = i ? scan->of[i - 1] + 1 : f->component;
        while (c < f->component + f->count && c->id != in[0]) c++;
        if (c == f->component + f->count || in[1] >> 4 > 3 || (in[1] & 15) > 3) return OTHER;
        c->dc = &s->dc[in[1] >> 4], c->ac = &s->ac[in[1] & 15];
        scan->of[i] = c;
        if (!has_tables(f, c)) return OTHER;
    }
    f->pixels = stop;
    return DONE;
}

/* Everything up to the pixels of the next scan. */
static int read_segments(State *s, const uint8_t *at, const uint8_t *end) {
    Frame *f = &s->frame;
    const uint8_t *before = f->pixels;
    int status = DONE;
    while (f->pixels == before && !status) {
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
        } else if (marker >= 0xC0 && marker <= 0xC2) {
            f->progressive = marker == 0xC2;
            status = read_frame(f, in, stop);
        } else if (marker == 0xDD) {
            if (stop - in < 2) return OTHER;
            f->interval = in[0] << 8 | in[1];
        } else if (marker == 0xDA) {
            status = read_scan(s, in, stop);
        } else if (marker == 0xE0) {
            f->jfif |= stop - in >= 5 && !memcmp(in, "JFIF", 5);
        } else if (marker == 0xEE) {
            if (stop - in >= 12 && !memcmp(in, "Adobe", 5)) f->adobe = in[11];
        } else if (marker < 0xE0 || marker > 0xFE || (marker > 0xEF && marker < 0xFE)) {
            return OTHER; /* arithmetic coding and what else there is */
        }
    }
    return status;
}

/* Everything before the pixels of the first scan. */
static int read_head(State *s, const uint8_t *data, const uint8_t *end) {
    Frame *f = &s->frame;
    for (int i = 0; i < 4; i++) s->dc[i].known = s->ac[i].known = 0;
    memset(f, 0, sizeof *f);
    f->adobe = -1;
    if (end - data < 4 || data[0] != 0xFF || data[1] != 0xD8) return OTHER;
    int status = read_segments(s, data + 2, end);
    if (status || f->count != 3 || f->jfif) return status;
    const Component *c = f->component;
    int rgb = f->adobe < 0 && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
    return rgb || f->adobe == 0 || f->adobe > 1 ? OTHER : DONE;
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

#endif
