#include "status.h"

#if THAW_HAS_TIFF
#include <stdlib.h>
#include <tiffio.h>

typedef struct {
    const uint8_t *bytes;
    toff_t count, position;
} byte_source;

static tmsize_t read_bytes(thandle_t handle, void *out, tmsize_t wanted) {
    byte_source *source = handle;
    if (source->position >= source->count || wanted <= 0) return 0;
    toff_t rest = source->count - source->position;
    tmsize_t taken = (toff_t)wanted < rest ? wanted : (tmsize_t)rest;
    memcpy(out, source->bytes + source->position, (size_t)taken);
    source->position += (toff_t)taken;
    return taken;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    byte_source *source = handle;
    source->position = whence == SEEK_SET ? offset : whence == SEEK_CUR ? source->position + offset : source->count + offset;
    return source->position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((byte_source *)handle)->count; }

int thaw_codec_has_tiff(void) { return 1; }

void thaw_tiff_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    set_status(status, THAW_CODEC_OK, "");
    // libtiff's messages would land on stderr; its handlers are the process's, and this sets them to the same value each time.
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
    byte_source source = {bytes, count, 0};
    TIFF *file = TIFFClientOpen(
        "picture", "rm", &source, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL);
    if (!file) {
        set_status(status, THAW_CODEC_DAMAGED, "its directory can't be read");
        return;
    }
    uint32_t columns = 0, rows = 0;
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &columns);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &rows);
    char text[1024] = "";
    size_t area = (size_t)width * (size_t)height;
    uint32_t *raster = NULL;
    if (columns != (uint32_t)width || rows != (uint32_t)height) {
        set_status(status, THAW_CODEC_DAMAGED, "its headers contradict each other");
    } else if (!TIFFRGBAImageOK(file, text)) {
        set_status(status, THAW_CODEC_UNSUPPORTED, text);
    } else if (!(raster = malloc(area * sizeof *raster))) {
        set_status(status, THAW_CODEC_NO_MEMORY, "no memory");
    } else {
        TIFFRGBAImage image;
        if (!TIFFRGBAImageBegin(&image, file, 1, text)) {
            set_status(status, THAW_CODEC_DAMAGED, text);
        } else {
            // Asked for in the order in which it is stored, libtiff turns nothing: turning is the caller's.
            image.req_orientation = image.orientation;
            if (!TIFFRGBAImageGet(&image, raster, (uint32_t)width, (uint32_t)height)) {
                set_status(status, THAW_CODEC_DAMAGED, "its strips can't be unpacked");
            }
            TIFFRGBAImageEnd(&image);
        }
    }
    if (status->code == THAW_CODEC_OK) {
        for (size_t i = 0; i < area; i++) {
            pixels[3 * i] = (uint8_t)TIFFGetR(raster[i]);
            pixels[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
            pixels[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
        }
    }
    free(raster);
    TIFFClose(file);
}
#else
int thaw_codec_has_tiff(void) { return 0; }

void thaw_tiff_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    (void)bytes, (void)count, (void)width, (void)height, (void)pixels;
    set_status(status, THAW_CODEC_NOT_BUILT_IN, "libtiff");
}
#endif
