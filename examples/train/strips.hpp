// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "flashvideo/io/image.hpp"

namespace example {

/// A clip of the data in a strip of pictures.
struct StripClip {
  std::string caption;
  std::vector<flashvideo::Image> real;
  std::vector<flashvideo::Image> reconstructed;  ///< by the image tokenizer
};

/// Writes a PNG of three rows for each clip: real, reconstructed, and what the bundle makes of the caption; eight frames in
/// a row, evenly spread.
/// @throws what loading and generating throw
void write_strip(const std::string& path, const std::string& bundle, const std::vector<StripClip>& clips,
                 int threads);

/// Writes one HTML page that needs no other file: the curves, the held-out losses and the strips of a checkpoint folder.
/// @throws io_error when a file cannot be read or the page not be written
void write_report(const std::string& path, const std::string& checkpoint);

}  // namespace example
