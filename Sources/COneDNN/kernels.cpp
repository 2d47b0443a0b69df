// What oneDNN lacks, over its blocks of channels: batch normalisation together with the sum and the function behind it, and weight gradients of
// large depthwise kernels. Sums are joined in a fixed order, so that the number of threads never shows in a result.
#include "COneDNN.h"

#include "instructions.hpp"
#include "pool.hpp"

#include <cmath>
#include <cstdint>

// The vectors below never leave this file, so it doesn't matter how they would be passed to others.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace {

/// One set of kernels for each set of instructions.
struct Kernels {
    void (*statistics)(const thaw_norm *, const float *source, double *sums);
    void (*apply)(const thaw_norm *, const float *source, const float *residual, const float *scale, const float *shift, float *target);
    void (*gradient_sums)(const thaw_norm *, const thaw_norm_gradient *, const float *scale, const float *shift, double *sums);
    void (*gradient_spread)(
        const thaw_norm *, const thaw_norm_gradient *, const float *scale, const float *shift, const float *first, const float *second);
    bool (*depthwise_weights)(
        const thaw_convolution *, int threads, const float *source, const float *gradient, float *sums, int64_t blocks, int64_t slots);
};

#if defined(__x86_64__)
THAW_INSTRUCTIONS("avx512f,avx512bw,avx512dq,avx512vl,fma,avx2")
namespace wide {
#define WIDTH 16
#include "kernels.inc"
#undef WIDTH
#undef THAW_FOR_FUNCTION
}  // namespace wide
THAW_INSTRUCTIONS_END

THAW_INSTRUCTIONS("avx2,fma")
namespace medium {
#define WIDTH 8
#include "kernels.inc"
#undef WIDTH
#undef THAW_FOR_FUNCTION
}  // namespace medium
THAW_INSTRUCTIONS_END
#endif

namespace any {
#define WIDTH 8
#include "kernels.inc"
#undef WIDTH
#undef THAW_FOR_FUNCTION
}  // namespace any

const Kernels &kernels() {
#if defined(__x86_64__)
    if (thaw_block_width() == 16) return wide::kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return medium::kernels;
#endif
    return any::kernels;
}

/// The workspace's parts: five rows of channels, then the sums of each block of each sample.
struct Parts {
    int64_t row;
    float *scale, *shift, *mean, *first, *second;
    double *sums;

    Parts(const thaw_norm *norm, float *workspace) {
        row = norm->blocks * thaw_block_width();
        scale = workspace;
        shift = scale + row;
        mean = shift + row;
        first = mean + row;
        second = first + row;
        // Rows are of a multiple of 8 floats, so that this is aligned for doubles.
        sums = reinterpret_cast<double *>(second + row);
        for (int64_t i = 0; i < 5 * row; i++) workspace[i] = 0;
    }
};

/// scale = γ / √(σ² + ε), shift = β - μ · scale.
void set_affine(const thaw_norm *norm, const float *weight, const float *bias, const float *mean, const float *variance, Parts &parts) {
    for (int64_t c = 0; c < norm->channels; c++) {
        double scale = weight[c] / std::sqrt(static_cast<double>(variance[c]) + norm->epsilon);
        parts.scale[c] = static_cast<float>(scale);
        parts.shift[c] = static_cast<float>(bias[c] - mean[c] * scale);
        parts.mean[c] = mean[c];
    }
}

}  // namespace

extern "C" {

int thaw_block_width(void) {
#if defined(__x86_64__)
    static const int width = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl")
        ? 16
        : 8;
    return width;
#else
    return 8;
#endif
}

int64_t thaw_norm_workspace(const thaw_norm *norm) {
    int64_t width = thaw_block_width();
    return 5 * norm->blocks * width + 4 * norm->batch * norm->blocks * width;
}

void thaw_norm_forward(const thaw_norm *norm, int uses_given, const float *source, const float *residual, const float *weight,
    const float *bias, float *mean, float *variance, float *workspace, float *target) {
    Parts parts(norm, workspace);
    int64_t width = thaw_block_width();
    if (!uses_given) {
        kernels().statistics(norm, source, parts.sums);
        double area = static_cast<double>(norm->area);
        for (int64_t c = 0; c < norm->channels; c++) {
            double middle = 0, squares = 0, count = 0;
            for (int64_t sample = 0; sample < norm->batch; sample++) {
                const double *moments = parts.sums + (sample * norm->blocks + c / width) * 2 * width + c % width;
                double delta = moments[0] - middle, all = count + area;
                middle += delta * (area / all);
                squares += moments[width] + delta * delta * (count * area / all);
                count = all;
            }
            mean[c] = static_cast<float>(middle);
            variance[c] = static_cast<float>(squares / count);
        }
    }
    set_affine(norm, weight, bias, mean, variance, parts);
    kernels().apply(norm, source, residual, parts.scale, parts.shift, target);
}

void thaw_norm_backward(const thaw_norm *norm, int uses_given, const thaw_norm_gradient *gradient, const float *weight, const float *bias,
    const float *variance, float *workspace, float *weight_gradient, float *bias_gradient) {
    Parts parts(norm, workspace);
    int64_t width = thaw_block_width();
    set_affine(norm, weight, bias, gradient->mean, variance, parts);
    thaw_norm_gradient padded = *gradient;
    padded.mean = parts.mean;
    kernels().gradient_sums(norm, &padded, parts.scale, parts.shift, parts.sums);
    double count = static_cast<double>(norm->batch * norm->area);
    for (int64_t c = 0; c < norm->channels; c++) {
        double first = 0, second = 0;
        for (int64_t sample = 0; sample < norm->batch; sample++) {
            const double *sums = parts.sums + (sample * norm->blocks + c / width) * 2 * width + c % width;
            first += sums[0];
            second += sums[width];
        }
        double square = 1 / (static_cast<double>(variance[c]) + norm->epsilon), inverse = std::sqrt(square);
        weight_gradient[c] = static_cast<float>(second * inverse);
        bias_gradient[c] = static_cast<float>(first);
        if (uses_given) continue;
        parts.first[c] = static_cast<float>(weight[c] * inverse * first / count);
        parts.second[c] = static_cast<float>(weight[c] * inverse * square * second / count);
    }
    if (padded.source_gradient) kernels().gradient_spread(norm, &padded, parts.scale, parts.shift, parts.first, parts.second);
}

int64_t thaw_depthwise_workspace(const thaw_convolution *s) {
    int64_t width = thaw_block_width(), blocks = (s->in_channels + width - 1) / width;
    return 4 * blocks * s->kernel_height * s->kernel_width * width;
}

int thaw_depthwise_weights(
    const thaw_convolution *s, int threads, const float *source, const float *gradient, float *workspace, float *weight_gradient) {
    if (s->groups != s->in_channels || s->groups != s->out_channels || s->kernel_height != s->kernel_width) return 0;
    int64_t width = thaw_block_width(), blocks = (s->in_channels + width - 1) / width, taps = s->kernel_height * s->kernel_width;
    // A fixed number of partial sums, whatever the number of threads.
    int64_t slots = s->batch < 4 ? s->batch : 4;
    if (!kernels().depthwise_weights(s, threads, source, gradient, workspace, blocks, slots)) return 0;
    for (int64_t c = 0; c < s->in_channels; c++) {
        for (int64_t tap = 0; tap < taps; tap++) {
            float sum = 0;
            for (int64_t slot = 0; slot < slots; slot++)
                sum += workspace[((slot * blocks + c / width) * taps + tap) * width + c % width];
            weight_gradient[c * taps + tap] = sum;
        }
    }
    return 1;
}

}  // extern "C"
