/* Where decoded rows go: as they are, or made smaller while they are still at hand, in RGB or grey. */

#ifndef DARKROOM_SINK_H
#define DARKROOM_SINK_H

#include <stdlib.h>

#include "pixels.h"
#include "reduce.h"

typedef struct {
    int width, height, count; /* of the picture that comes in: pixels, and planes (1 or 3) */
    const Axis *across, *down; /* how it is made smaller; NULL for not at all */
    uint8_t *out;
    /* `kept` rows of each plane, one plane after the other, of which the first is row `begun` of the picture. */
    uint8_t *rows;
    size_t stride;
    int kept, begun;
    int next;         /* row of the result that comes next */
    int16_t *between; /* a row that is made smaller in one direction */
    uint8_t *made;    /* and in both, a plane after the other */
} Sink;

/* Gets ready for `high` rows at a time. Gives 0 where memory is short. */
static int sink_open(Sink *s, int high) {
    s->stride = (size_t)s->width + 64; /* blocks reach beyond the picture, by less than that */
    s->kept = high + (s->down ? 3 * high + s->down->taps : 0);
    s->rows = calloc((size_t)s->count * (size_t)s->kept, s->stride);
    s->begun = s->next = 0;
    s->between = NULL, s->made = NULL;
    if (s->down) {
        int most = s->width > s->across->taps ? s->width : s->across->taps;
        s->between = calloc((size_t)most + 2 * LANES, sizeof *s->between);
        s->made = malloc((size_t)s->count * ((size_t)s->across->size + LANES));
    }
    return s->rows && (!s->down || (s->between && s->made));
}

static void sink_close(Sink *s) {
    free(s->rows);
    free(s->between);
    free(s->made);
}

INLINE uint8_t *sink_plane(const Sink *s, int plane) { return s->rows + s->stride * (size_t)s->kept * (size_t)plane; }

/* Makes room for `high` rows from row `row` on. Gives how many rows lie before them. */
static int sink_room(Sink *s, int row, int high) {
    if (row - s->begun + high > s->kept) {
        /* Fewer than a place is made of, or it would have been made. */
        int needed = s->down && s->next < s->down->size && s->down->first[s->next] < row ? s->down->first[s->next] : row;
        for (int i = 0; i < s->count && needed < row; i++)
            memmove(sink_plane(s, i), sink_plane(s, i) + s->stride * (size_t)(needed - s->begun), s->stride * (size_t)(row - needed));
        s->begun = needed;
    }
    return row - s->begun;
}

static void sink_reduce(Sink *s) {
    const Axis *across = s->across, *down = s->down;
    const int16_t *weights = down->weights + (size_t)s->next * (size_t)down->taps;
    size_t room = (size_t)across->size + LANES;
    uint8_t *to = s->out + (size_t)s->next * (size_t)across->size * (size_t)s->count;
    for (int i = 0; i < s->count; i++) {
        const uint8_t *first = sink_plane(s, i) + s->stride * (size_t)(down->first[s->next] - s->begun);
        reduce_down(first, s->stride, weights, down->taps, s->width, 1, s->between);
        reduce_across(s->between, across, s->count == 1 ? to : s->made + room * (size_t)i);
    }
    if (s->count == 3) colours(s->made, s->made + room, s->made + 2 * room, to, across->size);
    s->next++;
}

/* Takes the `high` rows from row `row` on, of which those beyond the picture are left. */
static void sink_take(Sink *s, int row, int high) {
    int end = row + high < s->height ? row + high : s->height;
    if (s->down) {
        while (s->next < s->down->size && (end == s->height || s->down->first[s->next] + s->down->taps <= end)) sink_reduce(s);
        return;
    }
    for (int y = row; y < end; y++) {
        uint8_t *to = s->out + (size_t)y * (size_t)s->width * (size_t)s->count;
        size_t at = s->stride * (size_t)(y - s->begun);
        if (s->count == 1) memcpy(to, s->rows + at, (size_t)s->width);
        else colours(sink_plane(s, 0) + at, sink_plane(s, 1) + at, sink_plane(s, 2) + at, to, s->width);
    }
}

#endif
