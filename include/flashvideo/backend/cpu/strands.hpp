// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "flashvideo/core/thread_pool.hpp"

namespace flashvideo {

/// Calls body(strand, item) for every item; each of the pool.size() strands runs on one thread at a time, so
/// that a strand owns scratch memory. Items go to whichever strand is free.
template <typename Body>
void for_each_on_strands(ThreadPool& pool, index_t items, const Body& body) {
  std::atomic<index_t> next{0};
  pool.parallel_for(pool.size(), 1, [&](index_t begin, index_t end) {
    for (index_t strand = begin; strand < end; ++strand) {
      for (index_t item = next.fetch_add(1, std::memory_order_relaxed); item < items;
           item = next.fetch_add(1, std::memory_order_relaxed)) {
        body(strand, item);
      }
    }
  });
}

}  // namespace flashvideo
