// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// A picture as indices into at most 256 colours, row-major.
struct PalettedImage {
  std::vector<Rgb> colours;           ///< at most 256
  std::vector<std::uint8_t> indices;  ///< (height, width)
};

namespace io_detail {

using Channels = std::array<std::uint8_t, 3>;

struct CountedColour {
  Channels channels;
  index_t count;
};

/// The distinct colours, sorted.
inline std::vector<CountedColour> count_colours(const Image& image) {
  std::vector<Channels> pixels;
  pixels.reserve(image.bytes().size() / 3);
  for (index_t i = 0; i < image.height() * image.width(); ++i) {
    const Rgb colour = image.get(0, i);
    pixels.push_back({colour.red, colour.green, colour.blue});
  }
  std::sort(pixels.begin(), pixels.end());
  std::vector<CountedColour> colours;
  for (const Channels& pixel : pixels) {
    if (colours.empty() || colours.back().channels != pixel) colours.push_back({pixel, 0});
    ++colours.back().count;
  }
  return colours;
}

/// A group of colours in the median-cut algorithm.
struct ColourBox {
  std::span<CountedColour> colours;
  std::array<double, 3> mean{};
  double worst_variance = 0.0;  // summed squared distance to the mean along `axis`
  std::size_t axis = 0;

  explicit ColourBox(std::span<CountedColour> members) : colours(members) {
    double total = 0.0;
    std::array<double, 3> sum{};
    std::array<double, 3> squares{};
    for (const CountedColour& colour : colours) {
      const double count = static_cast<double>(colour.count);
      total += count;
      for (std::size_t c = 0; c < 3; ++c) {
        sum[c] += count * colour.channels[c];
        squares[c] += count * colour.channels[c] * colour.channels[c];
      }
    }
    for (std::size_t c = 0; c < 3; ++c) {
      mean[c] = sum[c] / total;
      const double variance = squares[c] - sum[c] * mean[c];
      if (variance > worst_variance) {
        worst_variance = variance;
        axis = c;
      }
    }
    if (colours.size() < 2) worst_variance = 0.0;
  }

  Rgb colour() const {
    return {static_cast<std::uint8_t>(mean[0] + 0.5), static_cast<std::uint8_t>(mean[1] + 0.5),
            static_cast<std::uint8_t>(mean[2] + 0.5)};
  }
};

/// Splits the box of greatest variance at its mean until there are `size` boxes or nothing is left to split.
inline std::vector<Rgb> median_cut(std::span<CountedColour> colours, std::size_t size) {
  std::vector<ColourBox> boxes{ColourBox(colours)};
  while (boxes.size() < size) {
    const auto widest = std::max_element(
        boxes.begin(), boxes.end(),
        [](const ColourBox& a, const ColourBox& b) { return a.worst_variance < b.worst_variance; });
    if (widest->worst_variance <= 0.0) break;
    const ColourBox box = *widest;
    const auto middle = std::partition(
        box.colours.begin(), box.colours.end(),
        [&](const CountedColour& colour) { return colour.channels[box.axis] <= box.mean[box.axis]; });
    const std::size_t below = static_cast<std::size_t>(middle - box.colours.begin());
    *widest = ColourBox(box.colours.first(below));
    boxes.push_back(ColourBox(box.colours.subspan(below)));
  }
  std::vector<Rgb> palette;
  for (const ColourBox& box : boxes) palette.push_back(box.colour());
  return palette;
}

inline std::uint8_t nearest_colour(std::span<const Rgb> palette, const Channels& channels) {
  std::size_t best = 0;
  int best_distance = (std::numeric_limits<int>::max)();
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const int red = palette[i].red - channels[0];
    const int green = palette[i].green - channels[1];
    const int blue = palette[i].blue - channels[2];
    const int distance = red * red + green * green + blue * blue;
    if (distance < best_distance) {
      best_distance = distance;
      best = i;
    }
  }
  return static_cast<std::uint8_t>(best);
}

}  // namespace io_detail

/// Reduces a picture to at most `size` colours. With no more distinct ones every pixel keeps its colour;
/// otherwise variance-driven median cut, then the nearest colour, without dithering (flat areas stay flat).
/// @throws value_error unless 2 <= size <= 256
/// @code PalettedImage small = reduce_colours(image); @endcode
inline PalettedImage reduce_colours(const Image& image, index_t size = 256) {
  require<value_error>(size >= 2 && size <= 256, "reduce_colours: size is {}, expected 2 to 256", size);
  PalettedImage result;
  if (image.empty()) return result;
  const std::vector<io_detail::CountedColour> colours = io_detail::count_colours(image);
  if (static_cast<index_t>(colours.size()) <= size) {
    for (const auto& [c, count] : colours) result.colours.push_back({c[0], c[1], c[2]});
  } else {
    std::vector<io_detail::CountedColour> shuffled = colours;
    result.colours = io_detail::median_cut(shuffled, static_cast<std::size_t>(size));
  }
  std::vector<std::uint8_t> index_of;
  for (const auto& [c, count] : colours) index_of.push_back(io_detail::nearest_colour(result.colours, c));

  result.indices.reserve(image.bytes().size() / 3);
  for (index_t i = 0; i < image.height() * image.width(); ++i) {
    const Rgb colour = image.get(0, i);
    const io_detail::Channels channels{colour.red, colour.green, colour.blue};
    const auto found = std::lower_bound(
        colours.begin(), colours.end(), channels,
        [](const io_detail::CountedColour& a, const io_detail::Channels& b) { return a.channels < b; });
    result.indices.push_back(index_of[static_cast<std::size_t>(found - colours.begin())]);
  }
  return result;
}

}  // namespace flashvideo
