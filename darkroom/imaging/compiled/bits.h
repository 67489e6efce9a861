/* Reads the bits of entropy-coded JPEG data, and its Huffman codes: ITU-T T.81, annexes C and F.

   The next bits stand at the top of a 64-bit word that is filled from eight bytes at a time (the fourth way of F. Giesen,
   "Reading bits in far too many ways", 2018), for which the zeros that are stuffed behind each 0xFF are taken out before.
   Tables tell from the next bits of a block either one coefficient, or how far several of them reach whose values nobody
   needs. */

#ifndef DARKROOM_BITS_H
#define DARKROOM_BITS_H

#include "base.h"

enum {
    SKIP_BITS = 13,
    VALUE_BITS = 11,
    /* Steps of a table that are none: beyond the last coefficient and the longest run in any case. */
    ENDS = 96,
    MISFIT = 192,
    /* The same among those that pass over values. */
    SKIP_ENDS = 128,
    SKIP_MISFIT = 400,
    /* More than a block can take: 64 codes and values of at most 31 bits. */
    PADDING = 320,
};

typedef struct {
    uint8_t counts[17];              /* codes of each length, from 1 to 16 */
    uint8_t symbols[256];
    int32_t limit[17];               /* first code beyond those of a length, at the top of 16 bits */
    int32_t shift[17];               /* a code of a length, and this more, is the index of its symbol */
    uint32_t value[1 << VALUE_BITS]; /* value << 16 | steps << 8 | bits; an end tells run << 24, a misfit length << 24 | symbol << 16 */
    uint64_t pair[1 << VALUE_BITS];  /* of AC: first value << 48 | second << 32 | first steps << 24 | first bits << 16 |
                                        steps << 8 | bits; those of the first alone where there is no second */
    uint16_t skip[1 << SKIP_BITS];   /* steps << 6 | bits */
    int built, pairs, skips, known;
} Table;

/* Bytes without stuffing, and PADDING zeros behind them. */
typedef struct {
    const uint8_t *at, *end;
    uint64_t held;
    int bits; /* how many are held */
} Bits;

/* Copies the bytes up to the next marker, or the end, without the zeros that follow each 0xFF. Gives where it stopped. */
static const uint8_t *unstuff(const uint8_t *at, const uint8_t *end, uint8_t **to) {
    for (;;) {
        const uint8_t *next = memchr(at, 0xFF, (size_t)(end - at));
        int stuffed = next && end - next >= 2 && next[1] == 0;
        size_t count = (size_t)((next ? next : end) - at) + (size_t)stuffed;
        memcpy(*to, at, count);
        *to += count;
        if (!stuffed) return next ? next : end;
        at = next + 2;
    }
}

