// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Which pixels of a clip have which of the six colours.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/small_world.hpp"

namespace evaluate {

using flashvideo::index_t;
using flashvideo::SpriteColour;

/// The small world's frames are 64 x 64.
inline constexpr index_t world_side = 64;

/// Frames as floats 0..255, (T, 64, 64, 3). Larger frames of k x 64 pixels are averaged over k x k.
struct WorldFrames {
  index_t num_frames = 0;
  std::vector<float> values;

  const float* pixel(index_t t, index_t y, index_t x) const {
    return values.data() + ((t * world_side + y) * world_side + x) * 3;
  }
};

/// Throws value_error for frames whose side is not a multiple of 64.
inline WorldFrames world_frames(const std::uint8_t* frames, const flashvideo::ClipSize& size) {
  flashvideo::require<flashvideo::value_error>(
      size.width == size.height && size.width >= world_side && size.width % world_side == 0,
      "evaluate: frames are {} x {}, expected 64 x 64 or a whole multiple of it", size.width, size.height);
  const index_t scale = size.width / world_side;
  const float share = 1.0F / static_cast<float>(scale * scale);
  WorldFrames world;
  world.num_frames = size.num_frames;
  world.values.assign(static_cast<std::size_t>(size.num_frames * world_side * world_side * 3), 0.0F);
  for (index_t t = 0; t < size.num_frames; ++t) {
    for (index_t y = 0; y < size.height; ++y) {
      const std::uint8_t* row = frames + (t * size.height + y) * size.width * 3;
      float* sums = world.values.data() + (t * world_side + y / scale) * world_side * 3;
      for (index_t x = 0; x < size.width; ++x) {
        for (index_t c = 0; c < 3; ++c) sums[x / scale * 3 + c] += share * static_cast<float>(row[x * 3 + c]);
      }
    }
  }
  return world;
}

/// A pixel explained as `alpha` times one colour over black.
struct PixelColour {
  std::size_t which = 0;  ///< place in the list of candidates
  float alpha = 0;        ///< 0..1.2
};

/// The candidate for which |pixel - alpha colour| is least.
inline PixelColour explain_pixel(const float* pixel, const std::vector<SpriteColour>& candidates) {
  PixelColour best;
  float least = 1e30F;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const flashvideo::Rgb rgb = flashvideo::rgb_of(candidates[i]);
    const float channels[3] = {static_cast<float>(rgb.red), static_cast<float>(rgb.green),
                               static_cast<float>(rgb.blue)};
    float along = 0, length = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      along += pixel[c] * channels[c];
      length += channels[c] * channels[c];
    }
    const float alpha = std::clamp(along / length, 0.0F, 1.2F);
    float error = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const float d = pixel[c] - alpha * channels[c];
      error += d * d;
    }
    if (error < least) {
      least = error;
      best = {i, alpha};
    }
  }
  return best;
}

/// Below this share of a colour a pixel counts as background.
inline constexpr float visible_alpha = 0.3F;

/// The colours that objects of the clip have, the one with most pixels first: at least 40 visible pixels per
/// frame on average (the smallest object has 110) and a quarter of the most frequent colour's.
inline std::vector<SpriteColour> present_colours(const WorldFrames& frames) {
  std::vector<SpriteColour> palette;
  for (index_t i = 0; i < flashvideo::num_sprite_colours; ++i)
    palette.push_back(static_cast<SpriteColour>(i));
  std::array<double, flashvideo::num_sprite_colours> mass{};
  const index_t num_pixels = frames.num_frames * world_side * world_side;
  for (index_t i = 0; i < num_pixels; ++i) {
    const float* pixel = frames.values.data() + i * 3;
    if (pixel[0] + pixel[1] + pixel[2] < 60.0F) continue;
    const PixelColour found = explain_pixel(pixel, palette);
    if (found.alpha >= visible_alpha) mass[found.which] += static_cast<double>(std::min(found.alpha, 1.0F));
  }
  const auto mass_of = [&](SpriteColour colour) { return mass[static_cast<std::size_t>(colour)]; };
  std::sort(palette.begin(), palette.end(),
            [&](SpriteColour a, SpriteColour b) { return mass_of(a) > mass_of(b); });
  const double least =
      std::max(40.0 * static_cast<double>(frames.num_frames), 0.25 * mass_of(palette.front()));
  while (!palette.empty() && mass_of(palette.back()) < least) palette.pop_back();
  return palette;
}

/// One colour's share of every pixel, and where another object's colour hides it.
struct ColourMap {
  SpriteColour colour = SpriteColour::red;
  std::vector<float> alpha;          // (T, 64, 64)
  std::vector<std::uint8_t> hidden;  // (T, 64, 64)
};

/// Divides the pixels among the colours present. A pixel next to another object's is hidden as well, since
/// its colour may be a mixture.
inline std::vector<ColourMap> colour_maps(const WorldFrames& frames,
                                          const std::vector<SpriteColour>& colours) {
  const index_t num_pixels = frames.num_frames * world_side * world_side;
  std::vector<ColourMap> maps(colours.size());
  for (std::size_t i = 0; i < colours.size(); ++i) {
    maps[i].colour = colours[i];
    maps[i].alpha.assign(static_cast<std::size_t>(num_pixels), 0.0F);
    maps[i].hidden.assign(static_cast<std::size_t>(num_pixels), 0);
  }
  if (colours.empty()) return maps;
  for (index_t i = 0; i < num_pixels; ++i) {
    const PixelColour found = explain_pixel(frames.values.data() + i * 3, colours);
    maps[found.which].alpha[static_cast<std::size_t>(i)] = found.alpha;
    if (found.alpha < visible_alpha) continue;
    const index_t y = i / world_side % world_side, x = i % world_side;
    for (std::size_t other = 0; other < maps.size(); ++other) {
      if (other == found.which) continue;
      for (index_t dy = y > 0 ? -1 : 0; dy <= (y + 1 < world_side ? 1 : 0); ++dy) {
        for (index_t dx = x > 0 ? -1 : 0; dx <= (x + 1 < world_side ? 1 : 0); ++dx) {
          maps[other].hidden[static_cast<std::size_t>(i + dy * world_side + dx)] = 1;
        }
      }
    }
  }
  return maps;
}

}  // namespace evaluate
