// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A fixed team of threads for short parallel loops: workers spin briefly for the next loop, then sleep.
///
/// The caller works too and never waits for a worker that has not woken: a loop is done when its chunks are
/// done. A loop started while another runs (from a second caller or from inside a body) runs on its caller
/// alone.
/// @code ThreadPool pool(2); pool.parallel_for(n, 1024, [&](index_t begin, index_t end) { ... }); @endcode
class ThreadPool {
 public:
  /// @param threads callers plus workers, >= 1; 0 means one for each hardware thread.
  explicit ThreadPool(int threads = 0) {
    require<value_error>(threads >= 0, "ThreadPool: threads is {}, expected >= 0", threads);
    if (threads == 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work_until_stopped(); });
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() {
    stopping_.store(true, std::memory_order_relaxed);
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  /// Threads that share a loop, the caller included.
  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls body(begin, end) over disjoint ranges that cover [0, n), each of `grain` items but the last; a
  /// loop that runs on its caller alone gets one range. Which thread runs which range is not fixed. The first
  /// exception of a body is rethrown here after all ranges have ended.
  template <typename Body>
  void parallel_for(index_t n, index_t grain, Body&& body) {
    if (n <= 0) return;
    grain = std::max<index_t>(grain, 1);
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
    chunks_ = chunks;
    failure_ = nullptr;
    pending_.store(chunks, std::memory_order_relaxed);
    ++serial_;
    ticket_.store((serial_ << 32) | static_cast<std::uint64_t>(chunks), std::memory_order_release);
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    while (claim_and_run()) {
    }
    wait_for_pending();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // The ticket holds the loop's serial number (high half) and how many chunks are unclaimed (low half), so a
  // worker that wakes late cannot claim from a loop that it did not see published; a claimed chunk keeps its
  // loop alive.
  bool claim_and_run() {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    do {
      if ((ticket & 0xFFFFFFFFU) == 0) return false;
    } while (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                            std::memory_order_acquire));
    const index_t chunk = chunks_ - static_cast<index_t>(ticket & 0xFFFFFFFFU);
    const index_t begin = chunk * grain_;
    const bool outer = inside_;
    inside_ = true;
    try {
      run_(context_, begin, std::min(n_, begin + grain_));
    } catch (...) {
      const std::lock_guard<std::mutex> guard(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    inside_ = outer;
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_all();
    return true;
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

  void work_until_stopped() {
    std::uint32_t seen = epoch_.load(std::memory_order_acquire);
    while (!stopping_.load(std::memory_order_relaxed)) {
      while (claim_and_run()) {
      }
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

  std::mutex turn_;
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<index_t> pending_{0};
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> stopping_{false};
  std::uint64_t serial_ = 0;
  void (*run_)(void*, index_t, index_t) = nullptr;
  void* context_ = nullptr;
  index_t n_ = 0;
  index_t grain_ = 1;
  index_t chunks_ = 0;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> workers_;
  static inline thread_local bool inside_ = false;  // a loop within a body must not wait for its own pool
};

}  // namespace flashvideo