/* At least 56 bits are held afterwards; zeros, once there are no others. */
INLINE void refill(Bits *b) {
    uint64_t word;
    memcpy(&word, b->at, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    b->held |= word >> b->bits;
    b->at += (63 - b->bits) >> 3;
    b->bits |= 56;
}

/* Bits of the file that are left; negative where more were taken than there were. */
INLINE ptrdiff_t bits_left(const Bits *b) { return (b->end - b->at) * 8 + b->bits; }

INLINE void drop(Bits *b, unsigned count) {
    b->held <<= count & 63;
    b->bits -= (int)count;
}

/* The difference that the top bits stand for: figure F.12. */
INLINE int extend(uint64_t held, unsigned size) {
    if (!size) return 0;
    int raw = (int)(held >> (64 - size));
    return raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
}

/* The symbol of the next code, and its length; length 0 where there is no such code. */
INLINE unsigned code_at(const Table *t, uint64_t held, unsigned *length) {
    int32_t top = (int32_t)(held >> 48);
    for (unsigned n = 1; n <= 16; n++)
        if (top < t->limit[n]) {
            *length = n;
            return t->symbols[((top >> (16 - n)) + t->shift[n]) & 255];
        }
    *length = 0;
    return 0;
}

/* Codes from their counts, and the table of values; DAMAGED where there are more codes than bits for them. */
static int table_build(Table *t) {
    int32_t code = 0, index = 0;
    t->built = t->pairs = t->skips = 0;
    for (int n = 1; n <= 16; n++) {
        t->shift[n] = index - code;
        code += t->counts[n];
        index += t->counts[n];
        if (code > 1 << n) return DAMAGED;
        t->limit[n] = code << (16 - n);
        code <<= 1;
    }
    for (unsigned i = 0; i < 1u << VALUE_BITS; i++) {
        unsigned n;
        uint64_t held = (uint64_t)i << (64 - VALUE_BITS);
        unsigned symbol = code_at(t, held, &n), size = symbol & 15, run = symbol >> 4;
        if (!n || n > VALUE_BITS) t->value[i] = MISFIT << 8;
        else if (n + size > VALUE_BITS) t->value[i] = n << 24 | symbol << 16 | MISFIT << 8;
        else if (!size && run != 15) t->value[i] = run << 24 | ENDS << 8 | n;
        else t->value[i] = (uint32_t)(uint16_t)extend(held << n, size) << 16 | (run + 1) << 8 | (n + size);
    }
    t->built = 1;
    return DONE;
}

/* The table of values by twos. */
static void table_pairs(Table *t) {
    for (unsigned i = 0; i < 1u << VALUE_BITS; i++) {
        uint32_t one = t->value[i], bits = one & 63, steps = one >> 8 & 0xFF, both = one & 0xFFFF;
        int16_t first = (int16_t)(one >> 16), second = 0;
        if (steps == MISFIT) first = 0;
        else if (steps < ENDS) {
            uint32_t two = t->value[i << bits & ((1 << VALUE_BITS) - 1)];
            if ((two >> 8 & 0xFF) != MISFIT && bits + (two & 63) <= VALUE_BITS) {
                both += two & 0xFFFF;
                second = (int16_t)(two >> 16);
            }
        }
        t->pair[i] = (uint64_t)(uint16_t)first << 48 | (uint64_t)(uint16_t)second << 32 | (uint64_t)(one & 0xFFFF) << 16 | both;
    }
    t->pairs = 1;
}

/* The table that passes over values: only how far they reach, and how many there are. */
static void table_skips(Table *t) {
    for (unsigned i = 0; i < 1u << SKIP_BITS; i++) {
        unsigned used = 0, steps = 0, n;
        uint64_t held = (uint64_t)i << (64 - SKIP_BITS);
        while (used < SKIP_BITS) {
            unsigned symbol = code_at(t, held << used, &n), size = symbol & 15, run = symbol >> 4;
            if (!n || used + n > SKIP_BITS || steps + run + 1 > 63) break;
            if (!size && run != 15) {
                used += n;
                steps += SKIP_ENDS;
                break;
            }
            used += n + size;
            steps += run + 1;
        }
        t->skip[i] = (uint16_t)((used ? steps : SKIP_MISFIT) << 6 | used);
    }
    t->skips = 1;
}

/* A symbol that no table of values holds: the bits of its value come next. Gives their number, or -1 for no code. */
INLINE int slow_symbol(Bits *b, const Table *t, unsigned *run) {
    uint32_t entry = t->value[b->held >> (64 - VALUE_BITS)];
    unsigned n = entry >> 24, symbol = entry >> 16 & 0xFF;
    if ((entry >> 8 & 0xFF) != MISFIT || !n) symbol = code_at(t, b->held, &n);
    drop(b, n);
    *run = symbol >> 4;
    return n ? (int)(symbol & 15) : -1;
}

/* The rest of a block, from coefficient k on, without its values. */
INLINE int pass_over(Bits *b, const Table *t, unsigned k) {
    if (k == 64) return DONE;
    for (;;) {
        unsigned entry, next, run;
        int size;
        refill(b);
        entry = t->skip[b->held >> (64 - SKIP_BITS)];
        next = k + (entry >> 6);
        if (LIKELY(next < 64)) { /* twice before bits run short: no entry has more than 27 */
            drop(b, entry & 63);
            k = next;
            entry = t->skip[b->held >> (64 - SKIP_BITS)];
            next = k + (entry >> 6);
            if (LIKELY(next < 64)) {
                drop(b, entry & 63);
                k = next;
                continue;
            }
        }
        if (LIKELY(next == 64 || next - SKIP_ENDS < 64)) {
            drop(b, entry & 63);
            return DONE;
        }
        /* A long code, or one that already belongs to the next block. */
        size = slow_symbol(b, t, &run);
        if (size < 0) return DAMAGED;
        if (!size && run != 15) return DONE;
        drop(b, (unsigned)size);
        k += run + 1;
        if (k >= 64) return k == 64 ? DONE : DAMAGED;
    }
}

#endif
