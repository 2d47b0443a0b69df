#include "status.h"

#if THAW_HAS_WEBP
#include <webp/decode.h>

int thaw_codec_has_webp(void) { return 1; }

void thaw_webp_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    set_status(status, THAW_CODEC_OK, "");
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        set_status(status, THAW_CODEC_NOT_BUILT_IN, "another version of libwebp");
        return;
    }
    VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
    if (code == VP8_STATUS_OK && config.input.has_animation) {
        set_status(status, THAW_CODEC_UNSUPPORTED, "an animation");
        return;
    }
    if (code == VP8_STATUS_OK && (config.input.width != width || config.input.height != height)) {
        set_status(status, THAW_CODEC_DAMAGED, "its headers contradict each other");
        return;
    }
    // Alpha is decoded beside the colours and dropped afterwards: RGB output would do the same.
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = width * 3;
    config.output.u.RGBA.size = (size_t)width * (size_t)height * 3;
    if (code == VP8_STATUS_OK) code = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    switch (code) {
    case VP8_STATUS_OK: break;
    case VP8_STATUS_NOT_ENOUGH_DATA: set_status(status, THAW_CODEC_TRUNCATED, "the data end early"); break;
    case VP8_STATUS_OUT_OF_MEMORY: set_status(status, THAW_CODEC_NO_MEMORY, "no memory"); break;
    case VP8_STATUS_UNSUPPORTED_FEATURE: set_status(status, THAW_CODEC_UNSUPPORTED, "an unknown feature"); break;
    default: set_status(status, THAW_CODEC_DAMAGED, "its bit stream makes no sense"); break;
    }
}
#else
int thaw_codec_has_webp(void) { return 0; }

void thaw_webp_decode(
    const uint8_t *bytes, size_t count, int width, int height, uint8_t *pixels, thaw_codec_status *status
) {
    (void)bytes, (void)count, (void)width, (void)height, (void)pixels;
    set_status(status, THAW_CODEC_NOT_BUILT_IN, "libwebp");
}
#endif
