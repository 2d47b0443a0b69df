// oneDNN as flat C functions: one for each primitive that the engine uses. No C++ exception leaves this module: a constructor that
// can't do what it is asked returns NULL.
#ifndef THAW_ONEDNN_H
#define THAW_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this build has oneDNN.
int thaw_onednn_available(void);
/// The version that runs, as "2.6.3".
const char *thaw_onednn_version(void);
/// Whether the processor multiplies bfloat16.
int thaw_onednn_has_bfloat16(void);
/// Threads for what the calling thread runs from now on, where the library was built on OpenMP.
void thaw_onednn_set_threads(int count);

/// How a value lies in memory.
typedef struct thaw_layout thaw_layout;
/// One compiled operation with its arguments' places.
typedef struct thaw_primitive thaw_primitive;

/// Row-major.
thaw_layout *thaw_layout_plain(const int64_t *dims, int rank);
/// `[N, C, H, W]` in the blocks of channels that this processor's convolutions like best.
thaw_layout *thaw_layout_blocked(const int64_t *dims);
thaw_layout *thaw_layout_copy(const thaw_layout *layout);
void thaw_layout_free(thaw_layout *layout);
size_t thaw_layout_bytes(const thaw_layout *layout);
int thaw_layout_equal(const thaw_layout *a, const thaw_layout *b);
/// Whether it is that of a filter from which its elements can't be read any more.
int thaw_layout_is_transformed(const thaw_layout *layout);
/// Sizes, strides and blocks in words that are the same in every process, at most `capacity` bytes. How many were written.
int thaw_layout_describe(const thaw_layout *layout, char *text, int capacity);

/// An argument of a primitive.
enum thaw_role { THAW_SOURCE, THAW_WEIGHTS, THAW_BIAS, THAW_TARGET, THAW_SCRATCH, THAW_SECOND, THAW_MEAN, THAW_VARIANCE, THAW_WORKSPACE,
    THAW_SOURCE_GRADIENT, THAW_TARGET_GRADIENT, THAW_WEIGHTS_GRADIENT, THAW_BIAS_GRADIENT, THAW_SHIFT, THAW_SHIFT_GRADIENT,
    THAW_DEPTHWISE_WEIGHTS, THAW_DEPTHWISE_BIAS,
    THAW_FIRST_OF_MANY = 32 };

/// Bytes of an argument; 0 if the primitive has none such.
size_t thaw_primitive_bytes(const thaw_primitive *primitive, int role);
/// The layout of an argument, or NULL; to be freed.
thaw_layout *thaw_primitive_layout(const thaw_primitive *primitive, int role);
/// Says where an argument lies; 64-byte aligned. 0 on failure.
int thaw_primitive_bind(thaw_primitive *primitive, int role, void *pointer);
/// Runs it to the end; 0 on failure.
int thaw_primitive_run(thaw_primitive *primitive);
/// Whether the library has nothing better than its plain loops for it: better done elsewhere.
int thaw_primitive_is_plain(const thaw_primitive *primitive);
void thaw_primitive_free(thaw_primitive *primitive);

/// Elementwise functions.
enum thaw_function { THAW_RELU, THAW_CLIP6, THAW_SILU, THAW_HARDSWISH, THAW_SIGMOID, THAW_GELU, THAW_TANH, THAW_HARDSIGMOID };

/// A convolution's sizes.
typedef struct {
    int64_t batch, groups, in_channels, out_channels;
    int64_t in_height, in_width, out_height, out_width;
    int64_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
    int64_t top, left, bottom, right;
    int has_bias;
} thaw_convolution;

/// How to compute it. As a matrix product (GEMM): the forward pass in float32 alone; NULL where that does not suit.
enum thaw_algorithm { THAW_DIRECT, THAW_WINOGRAD, THAW_GEMM };

/// `source`, `target`: fixed layouts, or NULL for the library's choice. `function` < 0: none. `adds_target`: y += instead of y =.
thaw_primitive *thaw_convolution_forward(const thaw_convolution *shape, int algorithm, int for_training, int bfloat16,
    const thaw_layout *source, const thaw_layout *target, int adds_target, int function);
/// A 1x1 convolution and the depthwise one behind it, a few rows at a time: the value between them never reaches memory. Both have a bias.
thaw_primitive *thaw_convolution_then_depthwise(const thaw_convolution *shape, const thaw_convolution *depthwise, int bfloat16,
    const thaw_layout *source, int function, int depthwise_function);
