// SPDX-License-Identifier: MIT
// Damaged inputs, made from valid ones by a fixed sequence of random edits: every reader either reads them or
// throws one of the library's errors; it neither crashes nor takes memory that the file does not justify.
#include <cstdint>
#include <string>

#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors.hpp"
#include "flashvideo/io/y4m.hpp"
#include "support/catch.hpp"
#include "support/damaged_text.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("fuzz: parse_json reads what it wrote, or refuses") {
  const std::string valid =
      R"({"name":"a \"b\" \u20ac \ud83d\ude00","list":[1,-2.5e-3,true,false,null,[],{}],"deep":{"a":{"b":[[[1]]]}}})";
  const int read = survivors(valid, 20000, valid.size(), [](const std::string& text) {
    const Json value = parse_json(text);
    REQUIRE(parse_json(value.dump()) == value);
  });
  CHECK(read > 100);
  CHECK(read < 19000);
}

TEST_CASE("fuzz: SafetensorsFile shows only bytes inside the file, or refuses") {
  const TemporaryFolder folder(fast_parent());
  const std::vector<float> floats{1, 2, 3, 4, 5, 6};
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  SafetensorsWriter writer;
  writer.set_metadata("format", "flashvideo");
  writer.add<float>("decoder.weight", {2, 3}, floats);
  writer.add<float>("decoder.bias", {6}, floats);
  writer.add<std::uint8_t>("codes", {3}, bytes);
  writer.write(folder.file("valid"));
  const std::string valid = read_text(folder.file("valid"));
  const std::string path = folder.file("damaged");
  const int read = survivors(valid, 5000, valid.size(), [&](const std::string& text) {
    write_text(path, text);
    const SafetensorsFile file(path);
    for (const TensorInfo& tensor : file.tensors()) {
      REQUIRE(tensor.bytes.size() <= text.size());
      const std::vector<double> values = file.read<double>(tensor.name);
      REQUIRE(static_cast<index_t>(values.size()) == tensor.element_count());
    }
  });
  CHECK(read > 10);
  CHECK(read < 4500);
}

TEST_CASE("fuzz: Y4mSource gives whole frames, or refuses") {
  const TemporaryFolder folder(fast_parent());
  Y4mSink sink(folder.file("valid"));
  for (index_t t = 0; t < 3; ++t) sink.write(flat_fields(6, 5, t));
  sink.finish();
  const std::string valid = read_text(folder.file("valid"));
  const std::string path = folder.file("damaged");
  const int read = survivors(valid, 5000, 150, [&](const std::string& text) {
    write_text(path, text);
    Y4mSource source(path);
    for (VideoFrame frame; source.next_frame(frame);) {
      REQUIRE(frame.image.height() == source.height());
      REQUIRE(frame.image.width() == source.width());
    }
  });
  CHECK(read > 100);
  CHECK(read < 4500);
}
