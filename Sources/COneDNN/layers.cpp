#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "primitive.hpp"

using namespace dnnl;
using namespace thaw;

namespace {

using dims = memory::dims;

dims source_dims(const thaw_convolution &s) { return {s.batch, s.in_channels, s.in_height, s.in_width}; }
dims target_dims(const thaw_convolution &s) { return {s.batch, s.out_channels, s.out_height, s.out_width}; }
dims weight_dims(const thaw_convolution &s) {
    if (s.groups == 1) return {s.out_channels, s.in_channels, s.kernel_height, s.kernel_width};
    return {s.groups, s.out_channels / s.groups, s.in_channels / s.groups, s.kernel_height, s.kernel_width};
}
dims strides(const thaw_convolution &s) { return {s.stride_height, s.stride_width}; }
/// The library counts the gaps, not the steps.
dims dilation(const thaw_convolution &s) { return {s.dilation_height - 1, s.dilation_width - 1}; }
dims before(const thaw_convolution &s) { return {s.top, s.left}; }
dims after(const thaw_convolution &s) { return {s.bottom, s.right}; }

memory::desc given(const thaw_layout *layout, const dims &sizes, memory::data_type type = memory::data_type::f32) {
    return layout ? layout->desc : any(sizes, type);
}

algorithm spelled_algorithm(int algorithm) {
    return algorithm == THAW_WINOGRAD ? algorithm::convolution_winograd : algorithm::convolution_direct;
}

convolution_forward::primitive_desc forward_desc(
    const thaw_convolution &s, int algorithm, prop_kind kind, const memory::desc &source, const memory::desc &weights,
    const memory::desc &bias, const memory::desc &target, const primitive_attr &attributes) {
#if THAW_ONEDNN_2
    return {{kind, spelled_algorithm(algorithm), source, weights, bias, target, strides(s), dilation(s), before(s), after(s)},
        attributes, engine_of_cpu()};
#else
    return {engine_of_cpu(), kind, spelled_algorithm(algorithm), source, weights, bias, target, strides(s), dilation(s), before(s),
        after(s), attributes};
#endif
}

/// The forward pass that a backward pass belongs to.
convolution_forward::primitive_desc hint(const thaw_convolution &s, int algorithm, const memory::desc &source, const memory::desc &target) {
    memory::desc bias = s.has_bias ? any({s.out_channels}) : memory::desc();
    try {
        return forward_desc(s, algorithm, prop_kind::forward_training, source, any(weight_dims(s)), bias, target, with_scratch());
    } catch (const error &) {
        return forward_desc(
            s, THAW_DIRECT, prop_kind::forward_training, any(source_dims(s)), any(weight_dims(s)), bias, any(target_dims(s)), with_scratch());
    }
}

algorithm pooling_algorithm(int kind) {
    switch (kind) {
    case 0: return algorithm::pooling_max;
    case 1: return algorithm::pooling_avg_include_padding;
    default: return algorithm::pooling_avg_exclude_padding;
    }
}

dims kernel(const thaw_convolution &s) { return {s.kernel_height, s.kernel_width}; }

#if THAW_ONEDNN_2
pooling_forward::primitive_desc pooling_desc(const thaw_convolution &s, int kind, int for_training, const memory::desc &source,
    const memory::desc &target) {
    return {{for_training ? prop_kind::forward_training : prop_kind::forward_inference, pooling_algorithm(kind), source, target, strides(s),
                kernel(s), before(s), after(s)},
        with_scratch(), engine_of_cpu()};
}
#else
pooling_forward::primitive_desc pooling_desc(const thaw_convolution &s, int kind, int for_training, const memory::desc &source,
    const memory::desc &target) {
    return {engine_of_cpu(), for_training ? prop_kind::forward_training : prop_kind::forward_inference, pooling_algorithm(kind), source,
        target, strides(s), kernel(s), dims{0, 0}, before(s), after(s), with_scratch()};
}
#endif

normalization_flags flags(int uses_given) {
    auto result = normalization_flags::use_scale | normalization_flags::use_shift;
    return uses_given ? result | normalization_flags::use_global_stats : result;
}

batch_normalization_forward::primitive_desc norm_desc(const memory::desc &source, float epsilon, int uses_given) {
#if THAW_ONEDNN_2
    return {{prop_kind::forward_training, source, epsilon, flags(uses_given)}, with_scratch(), engine_of_cpu()};
#else
    return {engine_of_cpu(), prop_kind::forward_training, source, source, epsilon, flags(uses_given), with_scratch()};
#endif
}

eltwise_forward::primitive_desc elementwise_desc(const memory::desc &source, int function, const primitive_attr &attributes) {
    auto spelling = spelled(function);
#if THAW_ONEDNN_2
    return {{prop_kind::forward_training, spelling.algorithm, source, spelling.alpha, spelling.beta}, attributes, engine_of_cpu()};
#else
    return {engine_of_cpu(), prop_kind::forward_training, spelling.algorithm, source, source, spelling.alpha, spelling.beta, attributes};
#endif
}

}  // namespace

