#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "primitive.hpp"

using namespace dnnl;
using namespace thaw;

namespace {

inner_product_forward::primitive_desc linear_hint(const memory::desc &source, const memory::desc &weights, const memory::desc &target) {
#if THAW_ONEDNN_2
    return {{prop_kind::forward_training, source, weights, target}, with_scratch(), engine_of_cpu()};
#else
    return {engine_of_cpu(), prop_kind::forward_training, source, weights, target, with_scratch()};
#endif
}

}  // namespace

extern "C" {

thaw_primitive *thaw_linear_forward(int64_t rows, int64_t in_features, int64_t out_features, int has_bias, int bfloat16, int function) {
    return guarded<thaw_primitive *>([&] {
        auto type = bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
        auto attributes = with_scratch();
        post_ops operations;
        append(operations, function);
        attributes.set_post_ops(operations);
        auto source = plain({rows, in_features}, type);
        auto weights = any({out_features, in_features}, type);
        auto bias = has_bias ? plain({out_features}) : memory::desc();
        auto target = plain({rows, out_features});
#if THAW_ONEDNN_2
        inner_product_forward::primitive_desc desc(
            {prop_kind::forward_inference, source, weights, bias, target}, attributes, engine_of_cpu());
#else
        inner_product_forward::primitive_desc desc(
            engine_of_cpu(), prop_kind::forward_inference, source, weights, bias, target, attributes);
#endif
        auto result = make<inner_product_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, desc.src_desc());
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, desc.weights_desc());
        if (has_bias) result->place(THAW_BIAS, DNNL_ARG_BIAS, desc.bias_desc());
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        return result.release();
    });
}

thaw_primitive *thaw_linear_plain(int64_t rows, int64_t in_features, int64_t out_features, int has_bias) {
    return guarded<thaw_primitive *>([&] {
        auto source = plain({rows, in_features}), weights = plain({out_features, in_features}), target = plain({rows, out_features});
        auto bias = has_bias ? plain({out_features}) : memory::desc();
#if THAW_ONEDNN_2
        inner_product_forward::primitive_desc desc(
            {prop_kind::forward_training, source, weights, bias, target}, with_scratch(), engine_of_cpu());
#else
        inner_product_forward::primitive_desc desc(
            engine_of_cpu(), prop_kind::forward_training, source, weights, bias, target, with_scratch());
#endif
        auto result = make<inner_product_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source);
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, weights);
        if (has_bias) result->place(THAW_BIAS, DNNL_ARG_BIAS, bias);
        result->place(THAW_TARGET, DNNL_ARG_DST, target);
        return result.release();
    });
}

thaw_primitive *thaw_linear_backward_data(int64_t rows, int64_t in_features, int64_t out_features) {
    return guarded<thaw_primitive *>([&] {
        auto source = plain({rows, in_features}), weights = plain({out_features, in_features}), target = plain({rows, out_features});
        auto forward = linear_hint(source, weights, target);
#if THAW_ONEDNN_2
        inner_product_backward_data::primitive_desc desc({source, weights, target}, with_scratch(), engine_of_cpu(), forward);
#else
        inner_product_backward_data::primitive_desc desc(engine_of_cpu(), source, weights, target, forward, with_scratch());
#endif
        auto result = make<inner_product_backward_data>(desc);
        result->place(THAW_SOURCE_GRADIENT, DNNL_ARG_DIFF_SRC, source);
        result->place(THAW_WEIGHTS, DNNL_ARG_WEIGHTS, weights);
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, target);
        return result.release();
    });
}

thaw_primitive *thaw_linear_backward_weights(int64_t rows, int64_t in_features, int64_t out_features, int has_bias) {
    return guarded<thaw_primitive *>([&] {
        auto source = plain({rows, in_features}), weights = plain({out_features, in_features}), target = plain({rows, out_features});
        auto bias = has_bias ? plain({out_features}) : memory::desc();
        auto forward = linear_hint(source, weights, target);
#if THAW_ONEDNN_2
        inner_product_backward_weights::primitive_desc desc({source, weights, bias, target}, with_scratch(), engine_of_cpu(), forward);
#else
        inner_product_backward_weights::primitive_desc desc(engine_of_cpu(), source, weights, bias, target, forward, with_scratch());
#endif
        auto result = make<inner_product_backward_weights>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source);
        result->place(THAW_WEIGHTS_GRADIENT, DNNL_ARG_DIFF_WEIGHTS, weights);
        if (has_bias) result->place(THAW_BIAS_GRADIENT, DNNL_ARG_DIFF_BIAS, bias);
        result->place(THAW_TARGET_GRADIENT, DNNL_ARG_DIFF_DST, target);
        return result.release();
    });
}

}  // extern "C"
#endif
