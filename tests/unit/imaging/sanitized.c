/* Decodes every file that is named at every scale, under the compiler's watch over memory and arithmetic. */
#include <stdio.h>

#include "scaled_jpeg.c"

int main(int count, char **names) {
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
            read_segments(state, data, data + length);
            size_t room = f->count ? (size_t)((f->width + factor - 1) / factor) * (size_t)((f->height + factor - 1) / factor) * (size_t)f->count : 0;
            if (room > 1 << 26) continue;
            uint8_t *out = malloc(room ? room : 1);
            *(darkroom_jpeg_scaled(state, data, (size_t)length, factor, out, room) ? &left : &done) += 1;
            free(out);
        }
        free(data);
    }
    free(state);
    printf("%d %d\n", done, left);
    return 0;
}
