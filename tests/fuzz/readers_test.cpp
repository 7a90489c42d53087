// SPDX-License-Identifier: MIT
// Damaged inputs, made from valid ones by a fixed sequence of random edits: every reader either reads them or
// throws one of the library's errors; it neither crashes nor takes memory that the file does not justify.
#include <cstdint>
#include <random>
#include <string>

#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors.hpp"
#include "flashvideo/io/y4m.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// One to four edits: a byte changed, a piece cut, repeated or replaced by digits, the end cut.
std::string damaged(std::string text, std::mt19937& random, std::size_t where) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random()) % std::max<std::size_t>(n, 1);
  };
  for (std::size_t edits = 1 + below(4); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = below(std::min(text.size(), where));
    const std::size_t length = below(std::min<std::size_t>(text.size() - at, 16)) + 1;
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text[at] = "{}[]\",:0129-eE.\\u \n"[below(19)];
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(at, length));
        break;
      case 4:
        text.replace(at, 1, std::to_string(random()));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

/// Feeds `count` damaged forms of `valid` to `read`; returns how many were read without an error.
template <typename Read>
int survivors(const std::string& valid, int count, std::size_t where, Read&& read) {
  std::mt19937 random(2401'00869);
  int read_through = 0;
  for (int i = 0; i < count; ++i) {
    const std::string text = damaged(valid, random, where);
    try {
      read(text);
      ++read_through;
    } catch (const flashvideo::error&) {
    }
  }
  return read_through;
}

}  // namespace

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
