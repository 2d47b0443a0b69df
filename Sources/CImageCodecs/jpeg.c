#include <setjmp.h>
#include <stdlib.h>

#include "status.h"
// libjpeg's header wants stdio and size_t declared before it.
#include <jerror.h>
#include <jpeglib.h>

// More scans than any encoder writes: the files that have them are made to keep decoders busy.
enum { MAXIMUM_SCANS = 200 };

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    int reached_end;
    int is_end_error;
    char text[JMSG_LENGTH_MAX];
} error_trap;

static void leave(j_common_ptr codec) {
    error_trap *trap = (error_trap *)codec->err;
    int code = codec->err->msg_code;
    trap->is_end_error = code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY;
    (*codec->err->format_message)(codec, trap->text);
    longjmp(trap->escape, 1);
}

static void take_note(j_common_ptr codec, int level) {
    if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) ((error_trap *)codec->err)->reached_end = 1;
}

static void stay_silent(j_common_ptr codec) { (void)codec; }

static void watch_scans(j_common_ptr codec) {
    if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > MAXIMUM_SCANS) {
        error_trap *trap = (error_trap *)codec->err;
        snprintf(trap->text, sizeof trap->text, "more than %d scans", MAXIMUM_SCANS);
        longjmp(trap->escape, 1);
    }
}

static void catch_errors(error_trap *trap) {
    jpeg_std_error(&trap->base);
    trap->base.error_exit = leave;
    trap->base.emit_message = take_note;
    trap->base.output_message = stay_silent;
    trap->reached_end = 0;
    trap->is_end_error = 0;
    trap->text[0] = 0;
}

static int unsupported_error(int code) {
    return code == JERR_ARITH_NOTIMPL || code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED
        || code == JERR_CONVERSION_NOTIMPL || code == JERR_NOT_COMPILED;
}

/// Whether libjpeg guesses coefficients from the blocks around: it does where scans of a progressive file never came. A part that is decoded
/// alone has other blocks around it than the whole.
static int is_smoothed(j_decompress_ptr codec) {
    if (!codec->progressive_mode || !codec->coef_bits) return 0;
    for (int component = 0; component < codec->num_components; component++) {
        for (int i = 0; i < DCTSIZE2; i++) {
            if (codec->coef_bits[component][i] != 0) return 1;
        }
    }
    return 0;
}

/// Writes one row of `count` pixels from the decoder's components to `channels` bytes a pixel.
static void convert_row(const JSAMPLE *row, int components, int count, int channels, uint8_t *out) {
    if (components == 4) {
        for (int x = 0; x < count; x++) {
            // Adobe's files store ink inverted, and Pillow takes every four-component file for one of them.
            uint8_t ink[4] = {
                (uint8_t)~row[4 * x], (uint8_t)~row[4 * x + 1], (uint8_t)~row[4 * x + 2], (uint8_t)~row[4 * x + 3],
            };
            cmyk_to_rgb(ink, out + 3 * x);
        }
    } else {
        memcpy(out, row, (size_t)count * (size_t)channels);
    }
}

