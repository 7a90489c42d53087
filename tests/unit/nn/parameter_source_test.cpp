// SPDX-License-Identifier: MIT
#include "flashvideo/nn/parameter_source.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("parameter sources: a flat array comes back in the backend's memory, gaps of alignment left out") {
  ParameterLayout layout;
  layout.add("a", Shape<2>{3, 5}, Initializer::normal(1));
  layout.add("b", Shape<1>{7}, Initializer::normal(1));
  const std::vector<float> values = initial_values<float>(layout, 3);
  static_assert(ParameterSource<FlatParameters>);
  const Cpu cpu(1);
  const auto buffer = cpu.allocate<float>(layout.size());
  upload_parameters(cpu, layout, FlatParameters(layout, values, "Test"), buffer.data());
  CHECK(std::vector<float>(buffer.data(), buffer.data() + layout.size()) == values);
  CHECK_THROWS_WITH(FlatParameters(layout, std::vector<float>(3), "Test"),
                    "Test: 3 parameter values, expected " + std::to_string(layout.size()));
}
