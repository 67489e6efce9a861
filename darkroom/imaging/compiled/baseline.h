/* Reads baseline JPEGs: one scan, block by block, each shown as it comes. */

#ifndef DARKROOM_BASELINE_H
#define DARKROOM_BASELINE_H

#include "frame.h"
#include "sink.h"

#define MAX_BLOCKS 48

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

/* The level of the next block: figures F.12 and F.13. */
INLINE int read_level(Bits *b, Component *c) {
    unsigned run;
    int size;
    refill(b);
    uint32_t entry = c->dc->value[b->held >> (64 - VALUE_BITS)];
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
    return c->predicted < -MAX_LEVEL || c->predicted > MAX_LEVEL ? DAMAGED : DONE;
}

/* The pixels of a block, of whose coefficients those from `end` on are 0. */
INLINE void show(const int16_t *kept, const Component *c, unsigned end, const int across, const int down, uint8_t *out) {
    if (end == 1) {
        uint8_t level = clamp((float)kept[0] * c->scale[0] + 128.0f);
        for (int y = 0; y < down; y++) memset(out + (size_t)y * c->stride, level, (size_t)across);
    } else {
        /* The first ten coefficients lie in the corner of four by four. */
        int corner = across == 8 && down == 8 && end <= 10;
        if (corner) inverse(kept, c->scale, 4, 4, across, down, out, c->stride);
        else inverse(kept, c->scale, down, across, across, down, out, c->stride);
    }
}

INLINE int block(Bits *bits, Component *c, const int across, const int down, const unsigned last, uint8_t *out) {
    Bits local = *bits, *b = &local; /* in registers */
    const Table *t = c->ac;
    int16_t kept[DUMP + 1];
    unsigned k = 1, run, first;
    uint64_t pair, before;
    int size, status = DONE;

    if (UNLIKELY(read_level(b, c))) return DAMAGED;
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
    kept[0] = (int16_t)c->predicted;
    show(kept, c, k, across, down, out);
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

typedef int (*Reader)(Bits *, Component *, uint8_t *);

static Reader reader_for(int across, int down) {
    if (across != down) return read_any;
    return across == 1 ? read_1x1 : across == 2 ? read_2x2 : across == 4 ? read_4x4 : read_8x8;
}

static int read_baseline(Frame *f, Source *source, int factor, Sink *sink) {
    const int high = f->vmax * 8 / factor;
    const int across = (f->width + 8 * f->hmax - 1) / (8 * f->hmax), down = (f->height + 8 * f->vmax - 1) / (8 * f->vmax);
    struct {
        Component *c;
        Reader read;
        uint8_t *to;
        size_t step;
    } blocks[MAX_BLOCKS]; /* of a unit: at most 4 x 4 of three components */
    int count = 0, left = f->interval, number = 0;
    for (int i = 0; i < f->count; i++) {
        Component *c = &f->component[i];
        if (c->last && !c->ac->pairs) table_pairs(c->ac);
        if (c->last < 63 && !c->ac->skips) table_skips(c->ac);
        for (int v = 0; v < c->v; v++)
            for (int h = 0; h < c->h; h++, count++) {
                blocks[count].c = c;
                blocks[count].read = reader_for(c->across, c->down);
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
                int status = blocks[i].read(&bits, blocks[i].c, blocks[i].to + place + (size_t)mx * blocks[i].step);
                if (UNLIKELY(status || bits_left(&bits) < 0)) return DAMAGED;
            }
        }
        sink_take(sink, my * high, high);
    }
    return at_marker(source, &bits, 0xD9) ? DONE : DAMAGED;
}

#endif
