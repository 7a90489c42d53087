// SPDX-License-Identifier: MIT
#include "flashvideo/nn/parameter_writer.hpp"

#include <string>

#include "flashvideo/io/safetensors_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

ParameterLayout small_layout() {
  ParameterLayout layout;
  layout.add("a.weight", Shape<2>{3, 5}, Initializer::normal(1));
  layout.add("b", Shape<1>{7}, Initializer::uniform(3));
  return layout;
}

TEST_CASE("add_parameters: values of another layout are refused") {
  SafetensorsWriter writer;
  const std::vector<float> few(3);
  CHECK_THROWS_WITH(add_parameters<float>(writer, "", small_layout(), few, DType::F32),
                    "add_parameters: 3 values, expected 23");
}

TEST_CASE("add_parameters: int8 keeps the largest value of a row at 127, vectors as float") {
  const ParameterLayout layout = small_layout();
  std::vector<float> values(static_cast<std::size_t>(layout.size()), 0.0F);
  values[0] = -2.54F;  // row 0
  values[1] = 1.27F;
  values[5] = 0.0F;   // row 1 stays zero
  values[12] = 0.5F;  // row 2
  SafetensorsWriter writer;
  add_parameters<float>(writer, "m.", layout, values, DType::I8);
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  writer.write(path);
  const SafetensorsFile file(path);
  CHECK(file.find("m.a.weight").dtype == DType::I8);
  CHECK(file.find("m.b").dtype == DType::F32);
  const auto stored = file.read<float>("m.a.weight");
  CHECK(stored[0] == -127);
  CHECK(stored[1] == 64);  // 63.5, away from zero
  CHECK(stored[5] == 0);
  CHECK(stored[12] == 127);
  const auto scales = file.read<float>("m.a.weight.scale");
  REQUIRE(scales.size() == 3);
  CHECK(scales[0] == Approx(0.02));
  CHECK(scales[1] == 1);
}

}  // namespace
