// SPDX-License-Identifier: MIT
// Damaged files of weights, made as in readers_test.cpp: the file's bytes, and the parts before they are packed.
#include "flashvideo/io/weight_file.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/damaged_text.hpp"
#include "support/peak_memory.hpp"
#include "support/pickles.hpp"
#include "support/temporary_folder.hpp"
#include "support/zip_file.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

const std::string value = "}(" + unicode("w") + torch_tensor("0") + unicode("v") + numpy_array() + "u";
const std::string storage(24, '\1');

/// Reads every number of the file.
void read_whole(const std::string& path) {
  const WeightFile file(path);
  for (const ArchivedTensor& tensor : file.tensors()) {
    const index_t bytes = tensor.element_count() * dtype_size(tensor.tensor.dtype);
    const std::vector<std::byte> numbers = tensor.dense_bytes();
    REQUIRE(static_cast<index_t>(numbers.size()) == bytes);
  }
}

}  // namespace

TEST_CASE("fuzz: WeightFile reads a zip archive of PyTorch or NumPy, or refuses") {
  const TemporaryFolder folder(fast_parent());
  const std::string path = folder.file("damaged");
  const std::string array = std::string("\x93NUMPY\x01\0", 8) + little_endian(55, 2) +
                            "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}" + storage;
  reset_peak_memory();
  const long before = peak_memory_kib();
  write_zip(folder.file("valid.pt"),
            {{"m/data.pkl", pickle(value)}, {"m/data/0", storage}, {"m/byteorder", "little"}});
  write_zip(folder.file("valid.npz"), {{"x.npy", array}, {"y.npy", array}});
  for (const char* name : {"valid.pt", "valid.npz"}) {
    const std::string valid = read_text(folder.file(name));
    const int read = survivors(valid, 2000, valid.size(), [&](const std::string& text) {
      write_text(path, text);
      read_whole(path);
    });
    CHECK(read > 10);
    CHECK(read < 1800);
  }
  // Damage that the archive's check sums do not find.
  int read = survivors(pickle(value), 2000, value.size(), [&](const std::string& text) {
    write_zip(path, {{"m/data.pkl", text}, {"m/data/0", storage}});
    read_whole(path);
  });
  CHECK(read > 10);
  CHECK(read < 1800);
  read = survivors(array, 2000, array.size(), [&](const std::string& text) {
    write_zip(path, {{"x.npy", text}});
    read_whole(path);
  });
  CHECK(read > 10);
  CHECK(read < 1800);
  CHECK(peak_memory_kib() - before < 100'000);
}

TEST_CASE("fuzz: WeightFile reads PyTorch's older form and plain pickles, or refuses") {
  const TemporaryFolder folder(fast_parent());
  const std::string path = folder.file("damaged");
  const std::string older = pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") +
                            pickle(integer(1001)) + pickle("}") + pickle(value) +
                            pickle("](" + unicode("0") + "e") + little_endian(6, 8) + storage;
  const std::string plain = pickle("}(" + unicode("params") + numpy_array() + "u");
  reset_peak_memory();
  const long before = peak_memory_kib();
  for (const std::string& valid : {older, plain}) {
    const int read = survivors(valid, 5000, valid.size(), [&](const std::string& text) {
      write_text(path, text);
      read_whole(path);
    });
    CHECK(read > 10);
    CHECK(read < 4500);
  }
  CHECK(peak_memory_kib() - before < 100'000);
}
