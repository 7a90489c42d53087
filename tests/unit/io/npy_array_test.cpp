// SPDX-License-Identifier: MIT
#include "flashvideo/io/npy_array.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/pickles.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

std::string npy(const std::string& header, std::size_t bytes, int version = 1) {
  std::string text = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
  text += little_endian(header.size(), version == 1 ? 2 : 4) + header;
  return text + std::string(bytes, '\1');
}

}  // namespace

TEST_CASE("read_npy: type, order and extents of versions 1 and 2") {
  const std::string plain = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24);
  const PickleTensor tensor = read_npy("a", bytes_of(plain));
  CHECK(tensor.dtype == DType::F32);
  CHECK(tensor.shape == std::vector<index_t>{2, 3});
  CHECK(tensor.strides == std::vector<index_t>{3, 1});
  CHECK(tensor.bytes.size() == 24);
  const std::string other = npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", 12, 2);
  const PickleTensor turned = read_npy("a", bytes_of(other));
  CHECK(turned.swapped);
  CHECK(turned.bytes.size() == 12);
  CHECK(turned.strides == std::vector<index_t>{1, 2});
  const std::string scalar = npy("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", 1);
  CHECK(read_npy("a", bytes_of(scalar)).shape.empty());
}

TEST_CASE("read_npy: objects, missing keys and missing numbers are refused") {
  const auto read = [](const std::string& text) { read_npy("a.npy", bytes_of(text)); };
  CHECK_THROWS_WITH(read(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8)),
                    "a.npy: holds |O, which are no numbers that are known");
  CHECK_THROWS_WITH(read(npy("{'descr': '<f4', 'shape': (1,)}", 8)),
                    "a.npy: the .npy header has no fortran_order");
  CHECK_THROWS_WITH(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9,)}", 8)),
                    "a.npy: has 8 bytes of numbers, its shape needs more");
  CHECK_THROWS_WITH(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 8)),
                    Catch::Contains("needs more"));
  CHECK_THROWS_WITH(
      read(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1099511627776, 16777216)}", 8)),
      Catch::Contains("needs more"));  // 2^64 numbers, which would wrap to none
  CHECK_THROWS_WITH(read(npy("{}", 0).substr(0, 11)), Catch::Contains("is no .npy array"));
  CHECK_THROWS_WITH(read("nothing of the kind"), "a.npy: is no .npy array");
}
