// SPDX-License-Identifier: MIT
#include "flashvideo/io/tensor_archive.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "flashvideo/io/pickle_reader.hpp"
#include "support/catch.hpp"
#include "support/pickles.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

std::vector<float> floats(const std::vector<std::byte>& bytes) {
  std::vector<float> values(bytes.size() / 4);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

TEST_CASE("named_tensors: nested keys are joined, strides and offsets are followed") {
  const std::string text = weights_pickle();
  const PickleDocument document = PickleReader("file", bytes_of(text)).read();
  const std::vector<float> storage{10, 11, 12, 13, 14, 15};
  const auto tensors = named_tensors(
      "file", *document.root, [&](const std::string&) { return std::as_bytes(std::span(storage)); }, "/");
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "weights/a");
  CHECK(floats(tensors[0].dense_bytes()) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(tensors[1].name == "3");
  CHECK(floats(tensors[1].dense_bytes()) == std::vector<float>{11, 13, 12, 14});
}

TEST_CASE("named_tensors: a memory that is too small, a ring, and other byte orders") {
  const std::string text = weights_pickle();
  const PickleDocument document = PickleReader("file", bytes_of(text)).read();
  const std::vector<float> small{1, 2};
  const auto tensors = named_tensors("file", *document.root,
                                     [&](const std::string&) { return std::as_bytes(std::span(small)); });
  CHECK_THROWS_WITH(tensors[1].dense_bytes(), "tensor \"3\" needs 20 bytes, its memory has 8");
  ArchivedTensor swapped = tensors[0];
  swapped.tensor.swapped = true;
  const auto there = tensors[0].dense_bytes(), back = swapped.dense_bytes();
  CHECK(there[0] == back[3]);
  CHECK(there[5] == back[6]);

  const std::string ring = pickle(
      "]q\x01h\x01"
      "a");
  const PickleDocument rings = PickleReader("file", bytes_of(ring)).read();
  CHECK_THROWS_WITH(
      named_tensors("file", *rings.root, [&](const std::string&) { return std::span<const std::byte>{}; }),
      "file: its values are nested in a ring or more than 64 deep");
}

TEST_CASE("named_tensors: neither a small file's values nor its numbers grow without bound") {
  std::string value = "]";  // each list holds the one before it twice, 40 deep: 2^40 ways to the innermost
  for (int depth = 0; depth < 40; ++depth) value += "2\x86";
  const std::string text = pickle(value);
  const PickleDocument document = PickleReader("file", bytes_of(text)).read();
  CHECK_THROWS_WITH(
      named_tensors("file", *document.root, [&](const std::string&) { return std::span<const std::byte>{}; }),
      "file: its values hold each other more than ten million times");

  const std::vector<float> one{7};
  ArchivedTensor tensor{"w", {}};
  tensor.tensor.bytes = std::as_bytes(std::span(one));
  tensor.tensor.shape = {3};
  tensor.tensor.strides = {0};
  CHECK(floats(tensor.dense_bytes()) == std::vector<float>{7, 7, 7});
  tensor.tensor.shape = {index_t{1} << 40};
  CHECK_THROWS_WITH(tensor.dense_bytes(),
                    "tensor \"w\" repeats 4 bytes to 1099511627776 numbers, more than 64 MB");
  tensor.tensor.strides = {index_t{1} << 40};
  CHECK_THROWS_WITH(tensor.dense_bytes(), "tensor \"w\" has extents and strides that no memory has");
}
