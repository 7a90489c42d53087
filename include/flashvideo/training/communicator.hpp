// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include "flashvideo/core/config.hpp"

namespace flashvideo {

/// Processes that train one model together, each on its own micro-batches (data parallel). Every call is made
/// by all of them, in the same order.
///
/// | member | meaning |
/// | --- | --- |
/// | `rank()`, `size()` | this process, 0 .. size - 1; how many |
/// | `all_reduce(backend, data, n)` | data[i] <- its sum over all processes, in one fixed order of ranks, n elements in the backend's memory |
/// | `all_reduce(double)` | the sum over all processes, the same on each |
///
/// Parameters, moments and step are equal everywhere from the start (initial values and checkpoints are read
/// by each), and stay so because every process makes the same update; rank 0 alone writes files. One with MPI
/// or NCCL is a component of its own with these members.
template <typename C, typename Backend>
concept Communicator = requires(C& communicator, const C& constant, const Backend& backend, float* data,
                                index_t size, double value) {
  { constant.rank() } -> std::same_as<index_t>;
  { constant.size() } -> std::same_as<index_t>;
  communicator.all_reduce(backend, data, size);
  { communicator.all_reduce(value) } -> std::same_as<double>;
};

/// One process alone: nothing to exchange.
class SingleProcess {
 public:
  /// The first.
  index_t rank() const { return 0; }
  /// And the only one.
  index_t size() const { return 1; }
  /// @{
  /// Leaves what is given as it is: the sum over one process.
  template <typename Backend, typename T>
  void all_reduce(const Backend&, T*, index_t) {}
  double all_reduce(double value) { return value; }
  /// @}
};

}  // namespace flashvideo
