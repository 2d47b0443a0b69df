// F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), over blocks of channels. With g the filter, d six by
// six inputs and ⊙ the product of matching elements, summed over input channels:
//
//     y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,    and the gradient of g is  Gᵀ [(A dy Aᵀ) ⊙ (Bᵀ d B)] G.
//
// The products are 36 matrix products, one for each element of a six by six tile: tiles × channels × channels. A piece of work transforms some
// tiles, multiplies, and transforms back, so that what lies between stays in the caches.
#include "winograd.hpp"

#include "instructions.hpp"
#include "pool.hpp"
#include "products.hpp"

#include <algorithm>

#pragma GCC diagnostic ignored "-Wpsabi"

using namespace thaw;
using Sizes = Winograd::Sizes;

namespace {

const int side = 6;
const int positions = side * side;
const int step = 4;
/// Floats of two blocks of results.
const int panel = 2 * Winograd::width;
/// Tiles of a round of the weights' gradient.
const int gradient_tiles = 72;
/// Keeps a tile's 36 elements off each other's cache lines: distances of whole pages would share a few.
const int gap = 16;

}  // namespace

/// Where a tile's inputs begin; outside the picture they are 0.
struct thaw::Tile {
    int64_t sample, top, left;

    Tile(const Winograd &w, int64_t number) {
        sample = number / (w.tile_rows * w.tile_columns);
        int64_t place = number % (w.tile_rows * w.tile_columns);
        top = place / w.tile_columns * step;
        left = place % w.tile_columns * step;
    }
};

