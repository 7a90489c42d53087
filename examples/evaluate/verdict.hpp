// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/data/small_world.hpp"
#include "shape_reader.hpp"

namespace evaluate {

using flashvideo::SpriteTriple;

enum class Reading { right, wrong, unreadable };

/// One object of a caption beside what the pixels show of it.
struct ObjectVerdict {
  SpriteTriple asked;
  ReadObject read;
  Reading colour = Reading::unreadable;
  Reading shape = Reading::unreadable;
  Reading motion = Reading::unreadable;

  bool all_right() const {
    return colour == Reading::right && shape == Reading::right && motion == Reading::right;
  }
};

/// A clip's objects in the order of its caption.
struct ClipVerdict {
  std::vector<ObjectVerdict> objects;
  index_t extra_objects = 0;  ///< seen though the caption names none

  /// Every attribute of every object is right and nothing else is there.
  bool all_right() const {
    for (const ObjectVerdict& object : objects) {
      if (!object.all_right()) return false;
    }
    return extra_objects == 0 && !objects.empty();
  }
};

namespace detail {

template <typename Attribute>
Reading compare(const std::optional<Attribute>& read, Attribute asked) {
  if (!read) return Reading::unreadable;
  return *read == asked ? Reading::right : Reading::wrong;
}

inline std::optional<SpriteMotion> motion_of(const ReadObject& object) {
  if (!object.motion) return std::nullopt;
  return object.motion->path.motion;
}

}  // namespace detail

/// Compares what a clip shows with its caption. Objects are paired by colour; those left are paired in order,
/// largest first (their colour is then wrong); an object that nothing shows is unreadable. A visible object
/// that the caption does not name makes the colours wrong.
inline ClipVerdict judge(const std::vector<ReadObject>& objects, std::span<const SpriteTriple> asked) {
  ClipVerdict verdict;
  std::vector<bool> taken(objects.size(), false);
  std::vector<std::optional<std::size_t>> partner(asked.size());
  for (const bool by_colour : {true, false}) {
    for (std::size_t a = 0; a < asked.size(); ++a) {
      for (std::size_t o = 0; o < objects.size() && !partner[a]; ++o) {
        if (taken[o] || (by_colour && objects[o].colour != asked[a].colour)) continue;
        taken[o] = true;
        partner[a] = o;
      }
    }
  }
  for (std::size_t o = 0; o < objects.size(); ++o) verdict.extra_objects += !taken[o] && objects[o].colour;
  for (std::size_t a = 0; a < asked.size(); ++a) {
    ObjectVerdict object;
    object.asked = asked[a];
    if (partner[a]) object.read = objects[*partner[a]];
    object.colour = detail::compare(object.read.colour, asked[a].colour);
    object.shape = detail::compare(object.read.shape, asked[a].shape);
    object.motion = detail::compare(detail::motion_of(object.read), asked[a].motion);
    if (object.colour == Reading::right && verdict.extra_objects > 0) object.colour = Reading::wrong;
    verdict.objects.push_back(object);
  }
  return verdict;
}

/// Reads a clip's pixels and compares them with its caption.
/// @code ClipVerdict v = judge_clip(clip.frames.data(), clip.size, clip.caption); @endcode
inline ClipVerdict judge_clip(const std::uint8_t* frames, const flashvideo::ClipSize& size,
                              std::string_view caption) {
  const std::vector<SpriteTriple> asked = flashvideo::parse_caption(caption);
  return judge(read_objects(frames, size), asked);
}

/// One line: what was read of each object, and how it compares.
/// "0003.mp4: red star moves in a circle (right, right, right)"
inline std::string describe(const ClipVerdict& verdict, std::string_view name) {
  constexpr std::string_view words[] = {"right", "wrong", "unreadable"};
  const auto word = [&](Reading reading) { return words[static_cast<std::size_t>(reading)]; };
  const auto shown = [](const auto& value) {
    return value ? flashvideo::name_of(*value) : std::string_view("?");
  };
  std::string line(name);
  for (const ObjectVerdict& object : verdict.objects) {
    line += fmt::format("{} {} {} {} ({}, {}, {})", &object == verdict.objects.data() ? ":" : " and",
                        shown(object.read.colour), shown(object.read.shape),
                        shown(detail::motion_of(object.read)), word(object.colour), word(object.shape),
                        word(object.motion));
  }
  if (verdict.extra_objects > 0) line += fmt::format(", {} more objects", verdict.extra_objects);
  return line;
}

}  // namespace evaluate
