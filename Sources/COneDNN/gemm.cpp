// A convolution is a matrix product: pixels × (channels · taps) by (channels · taps) × channels. A piece of work is some pixels. Their inputs
// are gathered tap by tap, unless they lie so already, and multiplied in steps of one block of channels and one tap, as Goto and van de Geijn,
// "Anatomy of High-Performance Matrix Multiplication" (2008): a chunk of steps and two blocks of results at a time, so that these weights stay in
// the first cache while the pixels pass by, and the pixels' inputs in the second while the weights do.
#include "gemm.hpp"

#include "instructions.hpp"
#include "pool.hpp"

#include <algorithm>
#include <limits>

#pragma GCC diagnostic ignored "-Wpsabi"

#if defined(__clang__)
#define THAW_UNROLL _Pragma("clang loop unroll(full)")
#else
#define THAW_UNROLL
#endif

using thaw::Gemm;

namespace {

/// Pixels whose sums are held in registers at a time, and blocks of results.
const int pixels_at_once = 6;
const int blocks_at_once = 2;
/// Pixels of a piece at most: the weights are read once for each piece.
const int64_t most_pixels = 196;
/// Steps of a chunk at most.
const int64_t most_steps = 32;

int64_t up(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

/// Floats of a line of memory, and lines that are asked for before they are needed: the next pixels, the next weights, the results.
const int floats_of_line = 16;
inline void soon(const float *place) { __builtin_prefetch(place, 0, 3); }
inline void soon_nearby(const float *place) { __builtin_prefetch(place, 0, 2); }
inline void soon_written(float *place) { __builtin_prefetch(place, 1, 3); }

}  // namespace

#if defined(__x86_64__)
THAW_INSTRUCTIONS("avx2,fma,prfchw")
namespace {

#define WIDTH 8
#include "vectors.inc"

/// Steps of all sums of a piece: one block of channels at one tap each.
struct Steps {
    int64_t count;
    /// Floats from a pixel's inputs of one step to those of the next, and from the weights of one block of results to those of the next.
    int64_t between, between_blocks;
};

/// What becomes of the sums.
struct Ending {
    /// Floats from one block of results to the next.
    int64_t between_blocks;
    const float *bias;
    bool adds_target;
    float low, high;
};

/// Sums of `pixels` × `blocks` results. `next`: weights that are wanted soon. `is_first`: the inputs weren't read yet.
template <int pixels, int blocks>
inline void multiply(const Steps &steps, const float *a, const float *u, const float *next, bool is_first, const Ending &ending, float *y) {
    THAW_UNROLL
    for (int j = 0; j < blocks; j++) {
        float *place = y + j * ending.between_blocks;
        THAW_UNROLL
        for (int i = 0; i < pixels; i += floats_of_line / WIDTH) soon_written(place + i * WIDTH);
        soon_written(place + pixels * WIDTH - 1);
    }
    vector sums[pixels][blocks] = {};
    for (int64_t step = 0; step < steps.count; step++) {
        soon_nearby(next);
        next += floats_of_line;
        if (is_first) {
            THAW_UNROLL
            for (int i = 0; i < pixels; i += floats_of_line / WIDTH) soon(a + (2 * pixels_at_once + i) * WIDTH);
        }
        THAW_UNROLL
        for (int channel = 0; channel < WIDTH; channel++) {
            vector w[blocks];
            THAW_UNROLL
            for (int j = 0; j < blocks; j++) w[j] = at(u + j * steps.between_blocks + channel * WIDTH);
            THAW_UNROLL
            for (int i = 0; i < pixels; i++) {
                vector x = splat(a[i * WIDTH + channel]);
                THAW_UNROLL
                for (int j = 0; j < blocks; j++) sums[i][j] += x * w[j];
            }
        }
        a += steps.between;
        u += WIDTH * WIDTH;
    }
    THAW_UNROLL
    for (int j = 0; j < blocks; j++) {
        vector offset = ending.bias ? at(ending.bias + j * WIDTH) : vector{};
        THAW_UNROLL
        for (int i = 0; i < pixels; i++) {
            float *place = y + j * ending.between_blocks + i * WIDTH;
            vector value = sums[i][j] + offset;
            if (ending.adds_target) value += at(place);
            put(place, clamp(value, ending.low, ending.high));
        }
    }
}

/// The same for any number of pixels side by side, in groups as equal as can be: with few sums at a time the processor waits for each.
/// `asked`: lines of the next weights that were asked for already.
template <int blocks>
void multiply_run(int64_t count, const Steps &steps, const float *a, const float *u, const float *next, int64_t &asked, bool is_first,
    const Ending &ending, float *y) {
    int64_t groups = up(count, pixels_at_once), small = count / groups, large = count % groups;
    int64_t lines = steps.count * WIDTH * WIDTH / floats_of_line;
    for (int64_t group = 0; group < groups; group++, asked += steps.count) {
        int64_t size = group < large ? small + 1 : small, block = asked / lines;
        const float *hint = block < blocks ? next + block * steps.between_blocks + asked % lines * floats_of_line : u;
        switch (size) {
        case 1: multiply<1, blocks>(steps, a, u, hint, is_first, ending, y); break;
        case 2: multiply<2, blocks>(steps, a, u, hint, is_first, ending, y); break;
        case 3: multiply<3, blocks>(steps, a, u, hint, is_first, ending, y); break;
        case 4: multiply<4, blocks>(steps, a, u, hint, is_first, ending, y); break;
        case 5: multiply<5, blocks>(steps, a, u, hint, is_first, ending, y); break;
        default: multiply<6, blocks>(steps, a, u, hint, is_first, ending, y); break;
        }
        a += size * WIDTH;
        y += size * WIDTH;
    }
}

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