#if defined(__x86_64__)
THAW_INSTRUCTIONS("avx2,fma,prfchw")
namespace {

#define WIDTH 8
#include "vectors.inc"
#include "products.inc"

// MARK: - Six by six

/// Bᵀ x.
inline void input_transform(const vector *x, vector *y) {
    vector a = x[4] - 4 * x[2], b = x[3] - 4 * x[1], c = x[4] - x[2], d = 2 * (x[3] - x[1]);
    y[0] = 4 * x[0] - 5 * x[2] + x[4];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = 4 * x[1] - 5 * x[3] + x[5];
}

/// Aᵀ x.
inline void output_transform(const vector *x, vector *y) {
    vector a = x[1] + x[2], b = x[1] - x[2], c = x[3] + x[4], d = x[3] - x[4];
    y[0] = x[0] + a + c;
    y[1] = b + 2 * d;
    y[2] = a + 4 * c;
    y[3] = b + 8 * d + x[5];
}

/// A x.
inline void gradient_transform(const vector *x, vector *y) {
    vector a = x[0] + x[2], b = x[1] + x[3], c = x[0] + 4 * x[2], d = 2 * x[1] + 8 * x[3];
    y[0] = x[0];
    y[1] = a + b;
    y[2] = a - b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = x[3];
}

/// G x.
inline void filter_transform(const vector *x, vector *y) {
    vector a = (x[0] + x[2]) * (-1.0f / 6), b = x[1] * (1.0f / 6), c = x[0] * (1.0f / 24) + x[2] * (1.0f / 6), d = x[1] * (1.0f / 12);
    y[0] = x[0] * 0.25f;
    y[1] = a - b;
    y[2] = a + b;
    y[3] = c + d;
    y[4] = c - d;
    y[5] = x[2];
}

/// Gᵀ x.
inline void filter_gradient_transform(const vector *x, vector *y) {
    vector a = (x[1] + x[2]) * (1.0f / 6), b = x[3] + x[4];
    y[0] = x[0] * 0.25f - a + b * (1.0f / 24);
    y[1] = (x[2] - x[1]) * (1.0f / 6) + (x[3] - x[4]) * (1.0f / 12);
    y[2] = b * (1.0f / 6) - a + x[5];
}

/// `transform` along both axes of `rows` × `rows` elements at `x`; element (i, j) of the result goes to `store(i * results + j, value)`.
template <int rows, int results, void transform(const vector *, vector *), typename Store>
inline void both_ways(const vector (&x)[rows][rows], Store store) {
    vector between[results][rows];
    THAW_UNROLL
    for (int column = 0; column < rows; column++) {
        vector line[rows], made[results];
        for (int row = 0; row < rows; row++) line[row] = x[row][column];
        transform(line, made);
        for (int row = 0; row < results; row++) between[row][column] = made[row];
    }
    THAW_UNROLL
    for (int row = 0; row < results; row++) {
        vector made[results];
        transform(between[row], made);
        for (int column = 0; column < results; column++) store(row * results + column, made[column]);
    }
}

/// Elements [top, top + extent) × [left, left + extent) of one block of channels; 0 outside the picture.
template <int extent>
inline void load(const float *plane, int64_t height, int64_t columns, int64_t top, int64_t left, vector (&x)[extent][extent]) {
    if (top >= 0 && left >= 0 && top + extent <= height && left + extent <= columns) {
        for (int i = 0; i < extent; i++)
            for (int j = 0; j < extent; j++) x[i][j] = at(plane + ((top + i) * columns + left + j) * WIDTH);
        return;
    }
    for (int i = 0; i < extent; i++) {
        for (int j = 0; j < extent; j++) {
            int64_t row = top + i, column = left + j;
            bool inside = row >= 0 && row < height && column >= 0 && column < columns;
            x[i][j] = inside ? at(plane + (row * columns + column) * WIDTH) : vector{};
        }
    }
}

// MARK: - Matrix products

/// Four input channels × `vectors` blocks of output channels, summed over tiles onto `sums`.
template <int vectors>
inline void add_products(int64_t tiles, const float *v, const float *z, bool is_first, float *sums) {
    const int rows = 4;
    vector total[rows][vectors];
    THAW_UNROLL
    for (int row = 0; row < rows; row++) {
        THAW_UNROLL
        for (int j = 0; j < vectors; j++) total[row][j] = is_first ? vector{} : at(sums + (row * vectors + j) * WIDTH);
    }
    for (int64_t t = 0; t < tiles; t++) {
        vector b[vectors];
        THAW_UNROLL
        for (int j = 0; j < vectors; j++) b[j] = at(z + (t * vectors + j) * WIDTH);
        THAW_UNROLL
        for (int row = 0; row < rows; row++) {
            vector x = splat(v[t * WIDTH + row]);
            THAW_UNROLL
            for (int j = 0; j < vectors; j++) total[row][j] += x * b[j];
        }
    }
    THAW_UNROLL
    for (int row = 0; row < rows; row++) {
        THAW_UNROLL
        for (int j = 0; j < vectors; j++) put(sums + (row * vectors + j) * WIDTH, total[row][j]);
    }
}

// MARK: - Pieces of work

/// Bᵀ d B for some tiles of one block of input channels; a tile's 36 elements are `between` floats apart.
void transform_inputs(const Winograd &winograd, const Sizes &s, const float *source, int64_t block, int64_t first, int64_t count, float *v,
    int64_t between) {
    for (int64_t t = 0; t < count; t++) {
        thaw::Tile tile(winograd, first + t);
        vector x[side][side];
        load<side>(source + (tile.sample * s.in_blocks + block) * s.in_plane(), s.in_height, s.in_width, tile.top - s.top, tile.left - s.left, x);
        both_ways<side, side, input_transform>(x, [&](int position, vector value) { put(v + t * WIDTH + position * between, value); });
    }
}

template <int function>
struct Forward {
    const Winograd &winograd;
    Sizes s;
    int64_t tiles, each;
    const float *source, *transformed, *bias;
    bool adds_target;
    float *scratch, *target;

    void piece(int64_t piece, int worker) {
        int64_t first = piece * each, count = std::min(each, tiles - first);
        int64_t v_position = s.in_blocks * each * WIDTH + gap, m_position = s.out_blocks * each * WIDTH + gap;
        float *v = scratch + worker * positions * (v_position + m_position), *m = v + positions * v_position;
        for (int64_t block = 0; block < s.in_blocks; block++)
            transform_inputs(winograd, s, source, block, first, count, v + block * each * WIDTH, v_position);
        int64_t in = s.in_blocks * WIDTH, u_position = in * s.out_blocks * WIDTH + gap;
        for (int position = 0; position < positions; position++) {
            const float *a = v + position * v_position, *u = transformed + position * u_position;
            multiply_all(count, a, u, m + position * m_position);
        }
        for (int64_t block = 0; block < s.out_blocks; block++) {
            vector offset = bias ? at(bias + block * WIDTH) : vector{};
            for (int64_t t = 0; t < count; t++) {
                thaw::Tile tile(winograd, first + t);
                float *plane = target + (tile.sample * s.out_blocks + block) * s.out_plane();
                finish(m + (block * each + t) * WIDTH, m_position, offset, tile, plane);
            }
        }
    }