thaw_primitive *thaw_convolution_backward_data(const thaw_convolution *shape, int algorithm, const thaw_layout *source_gradient,
    const thaw_layout *target_gradient);
thaw_primitive *thaw_convolution_backward_weights(const thaw_convolution *shape, int algorithm, const thaw_layout *source,
    const thaw_layout *target_gradient);
/// The row-major layout of its weights.
thaw_layout *thaw_convolution_plain_weights(const thaw_convolution *shape);

thaw_primitive *thaw_linear_forward(int64_t rows, int64_t in_features, int64_t out_features, int has_bias, int bfloat16, int function);
/// The three passes of training, everything row-major.
thaw_primitive *thaw_linear_plain(int64_t rows, int64_t in_features, int64_t out_features, int has_bias);
thaw_primitive *thaw_linear_backward_data(int64_t rows, int64_t in_features, int64_t out_features);
thaw_primitive *thaw_linear_backward_weights(int64_t rows, int64_t in_features, int64_t out_features, int has_bias);

/// `kind`: 0 maximum, 1 mean with padding counted, 2 mean without. Extents as in a convolution without groups.
thaw_primitive *thaw_pooling_forward(const thaw_convolution *shape, int kind, int for_training, const thaw_layout *source);
thaw_primitive *thaw_pooling_backward(const thaw_convolution *shape, int kind, const thaw_layout *source_gradient,
    const thaw_layout *target_gradient);

/// `uses_given`: normalises with the mean and variance that are given.
thaw_primitive *thaw_batch_norm_forward(const thaw_layout *source, float epsilon, int uses_given);

thaw_primitive *thaw_elementwise_forward(const thaw_layout *source, int function);
/// From the input (not the result) and the result's gradient.
thaw_primitive *thaw_elementwise_backward(const thaw_layout *source, int function);

/// `kind`: 0 sum, 1 product. `second` may have extents of 1.
thaw_primitive *thaw_binary(const thaw_layout *first, const thaw_layout *second, int kind);
/// Along channels; arguments THAW_FIRST_OF_MANY + i.
thaw_primitive *thaw_concatenate(const thaw_layout *const *sources, int count);
thaw_primitive *thaw_shuffle(const thaw_layout *source, int64_t groups, int backward);
thaw_primitive *thaw_reorder(const thaw_layout *from, const thaw_layout *to);

/// Channels in a block of `thaw_layout_blocked`.
int thaw_block_width(void);
/// Runs `body(context, piece, worker)` once for each piece, on at most `threads` of the threads that oneDNN computes on.
void thaw_run_pieces(int threads, int64_t pieces, void (*body)(void *context, int64_t piece, int worker), void *context);

/// y = f(γ (x - μ) / √(σ² + ε) + β + r) over blocks of channels; no r where `has_residual` is 0, no f where `function` < 0. Behind a sum f is
/// ReLU, ReLU6 or nothing.
typedef struct {
    int64_t batch, channels, blocks, area;
    float epsilon;
    int function, has_residual, threads;
} thaw_norm;

/// Floats of workspace that both passes use.
int64_t thaw_norm_workspace(const thaw_norm *norm);
/// Sets `mean` and the biased `variance`, unless they are given.
void thaw_norm_forward(const thaw_norm *norm, int uses_given, const float *source, const float *residual, const float *weight,
    const float *bias, float *mean, float *variance, float *workspace, float *target);

typedef struct {
    const float *source, *target, *gradient, *mean;
    /// NULL where it isn't wanted; what is not fresh is added to.
    float *source_gradient, *residual_gradient;
    int source_is_fresh, residual_is_fresh;
} thaw_norm_gradient;
void thaw_norm_backward(const thaw_norm *norm, int uses_given, const thaw_norm_gradient *gradient, const float *weight, const float *bias,
    const float *variance, float *workspace, float *weight_gradient, float *bias_gradient);

/// Weight gradients `[channels, 1, k, k]` of a depthwise convolution over blocks of channels; 0 if there is no kernel of its size.
int thaw_depthwise_weights(
    const thaw_convolution *shape, int threads, const float *source, const float *gradient, float *workspace, float *weight_gradient);
/// Floats of its workspace.
int64_t thaw_depthwise_workspace(const thaw_convolution *shape);

#ifdef __cplusplus
}
#endif
#endif
