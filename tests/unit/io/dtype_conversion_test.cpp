// SPDX-License-Identifier: MIT
#include "flashvideo/io/dtype_conversion.hpp"

#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEMPLATE_TEST_CASE("convert_from_stored: reals take every stored number, at any alignment", "", float,
                   double) {
  const auto check = [](auto stored_type) {
    using Stored = decltype(stored_type);
    const std::vector<Stored> values{Stored{0}, Stored{1}, Stored{7}, Stored{100}};
    std::vector<std::byte> bytes(1 + values.size() * sizeof(Stored));
    std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(Stored));
    std::vector<TestType> out(values.size());
    CHECK(convert_from_stored(dtype_of<Stored>, bytes.data() + 1, 4, out.data()) == -1);
    CHECK(out == std::vector<TestType>{0, 1, 7, 100});
  };
  check(std::uint8_t{});
  check(std::int8_t{});
  check(std::uint16_t{});
  check(std::int16_t{});
  check(std::uint32_t{});
  check(std::int32_t{});
  check(std::uint64_t{});
  check(std::int64_t{});
  check(float{});
  check(double{});
}

TEMPLATE_TEST_CASE("convert_to_stored: what F16, BF16, F32, F64 hold exactly comes back", "", float, double) {
  const std::vector<TestType> values{0, TestType(-1.5), TestType(0.25), 96};
  for (const DType dtype : {DType::F16, DType::BF16, DType::F32, DType::F64}) {
    std::vector<std::byte> bytes(4 * static_cast<std::size_t>(dtype_size(dtype)));
    convert_to_stored(dtype, values.data(), 4, bytes.data());
    std::vector<TestType> out(4);
    convert_from_stored(dtype, bytes.data(), 4, out.data());
    CHECK(out == values);
  }
  std::byte byte{};
  CHECK_THROWS_AS(convert_to_stored(DType::I32, values.data(), 1, &byte), value_error);
}

TEST_CASE("convert_from_stored: integers that do not fit are reported by their first index") {
  const std::vector<std::int64_t> values{1, -1, 300};
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  std::vector<std::uint8_t> small(3);
  std::vector<std::int16_t> medium(3);
  CHECK(convert_from_stored(DType::I64, bytes, 3, small.data()) == 1);
  CHECK(convert_from_stored(DType::I64, bytes, 3, medium.data()) == -1);
  CHECK(medium == std::vector<std::int16_t>{1, -1, 300});
}

TEST_CASE("convert_from_stored: reals are never read as integers") {
  const float value = 1.0F;
  std::int32_t out = 0;
  CHECK_THROWS_WITH(convert_from_stored(DType::F32, reinterpret_cast<const std::byte*>(&value), 1, &out),
                    "convert_from_stored: cannot read F32 as integers");
}
