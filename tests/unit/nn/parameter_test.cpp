// SPDX-License-Identifier: MIT
#include "flashvideo/nn/parameter.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("ParameterLayout: tensors lie apart, each at a multiple of 16, stacked ones end to end") {
  ParameterLayout layout;
  const Parameter<2> a = layout.add("a", Shape<2>{3, 5}, Initializer::normal(1));
  const Parameter<1> b = layout.add("b", Shape<1>{7}, Initializer::constant(1));
  const Parameter<2> c =
      layout.add_product({{"c0", 2, Initializer::constant(2)}, {"c1", 3, Initializer::constant(3)}}, 5)
          .matrix;
  CHECK(a.offset == 0);
  CHECK(b.offset == 16);
  CHECK(c.offset == 32);
  CHECK(c.shape == Shape<2>{5, 5});
  CHECK(layout.size() == 57);
  CHECK(layout.parameter_count() == 15 + 7 + 25);
  REQUIRE(layout.entries().size() == 4);
  CHECK(layout.entries()[3].name == "c1");
  CHECK(layout.entries()[3].offset == 42);
  CHECK(layout.entries()[3].shape == std::vector<index_t>{3, 5});
  CHECK(layout.entries()[0].decays);
  CHECK_FALSE(layout.entries()[1].decays);
  CHECK(layout.entries()[2].decays);
}

TEST_CASE("ParameterLayout: a name is given once") {
  ParameterLayout layout;
  layout.add("a", Shape<1>{1}, Initializer::constant(0));
  CHECK_THROWS_WITH(layout.add("a", Shape<1>{2}, Initializer::constant(0)),
                    "ParameterLayout: two parameters are named a");
}

TEST_CASE("ParameterView: a parameter is a view into the flat array, for reading and for writing") {
  ParameterLayout layout;
  layout.add("a", Shape<1>{3}, Initializer::constant(0));
  const Parameter<2> b = layout.add("b", Shape<2>{2, 2}, Initializer::constant(0));
  std::vector<float> values(static_cast<std::size_t>(layout.size()));
  const ParameterView<float> view(values.data());
  view[b](1, 0) = 5;
  CHECK(values[18] == 5.0F);
  const ParameterView<const float> read = view;
  CHECK(read[b](1, 0) == 5.0F);
  CHECK(read[b].shape() == Shape<2>{2, 2});
}

TEST_CASE("initial_values: every kind of start has its law, and each tensor its own numbers") {
  ParameterLayout layout;
  layout.add("constant", Shape<1>{4}, Initializer::constant(0.5));
  layout.add("uniform", Shape<1>{4000}, Initializer::uniform(0.25));
  layout.add("normal", Shape<1>{4000}, Initializer::normal(0.1));
  layout.add("xavier", Shape<2>{40, 100}, Initializer::xavier(100, 40, 2));
  const std::vector<double> values = initial_values<double>(layout, 3);
  const auto moments = [&](std::size_t entry) {
    const auto& e = layout.entries()[entry];
    double mean = 0, square = 0, largest = 0;
    for (index_t i = e.offset; i < e.offset + e.size; ++i) {
      const double value = values[static_cast<std::size_t>(i)];
      mean += value / static_cast<double>(e.size);
      square += value * value / static_cast<double>(e.size);
      largest = std::max(largest, std::abs(value));
    }
    return std::vector<double>{mean, std::sqrt(square), largest};
  };
  CHECK(moments(0) == std::vector<double>{0.5, 0.5, 0.5});
  CHECK(std::abs(moments(1)[0]) < 0.01);
  CHECK(moments(1)[1] == Approx(0.25 / std::sqrt(3.0)).epsilon(0.03));
  CHECK(moments(1)[2] <= 0.25);
  CHECK(std::abs(moments(2)[0]) < 0.006);
  CHECK(moments(2)[1] == Approx(0.1).epsilon(0.04));
  CHECK(moments(3)[2] == Approx(2 * std::sqrt(6.0 / 140)).epsilon(0.01));
  CHECK(values == initial_values<double>(layout, 3));
  CHECK(values != initial_values<double>(layout, 4));
  CHECK(values[16] != values[static_cast<std::size_t>(layout.entries()[3].offset)]);
  for (std::size_t i = 4; i < 16; ++i) CHECK(values[i] == 0.0);  // between tensors
}
