/* Decodes JPEG to a half, a quarter or an eighth of its size, and takes part of the time that decoding it whole would.

   Only the lowest frequencies of a block are turned into pixels, by a smaller inverse transform (R. Dugad, N. Ahuja, "A
   fast scheme for image size change in the compressed domain", 2001; libjpeg's scaled decoding is its relative). What is
   ours is that the values of all others are never read: tables tell from the next bits how far several codes and their
   values reach, which is most of the time that such decoding takes.

   It takes what cameras and the web have: Huffman coding of 8 bits, baseline in one scan or progressive, grey or YCbCr. All
   else, and all that is damaged in any way, is refused, for a general decoder to look at; so it needs no words for errors. */

#include "baseline.h"
#include "progressive.h"

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
    int status = read_head(s, data, data + length);
    if (status || (status = lay_out(f, factor))) return status;
    Sink sink = {(f->width + factor - 1) / factor, (f->height + factor - 1) / factor, f->count, across, down, out, .rows = NULL};
    if (down && (!axis_fits(across, sink.width, 8) || !axis_fits(down, sink.height, 2))) return OTHER;
    size_t wide = (size_t)(across ? across->size : sink.width), high = (size_t)(down ? down->size : sink.height);
    if (room != wide * high * (size_t)f->count) return OTHER;
    Source source = {f->pixels, data + length, malloc((size_t)(data + length - f->pixels) + PADDING)};
    int ready = sink_open(&sink, f->vmax * 8 / factor);
    for (int i = 0; i < f->count; i++) f->component[i].stride = sink.stride;
    if (!ready || !source.room) status = NO_MEMORY;
    else status = f->progressive ? read_progressive(s, &source, factor, &sink) : read_baseline(f, &source, factor, &sink);
    free(source.room);
    sink_close(&sink);
    return status;
}
