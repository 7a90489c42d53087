// SPDX-License-Identifier: MIT
#pragma once
/// What memory gives: the limit that decoding is compared with.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "flashvideo/backend/cpu/cpu.hpp"

namespace flashvideo::benchmarks {

/// Adds up a slice of memory.
struct ReadSlice {
  static constexpr index_t words = 8192;
  const std::uint64_t* data;
  std::uint64_t* sums;
  void operator()(index_t slice) const {
    const std::uint64_t* from = data + slice * words;
    std::uint64_t sum = 0;
    for (index_t i = 0; i < words; ++i) sum += from[i];
    sums[slice] = sum;
  }
};

/// Bytes per second that up to 64 threads read from memory: the best pass that the run has shown.
inline double read_bandwidth(int threads) {
  constexpr index_t bytes = index_t{256} << 20, slices = bytes / 8 / ReadSlice::words;
  static const HostBuffer<std::uint64_t> memory(bytes / 8), sums(slices);
  static std::array<double, 65> best{};
  double& fastest = best.at(static_cast<std::size_t>(threads));
  const Cpu cpu(threads);
  for (int pass = 0; pass < 4; ++pass) {
    const auto begin = std::chrono::steady_clock::now();
    cpu.for_each(slices, ReadSlice{memory.data(), sums.data()}, ReadSlice::words);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    fastest = std::max(fastest, static_cast<double>(bytes) / seconds.count());
  }
  return fastest;
}

}  // namespace flashvideo::benchmarks