    /// One position's products.
    void multiply_all(int64_t count, const float *v, const float *u, float *m) const {
        for_chunks(s.in_blocks, [&](int64_t begin, int64_t end) {
            Products all{end - begin, each * WIDTH, s.in_blocks * WIDTH * WIDTH, each * WIDTH};
            all.adds = begin > 0;
            const float *a = v + begin * each * WIDTH, *begun = u + begin * WIDTH * WIDTH;
            const float *after = end < s.in_blocks ? u + end * WIDTH * WIDTH : u + s.in_blocks * s.out_blocks * WIDTH * WIDTH + gap;
            for_pairs(s.out_blocks, all, begun, after, [&](int64_t block, bool is_pair, const Products &p, const float *u, const float *next) {
                int64_t asked = 0;
                float *y = m + block * each * WIDTH;
                multiply_run(is_pair, count, p, a, u, next, asked, y);
            });
        });
    }

    void finish(const float *m, int64_t m_position, vector offset, const thaw::Tile &tile, float *plane) {
        vector between[step][side];
        THAW_UNROLL
        for (int column = 0; column < side; column++) {
            vector line[side], made[step];
            for (int row = 0; row < side; row++) line[row] = at(m + (row * side + column) * m_position);
            output_transform(line, made);
            for (int row = 0; row < step; row++) between[row][column] = made[row];
        }
        int64_t height = std::min<int64_t>(step, s.out_height - tile.top), columns = std::min<int64_t>(step, s.out_width - tile.left);
        for (int64_t row = 0; row < height; row++) {
            vector made[step];
            output_transform(between[row], made);
            float *y = plane + ((tile.top + row) * s.out_width + tile.left) * WIDTH;
            for (int64_t column = 0; column < columns; column++) {
                vector value = made[column] + offset;
                if (adds_target) value += at(y + column * WIDTH);
                put(y + column * WIDTH, activated<function>(value));
            }
        }
    }
};

/// The transformed filters of one block of output channels.
struct Filters {
    int64_t in, out;
    const WeightPlaces &places;
    /// The pass backward: `in` counts the filter's outputs.
    bool turned;
    const float *weights;
    float *transformed;

    void piece(int64_t piece, int) {
        int64_t first = piece * WIDTH, u_position = in * out + gap;
        const auto &lanes = turned ? places.in : places.out, &others = turned ? places.out : places.in;
        bool together = lanes[first + WIDTH - 1] - lanes[first] == WIDTH - 1;
        for (int64_t other = 0; other < in; other++) {
            float *target = transformed + first * in + other * WIDTH;
            vector x[3][3];
            for (int tap = 0; tap < 9; tap++) {
                const float *from = weights + others[other] + places.tap[turned ? 8 - tap : tap];
                vector value;
                if (together)
                    value = at(from + lanes[first]);
                else
                    for (int i = 0; i < WIDTH; i++) value[i] = from[lanes[first + i]];
                x[tap / 3][tap % 3] = value;
            }
            both_ways<3, side, filter_transform>(x, [&](int position, vector value) { put(target + position * u_position, value); });
        }
    }
};

/// One round of the weights' gradient: some tiles' inputs and gradients, transformed.
struct GradientTiles {
    const Winograd &winograd;
    Sizes s;
    int64_t first, count, each;
    const float *source, *gradient;
    float *v, *z;

    int64_t v_position() const { return s.in_blocks * each * WIDTH + gap; }
    int64_t z_position() const { return s.out_blocks * each * WIDTH + gap; }

