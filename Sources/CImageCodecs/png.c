#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

#include "status.h"

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    volatile int reached_end;  // read again after a longjmp
} byte_source;

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} byte_sink;

static void read_bytes(png_structp codec, png_bytep out, size_t wanted) {
    byte_source *source = png_get_io_ptr(codec);
    if (wanted > source->count - source->position) {
        source->reached_end = 1;
        png_error(codec, "the data end early");
    }
    memcpy(out, source->bytes + source->position, wanted);
    source->position += wanted;
}

static void write_bytes(png_structp codec, png_bytep bytes, size_t count) {
    byte_sink *sink = png_get_io_ptr(codec);
    if (sink->capacity - sink->count < count) {
        size_t capacity = sink->capacity * 2 + count + 4096;
        uint8_t *grown = realloc(sink->bytes, capacity);
        if (!grown) png_error(codec, "no memory");
        sink->bytes = grown;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, bytes, count);
    sink->count += count;
}

static void flush_nothing(png_structp codec) { (void)codec; }

static void leave(png_structp codec, png_const_charp text) {
    thaw_codec_status *status = png_get_error_ptr(codec);
    set_status(status, THAW_CODEC_DAMAGED, text);
    png_longjmp(codec, 1);
}

static void ignore_warning(png_structp codec, png_const_charp text) {
    (void)codec;
    (void)text;
}

/// Reads all rows of a prepared picture, as often as it has passes: what `png_read_image` does, without a pointer for each row, which costs a
/// picture of one grey column eight times its size.
static void read_rows(png_structp codec, int passes, int height, size_t stride, uint8_t *pixels) {
    for (int pass = 0; pass < passes; pass++) {
        for (int y = 0; y < height; y++) png_read_row(codec, pixels + (size_t)y * stride, NULL);
    }
}

void thaw_png_decode(
    const uint8_t *bytes, size_t count, int width, int height, int channels, int clip16, uint8_t *pixels,
    thaw_codec_status *status
) {
    byte_source source = {bytes, count, 0, 0};
    set_status(status, THAW_CODEC_OK, "");
    // Samples of 16 bits are read here first, to be cut at 255.
    uint8_t *wide = clip16 ? malloc((size_t)height * (size_t)width * 2) : NULL;
    png_structp codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, status, leave, ignore_warning);
    png_infop info = codec ? png_create_info_struct(codec) : NULL;
    if ((clip16 && !wide) || !info) {
        set_status(status, THAW_CODEC_NO_MEMORY, "no memory");
    } else if (setjmp(png_jmpbuf(codec))) {
        if (source.reached_end) status->code = THAW_CODEC_TRUNCATED;
    } else {
        png_set_read_fn(codec, &source, read_bytes);
        png_set_user_limits(codec, 0x7fffffff, 0x7fffffff);
        png_set_chunk_malloc_max(codec, 1 << 24);
        // Only IHDR, PLTE, tRNS, IDAT and IEND matter here. Of the others, libpng would believe a length of a gigabyte and ask for that memory.
        png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
        png_read_info(codec, info);
        int depth = png_get_bit_depth(codec, info), type = png_get_color_type(codec, info);
        if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(codec);
        if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(codec);
        if (depth == 16 && !clip16) png_set_strip_16(codec);
        png_set_strip_alpha(codec);
        int passes = png_set_interlace_handling(codec);
        png_read_update_info(codec, info);
        size_t stride = (size_t)width * (size_t)(clip16 ? 2 : channels);
        if ((int)png_get_image_width(codec, info) != width || (int)png_get_image_height(codec, info) != height
            || png_get_rowbytes(codec, info) != stride) {
            png_error(codec, "its headers contradict each other");
        }
        read_rows(codec, passes, height, stride, clip16 ? wide : pixels);
        if (clip16) {
            size_t samples = (size_t)width * (size_t)height;
            for (size_t i = 0; i < samples; i++) pixels[i] = wide[2 * i] ? 255 : wide[2 * i + 1];
        }
    }
    free(wide);
    png_destroy_read_struct(&codec, info ? &info : NULL, NULL);
}

void thaw_png_encode(
    const uint8_t *pixels, int width, int height, int channels, int level, uint8_t **bytes, size_t *count,
    thaw_codec_status *status
) {
    byte_sink sink = {NULL, 0, 0};
    set_status(status, THAW_CODEC_OK, "");
    *bytes = NULL;
    *count = 0;
    png_structp codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, status, leave, ignore_warning);
    png_infop info = codec ? png_create_info_struct(codec) : NULL;
    if (!info) {
        set_status(status, THAW_CODEC_NO_MEMORY, "no memory");
    } else if (setjmp(png_jmpbuf(codec)) == 0) {
        png_set_write_fn(codec, &sink, write_bytes, flush_nothing);
        png_set_user_limits(codec, 0x7fffffff, 0x7fffffff);
        png_set_compression_level(codec, level);
        png_set_IHDR(
            codec, info, (png_uint_32)width, (png_uint_32)height, 8,
            channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
            PNG_FILTER_TYPE_DEFAULT);
        png_write_info(codec, info);
        for (int y = 0; y < height; y++) png_write_row(codec, pixels + (size_t)y * (size_t)width * (size_t)channels);
        png_write_end(codec, info);
    }
    png_destroy_write_struct(&codec, info ? &info : NULL);
    if (status->code == THAW_CODEC_OK) {
        *bytes = sink.bytes;
        *count = sink.count;
    } else {
        free(sink.bytes);
    }
}