void thaw_jpeg_decode(
    const uint8_t *bytes, size_t count, int scale, int width, int height, int channels, thaw_codec_region region,
    uint8_t *pixels, thaw_codec_status *status
) {
    struct jpeg_decompress_struct codec;
    struct jpeg_progress_mgr progress = {0};
    error_trap trap;
    set_status(status, THAW_CODEC_OK, "");
    codec.err = &trap.base;
    catch_errors(&trap);
    if (setjmp(trap.escape)) {
        int code = trap.is_end_error || trap.reached_end ? THAW_CODEC_TRUNCATED
            : unsupported_error(codec.err->msg_code)     ? THAW_CODEC_UNSUPPORTED
                                                         : THAW_CODEC_DAMAGED;
        set_status(status, code, trap.text);
        jpeg_destroy_decompress(&codec);
        return;
    }
    jpeg_create_decompress(&codec);
    progress.progress_monitor = watch_scans;
    codec.progress = &progress;
    jpeg_mem_src(&codec, bytes, count);
    jpeg_read_header(&codec, TRUE);
    if (codec.num_components != 1 && codec.num_components != 3 && codec.num_components != 4) {
        set_status(status, THAW_CODEC_UNSUPPORTED, "an unusual number of components");
        jpeg_destroy_decompress(&codec);
        return;
    }
    codec.scale_num = 1;
    codec.scale_denom = (unsigned)scale;
    codec.out_color_space =
        codec.num_components == 1 ? JCS_GRAYSCALE : codec.num_components == 3 ? JCS_RGB : JCS_CMYK;
    // libjpeg's defaults otherwise: accurate integer DCT, smooth upsampling of colour.
    jpeg_start_decompress(&codec);
    int components = codec.output_components;
    if ((int)codec.output_width != width || (int)codec.output_height != height
        || (components == 1) != (channels == 1)) {
        set_status(status, THAW_CODEC_DAMAGED, "its headers contradict each other");
        jpeg_destroy_decompress(&codec);
        return;
    }

    int left = 0, first = 0, rows = height, columns = width;
    JDIMENSION start = 0, span = (JDIMENSION)width;
    if (region.width > 0) {
        left = region.left;
        first = region.top;
        rows = region.height;
        columns = region.width;
    }
    if (region.width > 0 && !is_smoothed(&codec)) {
        // Colour is upsampled with a look at its neighbours: blocks beside the region are decoded too, so that no edge shows.
        int margin = 8 * codec.max_h_samp_factor;
        int from = left > margin ? left - margin : 0;
        int to = left + columns + margin < width ? left + columns + margin : width;
        if (to - from < width) {
            start = (JDIMENSION)from;
            span = (JDIMENSION)(to - from);
            jpeg_crop_scanline(&codec, &start, &span);
        }
        int skip = first - 2 * 8 * codec.max_v_samp_factor;
        if (skip > 0) jpeg_skip_scanlines(&codec, (JDIMENSION)skip);
    }
    // Allocated from the decoder's own pool, so that it goes with the decoder.
    JSAMPARRAY row = (*codec.mem->alloc_sarray)(
        (j_common_ptr)&codec, JPOOL_IMAGE, codec.output_width * (JDIMENSION)components, 1);
    int direct = components == channels && span == (JDIMENSION)columns && start == (JDIMENSION)left;
    while ((int)codec.output_scanline < first + rows) {
        int y = (int)codec.output_scanline - first;
        uint8_t *target = pixels + (size_t)(y < 0 ? 0 : y) * (size_t)columns * (size_t)channels;
        if (y >= 0 && direct) {
            JSAMPROW own = target;
            jpeg_read_scanlines(&codec, &own, 1);
        } else {
            jpeg_read_scanlines(&codec, row, 1);
            if (y >= 0) {
                size_t offset = (size_t)(left - (int)start) * (size_t)components;
                convert_row(row[0] + offset, components, columns, channels, target);
            }
        }
        // A file that ends early would be filled up with grey, at the cost of decoding nothing a million times.
        if (trap.reached_end) break;
    }
    if (trap.reached_end) set_status(status, THAW_CODEC_TRUNCATED, "the data end early");
    jpeg_destroy_decompress(&codec);
}

void thaw_jpeg_encode(
    const uint8_t *pixels, int width, int height, int channels, int quality, int subsampled, uint8_t **bytes,
    size_t *count, thaw_codec_status *status
) {
    struct jpeg_compress_struct codec;
    error_trap trap;
    unsigned char *memory = NULL;
    unsigned long size = 0;
    set_status(status, THAW_CODEC_OK, "");
    *bytes = NULL;
    *count = 0;
    codec.err = &trap.base;
    catch_errors(&trap);
    if (setjmp(trap.escape)) {
        set_status(status, THAW_CODEC_DAMAGED, trap.text);
        jpeg_destroy_compress(&codec);
        return;
    }
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &memory, &size);
    codec.image_width = (JDIMENSION)width;
    codec.image_height = (JDIMENSION)height;
    codec.input_components = channels;
    codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    if (channels == 3 && !subsampled) {
        codec.comp_info[0].h_samp_factor = 1;
        codec.comp_info[0].v_samp_factor = 1;
    }
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)codec.next_scanline * (size_t)width * (size_t)channels);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    *bytes = memory;
    *count = size;
}

void thaw_codec_free(uint8_t *bytes) { free(bytes); }
