/* Reads progressive JPEGs (ITU-T T.81, annex G): many scans, each of which brings some bits of some coefficients of all blocks.

   Kept are those coefficients alone that the small picture has a use for, and of all others whether they are 0: for each
   that is not, a scan which brings further bits has one. */

#ifndef DARKROOM_PROGRESSIVE_H
#define DARKROOM_PROGRESSIVE_H

#include "baseline.h"

enum {
    /* No encoder asks for more, and each goes over the whole picture. */
    MAX_SCANS = 128,
    /* Blocks of a component: 400 megapixels. */
    MAX_STORED = 6 << 20,
    /* No coefficient of 8 bits loses more: 13 bits, table G.2 and section G.1.1.1.1. */
    MAX_LOW = 13,
    NEVER = 127,
};

/* What is known of the blocks of a component. */
typedef struct {
    int16_t *kept;  /* the needed coefficients of each block by place, `places` apart */
    uint64_t *some; /* of each block those that are not 0, in zigzag order */
    size_t places;
    uint64_t needed;
    int across, down;         /* blocks of whole units */
    int own_across, own_down; /* and of a scan of this component alone */
    uint8_t missing[64];      /* bits of each coefficient that are still missing */
} Blocks;

typedef struct {
    Bits bits;
    Scan *scan;
    unsigned ends; /* blocks, from this one on, in which no coefficient becomes one */
} Pass;

static int blocks_open(Blocks *s, const Frame *f, const Component *c) {
    int units_across = (f->width + 8 * f->hmax - 1) / (8 * f->hmax), units_down = (f->height + 8 * f->vmax - 1) / (8 * f->vmax);
    memset(s, 0, sizeof *s);
    memset(s->missing, NEVER, sizeof s->missing);
    s->across = units_across * c->h, s->down = units_down * c->v;
    s->own_across = (f->width * c->h + 8 * f->hmax - 1) / (8 * f->hmax);
    s->own_down = (f->height * c->v + 8 * f->vmax - 1) / (8 * f->vmax);
    s->places = (size_t)(c->across * c->down);
    for (int k = 0; k < 64; k++) s->needed |= (uint64_t)(c->where[k + 1] != DUMP) << k;
    size_t count = (size_t)s->across * (size_t)s->down;
    if (count > MAX_STORED) return OTHER;
    s->kept = calloc(count * s->places, sizeof *s->kept);
    s->some = calloc(count, sizeof *s->some);
    return s->kept && s->some ? DONE : NO_MEMORY;
}

static void blocks_close(Blocks *s) {
    free(s->kept);
    free(s->some);
}

/* The bits from one place to another, 0 to 63. */
INLINE uint64_t span(unsigned from, unsigned to) { return (~0ull >> (63 - to)) & (~0ull << from); }

/* Of the bits of a word the one that has so many others below it; 0 where there are no more than that. */
INLINE uint64_t nth(uint64_t of, unsigned below) {
#if defined(__BMI2__)
    return _pdep_u64(1ull << below, of);
#else
    while (below-- && of) of &= of - 1;
    return of & -of;
#endif
}

/* How many blocks end, of which a code said that their number has so many bits: table G.1. At least 14 bits must be held. */
INLINE unsigned read_ends(Bits *b, unsigned size) {
    unsigned more = size ? (unsigned)(b->held >> (64 - size)) : 0;
    drop(b, size);
    return (1u << size) + more;
}

/* The next code of frequencies: steps to its coefficient, and what that is; 0 steps where blocks end, with the size of
   their number for a value. Gives DAMAGED for no code. */
INLINE int read_value(Bits *b, const Table *t, unsigned *steps, int *value) {
    uint32_t entry = t->value[b->held >> (64 - VALUE_BITS)];
    unsigned run;
    *steps = entry >> 8 & 0xFF;
    if (LIKELY(*steps < ENDS)) {
        drop(b, entry & 63);
        *value = (int16_t)(entry >> 16);
        return DONE;
    }
    if (*steps == ENDS) {
        drop(b, entry & 63);
        *steps = 0, *value = (int)(entry >> 24);
        return DONE;
    }
    int size = slow_symbol(b, t, &run);
    if (size < 0) return DAMAGED;
    int ends = !size && run != 15;
    *steps = ends ? 0 : run + 1;
    *value = ends ? (int)run : extend(b->held, (unsigned)size);
    drop(b, (unsigned)size);
    return DONE;
}