    /// Calls `body(offset, sample, pixel, run)` for the parts of `count` pixels from `first` on that lie in one row or plane of `unit`.
    template <typename Body>
    void for_runs(int64_t first, int64_t count, int64_t unit, Body body) const {
        for (int64_t done = 0; done < count;) {
            int64_t pixel = first + done, run = std::min(unit - pixel % unit, count - done);
            body(done, pixel / out_plane(), pixel % out_plane(), run);
            done += run;
        }
    }

    Ending ending(bool is_first, bool is_last, int64_t block) const {
        const float infinity = std::numeric_limits<float>::infinity();
        bool has_floor = is_last && (function == THAW_RELU || function == THAW_CLIP6);
        return Ending{out_plane() * WIDTH, is_first && bias ? bias + block * WIDTH : nullptr, !is_first || adds_target,
            has_floor ? 0.0f : -infinity, is_last && function == THAW_CLIP6 ? 6.0f : infinity};
    }

    /// The products of some pixels with all weights of `steps`, which begin at step `begin` of all. `place(offset, sample, pixel)`: where
    /// the inputs of a run of pixels begin.
    template <typename Place>
    void multiply_all(int64_t first, int64_t count, const Steps &steps, int64_t begin, bool is_last, Place place) const {
        const float *begun = weights + begin * WIDTH * WIDTH;
        const float *after = is_last ? weights : begun + steps.count * WIDTH * WIDTH;
        for (int64_t block = 0; block < out_blocks(); block += blocks_at_once) {
            bool is_pair = block + blocks_at_once <= out_blocks();
            const float *u = begun + block * steps.between_blocks;
            const float *next = block + blocks_at_once < out_blocks() ? u + blocks_at_once * steps.between_blocks : after;
            Ending end = ending(begin == 0, is_last, block);
            int64_t asked = 0;
            for_runs(first, count, out_plane(), [&](int64_t offset, int64_t sample, int64_t pixel, int64_t run) {
                const float *a = place(offset, sample, pixel);
                float *y = target + ((sample * out_blocks() + block) * out_plane() + pixel) * WIDTH;
                if (is_pair)
                    multiply_run<2>(run, steps, a, u, next, asked, block == 0, end, y);
                else
                    multiply_run<1>(run, steps, a, u, next, asked, block == 0, end, y);
                if (!is_last) return;
                apply(function, y, run);
                if (is_pair) apply(function, y + end.between_blocks, run);
            });
        }
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
        int64_t all = in_blocks() * taps(), chunk = up(all, up(all, most_steps)), in_plane = s.in_height * s.in_width;
        float *gathered = scratch + worker * gemm.scratch_each();
        for (int64_t begin = 0; begin < all; begin += chunk) {
            Steps steps{std::min(chunk, all - begin), gemm.is_pointwise() ? in_plane * WIDTH : count * WIDTH, all * WIDTH * WIDTH};
            bool is_last = begin + chunk >= all;
            if (gemm.is_pointwise()) {
                multiply_all(first, count, steps, begin, is_last, [&](int64_t, int64_t sample, int64_t pixel) {
                    return source + ((sample * in_blocks() + begin) * in_plane + pixel) * WIDTH;
                });
            } else {
                gather(first, count, begin, begin + steps.count, gathered);
                multiply_all(first, count, steps, begin, is_last, [&](int64_t offset, int64_t, int64_t) { return gathered + offset * WIDTH; });
            }
        }
    }
};

THAW_INSTRUCTIONS_END
#endif

namespace thaw {

bool Gemm::suits(const thaw_convolution &s) {
#if defined(__x86_64__)
    return thaw_block_width() == width && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && s.groups == 1
        && s.in_channels % width == 0 && s.out_channels % width == 0 && s.top >= 0 && s.left >= 0;
#else
    (void)s;
    return false;
#endif
}

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

int64_t Gemm::scratch(int threads) const { return threads * scratch_each(); }

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
