// A convolution is a matrix product: pixels × (channels · taps) by (channels · taps) × channels. A piece of work is some pixels. Their inputs
// are gathered tap by tap, unless they lie so already, and multiplied in steps of one block of channels and one tap, as Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication" (2008): a chunk of steps and two blocks of results at a time, so that these weights stay in
// the first cache while the pixels pass by, and the pixels' inputs in the second while the weights do.
#include "gemm.hpp"

#include "instructions.hpp"
#include "pool.hpp"
#include "products.hpp"

#include <algorithm>

#pragma GCC diagnostic ignored "-Wpsabi"

using namespace thaw;

namespace {

/// Pixels of a piece at most: the weights are read once for each piece.
const int64_t most_pixels = 196;

}  // namespace

#if defined(__x86_64__)
THAW_INSTRUCTIONS("avx2,fma,prfchw")
namespace {

#define WIDTH 8
#include "vectors.inc"
#include "products.inc"

/// Functions that are more than limits, over what was just written.
template <int function>
void apply(float *y, int64_t count) {
    for (int64_t i = 0; i < count; i++) put(y + i * WIDTH, activated<function>(at(y + i * WIDTH)));
}
void apply(int function, float *y, int64_t count) {
    switch (function) {
    case THAW_SILU: return apply<THAW_SILU>(y, count);
    case THAW_HARDSWISH: return apply<THAW_HARDSWISH>(y, count);
    case THAW_SIGMOID: return apply<THAW_SIGMOID>(y, count);
    case THAW_HARDSIGMOID: return apply<THAW_HARDSIGMOID>(y, count);
    default: return;
    }
}

}  // namespace

/// What a pass works on.
struct Gemm::Pass {
    const Gemm &gemm;
    thaw_convolution s;
    int64_t each;
    const float *source, *weights, *bias;
    bool adds_target;
    int function;
    float *scratch, *target;

    int64_t in_blocks() const { return s.in_channels / WIDTH; }
    int64_t out_blocks() const { return s.out_channels / WIDTH; }
    int64_t out_plane() const { return s.out_height * s.out_width; }
    int64_t taps() const { return s.kernel_height * s.kernel_width; }
    int64_t steps() const { return in_blocks() * taps(); }

    /// Calls `body(offset, sample, pixel, run)` for the parts of `count` pixels from `first` on that lie in one row or plane of `unit`. `first`
    /// counts over the batch, `pixel` within its sample.
    template <typename Body>
    void for_runs(int64_t first, int64_t count, int64_t unit, Body body) const {
        for (int64_t done = 0; done < count;) {
            int64_t pixel = first + done, run = std::min(unit - pixel % unit, count - done);
            body(done, pixel / out_plane(), pixel % out_plane(), run);
            done += run;
        }
    }

    /// The products of some pixels for steps `begin` to `end`, whose inputs are `between_steps` apart. `place(offset, sample, pixel)`: where
    /// those of a run of pixels begin.
    template <typename Place>
    void multiply_all(int64_t first, int64_t count, int64_t begin, int64_t end, int64_t between_steps, Place place) const {
        bool is_first = begin == 0, is_last = end == steps();
        Products all{end - begin, between_steps, steps() * WIDTH * WIDTH, out_plane() * WIDTH};
        if (is_first) all.bias = bias;
        all.adds = !is_first || adds_target;
        if (is_last && (function == THAW_RELU || function == THAW_CLIP6)) all.low = 0;
        if (is_last && function == THAW_CLIP6) all.high = 6;
        all.is_first = true;
        const float *begun = weights + begin * WIDTH * WIDTH, *after = is_last ? weights : weights + end * WIDTH * WIDTH;
        for_pairs(out_blocks(), all, begun, after, [&](int64_t block, bool is_pair, const Products &p, const float *u, const float *next) {
            int64_t asked = 0;
            for_runs(first, count, out_plane(), [&](int64_t offset, int64_t sample, int64_t pixel, int64_t run) {
                const float *a = place(offset, sample, pixel);
                float *y = target + ((sample * out_blocks() + block) * out_plane() + pixel) * WIDTH;
                multiply_run(is_pair, run, p, a, u, next, asked, y);
                if (!is_last) return;
                apply(function, y, run);
                if (is_pair) apply(function, y + p.between_results, run);
            });
        });
    }