/* Each of these reads `count` blocks of a component that stand side by side, from `at` on. */
typedef int (*Visit)(Pass *, Component *, Blocks *, size_t at, int count);

/* The first bits of levels. */
static int first_levels(Pass *p, Component *c, Blocks *s, size_t at, int count) {
    for (; count; count--, at++) {
        if (read_level(&p->bits, c) || bits_left(&p->bits) < 0) return DAMAGED;
        int level = c->predicted * (1 << p->scan->low);
        if (level < -MAX_LEVEL || level > MAX_LEVEL) return DAMAGED;
        s->kept[at * s->places] = (int16_t)level;
    }
    return DONE;
}

static int further_levels(Pass *p, Component *c, Blocks *s, size_t at, int count) {
    (void)c;
    for (; count; count--, at++) {
        refill(&p->bits);
        s->kept[at * s->places] |= (int16_t)((p->bits.held >> 63) << p->scan->low);
        drop(&p->bits, 1);
        if (bits_left(&p->bits) < 0) return DAMAGED;
    }
    return DONE;
}

/* One value that a table holds; four of them fit between two refills. */
#define STEP                                                               \
    entry = t->value[b->held >> (64 - VALUE_BITS)];                        \
    if (UNLIKELY((entry >> 8 & 0xFF) >= ENDS)) goto rare;                  \
    drop(b, entry & 63);                                                   \
    k += entry >> 8 & 0xFF;                                                \
    if (UNLIKELY(k > to + 1)) return DAMAGED;                              \
    value = (int16_t)(entry >> 16);                                        \
    found |= (uint64_t)(value != 0) << (k - 1);                            \
    *(c->where[k] == DUMP ? &dump : kept + c->where[k]) = (int16_t)(value * by); \
    if (k > to) goto done;

/* The first bits of the frequencies of one block. */
INLINE int first_of_block(Pass *p, Bits *b, const Component *c, int16_t *kept, uint64_t *some) {
    const Table *t = c->ac;
    const unsigned to = (unsigned)p->scan->to;
    const int by = 1 << p->scan->low;
    uint64_t found = 0;
    unsigned k = (unsigned)p->scan->from, steps;
    uint32_t entry;
    int16_t dump;
    int value;
    for (;;) {
        refill(b);
        STEP STEP STEP STEP
        continue;
    rare:
        refill(b);
        if (UNLIKELY(read_value(b, t, &steps, &value))) return DAMAGED;
        if (!steps) {
            p->ends = read_ends(b, (unsigned)value) - 1;
            break;
        }
        k += steps;
        if (UNLIKELY(k > to + 1)) return DAMAGED;
        found |= (uint64_t)(value != 0) << (k - 1);
        *(c->where[k] == DUMP ? &dump : kept + c->where[k]) = (int16_t)(value * by);
        if (k > to) break;
    }
done:
    *some |= found;
    return DONE;
}
#undef STEP

/* The first bits of frequencies: figures G.3 to G.5. */
static int first_frequencies(Pass *p, Component *c, Blocks *s, size_t at, int count) {
    Bits local = p->bits, *b = &local;
    while (count) {
        if (p->ends) {
            int ended = p->ends < (unsigned)count ? (int)p->ends : count;
            p->ends -= (unsigned)ended, count -= ended, at += (size_t)ended;
            continue;
        }
        if (first_of_block(p, b, c, s->kept + at * s->places, s->some + at) || bits_left(b) < 0) return DAMAGED;
        count--, at++;
    }
    p->bits.at = local.at, p->bits.held = local.held, p->bits.bits = local.bits;
    return DONE;
}

