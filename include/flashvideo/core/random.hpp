// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// Philox4x32-10, a counter-based generator: the four words are a pure function of (counter, key), so a
/// random number has an address instead of a history. Source: Salmon et al., "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011.
FLASHVIDEO_HOST_DEVICE inline void philox4x32(std::uint32_t counter[4], std::uint32_t key0,
                                              std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    const std::uint32_t high0 = static_cast<std::uint32_t>(product0 >> 32);
    const std::uint32_t high1 = static_cast<std::uint32_t>(product1 >> 32);
    counter[0] = high1 ^ counter[1] ^ key0;
    counter[1] = static_cast<std::uint32_t>(product1);
    counter[2] = high0 ^ counter[3] ^ key1;
    counter[3] = static_cast<std::uint32_t>(product0);
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// Where a random number lives: the run's seed, a stream within it (key frames, a gap, a mask, data order,
/// ...), a position in the stream and an item at that position (a candidate token's id).
struct RandomAddress {
  std::uint64_t seed = 0;      ///< of the run
  std::uint32_t stream = 0;    ///< what the number is for; streams of one seed are independent
  std::uint64_t position = 0;  ///< place in the stream
};

/// 32 random bits at (address, item).
FLASHVIDEO_HOST_DEVICE inline std::uint32_t random_bits(const RandomAddress& at, std::uint32_t item = 0) {
  std::uint32_t counter[4] = {item, static_cast<std::uint32_t>(at.position),
                              static_cast<std::uint32_t>(at.position >> 32), at.stream};
  philox4x32(counter, static_cast<std::uint32_t>(at.seed), static_cast<std::uint32_t>(at.seed >> 32));
  return counter[0];
}

/// Random bits of many items at one address, for four in the time of one: all words of a Philox block are
/// used. Word w of block 16 b + i belongs to item 64 b + 16 w + i, so that a vector of consecutive items
/// comes from consecutive blocks. Other numbers than `random_bits`.
struct RandomItems {
  RandomAddress at;  ///< whose items they are

  static constexpr std::uint32_t group = 64;  ///< items whose blocks stand together
  static constexpr std::uint32_t lanes = 16;  ///< blocks of a group

  /// The four words of a block.
  FLASHVIDEO_HOST_DEVICE void block(std::uint32_t number, std::uint32_t words[4]) const {
    words[0] = number;
    words[1] = static_cast<std::uint32_t>(at.position);
    words[2] = static_cast<std::uint32_t>(at.position >> 32);
    words[3] = at.stream;
    philox4x32(words, static_cast<std::uint32_t>(at.seed), static_cast<std::uint32_t>(at.seed >> 32));
  }
  /// 32 random bits of an item.
  FLASHVIDEO_HOST_DEVICE std::uint32_t bits(std::uint32_t item) const {
    std::uint32_t words[4];
    block(item / group * lanes + item % lanes, words);
    return words[item % group / lanes];
  }
};

/// The middle of the cell of 32 bits, in the open interval (0, 1), exactly representable in double.
FLASHVIDEO_HOST_DEVICE inline double uniform_of_bits(std::uint32_t bits) {
  return (static_cast<double>(bits) + 0.5) * 0x1p-32;
}

/// Uniform in the open interval (0, 1), exactly representable in double.
FLASHVIDEO_HOST_DEVICE inline double random_uniform(const RandomAddress& at, std::uint32_t item = 0) {
  return uniform_of_bits(random_bits(at, item));
}

/// A sequential view of one stream, for data order and initialisation. It is a plain value: saving (address)
/// and restoring it continues the same numbers.
class RandomStream {
 public:
  /// @{
  /// From position 0 of a stream, or from an address.
  RandomStream() = default;
  explicit RandomStream(std::uint64_t seed, std::uint32_t stream = 0) : next_{seed, stream, 0} {}
  explicit RandomStream(const RandomAddress& next) : next_(next) {}
  /// @}

  /// Next 32 random bits.
  std::uint32_t bits() {
    const std::uint32_t value = random_bits(next_);
    ++next_.position;
    return value;
  }
  /// Uniform in (0, 1).
  double uniform() { return uniform_of_bits(bits()); }
  /// Uniform in (low, high).
  double uniform(double low, double high) { return math::fma(high - low, uniform(), low); }
  /// Uniform integer in [0, n), n >= 1, without modulo bias worth naming (multiply-shift).
  index_t below(index_t n) {
    return static_cast<index_t>((static_cast<std::uint64_t>(bits()) * static_cast<std::uint64_t>(n)) >> 32);
  }
  /// Standard normal (Box-Muller, one of the pair).
  double normal() {
    const double radius = math::sqrt(-2.0 * math::log(uniform()));
    return radius * math::sine_cosine(6.283185307179586 * uniform()).cosine;
  }

  /// The address of the next number.
  const RandomAddress& address() const { return next_; }

 private:
  RandomAddress next_{};
};

}  // namespace flashvideo
