// Matrix products as primitives beside oneDNN's.
#include "COneDNN.h"

#if THAW_HAS_ONEDNN
#include "gemm.hpp"
#include "own_primitives.hpp"

using namespace dnnl;

thaw_primitive *thaw::gemm_forward(
    const thaw_convolution &shape, const thaw_layout *source, const thaw_layout *target, bool adds_target, int function) {
    if (!Gemm::suits(shape)) return nullptr;
    memory::desc weights({shape.out_channels, shape.in_channels, shape.kernel_height, shape.kernel_width}, memory::data_type::f32,
        memory::format_tag::OIhw8i8o);
    return own_forward(Gemm(shape), shape, {weights, FilterForm::plain}, source, target, adds_target, function);
}

#endif
