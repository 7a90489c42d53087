// SPDX-License-Identifier: MIT
#include "flashvideo/nn/parameter_file.hpp"

#include <cmath>

#include "flashvideo/nn/parameter_writer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using test::message_of;

namespace {

ParameterLayout small_layout() {
  ParameterLayout layout;
  layout.add("a.weight", Shape<2>{3, 5}, Initializer::normal(1));
  layout.add("b", Shape<1>{7}, Initializer::uniform(3));
  return layout;
}

template <typename Scalar>
std::string write(const test::TemporaryFolder& folder, const std::vector<Scalar>& values, DType storage,
                  const ParameterLayout& layout = small_layout()) {
  SafetensorsWriter writer;
  add_parameters<Scalar>(writer, "model.", layout, values, storage);
  const std::string path = folder.file("parameters.safetensors");
  writer.write(path);
  return path;
}

// Largest |a - b| / |b|.
template <typename A, typename B>
double worst(const std::vector<A>& a, const std::vector<B>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (b[i] == 0) CHECK(a[i] == 0);
    if (b[i] != 0)
      worst = std::max(worst, std::abs(static_cast<double>(a[i]) / static_cast<double>(b[i]) - 1));
  }
  return worst;
}

}  // namespace

TEST_CASE("parameters: come back as they were, rounded to what they were stored as") {
  const test::TemporaryFolder folder;
  const ParameterLayout layout = small_layout();
  const auto floats = initial_values<float>(layout, 1);
  const auto doubles = initial_values<double>(layout, 1);
  const auto back = [&](const std::string& path) {
    return read_parameters<float>(SafetensorsFile(path), "model.", layout);
  };
  CHECK(back(write(folder, floats, DType::F32)) == floats);
  CHECK(worst(back(write(folder, floats, DType::BF16)), floats) < 0x1p-8);
  CHECK(worst(back(write(folder, floats, DType::BF16)), floats) > 0x1p-12);
  CHECK(worst(back(write(folder, floats, DType::F16)), floats) < 0x1p-10);
  const std::string path = write(folder, doubles, DType::F64);
  CHECK(read_parameters<double>(SafetensorsFile(path), "model.", layout) == doubles);
  CHECK(back(path) == floats);
}

TEST_CASE("parameters: int8 keeps each row of a matrix within half a step of its largest, vectors exactly") {
  const test::TemporaryFolder folder;
  const ParameterLayout layout = small_layout();
  auto values = initial_values<float>(layout, 2);
  for (std::size_t i = 5; i < 10; ++i) values[i] *= 1000;  // a row of its own scale
  for (std::size_t i = 10; i < 15; ++i) values[i] = 0;
  const std::string path = write(folder, values, DType::I8);
  const SafetensorsFile file(path);
  CHECK(file.find("model.a.weight").dtype == DType::I8);
  CHECK(file.find("model.b").dtype == DType::F32);
  CHECK_NOTHROW(refuse_extra_tensors(file, "model.", layout));
  const auto back = read_parameters<float>(file, "model.", layout);
  for (std::size_t row = 0; row < 3; ++row) {
    double largest = 0;
    for (std::size_t i = 5 * row; i < 5 * row + 5; ++i) {
      largest = std::max(largest, static_cast<double>(std::abs(values[i])));
    }
    for (std::size_t i = 5 * row; i < 5 * row + 5; ++i) {
      CHECK(std::abs(static_cast<double>(back[i]) - static_cast<double>(values[i])) <= largest / 254 * 1.001);
    }
  }
  CHECK(std::vector<float>(back.begin() + 16, back.end()) ==
        std::vector<float>(values.begin() + 16, values.end()));
}

