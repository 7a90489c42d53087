// SPDX-License-Identifier: MIT
#include "flashvideo/nn/xpos.hpp"

#include "flashvideo/backend/recurrence.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

TEST_CASE("XPos: torchscale's angles end at exactly 1/base, RoPE's before it") {
  const auto xpos = XPos{}.angles(8);
  const auto rope = RoPE{}.angles(8);
  REQUIRE(xpos.size() == 4);
  REQUIRE(rope.size() == 4);
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(xpos[j] == Approx(std::pow(10000.0, -static_cast<double>(j) / 3.0)).epsilon(1e-13));
    CHECK(rope[j] == Approx(std::pow(10000.0, -static_cast<double>(j) / 4.0)).epsilon(1e-13));
  }
  CHECK(XPos{}.angles(2) == std::vector<double>{1.0});
  CHECK(RoPE{}.angles(2) == std::vector<double>{1.0});
}

TEST_CASE("FrameHarmonics: angles come back with the frame or turn half way, each once") {
  const double turn = 6.283185307179586;
  const auto theta = FrameHarmonics{8}.angles(16);  // 4 distinct multiples, both kinds of each
  const std::vector<double> multiples{0, 1.5, 2.5, 3, 0.5, 1, 2, 3.5};  // Thue-Morse: 0 1 1 0, then 1 0 0 1
  REQUIRE(theta.size() == multiples.size());
  for (std::size_t j = 0; j < theta.size(); ++j) CHECK(theta[j] == Approx(turn * multiples[j] / 8));
}

TEST_CASE("FrameHarmonics: a query finds one token of the frame before, XPos does not") {
  // sum_j cos(theta_j (distance - 80)), the largest of all other distances in two frames of 80 tokens
  const auto largest_elsewhere = [](const std::vector<double>& theta) {
    double largest = 0;
    for (int distance = 1; distance < 160; ++distance) {
      double sum = 0;
      for (const double angle : theta) sum += std::cos(angle * (distance - 80));
      if (distance != 80) largest = std::max(largest, sum);
    }
    return largest / static_cast<double>(theta.size());
  };
  CHECK(largest_elsewhere(FrameHarmonics{80}.angles(64)) < 0.45);
  CHECK(largest_elsewhere(XPos{}.angles(64)) > 0.9);
  CHECK_THROWS_WITH(FrameHarmonics{1}.angles(8), "FrameHarmonics: period is 1, expected >= 2");
  CHECK_THROWS_AS(FrameHarmonics{}.angles(5), shape_error);
}

TEST_CASE("XPos: odd and empty head widths are refused") {
  CHECK_THROWS_WITH(XPos{}.angles(5), "XPos: d_key is 5, expected an even number >= 2");
  CHECK_THROWS_AS(RoPE{}.angles(0), shape_error);
  CHECK_THROWS_AS(RotationAngles(std::vector<double>(257)), value_error);
}

TEMPLATE_TEST_CASE("Rotation: every head's pairs turn by n theta, and turning back undoes it", "", float,
                   double) {
  const index_t length = 7, batch = 2, heads = 3, d_key = 6;
  const auto theta = XPos{}.angles(d_key);
  RandomStream random(1);
  Matrix<TestType> x(batch * length, heads * d_key, random);
  const auto original = x.data;
  auto expected = oracle::rotated(x, length, heads, theta);
  for (double& value : expected.data) value *= 0.5;

  const Cpu cpu(2);
  Matrix<TestType> table(length, d_key);
  cpu.for_each(length,
               RotationTable<TestType, SequencePlaces>{RotationAngles(theta), {length}, table.view()});
  Rotation<TestType> rotation{table.view(), length, heads, TestType(0.5), Turn::forward, x.view()};
  cpu.for_each(batch * length, rotation);
  CHECK(oracle::difference(x.data, expected.data) < oracle::tolerance<TestType>() / 10);

  rotation.turn = Turn::back;
  rotation.scale = TestType(2);
  cpu.for_each(batch * length, rotation);
  CHECK(oracle::difference(x.data, original) < oracle::tolerance<TestType>() / 10);
}

TEST_CASE("Rotation: back is the transpose of forward") {
  const index_t length = 5, d_key = 4;
  RandomStream random(1);
  Matrix<double> x(length, d_key, random), y(length, d_key, random);
  const Matrix<double> x0 = x, y0 = y;
  const Cpu cpu(1);
  Matrix<double> table(length, d_key);
  cpu.for_each(length, RotationTable<double, SequencePlaces>{
                           RotationAngles(RoPE{}.angles(d_key)), {length}, table.view()});
  cpu.for_each(length, Rotation<double>{table.view(), length, 1, 0.3, Turn::forward, x.view()});
  cpu.for_each(length, Rotation<double>{table.view(), length, 1, 0.3, Turn::back, y.view()});
  CHECK(oracle::inner(x.data, y0.data) == Approx(oracle::inner(x0.data, y.data)).epsilon(1e-13));
}
