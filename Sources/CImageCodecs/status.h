#ifndef THAW_CODEC_STATUS_H
#define THAW_CODEC_STATUS_H

#include <stdio.h>
#include <string.h>

#include "CImageCodecs.h"

static inline void set_status(thaw_codec_status *status, int code, const char *text) {
    status->code = code;
    snprintf(status->text, sizeof status->text, "%s", text);
}

/// x * y / 255, rounded, without a division.
static inline unsigned multiply_by_255th(unsigned x, unsigned y) {
    unsigned product = x * y + 128;
    return ((product >> 8) + product) >> 8;
}

/// CMYK to RGB as Pillow computes it.
static inline void cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb) {
    int light = 255 - cmyk[3];
    for (int i = 0; i < 3; i++) {
        int value = light - (int)multiply_by_255th(cmyk[i], (unsigned)light);
        rgb[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

#endif
