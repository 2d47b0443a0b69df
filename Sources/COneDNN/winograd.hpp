// Convolutions of 3x3 filters by Winograd's way, for processors on which oneDNN has none. See winograd.cpp.
#pragma once

#include "COneDNN.h"

#include <vector>

namespace thaw {

/// Where the weights of a filter lie: element (o, i, tap) at `out[o] + in[i] + tap[tap]`, in floats. Every layout in blocks is such a sum.
struct WeightPlaces {
    std::vector<int64_t> out, in;
    int64_t tap[9];
};

struct Tile;

/// Four by four results at a time from six by six inputs: 36 products instead of 144 for each pair of channels.
class Winograd {
public:
    /// Whether this processor and these sizes suit: 3x3, every pixel, whole blocks of channels.
    static bool suits(const thaw_convolution &shape);

    /// A forward pass.
    explicit Winograd(const thaw_convolution &shape);
    /// The pass from the target's gradient to the source's: a convolution with the filters turned round and the channels exchanged.
    static Winograd backward_data(const thaw_convolution &shape);

    int64_t in_channels() const { return sizes.in_blocks * width; }
    int64_t out_channels() const { return sizes.out_blocks * width; }
    /// Floats of the transformed weights, and of what the passes need beside on at most so many threads.
    static int64_t weight_count(int64_t in_channels, int64_t out_channels);
    int64_t forward_scratch(int threads) const;
    int64_t gradient_scratch() const;

    /// `turned`: for the pass backward; then `in_channels` and `out_channels` are that pass' own, not the filter's.
    static void transform_weights(int threads, int64_t in_channels, int64_t out_channels, const WeightPlaces &places, bool turned,
        const float *weights, float *transformed);

    /// y = f(w * x + b), or y = f(w * x + b + y). `function` < 0: none. `bias` may be NULL.
    void forward(int threads, const float *source, const float *transformed, const float *bias, bool adds_target, int function,
        float *scratch, float *target) const;
    /// The weights' gradient, row-major, and the bias' unless it is NULL. The same bits for any number of threads.
    void backward_weights(int threads, const float *source, const float *target_gradient, float *scratch, float *weight_gradient,
        float *bias_gradient) const;

    static const int width = 8;

    /// Sizes with channels in blocks.
    struct Sizes {
        int64_t batch, in_blocks, out_blocks, in_height, in_width, out_height, out_width, top, left;

        int64_t in_plane() const { return in_height * in_width * width; }
        int64_t out_plane() const { return out_height * out_width * width; }
    };

private:
    Sizes sizes;
    int64_t tile_rows, tile_columns;

    int64_t tiles() const { return sizes.batch * tile_rows * tile_columns; }
    /// Tiles of a piece of the forward pass: at most, and with so many threads.
    int64_t most_tiles() const;
    int64_t tiles_each(int threads) const;
    friend struct thaw::Tile;
};

}  // namespace thaw
