// Pieces of work on the threads that oneDNN computes on: a second pool would fight with the first for the same processors.
#pragma once

#include <cstdint>

namespace thaw {

/// Threads for what the calling thread runs, as oneDNN would use them.
int current_threads();

/// Runs `body(context, piece, worker)` once for each piece, on at most `threads` threads at a time; workers count from 0.
void run_pieces(int threads, int64_t pieces, void (*body)(void *context, int64_t piece, int worker), void *context);

/// The same for anything with a method `piece(number, worker)`.
template <typename Work>
void run_work(int threads, int64_t pieces, Work &work) {
    run_pieces(threads, pieces, [](void *context, int64_t piece, int worker) { static_cast<Work *>(context)->piece(piece, worker); }, &work);
}

}  // namespace thaw