/* The next bit of the coefficients `of`, none of which is 0. */
INLINE void correct(Bits *b, const Component *c, Blocks *s, size_t at, uint64_t of, int low) {
    while (of) {
        refill(b);
        uint64_t part = of & 0xFFFFFFFF ? of & 0xFFFFFFFF : of; /* no more than 32 at a time */
        int16_t *kept = s->kept + at * s->places;
        for (uint64_t some = part & s->needed; some; some &= some - 1) {
            int k = __builtin_ctzll(some);
            if (!(b->held << __builtin_popcountll(part & ((1ull << k) - 1)) >> 63)) continue;
            int16_t *one = kept + c->where[k + 1];
            *one = (int16_t)(*one + (*one < 0 ? -1 : 1) * (1 << low));
        }
        drop(b, (unsigned)__builtin_popcountll(part));
        of ^= part;
    }
}

/* Further bits of the frequencies of one block, and those that become some. */
INLINE int further_of_block(Pass *p, Bits *b, const Component *c, Blocks *s, size_t at, const uint64_t band) {
    const int low = p->scan->low;
    const uint64_t before = s->some[at] & band;
    uint64_t left = band; /* of the band, what is still to come */
    unsigned steps;
    int value;
    while (left && !p->ends) {
        refill(b);
        if (UNLIKELY(read_value(b, c->ac, &steps, &value))) return DAMAGED;
        if (!steps) {
            p->ends = read_ends(b, (unsigned)value);
            break;
        }
        const uint64_t one = nth(left & ~before, steps - 1), below = one - 1;
        if (UNLIKELY(!one || value < -1 || value > 1)) return DAMAGED;
        correct(b, c, s, at, before & left & below, low);
        if (LIKELY(value)) {
            s->some[at] |= one;
            if (s->needed & one) s->kept[at * s->places + c->where[__builtin_ctzll(one) + 1]] = (int16_t)(value * (1 << low));
        }
        left &= ~(one | below);
    }
    if (p->ends) {
        correct(b, c, s, at, before & left, low);
        p->ends--;
    }
    return DONE;
}

/* Further bits of frequencies, and those that become some: figures G.7 and G.8. */
static int further_frequencies(Pass *p, Component *c, Blocks *s, size_t at, int count) {
    Bits local = p->bits, *b = &local;
    const uint64_t band = span((unsigned)p->scan->from, (unsigned)p->scan->to);
    for (; count; count--, at++)
        if (further_of_block(p, b, c, s, at, band) || bits_left(b) < 0) return DAMAGED;
    p->bits.at = local.at, p->bits.held = local.held, p->bits.bits = local.bits;
    return DONE;
}

/* Whether a scan follows on those before it; notes what it brings. */
static int may_follow(const Frame *f, const Scan *scan, Blocks *all) {
    if (scan->from > scan->to || scan->to > 63 || scan->low > MAX_LOW || (scan->high && scan->low != scan->high - 1)) return 0;
    if (scan->from ? scan->count != 1 : scan->to) return 0;
    for (int i = 0; i < scan->count; i++) {
        uint8_t *missing = all[scan->of[i] - f->component].missing;
        for (int k = scan->from; k <= scan->to; k++) {
            if (missing[k] != (scan->high ? scan->high : NEVER)) return 0;
            missing[k] = (uint8_t)scan->low;
        }
    }
    return 1;
}

