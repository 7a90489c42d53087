// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/digit_sprite.hpp"
#include "flashvideo/data/idx.hpp"
#include "flashvideo/data/small_world.hpp"
#include "flashvideo/data/sprite_scene.hpp"
#include "flashvideo/io/fingerprint.hpp"

namespace flashvideo {

/// Which digits move where.
struct MovingDigitsOptions {
  std::uint64_t seed = 0;  ///< of all that is drawn
};

/// Handwritten digits that move like the small world's shapes, in its six colours: "a white 7 moves
/// diagonally". 17 frames of 64 x 64 pixels, without end; clip i is a pure function of (seed, i).
/// @code
///   MovingDigits digits(read_mnist_digits("mnist", MnistPart::train), {.seed = 1});  // data/mnist_files.hpp
///   Clip clip = digits.clip(0);
/// @endcode
class MovingDigits {
 public:
  /// Images with their labels.
  struct Digits {
    IdxArray images;  ///< (N, side, side)
    IdxArray labels;  ///< (N), 0 .. 9
  };

  /// @throws shape_error when images and labels do not belong together
  /// @throws value_error for a label above 9
  explicit MovingDigits(Digits digits, const MovingDigitsOptions& options = {}) : options_(options) {
    const std::vector<index_t>& extents = digits.images.extents;
    require<shape_error>(extents.size() == 3 && extents[1] == extents[2],
                         "MovingDigits: images have {} dimensions, expected (N, side, side)", extents.size());
    require<shape_error>(digits.labels.extents == std::vector<index_t>{extents[0]},
                         "MovingDigits: {} labels for {} images, expected as many",
                         digits.labels.values.size(), extents[0]);
    for (std::size_t i = 0; i < digits.labels.values.size(); ++i) {
      const int label = digits.labels.values[i];
      require<value_error>(label <= 9, "MovingDigits: label {} is {}, expected 0..9", i, label);
    }
    digits_ = std::make_shared<const Digits>(std::move(digits));
  }

  /// Clip i, one digit.
  /// @throws value_error unless i >= 0
  Clip clip(index_t i) const {
    Draw draw(*this, i);
    const index_t side = digits_->images.extents[1];
    const DigitSprite sprite(digits_->images.values.data() + draw.number * side * side, side,
                             draw.random.uniform(9.0, 11.0));

    Clip clip;
    clip.size = clip_size();
    clip.caption = caption_of(draw);
    const SpritePath path = draw_path(draw.motion, sprite.reach(), clip.size, draw.random);
    const std::array<SceneObject<DigitSprite>, 1> objects{{{sprite, rgb_of(draw.colour), path}}};
    clip.frames = draw_scene<DigitSprite>(objects, clip.size);
    return clip;
  }

  /// The caption of clip i, without drawing it.
  /// @throws value_error unless i >= 0
  std::string caption(index_t i) const { return caption_of(Draw(*this, i)); }

  /// Of the digits and the seed, which all clips follow from.
  std::string fingerprint(const ProgressHook& = {}) const {
    Fingerprint print;
    print.add(digits_->images.extents);
    print.add(digits_->images.values);
    print.add(digits_->labels.values);
    return formatted_message("moving digits: seed {}, images {}", std::to_string(options_.seed),
                             print.text());
  }

  /// Without end.
  std::optional<index_t> size() const { return std::nullopt; }
  /// 17 frames of 64 x 64 pixels.
  ClipSize clip_size() const { return {17, 64, 64}; }

 private:
  /// What the first numbers of clip i choose.
  struct Draw {
    Draw(const MovingDigits& source, index_t i) {
      require<value_error>(i >= 0, "MovingDigits: clip number is {}, expected >= 0", i);
      random = RandomStream({source.options_.seed, 0x44494700U, static_cast<std::uint64_t>(i) << 16});
      number = random.below(source.digits_->images.extents[0]);
      colour = static_cast<SpriteColour>(random.below(num_sprite_colours));
      motion = static_cast<SpriteMotion>(random.below(num_sprite_motions));
    }
    RandomStream random;
    index_t number = 0;
    SpriteColour colour{};
    SpriteMotion motion{};
  };

  std::string caption_of(const Draw& draw) const {
    return "a " + std::string(name_of(draw.colour)) + ' ' +
           std::to_string(digits_->labels.values[static_cast<std::size_t>(draw.number)]) + ' ' +
           std::string(name_of(draw.motion));
  }

  std::shared_ptr<const Digits> digits_;
  MovingDigitsOptions options_;
};

}  // namespace flashvideo
