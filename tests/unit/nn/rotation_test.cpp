// SPDX-License-Identifier: MIT
#include "flashvideo/nn/rotation.hpp"

#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/nn/position.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

TEST_CASE("RotationAngles: more pairs than a functor carries are refused") {
  CHECK_THROWS_AS(RotationAngles(std::vector<double>(257)), value_error);
}

TEMPLATE_TEST_CASE("Rotation: every head's pairs turn by n theta, and turning back undoes it", "", float,
                   double) {
  const index_t length = 7, batch = 2, heads = 3, d_key = 6;
  const auto theta = Position::xpos().angles(d_key);
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
                           RotationAngles(Position::rope().angles(d_key)), {length}, table.view()});
  cpu.for_each(length, Rotation<double>{table.view(), length, 1, 0.3, Turn::forward, x.view()});
  cpu.for_each(length, Rotation<double>{table.view(), length, 1, 0.3, Turn::back, y.view()});
  CHECK(oracle::inner(x.data, y0.data) == Approx(oracle::inner(x0.data, y.data)).epsilon(1e-13));
}
