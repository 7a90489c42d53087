// SPDX-License-Identifier: MIT
#include "flashvideo/core/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/few_threads.hpp"

using namespace flashvideo;

namespace {

/// Runs a loop that counts how often each item is visited; true if each once.
bool visits_each_once(ThreadPool& pool, index_t n, index_t grain) {
  std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
  pool.parallel_for(n, grain, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i)
      visits[static_cast<std::size_t>(i)].fetch_add(1, std::memory_order_relaxed);
  });
  return std::all_of(visits.begin(), visits.end(), [](const std::atomic<int>& count) { return count == 1; });
}

}  // namespace

TEST_CASE("ThreadPool: every item is visited once") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    REQUIRE(pool.size() == threads);
    for (const index_t n : {0, 1, 2, 7, 64, 1000}) {
      for (const index_t grain : {-1, 0, 1, 3, 64, 5000}) REQUIRE(visits_each_once(pool, n, grain));
    }
  }
}

TEST_CASE("ThreadPool: many short loops, with rests in which workers fall asleep") {
  ThreadPool pool(4);
  bool good = true;
  for (int turn = 0; turn < 3000; ++turn) {
    good = good && visits_each_once(pool, 1 + turn % 9, 1);
    if (turn % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  REQUIRE(good);
}

TEST_CASE("ThreadPool: what a loop wrote is visible to its caller and to the next loop") {
  ThreadPool pool(3);
  std::vector<index_t> values(512, 1);
  for (int turn = 0; turn < 200; ++turn) {
    pool.parallel_for(512, 16, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) values[static_cast<std::size_t>(511 - i)] += 1;
    });
    REQUIRE(std::accumulate(values.begin(), values.end(), index_t{0}) == 512 * (turn + 2));
  }
}

TEST_CASE("ThreadPool: more than one thread works") {
  ThreadPool pool(2);
  std::atomic<int> inside{0};
  bool met = false;
  for (int turn = 0; turn < 100 && !met; ++turn) {
    std::atomic<bool> both{false};
    inside = 0;
    pool.parallel_for(2, 1, [&](index_t, index_t) {
      inside.fetch_add(1);
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
      while (inside.load() < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
      if (inside.load() == 2) both = true;
    });
    met = both;
  }
  REQUIRE(met);
}

TEST_CASE(
    "ThreadPool: a thread goes through its own share from the front, then takes from the others' backs") {
  ThreadPool pool(2);
  const auto caller = std::this_thread::get_id();
  std::vector<index_t> by_caller, by_worker;
  std::atomic<bool> met{false};
  std::atomic<int> by_caller_done{0};
  pool.parallel_for(100, 1, [&](index_t begin, index_t) {
    const bool is_caller = std::this_thread::get_id() == caller;
    (is_caller ? by_caller : by_worker).push_back(begin);
    if (!is_caller) met = true;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (begin == 0 && !met && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    // the worker stays in its first chunk until the caller has done all others
    while (begin == 50 && !is_caller && by_caller_done.load() < 99 &&
           std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    if (is_caller) by_caller_done.fetch_add(1);
  });
  REQUIRE(by_worker == std::vector<index_t>{50});
  std::vector<index_t> expected(50);
  std::iota(expected.begin(), expected.end(), index_t{0});
  for (index_t chunk = 99; chunk > 50; --chunk) expected.push_back(chunk);
  REQUIRE(by_caller == expected);
}

TEST_CASE("ThreadPool: the first exception reaches the caller after all ranges have ended") {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (int turn = 0; turn < 50; ++turn) {
      std::atomic<int> ended{0};
      const auto loop = [&] {
        pool.parallel_for(20, 1, [&](index_t begin, index_t end) {
          for (index_t i = begin; i < end; ++i) {
            if (i == 7) throw std::out_of_range("item 7");
            ended.fetch_add(1);
          }
        });
      };
      REQUIRE_THROWS_WITH(loop(), "item 7");
      REQUIRE(ended == (threads == 1 ? 7 : 19));
      REQUIRE(visits_each_once(pool, 20, 1));
    }
  }
}

TEST_CASE("ThreadPool: a loop inside a body runs there and visits all") {
  ThreadPool pool(3);
  ThreadPool other(2);
  std::atomic<int> bad{0};
  pool.parallel_for(30, 1, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      if (!visits_each_once(pool, 40, 3) || !visits_each_once(other, 40, 3)) bad.fetch_add(1);
    }
  });
  REQUIRE(bad == 0);
}

TEST_CASE("ThreadPool: several callers share one pool") {
  ThreadPool pool(3);
  std::atomic<int> bad{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (int turn = 0; turn < 300; ++turn) {
        if (!visits_each_once(pool, 10 + c, 1)) bad.fetch_add(1);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  REQUIRE(bad == 0);
}

TEST_CASE("ThreadPool: pools come and go") {
  for (int turn = 0; turn < 100; ++turn) {
    ThreadPool pool(3);
    if (turn % 2 == 0) REQUIRE(visits_each_once(pool, 5, 1));
  }
}

TEST_CASE("ThreadPool: a negative number of threads is refused, zero means the machine's") {
  REQUIRE_THROWS_AS(ThreadPool(-1), value_error);
  REQUIRE_THROWS_AS(ThreadPool(1'000'001), value_error);
  REQUIRE(ThreadPool(0).size() >= 1);
}

TEST_CASE(
    "ThreadPool: where the system starts no more threads, those that run are ended and a sentence says so") {
  const auto several = [] {
    for (int i = 0; i < 3; ++i) {  // the threads of the pools before do not count any more
      try {
        ThreadPool pool(64);
      } catch (const io_error&) {
        if (i == 2) throw;
      }
    }
  };
  REQUIRE_THAT(
      test::thrown_with_few_threads(several),
      Catch::Matches("ThreadPool: cannot start thread [2-5] of 64: Resource temporarily unavailable"));
  REQUIRE(test::thrown_with_few_threads([] { ThreadPool pool(1); }) == "nothing was thrown");
}
