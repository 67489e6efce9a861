/* Makes pictures of every small size smaller, and decodes every file that is named at every scale, under the compiler's watch over memory and arithmetic. */
#include <stdio.h>

#include "reduce.c"
#include "scaled_jpeg.c"

/* Every place is the mean of eight pixels, two thirds as many places as pixels. */
static Axis thirds(int count, int32_t *first, int16_t *weights) {
    Axis axis = {count * 2 / 3 ? count * 2 / 3 : 1, 8, first, weights};
    for (int i = 0; i < axis.size; i++) {
        int at = (int)((long)i * count / axis.size) - 3, last = count > 8 ? count - 8 : 0;
        first[i] = at < 0 ? 0 : at > last ? last : at;
        for (int t = 0; t < 8; t++) weights[i * 8 + t] = 2048;
    }
    return axis;
}

static void reduce_all(int32_t *first[2], int16_t *weights[2]) {
    for (int width = 1; width < 140; width += width < 40 ? 1 : 9)
        for (int height = 8; height < 30; height += 7)
            for (int channels = 1; channels <= 3; channels += 2) {
                Axis across = thirds(width, first[0], weights[0]), down = thirds(height, first[1], weights[1]);
                size_t room = (size_t)(width * height * channels), less = (size_t)(across.size * down.size * channels);
                uint8_t *in = malloc(room), *out = malloc(less);
                memset(in, 200, room);
                if (darkroom_reduce(in, width, height, channels, &across, &down, out)) abort();
                for (size_t i = 0; i < less && width >= 8; i++)
                    if (out[i] != 200) abort();
                free(in);
                free(out);
            }
}

int main(int count, char **names) {
    static int32_t first[2][65536];
    static int16_t weights[2][65536 * 8];
    reduce_all((int32_t *[2]){first[0], first[1]}, (int16_t *[2]){weights[0], weights[1]});
    int done = 0, left = 0;
    State *state = calloc(1, sizeof *state);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        if (!file || fseek(file, 0, SEEK_END)) return 2;
        long length = ftell(file);
        rewind(file);
        uint8_t *data = malloc(length ? (size_t)length : 1); /* exactly as long, so that a byte beyond it is seen */
        if (length && fread(data, (size_t)length, 1, file) != 1) return 2;
        fclose(file);
        for (int factor = 2; factor <= 8; factor *= 2) {
            Frame *f = &state->frame;
            read_head(state, data, data + length);
            int wide = (f->width + factor - 1) / factor, high = (f->height + factor - 1) / factor, planes = f->count;
            if ((long)wide * high > 1 << 24) continue;
            for (int less = 0; less < 2; less++) {
                Axis across = thirds(wide, first[0], weights[0]), down = thirds(high, first[1], weights[1]);
                size_t room = (size_t)(less ? across.size : wide) * (size_t)(less ? down.size : high) * (size_t)planes;
                uint8_t *out = malloc(room ? room : 1);
                int refused = darkroom_jpeg_scaled(state, data, (size_t)length, factor, less ? &across : NULL, less ? &down : NULL, out, room);
                *(refused ? &left : &done) += 1;
                free(out);
            }
        }
        free(data);
    }
    free(state);
    printf("%d %d\n", done, left);
    return 0;
}
