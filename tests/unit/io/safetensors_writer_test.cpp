// SPDX-License-Identifier: MIT
#include "flashvideo/io/safetensors_writer.hpp"

#include <cmath>
#include <numeric>

#include "flashvideo/io/safetensors.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("SafetensorsWriter: what is written is read back, and read back alike after any order of add") {
  const TemporaryFolder folder;
  const std::vector<float> weights{1.0F, -2.5F, 3.0F, 0.1F, 5.0F, 6.0F};
  const std::vector<std::uint8_t> codes{1, 2, 3};
  const std::vector<std::int64_t> steps{1LL << 40};
  SafetensorsWriter writer;
  writer.set_metadata("z", "last");
  writer.set_metadata("a", "quote \" and \n");
  writer.add<float>("w", {2, 3}, weights);
  writer.add<std::uint8_t>("codes", {3}, codes);
  writer.add<std::int64_t>("steps", {}, steps);
  writer.add<float>("nothing", {0, 4}, {});
  writer.write(folder.file("1"));

  SafetensorsWriter other;
  other.add<float>("nothing", {0, 4}, {});
  other.add<std::int64_t>("steps", {}, steps);
  other.add<std::uint8_t>("codes", {3}, codes);
  other.set_metadata("a", "quote \" and \n");
  other.add_owned("w", {2, 3}, weights);
  other.set_metadata("z", "last");
  other.write(folder.file("2"));
  CHECK(read_text(folder.file("1")) == read_text(folder.file("2")));

  const SafetensorsFile file(folder.file("1"));
  CHECK(file.metadata("a") == "quote \" and \n");
  CHECK(file.names() == std::vector<std::string>{"codes", "nothing", "steps", "w"});
  CHECK(file.read<float>("w", {2, 3}) == weights);
  CHECK(file.read<std::uint8_t>("codes", {3}) == codes);
  CHECK(file.read<std::int64_t>("steps", {}) == steps);
  CHECK(file.find("nothing").shape == std::vector<index_t>{0, 4});
  CHECK(file.view<float>("w")[1] == -2.5F);  // aligned, though a tensor of 3 bytes is in the file
  const std::string text = read_text(folder.file("1"));
  CHECK(static_cast<unsigned char>(text[0]) % 8 == 0);
}

TEST_CASE("SafetensorsWriter: every tensor is aligned to its scalar whatever the names and sizes") {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  const std::vector<std::byte> bytes(1000);
  int name = 0;
  for (const DTypeEntry& entry : dtype_table) {
    for (const index_t count : {1, 3, 5}) {
      writer.add(std::to_string(name++ * 7919 % 101), entry.dtype, {count},
                 std::span(bytes).first(static_cast<std::size_t>(count * entry.bytes)));
    }
  }
  writer.write(folder.file("m"));
  const SafetensorsFile file(folder.file("m"));
  CHECK(file.names().size() == 39);
  for (const TensorInfo& tensor : file.tensors()) {
    CHECK(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) %
              static_cast<std::uintptr_t>(dtype_size(tensor.dtype)) ==
          0);
  }
}

TEST_CASE("SafetensorsWriter: reals are converted while writing, more than one piece long") {
  const TemporaryFolder folder;
  std::vector<double> values(150001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));
  const index_t count = static_cast<index_t>(values.size());
  SafetensorsWriter writer;
  writer.add_converted<double>("h", DType::F16, {count}, values);
  writer.add_converted<double>("b", DType::BF16, {count}, values);
  writer.add_converted<double>("f", DType::F32, {count}, values);
  writer.write(folder.file("m"));
  const SafetensorsFile file(folder.file("m"));
  const auto worst = [&](const char* name) {
    const std::vector<double> back = file.read<double>(name);
    double error = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) error = std::max(error, std::abs(back[i] - values[i]));
    return error;
  };
  CHECK(file.find("h").dtype == DType::F16);
  CHECK(worst("h") <= 1.001 * 0x1p-12);  // doubles go through float
  CHECK(worst("b") <= 1.001 * 0x1p-9);
  CHECK(worst("f") <= 0x1p-25);
  CHECK(worst("b") > 0x1p-11);
}

TEST_CASE("SafetensorsWriter: a producer that gives too little or throws leaves no file") {
  const TemporaryFolder folder;
  SafetensorsWriter writer;
  const std::vector<std::byte> half(4);
  writer.add("a", DType::F32, {2},
             SafetensorsWriter::Producer([&](const SafetensorsWriter::Put& put) { put(half); }));
  CHECK_THROWS_WITH(writer.write(folder.file("m")),
                    "SafetensorsWriter::write: \"a\" was given 4 bytes, expected 8");
  CHECK(folder.names().empty());
  SafetensorsWriter broken;
  broken.add("a", DType::F32, {2}, SafetensorsWriter::Producer([](const SafetensorsWriter::Put&) {
               throw std::runtime_error("stop");
             }));
  CHECK_THROWS_AS(broken.write(folder.file("m")), std::runtime_error);
  CHECK(folder.names().empty());
}

TEST_CASE("SafetensorsWriter: misuse is refused at add") {
  const std::vector<float> two(2);
  SafetensorsWriter writer;
  writer.add<float>("a", {2}, two);
  CHECK_THROWS_AS(writer.add<float>("a", {2}, two), value_error);
  CHECK_THROWS_AS(writer.add<float>("b", {3}, two), shape_error);
  CHECK_THROWS_AS(writer.add<float>("c", {-1}, two), error);
  CHECK_THROWS_AS(writer.add<float>("__metadata__", {2}, two), value_error);
  CHECK_THROWS_AS(writer.add_converted<float>("d", DType::I32, {2}, two), value_error);
}

TEST_CASE("SafetensorsWriter: a full disk leaves the earlier file") {
  const TemporaryFolder folder;
  const std::vector<float> values(100000);
  SafetensorsWriter writer;
  writer.add<float>("a", {100000}, values);
  write_text(folder.file("m"), "before");
  std::string message;
  {
    const FullDisk limit(65536);
    message = message_of<io_error>([&] { writer.write(folder.file("m")); });
  }
  CHECK(message == "cannot write " + folder.file("m") + ": File too large");
  CHECK(read_text(folder.file("m")) == "before");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("SafetensorsWriter: a header that is no UTF-8 is never written") {
  const TemporaryFolder folder;
  SafetensorsWriter metadata;
  metadata.set_metadata("words", "\xE9toile");
  CHECK_THROWS_AS(metadata.write(folder.file("a")), value_error);
  SafetensorsWriter name;
  name.add<float>("\xE9toile", {0}, {});
  CHECK_THROWS_AS(name.write(folder.file("a")), value_error);
  CHECK(folder.names().empty());
}
