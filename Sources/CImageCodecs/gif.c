#include "status.h"

#if THAW_HAS_GIF
#include <gif_lib.h>
#include <stdlib.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
} byte_source;

static int read_bytes(GifFileType *file, GifByteType *out, int wanted) {
    byte_source *source = file->UserData;
    size_t rest = source->count - source->position;
    size_t taken = (size_t)wanted < rest ? (size_t)wanted : rest;
    memcpy(out, source->bytes + source->position, taken);
    source->position += taken;
    return (int)taken;
}

int thaw_codec_has_gif(void) { return 1; }

static int failure_code(const GifFileType *file, const byte_source *source) {
    return file->Error == D_GIF_ERR_EOF_TOO_SOON || (file->Error == D_GIF_ERR_READ_FAILED && source->position >= source->count)
        ? THAW_CODEC_TRUNCATED
        : THAW_CODEC_DAMAGED;
}

/// Skips extensions up to the first picture; 0 if there is none.
static int find_picture(GifFileType *file) {
    GifRecordType kind;
    while (DGifGetRecordType(file, &kind) == GIF_OK) {
        if (kind == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(file) == GIF_OK;
        if (kind == TERMINATE_RECORD_TYPE) return 0;
        if (kind != EXTENSION_RECORD_TYPE) continue;
        int code;
        GifByteType *data;
        if (DGifGetExtension(file, &code, &data) != GIF_OK) return 0;
        while (data) {
            if (DGifGetExtensionNext(file, &data) != GIF_OK) return 0;
        }
    }
    return 0;
}

void thaw_gif_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    set_status(status, THAW_CODEC_OK, "");
    byte_source source = {bytes, count, 0};
    int error = 0;
    GifFileType *file = DGifOpen(&source, read_bytes, &error);
    if (!file) {
        set_status(status, source.position >= count ? THAW_CODEC_TRUNCATED : THAW_CODEC_DAMAGED, "its header can't be read");
        return;
    }
    memset(pixels, 0, (size_t)width * (size_t)height * 3);
    GifPixelType *line = NULL;
    if (file->SWidth != width || file->SHeight != height) {
        set_status(status, THAW_CODEC_DAMAGED, "its headers contradict each other");
    } else if (!find_picture(file)) {
        set_status(status, failure_code(file, &source), "no picture in it");
    } else {
        const GifImageDesc *frame = &file->Image;
        const ColorMapObject *palette = frame->ColorMap ? frame->ColorMap : file->SColorMap;
        // Where the frame leaves the screen uncovered, Pillow shows the palette's first colour.
        if (palette && palette->ColorCount > 0
            && (frame->Left > 0 || frame->Top > 0 || frame->Width < width || frame->Height < height)) {
            for (size_t i = 0; i < (size_t)width * (size_t)height; i++) memcpy(pixels + 3 * i, palette->Colors, 3);
        }
        if (frame->Width <= 0 || frame->Height <= 0 || frame->Left < 0 || frame->Top < 0
            || frame->Left + frame->Width > width || frame->Top + frame->Height > height) {
            set_status(status, THAW_CODEC_UNSUPPORTED, "a frame outside of its screen");
        } else if (!(line = malloc((size_t)frame->Width))) {
            set_status(status, THAW_CODEC_NO_MEMORY, "no memory");
        } else {
            static const int starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
            int passes = frame->Interlace ? 4 : 1;
            for (int pass = 0; pass < passes && status->code == THAW_CODEC_OK; pass++) {
                int step = frame->Interlace ? steps[pass] : 1;
                for (int y = frame->Interlace ? starts[pass] : 0; y < frame->Height; y += step) {
                    if (DGifGetLine(file, line, frame->Width) != GIF_OK) {
                        set_status(status, failure_code(file, &source), "its lines can't be unpacked");
                        break;
                    }
                    uint8_t *out = pixels + 3 * ((size_t)(frame->Top + y) * (size_t)width + (size_t)frame->Left);
                    for (int x = 0; x < frame->Width; x++, out += 3) {
                        int index = line[x];
                        if (palette && index < palette->ColorCount) {
                            memcpy(out, &palette->Colors[index], 3);
                        } else {
                            // Without a palette the numbers are shades of grey; beyond its end they are black.
                            memset(out, palette ? 0 : index, 3);
                        }
                    }
                }
            }
        }
    }
    free(line);
    DGifCloseFile(file, &error);
}
#else
int thaw_codec_has_gif(void) { return 0; }

void thaw_gif_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    (void)bytes, (void)count, (void)width, (void)height, (void)pixels;
    set_status(status, THAW_CODEC_NOT_BUILT_IN, "giflib");
}
#endif
