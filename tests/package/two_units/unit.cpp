// SPDX-License-Identifier: MIT
// Compiled twice, as plain_unit and as fast_unit, with different flags; every result is a hash of bits.
#include <cstdint>
#include <flashvideo/flashvideo.hpp>
#include <utility>
#include <vector>

namespace {

/// FNV-1a over the bytes of numbers.
struct Hash {
  std::uint64_t value = 0xCBF29CE484222325ULL;
  template <typename Number>
  void add(Number number) {
    unsigned char bytes[sizeof(Number)];
    __builtin_memcpy(bytes, &number, sizeof(Number));
    for (const unsigned char byte : bytes) value = (value ^ byte) * 0x100000001B3ULL;
  }
};

template <typename Function>
std::uint64_t hash_of(Function function) {
  Hash hash;
  for (int i = 0; i < 4000; ++i) function(hash, i);
  return hash.value;
}

/// y = x w^T by the backend's `rows`, odd extents, two threads.
template <typename Scalar>
std::uint64_t hash_of_rows() {
  using flashvideo::index_t;
  constexpr index_t rows = 7, columns = 37, inner = 131;
  flashvideo::RandomStream random(21);
  std::vector<Scalar> x(rows * inner), w(columns * inner), y(rows * columns);
  for (Scalar& value : x) value = static_cast<Scalar>(random.normal());
  for (Scalar& value : w) value = static_cast<Scalar>(random.normal());
  flashvideo::Cpu cpu(2);
  cpu.rows(flashvideo::MatrixView<const Scalar>(x.data(), {rows, inner}),
           flashvideo::MatrixView<const Scalar>(w.data(), {columns, inner}),
           flashvideo::MatrixView<Scalar>(y.data(), {rows, columns}));
  Hash hash;
  for (const Scalar value : y) hash.add(value);
  return hash.value;
}

/// y = x w^T by packed weights, odd extents, two threads; small products pass through the subnormal range.
std::uint64_t hash_of_packed(flashvideo::PanelLayout layout) {
  using namespace flashvideo;
  constexpr index_t rows = 7, columns = 37, inner = 131;
  RandomStream random(22);
  std::vector<float> x(rows * inner), w(columns * inner), y(rows * columns);
  for (float& value : x) value = static_cast<float>(random.normal() * 3e-38);
  for (float& value : w) value = static_cast<float>(random.normal());
  PackedMatrix packed{layout, nullptr, columns, inner, 1};
  HostBuffer<std::byte> memory(packed.bytes());
  pack_matrix(MatrixView<const float>(w.data(), {columns, inner}), packed, memory.data());
  packed.data = memory.data();
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  verbs::packed_rows(cpu, MatrixView<const float>(x.data(), {rows, inner}), packed,
                     MatrixView<float>(y.data(), {rows, columns}), workspace);
  Hash hash;
  for (const float value : y) hash.add(value);
  return hash.value;
}

}  // namespace

std::vector<std::pair<const char*, std::uint64_t>> UNIT() {
  namespace fm = flashvideo::math;
  return {
      {"exp float", hash_of([](Hash& h, int i) { h.add(fm::exp(0.043F * static_cast<float>(i - 2000))); })},
      {"exp double", hash_of([](Hash& h, int i) { h.add(fm::exp(0.043 * (i - 2000))); })},
      {"log", hash_of([](Hash& h, int i) { h.add(fm::log(0.37 * (i + 1))); })},
      {"sine and cosine", hash_of([](Hash& h, int i) {
         const auto angle = fm::sine_cosine(0.71 * i);
         h.add(angle.sine);
         h.add(angle.cosine);
       })},
      {"sigmoid float",
       hash_of([](Hash& h, int i) { h.add(fm::sigmoid(0.01F * static_cast<float>(i - 2000))); })},
      {"erf double", hash_of([](Hash& h, int i) { h.add(fm::erf(0.002 * (i - 2000))); })},
      {"uniform in a range", hash_of([](Hash& h, int i) {
         h.add(flashvideo::RandomStream(11, static_cast<std::uint32_t>(i)).uniform(-0.3, 0.55));
       })},
      {"normal", hash_of([](Hash& h, int i) {
         h.add(flashvideo::RandomStream(5, static_cast<std::uint32_t>(i)).normal());
       })},
      {"rows float", hash_of_rows<float>()},
      {"rows double", hash_of_rows<double>()},
      {"packed float32", hash_of_packed(flashvideo::PanelLayout::float32)},
      {"packed bfloat16", hash_of_packed(flashvideo::PanelLayout::bfloat16)},
      {"packed int8", hash_of_packed(flashvideo::PanelLayout::int8)},
      {"packed int4", hash_of_packed(flashvideo::PanelLayout::int4)},
  };
}
