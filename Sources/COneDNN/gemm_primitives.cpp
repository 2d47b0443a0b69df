// Matrix products as primitives beside oneDNN's.
#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "gemm.hpp"
#include "own_primitives.hpp"
#include "pool.hpp"

#include <algorithm>

using namespace dnnl;
using namespace thaw;

thaw_primitive *thaw::gemm_forward(
    const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target, bool adds_target, int function) {
    if (!Gemm::suits(shape) || !is_known(function) || !fits(source, source_of(shape)) || !fits(target, target_of(shape))) return nullptr;
    Gemm gemm(shape);
    int threads = current_threads();
    auto result = std::make_unique<thaw_primitive>();
    result->place(THAW_SOURCE, DNNL_ARG_SRC, source_of(shape));
    result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS,
        memory::desc({shape.out_channels, shape.in_channels, shape.kernel_height, shape.kernel_width}, memory::data_type::f32,
            memory::format_tag::OIhw8i8o));
    if (shape.has_bias) result->place(THAW_BIAS, DNNL_ARG_BIAS, plain({shape.out_channels}));
    result->place(THAW_TARGET, DNNL_ARG_DST, target_of(shape));
    result->place(THAW_SCRATCH, DNNL_ARG_SCRATCHPAD, plain({gemm.scratch(threads)}));
    result->own = [=](thaw_primitive &p) {
        gemm.forward(std::min(threads, current_threads()), p.at(THAW_SOURCE), p.at(THAW_WEIGHTS), p.at(THAW_BIAS), adds_target, function,
            p.at(THAW_SCRATCH), p.at(THAW_TARGET));
    };
    return result.release();
}

#endif
