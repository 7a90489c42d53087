// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/sprite_path.hpp"

namespace flashvideo {

/// What a scene needs of a sprite: how far it reaches, and its coverage of pixels at any centre.
template <typename Sprite>
concept SpriteMask = requires(const Sprite& sprite, CoveragePatch& patch) {
  { sprite.reach() } -> std::convertible_to<SpriteReach>;
  { sprite.area() } -> std::convertible_to<double>;
  sprite.cover(0.0, 0.0, patch);
};

/// A sprite in one colour on its way.
template <SpriteMask Sprite>
struct SceneObject {
  Sprite sprite;    ///< what covers pixels
  Rgb colour{};     ///< of all of it
  SpritePath path;  ///< of its centre
};

/// Paints colour over the frame: pixel = (1 - a) pixel + a colour with the patch's coverage a.
inline void paint(const CoveragePatch& patch, const Rgb& colour, std::uint8_t* frame, const ClipSize& size) {
  const std::uint8_t channels[3] = {colour.red, colour.green, colour.blue};
  const index_t first_row = std::max<index_t>(0, -patch.y0);
  const index_t last_row = (std::min)(patch.height, size.height - patch.y0);
  const index_t first_column = std::max<index_t>(0, -patch.x0);
  const index_t last_column = (std::min)(patch.width, size.width - patch.x0);
  for (index_t row = first_row; row < last_row; ++row) {
    for (index_t column = first_column; column < last_column; ++column) {
      const float cover = patch.at(row, column);
      if (cover <= 0.0F) continue;
      std::uint8_t* pixel = frame + ((patch.y0 + row) * size.width + patch.x0 + column) * 3;
      for (std::size_t c = 0; c < 3; ++c) {
        const float below = static_cast<float>(pixel[c]);
        pixel[c] =
            static_cast<std::uint8_t>(below + cover * (static_cast<float>(channels[c]) - below) + 0.5F);
      }
    }
  }
}

/// Draws the objects over black, the first one furthest back; (T, height, width, 3).
template <SpriteMask Sprite>
std::vector<std::uint8_t> draw_scene(std::span<const SceneObject<Sprite>> objects, const ClipSize& size) {
  std::vector<std::uint8_t> frames(static_cast<std::size_t>(size.num_bytes()), 0);
  CoveragePatch patch;
  for (index_t t = 0; t < size.num_frames; ++t) {
    std::uint8_t* frame = frames.data() + t * size.height * size.width * 3;
    for (const SceneObject<Sprite>& object : objects) {
      const SpritePoint centre = object.path.at(static_cast<double>(t));
      object.sprite.cover(centre.x, centre.y, patch);
      paint(patch, object.colour, frame, size);
    }
  }
  return frames;
}

namespace data_detail {

/// Sum of the products of two coverages, square px.
inline double common_area(const CoveragePatch& a, const CoveragePatch& b) {
  double sum = 0;
  const index_t left = (std::max)(a.x0, b.x0), right = (std::min)(a.x0 + a.width, b.x0 + b.width);
  const index_t top = (std::max)(a.y0, b.y0), bottom = (std::min)(a.y0 + a.height, b.y0 + b.height);
  for (index_t y = top; y < bottom; ++y) {
    for (index_t x = left; x < right; ++x) {
      sum += static_cast<double>(a.at(y - a.y0, x - a.x0) * b.at(y - b.y0, x - b.x0));
    }
  }
  return sum;
}

}  // namespace data_detail

/// The area that two sprites share, summed over the clip's frames, as a share of the smaller sprite's area
/// summed over the frames: at most 1/5 means that neither covers more than a fifth of the other.
template <SpriteMask Sprite>
double overlap_share(const SceneObject<Sprite>& a, const SceneObject<Sprite>& b, index_t num_frames) {
  const SpriteReach reach_a = a.sprite.reach(), reach_b = b.sprite.reach();
  CoveragePatch patch_a, patch_b;
  double common = 0;
  for (index_t t = 0; t < num_frames; ++t) {
    const SpritePoint p = a.path.at(static_cast<double>(t)), q = b.path.at(static_cast<double>(t));
    const bool apart = p.x + reach_a.right + 1 < q.x - reach_b.left ||
                       q.x + reach_b.right + 1 < p.x - reach_a.left ||
                       p.y + reach_a.down + 1 < q.y - reach_b.up || q.y + reach_b.down + 1 < p.y - reach_a.up;
    if (apart) continue;
    a.sprite.cover(p.x, p.y, patch_a);
    b.sprite.cover(q.x, q.y, patch_b);
    common += data_detail::common_area(patch_a, patch_b);
  }
  return common / (static_cast<double>(num_frames) * (std::min)(a.sprite.area(), b.sprite.area()));
}

}  // namespace flashvideo