extern "C" {

thaw_primitive *thaw_convolution_forward(const thaw_convolution *shape, int algorithm, int for_training, int bfloat16,
    const thaw_layout *source, const thaw_layout *target, int adds_target, int function) {
    return guarded<thaw_primitive *>([&]() -> thaw_primitive * {
        const auto &s = *shape;
        if (algorithm == THAW_GEMM) return bfloat16 ? nullptr : gemm_forward(s, source, target, adds_target, function);
        if (algorithm == THAW_WINOGRAD && !bfloat16) {
            if (auto own = winograd_forward(s, source, target, adds_target, function)) return own;
        }
        auto type = bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
        auto attributes = with_scratch();
        post_ops operations;
        if (adds_target) operations.append_sum(1.0f);
        append(operations, function);
        attributes.set_post_ops(operations);
        auto desc = forward_desc(s, algorithm, for_training ? prop_kind::forward_training : prop_kind::forward_inference,
            given(source, source_dims(s), type), any(weight_dims(s), type),
            s.has_bias ? plain({s.out_channels}) : memory::desc(), given(target, target_dims(s), type), attributes);
        auto result = make<convolution_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, desc.src_desc());
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, desc.weights_desc());
        if (s.has_bias) result->place(THAW_BIAS, DNNL_ARG_BIAS, desc.bias_desc());
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        return result.release();
    });
}

thaw_primitive *thaw_convolution_then_depthwise(const thaw_convolution *shape, const thaw_convolution *depthwise, int bfloat16,
    const thaw_layout *source, int function, int depthwise_function) {
    return guarded<thaw_primitive *>([&] {
        const auto &s = *shape;
        const auto &d = *depthwise;
        auto type = bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
        auto attributes = with_scratch();
        post_ops operations;
        append(operations, function);
#if THAW_ONEDNN_2
        operations.append_dw(type, memory::data_type::f32, type, d.kernel_height, d.stride_height, d.top, 0, {});
#else
        operations.append_dw(type, memory::data_type::f32, type, d.kernel_height, d.stride_height, d.top);
#endif
        append(operations, depthwise_function);
        attributes.set_post_ops(operations);
        auto desc = forward_desc(s, THAW_DIRECT, prop_kind::forward_inference, given(source, source_dims(s), type), any(weight_dims(s), type),
            plain({s.out_channels}), any(target_dims(s), type), attributes);
        auto result = make<convolution_forward>(desc);
        // The library falls back on one convolution after the other: that is no gain.
        auto name = std::string(desc.impl_info_str());
        if (name.find("fused") != std::string::npos) result->is_plain = true;
        auto second = [&](int argument) { return desc.query_md(query::exec_arg_md, DNNL_ARG_ATTR_POST_OP_DW | argument); };
        result->place(THAW_SOURCE, DNNL_ARG_SRC, desc.src_desc());
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, desc.weights_desc());
        result->place(THAW_BIAS, DNNL_ARG_BIAS, desc.bias_desc());
        result->place(THAW_DEPTHWISE_WEIGHTS, DNNL_ARG_ATTR_POST_OP_DW | DNNL_ARG_WEIGHTS, second(DNNL_ARG_WEIGHTS));
        result->place(THAW_DEPTHWISE_BIAS, DNNL_ARG_ATTR_POST_OP_DW | DNNL_ARG_BIAS, second(DNNL_ARG_BIAS));
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        if (dims_of(desc.dst_desc()) != target_dims(d)) return static_cast<thaw_primitive *>(nullptr);
        return result.release();
    });
}

