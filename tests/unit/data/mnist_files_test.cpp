// SPDX-License-Identifier: MIT
#include "flashvideo/data/mnist_files.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

/// An IDX file of `extents` whose values are all `value`.
std::string idx_file(const std::vector<int>& extents, char value) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(extents.size())};
  std::size_t count = 1;
  for (const int extent : extents) {
    bytes += {'\0', '\0', static_cast<char>(extent >> 8), static_cast<char>(extent)};
    count *= static_cast<std::size_t>(extent);
  }
  return bytes + std::string(count, value);
}

}  // namespace

TEST_CASE("read_mnist_digits: reads the part's two files, compressed or not") {
  const test::TemporaryFolder folder;
  test::write_text(folder.file("t10k-images-idx3-ubyte"), idx_file({3, 28, 28}, '\x7f'));
  gzFile labels = gzopen(folder.file("t10k-labels-idx1-ubyte.gz").c_str(), "wb");
  const std::string bytes = idx_file({3}, '\x04');
  gzwrite(labels, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(labels);
  const MovingDigits::Digits digits = read_mnist_digits(folder.path(), MnistPart::test);
  REQUIRE(digits.images.extents == std::vector<index_t>{3, 28, 28});
  REQUIRE(digits.labels.values == std::vector<std::uint8_t>{4, 4, 4});
  REQUIRE(MovingDigits(digits).clip(0).caption.find(" 4 moves ") != std::string::npos);
  REQUIRE_THROWS_AS(read_mnist_digits(folder.path(), MnistPart::train), io_error);
  REQUIRE_THROWS_WITH(read_mnist_digits(folder.path(), MnistPart::train),
                      Catch::Contains("train-images-idx3-ubyte.gz"));
}
