// SPDX-License-Identifier: MIT
// Damaged inputs, made from valid ones by a fixed sequence of random edits: every reader either reads them or
// throws one of the library's errors; it neither crashes nor takes memory that the file does not justify.
#include <cstdint>
#include <string>

#include "flashvideo/data/tf_example.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/npy_array.hpp"
#include "flashvideo/io/pickle_reader.hpp"
#include "flashvideo/io/safetensors.hpp"
#include "flashvideo/io/tensor_archive.hpp"
#include "flashvideo/io/tf_record_file.hpp"
#include "flashvideo/io/y4m.hpp"
#include "support/catch.hpp"
#include "support/damaged_text.hpp"
#include "support/peak_memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// What the numbers of a small damaged file may grow the process by, at most.
constexpr long most_growth_kib = 100'000;

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

TEST_CASE("fuzz: PickleReader gives tensors inside their memory, or refuses") {
  const std::string valid = weights_pickle();
  const std::vector<float> storage{10, 11, 12, 13, 14, 15};
  reset_peak_memory();
  const long before = peak_memory_kib();
  const int read = survivors(valid, 20000, valid.size(), [&](const std::string& text) {
    const PickleDocument document = PickleReader("file", bytes_of(text)).read();
    REQUIRE(document.consumed <= text.size());
    const auto memory = [&](const std::string&) { return std::as_bytes(std::span(storage)); };
    for (const ArchivedTensor& tensor : named_tensors("file", *document.root, memory)) {
      const index_t bytes = tensor.element_count() * dtype_size(tensor.tensor.dtype);
      const std::vector<std::byte> numbers = tensor.dense_bytes();
      REQUIRE(static_cast<index_t>(numbers.size()) == bytes);
    }
  });
  CHECK(peak_memory_kib() - before < most_growth_kib);
  CHECK(read > 100);
  CHECK(read < 19000);
}

TEST_CASE("fuzz: read_npy gives an array whose numbers are there, or refuses") {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
  for (const int version : {1, 2}) {
    std::string valid = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
    valid += little_endian(header.size(), version == 1 ? 2 : 4) + header + std::string(24, '\1');
    const int read = survivors(valid, 10000, valid.size(), [&](const std::string& text) {
      const ArchivedTensor array{"array", read_npy("file", bytes_of(text))};
      const index_t bytes = array.element_count() * dtype_size(array.tensor.dtype);
      REQUIRE(bytes <= static_cast<index_t>(text.size()));
      const std::vector<std::byte> numbers = array.dense_bytes();
      REQUIRE(static_cast<index_t>(numbers.size()) == bytes);
    });
    CHECK(read > 100);
    CHECK(read < 9000);
  }
}

TEST_CASE("fuzz: TfRecordFile gives whole records, or refuses") {
  const TemporaryFolder folder(fast_parent());
  const std::string valid = record("first") + record("") + record("the third of them");
  const std::string path = folder.file("damaged");
  const int read = survivors(valid, 5000, valid.size(), [&](const std::string& text) {
    write_text(path, text);
    const TfRecordFile file(path);
    for (index_t i = 0; i < file.size(); ++i) {
      const auto bytes = file.record(i);
      const std::string found(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      REQUIRE((found == "first" || found.empty() || found == "the third of them"));  // its check sum fits
    }
  });
  CHECK(read > 10);
  CHECK(read < 4500);
}

TEST_CASE("fuzz: TfExample gives bytes of its record, or refuses") {
  const std::string valid = example(feature_entry("0/image", bytes_feature("a few bytes")) +
                                    feature_entry("0/action", float_feature({1, 2, 3, 4})));
  const int read = survivors(valid, 20000, valid.size(), [&](const std::string& text) {
    const TfExample features("record 0", bytes_of(text));
    const std::size_t image = features.bytes("0/image").size(), actions = features.floats("0/action").size();
    REQUIRE(image + 4 * actions <= text.size());
  });
  CHECK(read > 100);
  CHECK(read < 19000);
}