thaw_primitive *thaw_convolution_backward_data(const thaw_convolution *shape, int algorithm, const thaw_layout *source_gradient,
    const thaw_layout *target_gradient) {
    return guarded<thaw_primitive *>([&]() -> thaw_primitive * {
        const auto &s = *shape;
        if (algorithm == THAW_GEMM) return nullptr;
        if (algorithm == THAW_WINOGRAD) {
            if (auto own = winograd_backward_data(s, source_gradient, target_gradient)) return own;
        }
        auto source = given(source_gradient, source_dims(s));
        auto weights = any(weight_dims(s));
        auto target = given(target_gradient, target_dims(s));
#if THAW_ONEDNN_2
        convolution_backward_data::primitive_desc desc(
            {spelled_algorithm(algorithm), source, weights, target, strides(s), dilation(s), before(s), after(s)}, with_scratch(),
            engine_of_cpu(), hint(s, algorithm, source, target));
#else
        convolution_backward_data::primitive_desc desc(engine_of_cpu(), spelled_algorithm(algorithm), source, weights, target, strides(s),
            dilation(s), before(s), after(s), hint(s, algorithm, source, target), with_scratch());
#endif
        auto result = make<convolution_backward_data>(desc);
        result->place(THAW_SOURCE_GRADIENT, DNNL_ARG_DIFF_SRC, desc.diff_src_desc());
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, desc.weights_desc());
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, desc.diff_dst_desc());
        return result.release();
    });
}

thaw_primitive *thaw_convolution_backward_weights(const thaw_convolution *shape, int algorithm, const thaw_layout *source_layout,
    const thaw_layout *target_gradient) {
    return guarded<thaw_primitive *>([&]() -> thaw_primitive * {
        const auto &s = *shape;
        if (algorithm == THAW_GEMM) return nullptr;
        if (algorithm == THAW_WINOGRAD) {
            if (auto own = winograd_backward_weights(s, source_layout, target_gradient)) return own;
        }
        auto source = given(source_layout, source_dims(s));
        auto weights = any(weight_dims(s));
        auto target = given(target_gradient, target_dims(s));
        auto bias = s.has_bias ? plain({s.out_channels}) : memory::desc();
#if THAW_ONEDNN_2
        convolution_backward_weights::primitive_desc desc(
            {spelled_algorithm(algorithm), source, weights, bias, target, strides(s), dilation(s), before(s), after(s)}, with_scratch(),
            engine_of_cpu(), hint(s, algorithm, source, target));
#else
        convolution_backward_weights::primitive_desc desc(engine_of_cpu(), spelled_algorithm(algorithm), source, weights, bias, target,
            strides(s), dilation(s), before(s), after(s), hint(s, algorithm, source, target), with_scratch());
#endif
        auto result = make<convolution_backward_weights>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, desc.src_desc());
        result->place(THAW_WEIGHTS_GRADIENT, DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc());
        if (s.has_bias) result->place(THAW_BIAS_GRADIENT, DNNL_ARG_DIFF_BIAS, desc.diff_bias_desc());
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, desc.diff_dst_desc());
        return result.release();
    });
}

thaw_layout *thaw_convolution_plain_weights(const thaw_convolution *shape) {
    return guarded<thaw_layout *>([&] { return new thaw_layout{plain(weight_dims(*shape))}; });
}