TEST_CASE("parameters: a missing, misshapen or extra tensor is named with the file") {
  const test::TemporaryFolder folder;
  const std::string path = write(folder, initial_values<float>(small_layout(), 1), DType::F32);
  const SafetensorsFile file(path);
  ParameterLayout more = small_layout();
  more.add("c", Shape<1>{2}, Initializer::constant(0));
  CHECK(message_of<format_error>([&] { read_parameters<float>(file, "model.", more); }) ==
        path + ": has no tensor \"model.c\"");
  CHECK(message_of<format_error>([&] { read_parameters<float>(file, "other.", small_layout()); }) ==
        path + ": has no tensor \"other.a.weight\"");
  ParameterLayout turned;
  turned.add("a.weight", Shape<2>{5, 3}, Initializer::constant(0));
  CHECK(message_of<format_error>([&] { read_parameters<float>(file, "model.", turned); }) ==
        path + ": tensor \"model.a.weight\" has shape (3, 5), expected (5, 3)");
  ParameterLayout fewer;
  fewer.add("b", Shape<1>{7}, Initializer::constant(0));
  CHECK(message_of<format_error>([&] { refuse_extra_tensors(file, "model.", fewer); }) ==
        path + ": has the extra tensor \"model.a.weight\", which this model does not have");
  CHECK_NOTHROW(refuse_extra_tensors(file, "model.", fewer, {"model.a.weight"}));
  CHECK_NOTHROW(refuse_extra_tensors(file, "other.", fewer));
  CHECK_NOTHROW(refuse_extra_tensors(file, "model.", small_layout()));
}

TEST_CASE("parameters: numbers that are not finite are refused by name, whatever they are stored as") {
  const test::TemporaryFolder folder;
  const auto complaint = [&](DType storage, std::size_t place, double value) {
    auto values = initial_values<double>(small_layout(), 1);
    values[place] = value;
    const std::string path = write(folder, values, storage);
    const std::string said = message_of<format_error>(
        [&] { read_parameters<float>(SafetensorsFile(path), "model.", small_layout()); });
    return said.substr(std::min(said.size(), path.size()));
  };
  for (const DType storage : {DType::F16, DType::BF16, DType::F32, DType::F64}) {
    CHECK(complaint(storage, 14, NAN) ==
          ": tensor \"model.a.weight\" has nan at element 14, expected finite numbers");
    CHECK(complaint(storage, 16, INFINITY) ==
          ": tensor \"model.b\" has inf at element 0, expected finite numbers");
    CHECK(complaint(storage, 22, -INFINITY) ==
          ": tensor \"model.b\" has -inf at element 6, expected finite numbers");
  }
  CHECK(complaint(DType::F64, 3, 1e300) ==
        ": tensor \"model.a.weight\" has inf at element 3, expected finite numbers");  // as float
}

TEST_CASE("parameters: scales that are not finite are refused by name") {
  const test::TemporaryFolder folder;
  const std::vector<std::int8_t> steps(15, 127);
  const auto complaint = [&](float scale) {
    SafetensorsWriter writer;
    writer.add_owned<std::int8_t>("model.a.weight", {3, 5}, steps);
    writer.add_owned<float>("model.a.weight.scale", {3}, {1, scale, 1});
    writer.add_owned<float>("model.b", {7}, std::vector<float>(7));
    const std::string path = folder.file("scales.safetensors");
    writer.write(path);
    const std::string said = message_of<format_error>(
        [&] { read_parameters<float>(SafetensorsFile(path), "model.", small_layout()); });
    return said.substr(std::min(said.size(), path.size()));
  };
  CHECK(complaint(NAN) == ": tensor \"model.a.weight.scale\" has nan at element 1, expected finite numbers");
  CHECK(complaint(1e38F) == ": tensor \"model.a.weight\" has inf at element 5, expected finite numbers");
  CHECK(complaint(1e-38F).empty());
}

TEST_CASE("parameters: tensors that are missing and tensors that are extra are named together") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("other.safetensors");
  const std::vector<float> numbers(7);
  const auto message = [&](const std::vector<std::string>& names, const std::vector<std::string>& also = {}) {
    SafetensorsWriter writer;
    for (const std::string& name : names) writer.add<float>(name, {7}, numbers);
    writer.write(path);
    const SafetensorsFile file(path);
    return message_of<format_error>([&] { check_tensor_names(file, "m.", small_layout(), also); });
  };
  const std::string begin = path + ": has other tensors than this model: ";
  CHECK(message({"m.a.weight", "m.b", "n.c"}) == "nothing thrown");
  CHECK(message({"m.a.weight", "m.b", "m.c"}, {"m.c"}) == "nothing thrown");
  CHECK(message({"m.b", "m.c", "m.d"}) == begin + "missing \"m.a.weight\"; extra \"m.c\", \"m.d\"");
  CHECK(message({"m.a.weight"}) == begin + "missing \"m.b\"; extra none");
  std::vector<std::string> many{"m.a.weight", "m.b"};
  for (int i = 10; i < 24; ++i) many.push_back("m.x" + std::to_string(i));
  CHECK(message(many).ends_with("\"m.x21\" and 2 more"));
}
