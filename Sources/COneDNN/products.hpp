// The sizes that matrix products are cut into, and where they serve. See products.inc.
#pragma once

#include "COneDNN.h"

namespace thaw {

/// How many units a value fills, the last one perhaps in part.
inline int64_t up(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

/// Rows whose sums are held in registers at a time, and blocks of results beside each other.
const int rows_at_once = 6;
const int blocks_at_once = 2;
/// Steps of a chunk at most: the weights of two blocks of results stay in the first cache while the rows pass by.
const int64_t most_steps = 32;

/// Whether the processor has their instructions and the convolution whole blocks of 8 channels, without groups.
inline bool has_products(const thaw_convolution &s) {
#if defined(__x86_64__)
    const int width = 8;
    return thaw_block_width() == width && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && s.groups == 1
        && s.in_channels % width == 0 && s.out_channels % width == 0 && s.batch > 0 && s.out_height > 0 && s.out_width > 0;
#else
    (void)s;
    return false;
#endif
}

}  // namespace thaw