thaw_primitive *thaw_pooling_forward(const thaw_convolution *shape, int kind, int for_training, const thaw_layout *source) {
    return guarded<thaw_primitive *>([&] {
#if THAW_ONEDNN_2
        auto type = source->desc.data_type();
#else
        auto type = source->desc.get_data_type();
#endif
        auto desc = pooling_desc(*shape, kind, for_training, source->desc, any(target_dims(*shape), type));
        auto result = make<pooling_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, desc.src_desc());
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        if (for_training) result->place(THAW_WORKSPACE, DNNL_ARG_WORKSPACE, desc.workspace_desc());
        return result.release();
    });
}

thaw_primitive *thaw_pooling_backward(const thaw_convolution *shape, int kind, const thaw_layout *source_gradient,
    const thaw_layout *target_gradient) {
    return guarded<thaw_primitive *>([&] {
        const auto &s = *shape;
        auto forward = pooling_desc(s, kind, 1, source_gradient->desc, target_gradient->desc);
#if THAW_ONEDNN_2
        pooling_backward::primitive_desc desc({pooling_algorithm(kind), source_gradient->desc, target_gradient->desc, strides(s), kernel(s),
                                                  before(s), after(s)},
            with_scratch(), engine_of_cpu(), forward);
#else
        pooling_backward::primitive_desc desc(engine_of_cpu(), pooling_algorithm(kind), source_gradient->desc, target_gradient->desc,
            strides(s), kernel(s), dims{0, 0}, before(s), after(s), forward, with_scratch());
#endif
        auto result = make<pooling_backward>(desc);
        result->place(THAW_SOURCE_GRADIENT, DNNL_ARG_DIFF_SRC, desc.diff_src_desc());
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, desc.diff_dst_desc());
        result->place(THAW_WORKSPACE, DNNL_ARG_WORKSPACE, desc.workspace_desc());
        return result.release();
    });
}

thaw_primitive *thaw_batch_norm_forward(const thaw_layout *source, float epsilon, int uses_given) {
    return guarded<thaw_primitive *>([&] {
        auto desc = norm_desc(source->desc, epsilon, uses_given);
        auto channels = plain({dims_of(source->desc)[1]});
        auto result = make<batch_normalization_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source->desc);
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        result->place(THAW_WEIGHTS, DNNL_ARG_SCALE, channels);
        result->place(THAW_SHIFT, DNNL_ARG_SHIFT, channels);
        result->place(THAW_MEAN, DNNL_ARG_MEAN, channels);
        result->place(THAW_VARIANCE, DNNL_ARG_VARIANCE, channels);
        return result.release();
    });
}

thaw_primitive *thaw_elementwise_forward(const thaw_layout *source, int function) {
    return guarded<thaw_primitive *>([&] {
        auto attributes = with_scratch();
        if (function == THAW_HARDSIGMOID) {
            post_ops operations;
            append(operations, algorithm::eltwise_clip, 0, 1);
            attributes.set_post_ops(operations);
        }
        auto desc = elementwise_desc(source->desc, function, attributes);
        auto result = make<eltwise_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source->desc);
        result->place(THAW_TARGET, DNNL_ARG_DST, source->desc);
        return result.release();
    });
}

thaw_primitive *thaw_elementwise_backward(const thaw_layout *source, int function) {
    return guarded<thaw_primitive *>([&]() -> thaw_primitive * {
        if (function == THAW_HARDSIGMOID) return nullptr;
        auto spelling = spelled(function);
        auto forward = elementwise_desc(source->desc, function, with_scratch());
#if THAW_ONEDNN_2
        eltwise_backward::primitive_desc desc({spelling.algorithm, source->desc, source->desc, spelling.alpha, spelling.beta},
            with_scratch(), engine_of_cpu(), forward);
#else
        eltwise_backward::primitive_desc desc(engine_of_cpu(), spelling.algorithm, source->desc, source->desc, source->desc, spelling.alpha,
            spelling.beta, forward, with_scratch());
#endif
        auto result = make<eltwise_backward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source->desc);
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, source->desc);
        result->place(THAW_SOURCE_GRADIENT, DNNL_ARG_DIFF_SRC, source->desc);
        return result.release();
    });
}

}  // extern "C"
#endif
