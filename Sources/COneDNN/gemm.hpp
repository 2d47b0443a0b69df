// Convolutions as matrix products over blocks of channels, where oneDNN's own kernels leave time unused. See gemm.cpp.
#pragma once

#include "COneDNN.h"

namespace thaw {

/// Direct sums: nothing is approximated. The same bits for any number of threads.
class Gemm {
public:
    /// Whether this processor and these sizes suit: whole blocks of channels, without groups.
    static bool suits(const thaw_convolution &shape);

    explicit Gemm(const thaw_convolution &shape) : s(shape) {}

    /// Floats that the pass needs beside on at most so many threads.
    int64_t forward_scratch(int threads) const;

    /// y = f(w * x + b), or y = f(w * x + b + y), with channels in blocks of 8 and weights as `OIhw8i8o`. `function` < 0: none. `bias` may be
    /// NULL.
    void forward(int threads, const float *source, const float *weights, const float *bias, bool adds_target, int function, float *scratch,
        float *target) const;

    static const int width = 8;

private:
    struct Pass;
    thaw_convolution s;

    /// Pixels of the target: all, and those of a piece of work with so many threads.
    int64_t pixels() const { return s.batch * s.out_height * s.out_width; }
    int64_t pixels_each(int threads) const;
    /// Whether each pixel's inputs lie where the pixel does.
    bool is_pointwise() const;
    /// Floats of a worker's scratch memory.
    int64_t scratch_each() const;
};

}  // namespace thaw
