// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "verdict.hpp"

namespace evaluate {

/// How often one attribute was right, wrong, unreadable, and what was read for what was asked.
class AttributeTally {
 public:
  /// @param names of the attribute's values, in order.
  explicit AttributeTally(std::string_view title, std::vector<std::string_view> names)
      : title_(title), names_(std::move(names)), confusion_(names_.size() * (names_.size() + 1), 0) {}

  /// @param read the value read, or nothing.
  void add(Reading reading, std::size_t asked, std::optional<std::size_t> read) {
    ++counts_[static_cast<std::size_t>(reading)];
    ++confusion_[asked * (names_.size() + 1) + read.value_or(names_.size())];
  }

  index_t count(Reading reading) const { return counts_[static_cast<std::size_t>(reading)]; }
  index_t total() const { return counts_[0] + counts_[1] + counts_[2]; }
  /// Share of right readings; 0 when nothing was read.
  double accuracy() const {
    return total() > 0 ? static_cast<double>(count(Reading::right)) / static_cast<double>(total()) : 0.0;
  }

  /// "colour   98.41 % right, 1.59 % wrong, 0.00 % unreadable of 504"
  std::string summary() const {
    const double percent = total() > 0 ? 100.0 / static_cast<double>(total()) : 0.0;
    return fmt::format("{:<7} {:6.2f} % right, {:6.2f} % wrong, {:6.2f} % unreadable of {}\n", title_,
                       percent * static_cast<double>(count(Reading::right)),
                       percent * static_cast<double>(count(Reading::wrong)),
                       percent * static_cast<double>(count(Reading::unreadable)), total());
  }

  /// Rows: asked; columns: read, the last one unreadable.
  std::string confusion() const {
    std::string text = fmt::format("{:<22}", title_ + ", asked \\ read");
    for (const std::string_view name : names_) text += fmt::format("{:>11}", short_name(name));
    text += " unreadable\n";
    for (std::size_t asked = 0; asked < names_.size(); ++asked) {
      text += fmt::format("{:<22}", names_[asked]);
      for (std::size_t read = 0; read <= names_.size(); ++read) {
        text += fmt::format("{:>11}", confusion_[asked * (names_.size() + 1) + read]);
      }
      text += '\n';
    }
    return text;
  }

 private:
  /// The last word that tells values apart: "moves in a circle" -> "circle".
  static std::string_view short_name(std::string_view name) {
    const std::size_t space = name.rfind(' ');
    return space == std::string_view::npos ? name : name.substr(space + 1);
  }

  std::string title_;
  std::vector<std::string_view> names_;
  std::array<index_t, 3> counts_{};
  std::vector<index_t> confusion_;
};

/// Verdicts of many clips.
/// @code
///   Tally tally;
///   tally.add(judge_clip(frames, size, caption));
///   fmt::print("{}", tally.report());
/// @endcode
class Tally {
 public:
  void add(const ClipVerdict& clip) {
    ++clips_;
    right_clips_ += clip.all_right();
    extra_objects_ += clip.extra_objects;
    for (const ObjectVerdict& object : clip.objects) {
      const auto place = [](const auto& value) -> std::optional<std::size_t> {
        if (!value) return std::nullopt;
        return static_cast<std::size_t>(*value);
      };
      colour_.add(object.colour, static_cast<std::size_t>(object.asked.colour), place(object.read.colour));
      shape_.add(object.shape, static_cast<std::size_t>(object.asked.shape), place(object.read.shape));
      motion_.add(object.motion, static_cast<std::size_t>(object.asked.motion),
                  place(detail::motion_of(object.read)));
      motion_rms_.push_back(object.read.motion_rms);
      even_motions_ += object.motion == Reading::right && object.read.motion_rms <= even_motion_rms;
    }
  }

  const AttributeTally& colour() const { return colour_; }
  const AttributeTally& shape() const { return shape_; }
  const AttributeTally& motion() const { return motion_; }
  index_t clips() const { return clips_; }
  /// Share of the clips in which every attribute of every object is right.
  double all_right() const {
    return clips_ > 0 ? static_cast<double>(right_clips_) / static_cast<double>(clips_) : 0.0;
  }

  /// Share of the objects that move as asked and evenly.
  double even_motion() const {
    return motion_rms_.empty() ? 0.0
                               : static_cast<double>(even_motions_) / static_cast<double>(motion_rms_.size());
  }
  /// How far tracks are from the nearest law of motion: the distance that this share of the objects keeps,
  /// px.
  double motion_rms(double share) const {
    if (motion_rms_.empty()) return 0.0;
    std::vector<double> sorted = motion_rms_;
    const auto place =
        sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), place, sorted.end());
    return *place;
  }

  /// The figures, one line each.
  std::string summary() const {
    const auto distance = [this](double share) {
      const double px = motion_rms(share);
      return px < 1e3 ? fmt::format("{:.2f} px", px) : std::string("no track");
    };
    return colour_.summary() + shape_.summary() + motion_.summary() +
           fmt::format(
               "        {:6.2f} % right and even ({} px off the law at most); median {}, nine of ten {}\n",
               100.0 * even_motion(), even_motion_rms, distance(0.5), distance(0.9)) +
           fmt::format(
               "clips   {:6.2f} % with every attribute right, of {}; {} objects that nobody asked for\n",
               100.0 * all_right(), clips_, extra_objects_);
  }
  /// The figures and the confusion matrices.
  std::string report() const {
    return summary() + '\n' + colour_.confusion() + '\n' + shape_.confusion() + '\n' + motion_.confusion();
  }

 private:
  template <typename Attribute>
  static std::vector<std::string_view> names(index_t count) {
    std::vector<std::string_view> all;
    for (index_t i = 0; i < count; ++i) all.push_back(flashvideo::name_of(static_cast<Attribute>(i)));
    return all;
  }

  AttributeTally colour_{"colour", names<SpriteColour>(flashvideo::num_sprite_colours)};
  AttributeTally shape_{"shape", names<SpriteShape>(flashvideo::num_sprite_shapes)};
  AttributeTally motion_{"motion", names<SpriteMotion>(flashvideo::num_sprite_motions)};
  std::vector<double> motion_rms_;
  index_t even_motions_ = 0;
  index_t clips_ = 0;
  index_t right_clips_ = 0;
  index_t extra_objects_ = 0;
};

}  // namespace evaluate
