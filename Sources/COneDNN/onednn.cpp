#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "primitive.hpp"

#include <algorithm>
#include <dlfcn.h>

using namespace dnnl;
using namespace thaw;

extern "C" {

int thaw_onednn_available(void) { return guarded<int>([] { engine_of_cpu(); return 1; }); }

const char *thaw_onednn_version(void) {
    static const std::string text = [] {
        const dnnl_version_t *version = dnnl_version();
        return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
    }();
    return text.c_str();
}

int thaw_onednn_has_bfloat16(void) {
#if defined(__x86_64__)
    // bf16 without its own instructions is emulated, more slowly than float32.
    return __builtin_cpu_supports("avx512bf16") ? 1 : 0;
#else
    return 0;
#endif
}

void thaw_onednn_set_threads(int count) {
    using setter = void (*)(int);
    static const setter set = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set && count > 0) set(count);
}

thaw_layout *thaw_layout_plain(const int64_t *dims, int rank) {
    return guarded<thaw_layout *>([&] { return new thaw_layout{plain(memory::dims(dims, dims + rank))}; });
}

thaw_layout *thaw_layout_blocked(const int64_t *dims) {
    return guarded<thaw_layout *>([&] {
        auto tag = thaw_block_width() == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c;
        return new thaw_layout{memory::desc(memory::dims(dims, dims + 4), memory::data_type::f32, tag)};
    });
}

thaw_layout *thaw_layout_copy(const thaw_layout *layout) {
    return guarded<thaw_layout *>([&] { return new thaw_layout(*layout); });
}
void thaw_layout_free(thaw_layout *layout) { delete layout; }
size_t thaw_layout_bytes(const thaw_layout *layout) { return guarded<size_t>([&] { return layout->desc.get_size(); }); }
int thaw_layout_equal(const thaw_layout *a, const thaw_layout *b) { return guarded<int>([&] { return a->desc == b->desc && a->form == b->form ? 1 : 0; }); }

int thaw_layout_describe(const thaw_layout *layout, char *text, int capacity) {
    return guarded<int>([&] {
        std::string words = described(layout->desc);
        if (layout->form != FilterForm::plain) words += layout->form == FilterForm::winograd ? " for Winograd" : " for Winograd, turned";
        int count = std::min(static_cast<int>(words.size()), capacity);
        std::copy_n(words.data(), count, text);
        return count;
    });
}

size_t thaw_primitive_bytes(const thaw_primitive *primitive, int role) {
    return guarded<size_t>([&]() -> size_t {
        auto found = primitive->layouts.find(role);
        return found == primitive->layouts.end() ? 0 : found->second.second.desc.get_size();
    });
}

thaw_layout *thaw_primitive_layout(const thaw_primitive *primitive, int role) {
    return guarded<thaw_layout *>([&]() -> thaw_layout * {
        auto found = primitive->layouts.find(role);
        return found == primitive->layouts.end() ? nullptr : new thaw_layout(found->second.second);
    });
}

int thaw_primitive_bind(thaw_primitive *primitive, int role, void *pointer) {
    return guarded<int>([&] {
        auto found = primitive->layouts.find(role);
        if (found == primitive->layouts.end()) return 0;
        primitive->arguments[found->second.first] = memory(found->second.second.desc, engine_of_cpu(), pointer);
        return 1;
    });
}

int thaw_primitive_run(thaw_primitive *primitive) {
    return guarded<int>([&] {
        if (primitive->own) {
            primitive->own(*primitive);
            return 1;
        }
        primitive->operation.execute(stream_of_cpu(), primitive->arguments);
        stream_of_cpu().wait();
        return 1;
    });
}

int thaw_layout_is_transformed(const thaw_layout *layout) { return layout->form != FilterForm::plain; }

int thaw_primitive_is_plain(const thaw_primitive *primitive) { return primitive->is_plain ? 1 : 0; }

void thaw_primitive_free(thaw_primitive *primitive) { delete primitive; }

thaw_primitive *thaw_reorder(const thaw_layout *from, const thaw_layout *to) {
    return guarded<thaw_primitive *>([&]() -> thaw_primitive * {
        if (from->form != FilterForm::plain && from->form != to->form) return nullptr;
        if (from->form != to->form) return winograd_transforming(*from, *to);
        auto attributes = with_scratch();
        reorder::primitive_desc desc(engine_of_cpu(), from->desc, engine_of_cpu(), to->desc, attributes);
        auto result = make<reorder>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_FROM, from->desc);
        result->place(THAW_TARGET, DNNL_ARG_TO, to->desc);
        return result.release();
    });
}

thaw_primitive *thaw_concatenate(const thaw_layout *const *sources, int count) {
    return guarded<thaw_primitive *>([&] {
        std::vector<memory::desc> descs;
        for (int i = 0; i < count; i++) descs.push_back(sources[i]->desc);
#if THAW_ONEDNN_2
        concat::primitive_desc desc(1, descs, engine_of_cpu(), with_scratch());
#else
        concat::primitive_desc desc(engine_of_cpu(), 1, descs, with_scratch());
#endif
        auto result = make<concat>(desc);
        for (int i = 0; i < count; i++) result->place(THAW_FIRST_OF_MANY + i, DNNL_ARG_MULTIPLE_SRC + i, descs[i]);
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        return result.release();
    });
}

thaw_primitive *thaw_binary(const thaw_layout *first, const thaw_layout *second, int kind) {
    return guarded<thaw_primitive *>([&] {
        auto algorithm = kind == 0 ? algorithm::binary_add : algorithm::binary_mul;
#if THAW_ONEDNN_2
        binary::primitive_desc desc({algorithm, first->desc, second->desc, first->desc}, with_scratch(), engine_of_cpu());
#else
        binary::primitive_desc desc(engine_of_cpu(), algorithm, first->desc, second->desc, first->desc, with_scratch());
#endif
        auto result = make<binary>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC_0, first->desc);
        result->place(THAW_SECOND, DNNL_ARG_SRC_1, second->desc);
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        return result.release();
    });
}

thaw_primitive *thaw_shuffle(const thaw_layout *source, int64_t groups, int backward) {
    return guarded<thaw_primitive *>([&] {
        // Shuffling by C / groups undoes shuffling by groups.
        auto channels = dims_of(source->desc)[1];
        int size = static_cast<int>(backward ? groups : channels / groups);
#if THAW_ONEDNN_2
        shuffle_forward::primitive_desc desc({prop_kind::forward_inference, source->desc, 1, size}, engine_of_cpu(), with_scratch());
#else
        shuffle_forward::primitive_desc desc(
            engine_of_cpu(), prop_kind::forward_inference, source->desc, source->desc, 1, size, with_scratch());
#endif
        auto result = make<shuffle_forward>(desc);
        result->place(THAW_SOURCE, DNNL_ARG_SRC, source->desc);
        result->place(THAW_TARGET, DNNL_ARG_DST, desc.dst_desc());
        return result.release();
    });
}

}  // extern "C"

#endif