    void piece(int64_t piece, int) {
        bool is_input = piece < s.in_blocks;
        int64_t block = is_input ? piece : piece - s.in_blocks;
        // Panels of two blocks, the last one of one if their number is odd.
        int64_t of_panel = block / 2 * 2 + 2 <= s.out_blocks ? 2 : 1;
        float *z_place = z + block / 2 * each * panel + block % 2 * WIDTH;
        if (is_input) return transform_inputs(winograd, s, source, block, first, count, v + block * each * WIDTH, v_position());
        for (int64_t t = 0; t < count; t++) {
            thaw::Tile tile(winograd, first + t);
            vector x[step][step];
            load<step>(gradient + (tile.sample * s.out_blocks + block) * s.out_plane(), s.out_height, s.out_width, tile.top, tile.left, x);
            float *place = z_place + t * of_panel * WIDTH;
            both_ways<step, side, gradient_transform>(x, [&](int position, vector value) { put(place + position * z_position(), value); });
        }
    }
};

/// One round's products: a piece is a position and a panel of output channels.
struct GradientProducts {
    const GradientTiles &tiles;
    bool is_first;
    float *sums;

    void piece(int64_t piece, int) {
        const Sizes &s = tiles.s;
        int64_t panels = up(s.out_blocks, 2), position = piece / panels, begin = piece % panels * 2, in = s.in_blocks * WIDTH;
        bool is_full = begin + 2 <= s.out_blocks;
        const float *z = tiles.z + position * tiles.z_position() + begin * tiles.each * WIDTH;
        float *target = sums + position * (in * s.out_blocks * WIDTH + gap) + begin * WIDTH * in;
        for (int64_t channel = 0; channel < in; channel += 4) {
            const float *v = tiles.v + position * tiles.v_position() + channel / WIDTH * tiles.each * WIDTH + channel % WIDTH;
            if (is_full)
                add_products<2>(tiles.count, v, z, is_first, target + channel * panel);
            else
                add_products<1>(tiles.count, v, z, is_first, target + channel * WIDTH);
        }
    }
};

/// Gᵀ u G for one panel, into the weights' gradient, row-major.
struct GradientFilters {
    int64_t in, out;
    const float *sums;
    float *gradient;

    void piece(int64_t piece, int) {
        int64_t begin = piece * panel, end = std::min(begin + panel, out), position = in * out + gap;
        for (int64_t channel = 0; channel < in; channel++) {
            for (int64_t lane = begin; lane < end; lane += WIDTH) {
                const float *u = sums + begin * in + channel * (end - begin) + lane - begin;
                vector x[side][side];
                for (int i = 0; i < positions; i++) x[i / side][i % side] = at(u + i * position);
                both_ways<side, 3, filter_gradient_transform>(x, [&](int tap, vector value) {
                    for (int i = 0; i < WIDTH; i++) gradient[((lane + i) * in + channel) * 9 + tap] = value[i];
                });
            }
        }
    }
};

/// The bias' gradient: one block of channels.
struct BiasSums {
    Sizes s;
    const float *gradient;
    float *sums;

    void piece(int64_t block, int) {
        double total[WIDTH] = {};
        for (int64_t sample = 0; sample < s.batch; sample++) {
            const float *plane = gradient + (sample * s.out_blocks + block) * s.out_plane();
            for (int64_t row = 0; row < s.out_height; row++) {
                vector sum{};
                for (int64_t column = 0; column < s.out_width; column++) sum += at(plane + (row * s.out_width + column) * WIDTH);
                for (int i = 0; i < WIDTH; i++) total[i] += sum[i];
            }
        }
        for (int i = 0; i < WIDTH; i++) sums[block * WIDTH + i] = static_cast<float>(total[i]);
    }
};

template <int function>
void run_forward(int threads, Forward<function> work) {
    thaw::run_work(threads, up(work.tiles, work.each), work);
}

}  // namespace
THAW_INSTRUCTIONS_END
#endif