    /// The inputs of some pixels for steps `begin` to `end`, each step's together.
    void gather(int64_t first, int64_t count, int64_t begin, int64_t end, float *to) const {
        for (int64_t step = begin; step < end; step++, to += count * WIDTH) {
            int64_t block = step / taps(), tap = step % taps();
            int64_t down = tap / s.kernel_width * s.dilation_height - s.top, along = tap % s.kernel_width * s.dilation_width - s.left;
            for_runs(first, count, s.out_width, [&](int64_t offset, int64_t sample, int64_t pixel, int64_t run) {
                int64_t row = pixel / s.out_width * s.stride_height + down, column = pixel % s.out_width * s.stride_width + along;
                float *place = to + offset * WIDTH;
                if (row < 0 || row >= s.in_height) {
                    std::fill(place, place + run * WIDTH, 0.0f);
                    return;
                }
                const float *from = source + ((sample * in_blocks() + block) * s.in_height + row) * s.in_width * WIDTH;
                for (int64_t i = 0; i < run; i++, column += s.stride_width) {
                    bool is_inside = column >= 0 && column < s.in_width;
                    put(place + i * WIDTH, is_inside ? at(from + column * WIDTH) : vector{});
                }
            });
        }
    }

    void piece(int64_t piece, int worker) const {
        int64_t first = piece * each, count = std::min(each, gemm.pixels() - first);
        int64_t in_plane = s.in_height * s.in_width;
        float *gathered = scratch + worker * gemm.scratch_each();
        for_chunks(steps(), [&](int64_t begin, int64_t end) {
            if (gemm.is_pointwise()) {
                multiply_all(first, count, begin, end, in_plane * WIDTH, [&](int64_t, int64_t sample, int64_t pixel) {
                    return source + ((sample * in_blocks() + begin) * in_plane + pixel) * WIDTH;
                });
            } else {
                gather(first, count, begin, end, gathered);
                multiply_all(first, count, begin, end, count * WIDTH, [&](int64_t offset, int64_t, int64_t) { return gathered + offset * WIDTH; });
            }
        });
    }
};

THAW_INSTRUCTIONS_END
#endif

namespace thaw {

bool Gemm::suits(const thaw_convolution &s) { return has_products(s); }

bool Gemm::is_pointwise() const {
    return s.kernel_height == 1 && s.kernel_width == 1 && s.stride_height == 1 && s.stride_width == 1 && s.top == 0 && s.left == 0
        && s.out_height == s.in_height && s.out_width == s.in_width;
}

int64_t Gemm::pixels_each(int threads) const {
    // Equal pieces, as many for each thread.
    int64_t pieces = up(up(pixels(), most_pixels), threads) * threads;
    return up(pixels(), std::min(pieces, pixels()));
}

int64_t Gemm::scratch_each() const { return is_pointwise() ? 0 : most_pixels * most_steps * width; }

int64_t Gemm::forward_scratch(int threads) const { return threads * scratch_each(); }

#if defined(__x86_64__)

void Gemm::forward(int threads, const float *source, const float *weights, const float *bias, bool adds_target, int function,
    float *scratch, float *target) const {
    Pass pass{*this, s, pixels_each(threads), source, weights, bias, adds_target, function, scratch, target};
    run_work(threads, up(pixels(), pass.each), pass);
}

#else

// Never called: nothing suits.
void Gemm::forward(int, const float *, const float *, const float *, bool, int, float *, float *) const {}

#endif

}  // namespace thaw
