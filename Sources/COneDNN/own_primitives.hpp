// What primitives of our own have in common: they work on blocks of 8 channels, as oneDNN's do on the processors that they are for.
#pragma once

#include "pool.hpp"
#include "primitive.hpp"

#include <algorithm>

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

/// The forward pass of a way of our own, or NULL where the layouts or the function don't fit it.
template <typename Way>
thaw_primitive *own_forward(const Way &way, const thaw_convolution &shape, const thaw_layout &weights, const thaw_layout *source,
    const thaw_layout *target, bool adds_target, int function) {
    if (!is_known(function) || !fits(source, source_of(shape)) || !fits(target, target_of(shape))) return nullptr;
    int threads = current_threads();
    auto result = std::make_unique<thaw_primitive>();
    result->place(THAW_SOURCE, DNNL_ARG_SRC, source_of(shape));
    result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, weights.desc, weights.form);
    if (shape.has_bias) result->place(THAW_BIAS, DNNL_ARG_BIAS, plain({shape.out_channels}));
    result->place(THAW_TARGET, DNNL_ARG_DST, target_of(shape));
    result->place(THAW_SCRATCH, DNNL_ARG_SCRATCHPAD, plain({way.forward_scratch(threads)}));
    result->own = [=](thaw_primitive &p) {
        way.forward(std::min(threads, current_threads()), p.at(THAW_SOURCE), p.at(THAW_WEIGHTS), p.at(THAW_BIAS), adds_target, function,
            p.at(THAW_SCRATCH), p.at(THAW_TARGET));
    };
    return result.release();
}

}  // namespace thaw
