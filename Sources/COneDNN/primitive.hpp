// What the C functions are made of. Every name that differs between oneDNN 2.x and 3.x is told apart by THAW_ONEDNN_2.
#pragma once

#include "COneDNN.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#define THAW_ONEDNN_2 (DNNL_VERSION_MAJOR < 3)

/// A filter as it is, or transformed for Winograd's way, for the pass forward or (turned round) backward. A transformed one can't be turned back.
enum class FilterForm { plain, winograd, winograd_turned };

struct thaw_layout {
    dnnl::memory::desc desc;
    FilterForm form = FilterForm::plain;
};

struct thaw_primitive {
    dnnl::primitive operation;
    /// In place of `operation`: a way of our own.
    std::function<void(thaw_primitive &)> own;
    /// Role → the library's number of the argument, and its layout.
    std::map<int, std::pair<int, thaw_layout>> layouts;
    std::unordered_map<int, dnnl::memory> arguments;
    /// Whether the library has nothing better than its plain loops for it.
    bool is_plain = false;

    void place(int role, int argument, const dnnl::memory::desc &desc, FilterForm form = FilterForm::plain) {
        if (desc.get_size() > 0) layouts[role] = {argument, thaw_layout{desc, form}};
    }

    /// Where the argument of a role lies, or NULL.
    float *at(int role) {
        auto found = layouts.find(role);
        if (found == layouts.end()) return nullptr;
        auto argument = arguments.find(found->second.first);
        return argument == arguments.end() ? nullptr : static_cast<float *>(argument->second.get_data_handle());
    }
};

namespace thaw {

inline dnnl::engine &engine_of_cpu() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

/// One for each thread that computes: streams aren't shared.
inline dnnl::stream &stream_of_cpu() {
    static thread_local dnnl::stream stream(engine_of_cpu());
    return stream;
}

/// Runs `body`; what it throws becomes 0 or NULL.
template <typename Result, typename Body>
Result guarded(Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return Result();
    }
}

/// A layout in words: type, sizes, padded sizes, strides, blocks, and what else the library keeps of it.
inline std::string described(const dnnl::memory::desc &desc) {
    std::string words;
    auto add = [&](const char *title, const auto &values, int count) {
        words += title;
        for (int i = 0; i < count; i++) words += (i ? "," : "") + std::to_string(values[i]);
    };
#if THAW_ONEDNN_2
    const dnnl_memory_desc_t &d = desc.data;
    const auto &blocking = d.format_desc.blocking;
    words = "type " + std::to_string(d.data_type) + " kind " + std::to_string(d.format_kind) + " extra " + std::to_string(d.extra.flags);
    add(" of ", d.dims, d.ndims);
    add(" in ", d.padded_dims, d.ndims);
    if (d.format_kind != dnnl_blocked) return words + " bytes " + std::to_string(desc.get_size());
    add(" by ", blocking.strides, d.ndims);
    add(" blocks ", blocking.inner_blks, blocking.inner_nblks);
    add(" over ", blocking.inner_idxs, blocking.inner_nblks);
#else
    words = "type " + std::to_string(static_cast<int>(desc.get_data_type())) + " kind " + std::to_string(static_cast<int>(desc.get_format_kind()));
    add(" of ", desc.get_dims(), desc.get_ndims());
    add(" in ", desc.get_padded_dims(), desc.get_ndims());
    if (desc.get_format_kind() != dnnl::memory::format_kind::blocked) return words + " bytes " + std::to_string(desc.get_size());
    add(" by ", desc.get_strides(), desc.get_ndims());
    add(" blocks ", desc.get_inner_blks(), desc.get_inner_nblks());
    add(" over ", desc.get_inner_idxs(), desc.get_inner_nblks());
#endif
    return words;
}

/// Scratch memory belongs to the plan.
inline dnnl::primitive_attr with_scratch() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

template <typename Primitive, typename Description>
std::unique_ptr<thaw_primitive> make(const Description &desc) {
    auto result = std::make_unique<thaw_primitive>();
    result->operation = Primitive(desc);
    result->is_plain = std::string(desc.impl_info_str()).rfind("ref", 0) == 0;
    result->place(THAW_SCRATCH, DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    return result;
}

inline dnnl::memory::desc plain(const dnnl::memory::dims &dims, dnnl::memory::data_type type = dnnl::memory::data_type::f32) {
    dnnl::memory::dims strides(dims.size(), 1);
    for (size_t axis = dims.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * dims[axis];
    return dnnl::memory::desc(dims, type, strides);
}

inline dnnl::memory::desc any(const dnnl::memory::dims &dims, dnnl::memory::data_type type = dnnl::memory::data_type::f32) {
    return dnnl::memory::desc(dims, type, dnnl::memory::format_tag::any);
}

inline dnnl::memory::dims dims_of(const dnnl::memory::desc &desc) {
#if THAW_ONEDNN_2
    return desc.dims();
#else
    return desc.get_dims();
#endif
}

inline void append(dnnl::post_ops &operations, dnnl::algorithm algorithm, float alpha, float beta) {
#if THAW_ONEDNN_2
    operations.append_eltwise(1.0f, algorithm, alpha, beta);
#else
    operations.append_eltwise(algorithm, alpha, beta);
#endif
}

/// One function as the library spells it. Hardsigmoid is two: a line, then a clip.
struct Function {
    dnnl::algorithm algorithm;
    float alpha, beta;
};

inline Function spelled(int function) {
    using dnnl::algorithm;
    switch (function) {
    case THAW_RELU: return {algorithm::eltwise_relu, 0, 0};
    case THAW_CLIP6: return {algorithm::eltwise_clip, 0, 6};
    case THAW_SILU: return {algorithm::eltwise_swish, 1, 0};
#if THAW_ONEDNN_2
    case THAW_HARDSWISH: return {algorithm::eltwise_hardswish, 0, 0};
#else
    case THAW_HARDSWISH: return {algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
#endif
    case THAW_SIGMOID: return {algorithm::eltwise_logistic, 0, 0};
    case THAW_GELU: return {algorithm::eltwise_gelu_erf, 0, 0};
    case THAW_TANH: return {algorithm::eltwise_tanh, 0, 0};
    default: return {algorithm::eltwise_linear, 1.0f / 6, 0.5f};
    }
}

inline void append(dnnl::post_ops &operations, int function) {
    if (function < 0) return;
    auto spelling = spelled(function);
    append(operations, spelling.algorithm, spelling.alpha, spelling.beta);
    if (function == THAW_HARDSIGMOID) append(operations, dnnl::algorithm::eltwise_clip, 0, 1);
}

// A matrix product in place of oneDNN's own loops, or NULL: see gemm.hpp.
thaw_primitive *gemm_forward(const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target, bool adds_target, int function);

// Winograd's way where oneDNN has none, or NULL: see winograd.hpp. `transforming`: a filter into its form for it.
thaw_primitive *winograd_forward(const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target, bool adds_target, int function);
thaw_primitive *winograd_backward_data(const thaw_convolution &shape, const thaw_layout *source_gradient, const thaw_layout *target_gradient);
thaw_primitive *winograd_backward_weights(const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target_gradient);
thaw_primitive *winograd_transforming(const thaw_layout &from, const thaw_layout &to);

}  // namespace thaw