/* The blocks of one component, or those of several, a unit of each after the other. */
static int visit_all(Frame *f, Scan *scan, Blocks *all, Source *source) {
    const Visit visits[] = {first_levels, further_levels, first_frequencies, further_frequencies};
    const Visit visit = visits[(scan->from ? 2 : 0) + (scan->high ? 1 : 0)];
    const int alone = scan->count == 1;
    const Blocks *only = &all[scan->of[0] - f->component];
    const int across = alone ? only->own_across : only->across / scan->of[0]->h;
    const int down = alone ? only->own_down : only->down / scan->of[0]->v;
    int left = f->interval ? f->interval : -1, number = 0; /* units until the next restart */
    Pass pass = {next_interval(source), scan, 0};
    for (int i = 0; i < scan->count; i++) scan->of[i]->predicted = 0;
    for (int my = 0; my < down; my++)
        for (int mx = 0, units; mx < across; mx += units) {
            if (!left) {
                if (!at_marker(source, &pass.bits, 0xD0 + number)) return DAMAGED;
                pass.bits = next_interval(source);
                pass.ends = 0;
                number = (number + 1) & 7;
                left = f->interval;
                for (int i = 0; i < scan->count; i++) scan->of[i]->predicted = 0;
            }
            units = !alone ? 1 : left < 0 || across - mx < left ? across - mx : left;
            if (left > 0) left -= units;
            for (int i = 0; i < scan->count; i++) {
                Component *c = scan->of[i];
                Blocks *s = &all[c - f->component];
                const int v = alone ? 1 : c->v, h = alone ? 1 : c->h;
                for (int y = 0; y < v; y++) {
                    size_t at = (size_t)(my * v + y) * (size_t)s->across + (size_t)(mx * h);
                    if (UNLIKELY(visit(&pass, c, s, at, alone ? units : h))) return DAMAGED;
                }
            }
        }
    return bits_left(&pass.bits) < 8 ? DONE : DAMAGED;
}

static int read_scans(State *state, Source *source, Blocks *all) {
    Frame *f = &state->frame;
    for (int number = 0; number < MAX_SCANS; number++) {
        if (!may_follow(f, &f->scan, all)) return OTHER;
        int status = visit_all(f, &f->scan, all, source);
        if (status) return status;
        while (source->end - source->at >= 2 && source->at[0] == 0xFF && source->at[1] == 0xFF) source->at++;
        if (source->end - source->at >= 2 && source->at[0] == 0xFF && source->at[1] == 0xD9) return DONE;
        if ((status = read_segments(state, source->at, source->end))) return status;
        source->at = f->pixels;
    }
    return OTHER;
}

/* Whether every bit of what is needed came: what encoders break off before is left to who smooths it. */
static int is_whole(const Frame *f, const Blocks *all) {
    for (int i = 0; i < f->count; i++)
        for (int k = 0; k < 64; k++)
            if (all[i].needed >> k & 1 && all[i].missing[k]) return 0;
    return 1;
}

INLINE void show_row(const Component *c, const Blocks *s, int row, const int across, const int down, uint8_t *out) {
    size_t at = (size_t)row * (size_t)s->across;
    for (int x = 0; x < s->across; x++, at++) {
        uint64_t some = s->some[at] & s->needed;
        show(s->kept + at * s->places, c, some ? 64 - (unsigned)__builtin_clzll(some) : 1, across, down, out + (size_t)(x * across));
    }
}

static void show_blocks(const Component *c, const Blocks *s, int row, uint8_t *out) {
    if (c->across != c->down) show_row(c, s, row, c->across, c->down, out);
    else if (c->across == 1) show_row(c, s, row, 1, 1, out);
    else if (c->across == 2) show_row(c, s, row, 2, 2, out);
    else if (c->across == 4) show_row(c, s, row, 4, 4, out);
    else show_row(c, s, row, 8, 8, out);
}

static int read_progressive(State *state, Source *source, int factor, Sink *sink) {
    Frame *f = &state->frame;
    Blocks all[3] = {{.kept = NULL}};
    const int high = f->vmax * 8 / factor;
    int status = DONE;
    for (int i = 0; i < f->count && !status; i++) status = blocks_open(&all[i], f, &f->component[i]);
    if (!status) status = read_scans(state, source, all);
    if (!status && !is_whole(f, all)) status = OTHER;
    for (int my = 0; !status && my * 8 * f->vmax < f->height; my++) {
        size_t place = sink->stride * (size_t)sink_room(sink, my * high, high);
        for (int i = 0; i < f->count; i++) {
            const Component *c = &f->component[i];
            for (int v = 0; v < c->v; v++)
                show_blocks(c, &all[i], my * c->v + v, sink_plane(sink, i) + place + sink->stride * (size_t)(v * c->down));
        }
        sink_take(sink, my * high, high);
    }
    for (int i = 0; i < f->count; i++) blocks_close(&all[i]);
    return status;
}

#endif
