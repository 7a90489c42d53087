// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A fixed team of threads for short parallel loops: workers spin briefly for the next loop, then sleep.
///
/// Each thread begins with a share of its own, from its front on, so that it reads memory from end to end and
/// finds in its caches what it left there in the last loop; a thread that has finished takes chunks from the
/// back of the others' shares. The caller works too and never waits for a worker that has not woken: a loop
/// is done when its chunks are done. A loop started while another runs (from a second caller or from inside a
/// body) runs on its caller alone.
/// @code ThreadPool pool(2); pool.parallel_for(n, 1024, [&](index_t begin, index_t end) { ... }); @endcode
class ThreadPool {
 public:
  /// @param threads callers plus workers, 1 .. 1,000,000; 0 means one for each hardware thread.
  /// @throws io_error when the system does not start so many threads
  explicit ThreadPool(int threads = 0) {
    require<value_error>(threads >= 0 && threads <= 1'000'000,
                         "ThreadPool: threads is {}, expected 0 .. 1000000", threads);
    if (threads == 0) threads = (std::max)(1, static_cast<int>(std::thread::hardware_concurrency()));
    shares_ = std::vector<Share>(static_cast<std::size_t>(threads));
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      for (std::size_t i = 1; i < shares_.size(); ++i)
        workers_.emplace_back([this, i] { work_until_stopped(i); });
    } catch (const std::system_error& refused) {
      const std::size_t started = workers_.size() + 1;
      end_workers();
      throw io_error(formatted_message("ThreadPool: cannot start thread {} of {}: {}", started + 1, threads,
                                       refused.code().message()));
    } catch (...) {
      end_workers();
      throw;
    }
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() { end_workers(); }

  /// Threads that share a loop, the caller included.
  int size() const { return static_cast<int>(shares_.size()); }

  /// Calls body(begin, end) over disjoint ranges that cover [0, n), each of `grain` items but the last; a
  /// loop that runs on its caller alone gets one range. Which thread runs which range is not fixed. The first
  /// exception of a body is rethrown here after all ranges have ended.
  template <typename Body>
  void parallel_for(index_t n, index_t grain, Body&& body) {
    if (n <= 0) return;
    grain = std::max<index_t>(grain, 1 + (n - 1) / most_chunks);
    const index_t chunks = (n + grain - 1) / grain;
    std::unique_lock<std::mutex> turn(turn_, std::defer_lock);
    if (workers_.empty() || chunks == 1 || inside_ || !turn.try_lock()) {
      body(index_t{0}, n);
      return;
    }
    using Plain = std::remove_reference_t<Body>;
    run_ = [](void* context, index_t begin, index_t end) { (*static_cast<Plain*>(context))(begin, end); };
    context_ = const_cast<void*>(static_cast<const void*>(&body));
    n_ = n;
    grain_ = grain;
    failure_ = nullptr;
    pending_.store(chunks, std::memory_order_relaxed);
    const auto threads = static_cast<index_t>(shares_.size());
    for (index_t i = 0; i < threads; ++i) {
      shares_[static_cast<std::size_t>(i)].left.store(
          Share::range(i * chunks / threads, (i + 1) * chunks / threads), std::memory_order_release);
    }
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    work(0);
    wait_for_pending();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  /// The unclaimed chunks [begin, end) of one thread, both in one word. A claim changes that word, so it
  /// holds for the loop that wrote it even when the claimer woke late, and keeps that loop alive.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> left{0};

    static std::uint64_t range(index_t begin, index_t end) {
      return static_cast<std::uint64_t>(begin) << 32 | static_cast<std::uint64_t>(end);
    }
    /// The first chunk (for the owner) or the last (for the others); -1 when none is left.
    index_t claim(bool first) {
      std::uint64_t seen = left.load(std::memory_order_acquire);
      for (;;) {
        const auto begin = static_cast<index_t>(seen >> 32), end = static_cast<index_t>(seen & 0xFFFFFFFFU);
        if (begin == end) return -1;
        const std::uint64_t rest = first ? range(begin + 1, end) : range(begin, end - 1);
        if (left.compare_exchange_weak(seen, rest, std::memory_order_acq_rel, std::memory_order_acquire))
          return first ? begin : end - 1;
      }
    }
  };

  /// Runs chunks of share `own`, then of the others, until none is unclaimed.
  void work(std::size_t own) {
    index_t done = 0;
    inside_ = true;
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      Share& share = shares_[(own + i) % shares_.size()];
      for (index_t chunk = share.claim(i == 0); chunk >= 0; chunk = share.claim(i == 0)) {
        run(chunk);
        ++done;
      }
    }
    inside_ = false;
    if (done > 0 && pending_.fetch_sub(done, std::memory_order_acq_rel) == done) pending_.notify_all();
  }

  void run(index_t chunk) {
    try {
      run_(context_, chunk * grain_, (std::min)(n_, (chunk + 1) * grain_));
    } catch (...) {
      const std::lock_guard<std::mutex> guard(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void wait_for_pending() {
    for (int spin = 0; spin < spins; ++spin) {
      if (pending_.load(std::memory_order_acquire) == 0) return;
      spin_pause();
    }
    for (index_t left = pending_.load(std::memory_order_acquire); left != 0;
         left = pending_.load(std::memory_order_acquire)) {
      pending_.wait(left, std::memory_order_acquire);
    }
  }

  void end_workers() {
    stopping_.store(true, std::memory_order_relaxed);
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  void work_until_stopped(std::size_t own) {
    std::uint32_t seen = epoch_.load(std::memory_order_acquire);
    while (!stopping_.load(std::memory_order_relaxed)) {
      work(own);
      int spin = 0;
      while (spin < spins && epoch_.load(std::memory_order_acquire) == seen) {
        spin_pause();
        ++spin;
      }
      if (spin == spins) epoch_.wait(seen, std::memory_order_acquire);
      seen = epoch_.load(std::memory_order_acquire);
    }
  }

  static constexpr int spins = 400;  // about 10 us: a spinning worker must not starve a shared core
  static constexpr index_t most_chunks = index_t{1} << 30;

  std::mutex turn_;
  std::vector<Share> shares_;  // the caller's first
  alignas(64) std::atomic<index_t> pending_{0};
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> stopping_{false};
  void (*run_)(void*, index_t, index_t) = nullptr;
  void* context_ = nullptr;
  index_t n_ = 0;
  index_t grain_ = 1;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> workers_;
  static inline thread_local bool inside_ = false;  // a loop within a body must not wait for its own pool
};

}  // namespace flashvideo
