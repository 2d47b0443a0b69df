// The sizes that matrix products are cut into. See products.inc.
#pragma once

#include <cstdint>

namespace thaw {

/// How many units a value fills, the last one perhaps in part.
inline int64_t up(int64_t value, int64_t unit) { return (value + unit - 1) / unit; }

/// Rows whose sums are held in registers at a time, and blocks of results beside each other.
const int rows_at_once = 6;
const int blocks_at_once = 2;
/// Steps of a chunk at most: the weights of two blocks of results stay in the first cache while the rows pass by.
const int64_t most_steps = 32;

}  // namespace thaw
