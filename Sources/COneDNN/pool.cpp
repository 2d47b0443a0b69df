#include "pool.hpp"

#include "COneDNN.h"

#include <atomic>
#include <dlfcn.h>
#include <thread>
#include <vector>

namespace {

/// GCC's entry point into OpenMP's pool; LLVM's and Intel's libraries have it too. Absent where oneDNN was built on another runtime.
using starter = void (*)(void (*body)(void *), void *data, unsigned threads, unsigned flags);
using counter = int (*)();

struct Job {
    std::atomic<int64_t> next{0};
    std::atomic<int> workers{0};
    int64_t pieces;
    void (*body)(void *, int64_t, int);
    void *context;
};

void work(void *data) {
    auto job = static_cast<Job *>(data);
    int worker = job->workers.fetch_add(1, std::memory_order_relaxed);
    for (;;) {
        int64_t piece = job->next.fetch_add(1, std::memory_order_relaxed);
        if (piece >= job->pieces) return;
        job->body(job->context, piece, worker);
    }
}

}  // namespace

int thaw::current_threads() {
    static const auto count = reinterpret_cast<counter>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    int found = count ? count() : 1;
    return found > 0 ? found : 1;
}

void thaw::run_pieces(int threads, int64_t pieces, void (*body)(void *, int64_t, int), void *context) {
    static const auto start = reinterpret_cast<starter>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    int count = pieces < threads ? static_cast<int>(pieces) : threads;
    if (count <= 1) {
        for (int64_t piece = 0; piece < pieces; piece++) body(context, piece, 0);
        return;
    }
    Job job;
    job.pieces = pieces;
    job.body = body;
    job.context = context;
    if (start) {
        // As many threads as the pool has: a team of another size would have to be built anew each time.
        start(work, &job, static_cast<unsigned>(threads), 0);
        return;
    }
    std::vector<std::thread> others;
    for (int i = 1; i < count; i++) others.emplace_back(work, &job);
    work(&job);
    for (auto &other : others) other.join();
}

extern "C" void thaw_run_pieces(int threads, int64_t pieces, void (*body)(void *, int64_t, int), void *context) {
    thaw::run_pieces(threads, pieces, body, context);
}
