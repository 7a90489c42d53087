// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The words of the small world: six colours, six shapes, four motions and the captions made of them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// What colour an object may have; `name_of` has the words of a caption.
enum class SpriteColour : std::uint8_t { red, green, blue, yellow, white, purple };
/// Which of the six shapes it has.
enum class SpriteShape : std::uint8_t { circle, square, triangle, star, ring, cross };
/// How it moves (data/sprite_path.hpp).
enum class SpriteMotion : std::uint8_t { left_and_right, up_and_down, diagonal, circle };

inline constexpr index_t num_sprite_colours = 6;  ///< red to purple
inline constexpr index_t num_sprite_shapes = 6;   ///< circle to cross
inline constexpr index_t num_sprite_motions = 4;  ///< left and right to circle
/// What a caption can say of one object: 144 triples.
inline constexpr index_t num_sprite_triples = num_sprite_colours * num_sprite_shapes * num_sprite_motions;

/// The colour's RGB value.
constexpr Rgb rgb_of(SpriteColour colour) {
  constexpr Rgb palette[num_sprite_colours] = {{230, 60, 60},  {60, 200, 80},   {80, 120, 255},
                                               {240, 220, 70}, {240, 240, 240}, {190, 80, 220}};
  return palette[static_cast<std::size_t>(colour)];
}

/// @{
/// The word or words of a caption.
constexpr std::string_view name_of(SpriteColour colour) {
  constexpr std::string_view names[] = {"red", "green", "blue", "yellow", "white", "purple"};
  return names[static_cast<std::size_t>(colour)];
}
constexpr std::string_view name_of(SpriteShape shape) {
  constexpr std::string_view names[] = {"circle", "square", "triangle", "star", "ring", "cross"};
  return names[static_cast<std::size_t>(shape)];
}
constexpr std::string_view name_of(SpriteMotion motion) {
  constexpr std::string_view names[] = {"moves left and right", "moves up and down", "moves diagonally",
                                        "moves in a circle"};
  return names[static_cast<std::size_t>(motion)];
}

/// @}

/// What a caption says about one object.
struct SpriteTriple {
  SpriteColour colour = SpriteColour::red;             ///< "a red"
  SpriteShape shape = SpriteShape::circle;             ///< "circle"
  SpriteMotion motion = SpriteMotion::left_and_right;  ///< "moves left and right"

  friend bool operator==(const SpriteTriple&, const SpriteTriple&) = default;
};

/// The triple's place 0..143 in the order colour, shape, motion (motion fastest).
constexpr index_t triple_number(const SpriteTriple& triple) {
  return (static_cast<index_t>(triple.colour) * num_sprite_shapes + static_cast<index_t>(triple.shape)) *
             num_sprite_motions +
         static_cast<index_t>(triple.motion);
}

/// Inverse of `triple_number`.
constexpr SpriteTriple sprite_triple(index_t number) {
  return {static_cast<SpriteColour>(number / (num_sprite_shapes * num_sprite_motions)),
          static_cast<SpriteShape>(number / num_sprite_motions % num_sprite_shapes),
          static_cast<SpriteMotion>(number % num_sprite_motions)};
}

/// "a red star moves in a circle and a blue ring moves up and down"; the last object is in front.
inline std::string caption_of(std::span<const SpriteTriple> triples) {
  std::string caption;
  for (const SpriteTriple& triple : triples) {
    if (!caption.empty()) caption += " and ";
    caption += "a ";
    caption += name_of(triple.colour);
    caption += ' ';
    caption += name_of(triple.shape);
    caption += ' ';
    caption += name_of(triple.motion);
  }
  return caption;
}

namespace data_detail {

/// Removes `word` from the front of `text` if it stands there.
inline bool eat(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// Removes the name of one of `count` enumerators from the front of `text`.
template <typename Attribute>
bool eat_name(std::string_view& text, index_t count, Attribute& attribute) {
  for (index_t i = 0; i < count; ++i) {
    attribute = static_cast<Attribute>(i);
    if (eat(text, name_of(attribute))) return true;
  }
  return false;
}

}  // namespace data_detail

/// Inverse of `caption_of`.
/// @throws value_error for a sentence that is not one of the small world
inline std::vector<SpriteTriple> parse_caption(std::string_view caption) {
  std::vector<SpriteTriple> triples;
  std::string_view rest = caption;
  bool valid = true;
  do {
    SpriteTriple triple;
    valid = data_detail::eat(rest, "a ") && data_detail::eat_name(rest, num_sprite_colours, triple.colour) &&
            data_detail::eat(rest, " ") && data_detail::eat_name(rest, num_sprite_shapes, triple.shape) &&
            data_detail::eat(rest, " ") && data_detail::eat_name(rest, num_sprite_motions, triple.motion);
    triples.push_back(triple);
  } while (valid && data_detail::eat(rest, " and "));
  require<value_error>(valid && rest.empty(),
                       "parse_caption: \"{}\" is not a caption of the small world, expected "
                       "\"a COLOUR SHAPE moves ...[ and a COLOUR SHAPE moves ...]\"",
                       caption);
  return triples;
}

}  // namespace flashvideo
