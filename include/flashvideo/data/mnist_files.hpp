// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs zlib (linked by the component Video); the umbrella does not include it.

#include <cerrno>
#include <filesystem>
#include <string>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/gzip.hpp"
#include "flashvideo/data/idx.hpp"
#include "flashvideo/data/moving_digits.hpp"

namespace flashvideo {

/// MNIST's 60,000 digits for training or its 10,000 for tests.
enum class MnistPart { train, test };

/// Reads `train-images-idx3-ubyte[.gz]` and `train-labels-idx1-ubyte[.gz]` (`t10k-...` for tests) from a
/// folder.
/// @throws io_error naming the file that is missing
/// @throws format_error for one that is damaged
inline MovingDigits::Digits read_mnist_digits(const std::string& folder, MnistPart part) {
  const std::string prefix = part == MnistPart::train ? "train" : "t10k";
  const auto read = [&](const char* rest) {
    std::string path = (std::filesystem::path(folder) / (prefix + rest)).string();
    if (!std::filesystem::exists(path)) path += ".gz";
    return parse_idx(read_gzip_file(path), path);
  };
  return {read("-images-idx3-ubyte"), read("-labels-idx1-ubyte")};
}

}  // namespace flashvideo
