/* Makes any picture of 8 bits smaller, by the weights of its caller. */

#include <stdlib.h>

#include "planes.h"
#include "reduce.h"

/* Rows of `width` pixels of so many channels, one after the other, to rows of across->size.

   channels: 1 or 3.
   height: at least down->taps.
   Gives DONE, or why nothing was done. */
int darkroom_reduce(const uint8_t *in, int width, int height, int channels, const Axis *across, const Axis *down, uint8_t *out) {
    if (width < 1 || height < down->taps || (channels != 1 && channels != 3)) return OTHER;
    if (!axis_fits(across, width, 8) || !axis_fits(down, height, 2)) return OTHER;
    const int most = width > across->taps ? width : across->taps, count = width * channels;
    const size_t room = (size_t)most + LANES, made_room = (size_t)across->size + LANES, stride = (size_t)count;
    int16_t *between = calloc(room * (size_t)(2 * channels), sizeof *between);
    uint8_t *made = malloc(made_room * (size_t)channels);
    int status = between && made ? DONE : NO_MEMORY;
    int16_t *planes = status ? NULL : between + room * (size_t)channels;
    for (int y = 0; !status && y < down->size; y++) {
        uint8_t *to = out + (size_t)y * (size_t)across->size * (size_t)channels;
        const int16_t *weights = down->weights + (size_t)y * (size_t)down->taps;
        reduce_down(in + stride * (size_t)down->first[y], stride, weights, down->taps, count, 0, between);
        if (channels == 1) {
            reduce_across(between, across, to);
            continue;
        }
        split(between, width, planes, room);
        for (int c = 0; c < 3; c++) reduce_across(planes + room * (size_t)c, across, made + made_room * (size_t)c);
        join(made, made_room, across->size, to);
    }
    free(between);
    free(made);
    return status;
}
