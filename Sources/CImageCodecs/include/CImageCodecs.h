// Flat C functions over the picture libraries. No `longjmp` leaves them: every failure is a status.
#ifndef THAW_IMAGE_CODECS_H
#define THAW_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

enum thaw_codec_code {
    THAW_CODEC_OK = 0,
    THAW_CODEC_TRUNCATED = 1,
    THAW_CODEC_DAMAGED = 2,
    THAW_CODEC_UNSUPPORTED = 3,
    THAW_CODEC_NOT_BUILT_IN = 4,
    THAW_CODEC_NO_MEMORY = 5,
};

/// What became of a call: a `thaw_codec_code` and the library's own text.
typedef struct {
    int code;
    char text[200];
} thaw_codec_status;

/// A rectangle of the decoded picture. `width` 0: all of it.
typedef struct {
    int left, top, width, height;
} thaw_codec_region;

/// Decodes a JPEG picture, scaled down by `scale` (1, 2, 4 or 8), into `pixels`: `channels` (1: only for grey files, 3) bytes a pixel,
/// rows without padding, as many rows and columns as `region` has. `width` and `height` are what the caller expects of the whole,
/// scaled picture; another size is damage.
void thaw_jpeg_decode(
    const uint8_t *bytes, size_t count, int scale, int width, int height, int channels, thaw_codec_region region,
    uint8_t *pixels, thaw_codec_status *status);

/// Encodes `pixels` as a baseline JPEG. `*bytes` is to be given back with `thaw_codec_free`.
void thaw_jpeg_encode(
    const uint8_t *pixels, int width, int height, int channels, int quality, int subsampled, uint8_t **bytes,
    size_t *count, thaw_codec_status *status);

/// Decodes a PNG picture into `pixels`, 1 or 3 bytes a pixel; 16-bit samples keep their upper byte, except that those of grey
/// pictures are cut at 255 if `clip16` is set; alpha is dropped.
void thaw_png_decode(
    const uint8_t *bytes, size_t count, int width, int height, int channels, int clip16, uint8_t *pixels,
    thaw_codec_status *status);

/// Encodes `pixels` as an 8-bit PNG. `*bytes` is to be given back with `thaw_codec_free`.
void thaw_png_encode(
    const uint8_t *pixels, int width, int height, int channels, int level, uint8_t **bytes, size_t *count,
    thaw_codec_status *status);

/// Gives back what an encoder returned.
void thaw_codec_free(uint8_t *bytes);

/// Decodes a WebP picture's first frame as RGB.
void thaw_webp_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status);

/// Decodes a GIF's first frame as RGB, on the logical screen of `width` by `height`.
void thaw_gif_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status);

/// Decodes a TIFF's first page as RGB.
void thaw_tiff_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status);

/// Whether the optional libraries were there at build time.
int thaw_codec_has_webp(void);
int thaw_codec_has_gif(void);
int thaw_codec_has_tiff(void);

#endif