namespace thaw {

bool Winograd::suits(const thaw_convolution &s) {
    return has_products(s) && s.kernel_height == 3 && s.kernel_width == 3 && s.stride_height == 1 && s.stride_width == 1 && s.dilation_height == 1
        && s.dilation_width == 1 && s.top >= 0 && s.left >= 0 && s.top <= 2 && s.left <= 2;
}

Winograd::Winograd(const thaw_convolution &s)
    : sizes{s.batch, s.in_channels / width, s.out_channels / width, s.in_height, s.in_width, s.out_height, s.out_width, s.top, s.left},
      tile_rows(up(s.out_height, step)), tile_columns(up(s.out_width, step)) {}

Winograd Winograd::backward_data(const thaw_convolution &shape) {
    thaw_convolution s = shape;
    std::swap(s.in_channels, s.out_channels);
    std::swap(s.in_height, s.out_height);
    std::swap(s.in_width, s.out_width);
    s.top = 2 - shape.top;
    s.left = 2 - shape.left;
    return Winograd(s);
}

int64_t Winograd::most_tiles() const {
    // Few are better while what they need stays near; with many channels the weights are the larger part, and are read once for a piece.
    return std::min<int64_t>(sizes.in_blocks + sizes.out_blocks >= 64 ? 48 : 24, tiles());
}

int64_t Winograd::tiles_each(int threads) const {
    // Equal pieces, as many for each thread.
    int64_t pieces = up(tiles(), most_tiles());
    if (tiles() >= threads * rows_at_once) pieces = up(pieces, threads) * threads;
    return up(tiles(), pieces);
}

int64_t Winograd::weight_count(int64_t in_channels, int64_t out_channels) { return positions * (in_channels * out_channels + gap); }

int64_t Winograd::forward_scratch(int threads) const {
    return threads * positions * ((sizes.in_blocks + sizes.out_blocks) * most_tiles() * width + 2 * gap);
}

int64_t Winograd::gradient_scratch() const {
    int64_t each = std::min<int64_t>(gradient_tiles, tiles());
    return positions * ((sizes.in_blocks + sizes.out_blocks) * each * width + 2 * gap) + weight_count(in_channels(), out_channels());
}

#if defined(__x86_64__)

void Winograd::transform_weights(int threads, int64_t in_channels, int64_t out_channels, const WeightPlaces &places, bool turned,
    const float *weights, float *transformed) {
    Filters work{in_channels, out_channels, places, turned, weights, transformed};
    run_work(threads, out_channels / width, work);
}

void Winograd::forward(int threads, const float *source, const float *transformed, const float *bias, bool adds_target, int function,
    float *scratch, float *target) const {
#define THAW_RUN(name) \
    case name: return run_forward(threads, Forward<name>{*this, sizes, tiles(), tiles_each(threads), source, transformed, bias, adds_target, scratch, target})
    switch (function) {
        THAW_RUN(THAW_RELU);
        THAW_RUN(THAW_CLIP6);
        THAW_RUN(THAW_SILU);
        THAW_RUN(THAW_HARDSWISH);
        THAW_RUN(THAW_SIGMOID);
        THAW_RUN(THAW_HARDSIGMOID);
        THAW_RUN(-1);
    }
#undef THAW_RUN
}

void Winograd::backward_weights(int threads, const float *source, const float *target_gradient, float *scratch, float *weight_gradient,
    float *bias_gradient) const {
    int64_t each = std::min<int64_t>(gradient_tiles, tiles());
    GradientTiles round{*this, sizes, 0, 0, each, source, target_gradient, scratch, nullptr};
    round.z = scratch + positions * round.v_position();
    float *sums = round.z + positions * round.z_position();
    for (; round.first < tiles(); round.first += each) {
        round.count = std::min(each, tiles() - round.first);
        run_work(threads, sizes.in_blocks + sizes.out_blocks, round);
        GradientProducts products{round, round.first == 0, sums};
        run_work(threads, positions * up(sizes.out_blocks, 2), products);
    }
    GradientFilters filters{in_channels(), out_channels(), sums, weight_gradient};
    run_work(threads, up(out_channels(), panel), filters);
    if (!bias_gradient) return;
    BiasSums bias{sizes, target_gradient, bias_gradient};
    run_work(threads, sizes.out_blocks, bias);
}

#else

// Never called: nothing suits.
void Winograd::transform_weights(int, int64_t, int64_t, const WeightPlaces &, bool, const float *, float *) {}
void Winograd::forward(int, const float *, const float *, const float *, bool, int, float *, float *) const {}
void Winograd::backward_weights(int, const float *, const float *, float *, float *, float *) const {}

#endif

}  // namespace thaw
