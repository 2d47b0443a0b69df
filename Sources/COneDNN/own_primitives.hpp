// What primitives of our own have in common: they work on blocks of 8 channels, as oneDNN's do on the processors that they are for.
#pragma once

#include "primitive.hpp"

namespace thaw {

inline dnnl::memory::desc blocked(int64_t batch, int64_t channels, int64_t height, int64_t columns) {
    return dnnl::memory::desc({batch, channels, height, columns}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nChw8c);
}
inline dnnl::memory::desc source_of(const thaw_convolution &s) { return blocked(s.batch, s.in_channels, s.in_height, s.in_width); }
inline dnnl::memory::desc target_of(const thaw_convolution &s) { return blocked(s.batch, s.out_channels, s.out_height, s.out_width); }

inline bool fits(const thaw_layout *given, const dnnl::memory::desc &wanted) {
    return !given || (given->form == FilterForm::plain && given->desc == wanted);
}

/// What vectors.inc has.
inline bool is_known(int function) {
    switch (function) {
    case -1:
    case THAW_RELU:
    case THAW_CLIP6:
    case THAW_SILU:
    case THAW_HARDSWISH:
    case THAW_SIGMOID:
    case THAW_HARDSIGMOID: return true;
    default: return false;
    }
}

}  // namespace thaw
