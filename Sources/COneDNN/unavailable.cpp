#include "COneDNN.h"

// Without oneDNN nothing can be made; the engine asks `thaw_onednn_available` first.
#if !THAW_HAS_ONEDNN
extern "C" {

int thaw_onednn_available() { return 0; }
const char *thaw_onednn_version() { return ""; }
int thaw_onednn_has_bfloat16() { return 0; }
void thaw_onednn_set_threads(int) {}
thaw_layout *thaw_layout_plain(const int64_t *, int) { return nullptr; }
thaw_layout *thaw_layout_blocked(const int64_t *) { return nullptr; }
thaw_layout *thaw_layout_copy(const thaw_layout *) { return nullptr; }
void thaw_layout_free(thaw_layout *) {}
size_t thaw_layout_bytes(const thaw_layout *) { return 0; }
int thaw_layout_equal(const thaw_layout *, const thaw_layout *) { return 0; }
int thaw_layout_is_transformed(const thaw_layout *) { return 0; }
int thaw_layout_describe(const thaw_layout *, char *, int) { return 0; }
size_t thaw_primitive_bytes(const thaw_primitive *, int) { return 0; }
thaw_layout *thaw_primitive_layout(const thaw_primitive *, int) { return nullptr; }
int thaw_primitive_bind(thaw_primitive *, int, void *) { return 0; }
int thaw_primitive_run(thaw_primitive *) { return 0; }
int thaw_primitive_is_plain(const thaw_primitive *) { return 0; }
void thaw_primitive_free(thaw_primitive *) {}
thaw_primitive *thaw_convolution_forward(const thaw_convolution *, int, int, int, const thaw_layout *, const thaw_layout *, int, int) { return nullptr; }
thaw_primitive *thaw_convolution_then_depthwise(const thaw_convolution *, const thaw_convolution *, int, const thaw_layout *, int, int) { return nullptr; }
thaw_primitive *thaw_convolution_backward_data(const thaw_convolution *, int, const thaw_layout *, const thaw_layout *) { return nullptr; }
thaw_primitive *thaw_convolution_backward_weights(const thaw_convolution *, int, const thaw_layout *, const thaw_layout *) { return nullptr; }
thaw_layout *thaw_convolution_plain_weights(const thaw_convolution *) { return nullptr; }
thaw_primitive *thaw_linear_forward(int64_t, int64_t, int64_t, int, int, int) { return nullptr; }
thaw_primitive *thaw_linear_plain(int64_t, int64_t, int64_t, int) { return nullptr; }
thaw_primitive *thaw_linear_backward_data(int64_t, int64_t, int64_t) { return nullptr; }
thaw_primitive *thaw_linear_backward_weights(int64_t, int64_t, int64_t, int) { return nullptr; }
thaw_primitive *thaw_pooling_forward(const thaw_convolution *, int, int, const thaw_layout *) { return nullptr; }
thaw_primitive *thaw_pooling_backward(const thaw_convolution *, int, const thaw_layout *, const thaw_layout *) { return nullptr; }
thaw_primitive *thaw_batch_norm_forward(const thaw_layout *, float, int) { return nullptr; }
thaw_primitive *thaw_elementwise_forward(const thaw_layout *, int) { return nullptr; }
thaw_primitive *thaw_elementwise_backward(const thaw_layout *, int) { return nullptr; }
thaw_primitive *thaw_binary(const thaw_layout *, const thaw_layout *, int) { return nullptr; }
thaw_primitive *thaw_concatenate(const thaw_layout *const *, int) { return nullptr; }
thaw_primitive *thaw_shuffle(const thaw_layout *, int64_t, int) { return nullptr; }
thaw_primitive *thaw_reorder(const thaw_layout *, const thaw_layout *) { return nullptr; }

}
#endif
