// Winograd's way as primitives beside oneDNN's.
#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "own_primitives.hpp"
#include "pool.hpp"
#include "winograd.hpp"

#include <algorithm>

using namespace dnnl;
using namespace thaw;

namespace {

/// Where element `index` of an axis lies, counted from the first: the axes' parts add up.
int64_t place(const memory::desc &desc, int axis, int64_t index) {
#if THAW_ONEDNN_2
    const auto &blocking = desc.data.format_desc.blocking;
    const auto &strides = blocking.strides, &blocks = blocking.inner_blks, &axes = blocking.inner_idxs;
    int count = blocking.inner_nblks;
#else
    auto strides = desc.get_strides(), blocks = desc.get_inner_blks(), axes = desc.get_inner_idxs();
    int count = desc.get_inner_nblks();
#endif
    int64_t inside = 0, stride = 1;
    for (int block = count; block-- > 0; stride *= blocks[block]) {
        if (axes[block] != axis) continue;
        inside += index % blocks[block] * stride;
        index /= blocks[block];
    }
    return inside + index * strides[axis];
}

WeightPlaces places(const memory::desc &desc) {
    WeightPlaces result;
    auto sizes = dims_of(desc);
    for (int64_t i = 0; i < sizes[0]; i++) result.out.push_back(place(desc, 0, i));
    for (int64_t i = 0; i < sizes[1]; i++) result.in.push_back(place(desc, 1, i));
    for (int tap = 0; tap < 9; tap++) result.tap[tap] = place(desc, 2, tap / 3) + place(desc, 3, tap % 3);
    return result;
}

}  // namespace

thaw_primitive *thaw::winograd_forward(
    const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target, bool adds_target, int function) {
    if (!Winograd::suits(shape)) return nullptr;
    auto weights = plain({Winograd::weight_count(shape.in_channels, shape.out_channels)});
    return own_forward(Winograd(shape), shape, {weights, FilterForm::winograd}, source, target, adds_target, function);
}

thaw_primitive *thaw::winograd_backward_data(
    const thaw_convolution &shape, const thaw_layout *source_gradient, const thaw_layout *target_gradient) {
    if (!Winograd::suits(shape) || !fits(source_gradient, source_of(shape)) || !fits(target_gradient, target_of(shape))) return nullptr;
    auto winograd = Winograd::backward_data(shape);
    int threads = current_threads();
    auto result = std::make_unique<thaw_primitive>();
    result->place(THAW_SOURCE_GRADIENT, DNNL_ARG_DIFF_SRC, source_of(shape));
    result->place(
        THAW_WEIGHTS, DNNL_ARG_WEIGHTS, plain({Winograd::weight_count(shape.out_channels, shape.in_channels)}), FilterForm::winograd_turned);
    result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, target_of(shape));
    result->place(THAW_SCRATCH, DNNL_ARG_SCRATCHPAD, plain({winograd.forward_scratch(threads)}));
    result->own = [=](thaw_primitive &p) {
        winograd.forward(std::min(threads, current_threads()), p.at(THAW_TARGET_GRADIENT), p.at(THAW_WEIGHTS), nullptr, false, -1,
            p.at(THAW_SCRATCH), p.at(THAW_SOURCE_GRADIENT));
    };
    return result.release();
}

thaw_primitive *thaw::winograd_backward_weights(
    const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target_gradient) {
    if (!Winograd::suits(shape) || !fits(source, source_of(shape)) || !fits(target_gradient, target_of(shape))) return nullptr;
    Winograd winograd(shape);
    auto result = std::make_unique<thaw_primitive>();
    result->place(THAW_SOURCE, DNNL_ARG_SRC, source_of(shape));
    result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, target_of(shape));
    result->place(THAW_WEIGHTS_GRADIENT, DNNL_ARG_DIFF_WEIGHTS, plain({shape.out_channels, shape.in_channels, 3, 3}));
    if (shape.has_bias) result->place(THAW_BIAS_GRADIENT, DNNL_ARG_DIFF_BIAS, plain({shape.out_channels}));
    result->place(THAW_SCRATCH, DNNL_ARG_SCRATCHPAD, plain({winograd.gradient_scratch()}));
    result->own = [=](thaw_primitive &p) {
        winograd.backward_weights(current_threads(), p.at(THAW_SOURCE), p.at(THAW_TARGET_GRADIENT), p.at(THAW_SCRATCH),
            p.at(THAW_WEIGHTS_GRADIENT), p.at(THAW_BIAS_GRADIENT));
    };
    return result.release();
}

thaw_primitive *thaw::winograd_transforming(const thaw_layout &from, const thaw_layout &to) {
    auto sizes = dims_of(from.desc);
    if (sizes.size() != 4 || sizes[2] != 3 || sizes[3] != 3) return nullptr;
    bool turned = to.form == FilterForm::winograd_turned;
    int64_t in = turned ? sizes[0] : sizes[1], out = turned ? sizes[1] : sizes[0];
    auto result = std::make_unique<thaw_primitive>();
    result->place(THAW_SOURCE, DNNL_ARG_FROM, from.desc);
    result->place(THAW_TARGET, DNNL_ARG_TO, to.desc, to.form);
    auto where = std::make_shared<WeightPlaces>(places(from.desc));
    result->own = [=](thaw_primitive &p) {
        Winograd::transform_weights(current_threads(), in, out, *where, turned, p.at(THAW_SOURCE), p.at(THAW_TARGET));
    };
    return result.release();
}

#endif
