// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"

namespace flashvideo {

/// The order in which a data set of `size` items is read: every epoch a new permutation. It is a function,
/// not a history: item(n) depends on (seed, n) alone, takes constant time and needs no memory.
///
/// Within epoch e = n / size the place n % size goes through a Feistel network of eight rounds on the
/// smallest even number of bits that holds `size`, again until it falls below `size` (cycle walking: Black
/// and Rogaway, "Ciphers with arbitrary finite domains", 2002), keyed by (seed, e).
/// @code
/// DataOrder order(seed, cache.size());
/// TokenClip clip = cache.clip(order.item(micro_batch.sample_number(batch, i)));
/// @endcode
class DataOrder {
 public:
  /// @throws value_error unless 1 <= size <= 2^40
  DataOrder(std::uint64_t seed, index_t size) : seed_(seed), size_(size) {
    require<value_error>(size >= 1 && size <= (index_t{1} << 40), "DataOrder: size is {}, expected 1 .. 2^40",
                         size);
    while ((index_t{1} << (2 * half_bits_)) < size) ++half_bits_;
  }

  /// The item that the n-th read of the run takes, 0 .. size - 1; n >= 0.
  index_t item(index_t n) const {
    const std::uint64_t epoch = static_cast<std::uint64_t>(n / size_);
    std::uint64_t place = static_cast<std::uint64_t>(n % size_);
    do {
      place = permute(epoch, place);
    } while (place >= static_cast<std::uint64_t>(size_));
    return static_cast<index_t>(place);
  }
  /// Items of an epoch.
  index_t size() const { return size_; }

 private:
  static constexpr std::uint32_t random_stream = 0x74720010U;

  std::uint64_t permute(std::uint64_t epoch, std::uint64_t place) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = place >> half_bits_;
    std::uint64_t right = place & mask;
    for (std::uint32_t round = 0; round < 8; ++round) {
      const std::uint32_t item = (round << 28) | static_cast<std::uint32_t>(right);
      const std::uint64_t next = (left ^ random_bits({seed_, random_stream, epoch}, item)) & mask;
      left = right;
      right = next;
    }
    return (left << half_bits_) | right;
  }

  std::uint64_t seed_;
  index_t size_;
  int half_bits_ = 1;
};

}  // namespace flashvideo
