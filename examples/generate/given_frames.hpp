// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "../common/output_paths.hpp"
#include "../common/usage_error.hpp"
#include "first_frames.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace example {

/// What the command line gives of videos: files for all prompts, or one for each.
struct GivenArguments {
  std::string first_frames;           ///< --first-frames: every key_spacing-th frame is a key frame
  std::vector<std::string> given;     ///< --given: its first frames are the video's
  index_t given_frames = 1;           ///< --given-frames: how many of them
  bool keep_given = false;            ///< --keep-given
  std::vector<std::string> from, to;  ///< --from, --to: the first and the last frame

  bool both_ends() const { return !from.empty(); }
  /// All files, with the names of their options.
  std::vector<NamedPath> paths() const {
    std::vector<NamedPath> all{{"--first-frames", first_frames}};
    for (const std::string& path : given) all.push_back({"--given", path});
    for (const std::string& path : from) all.push_back({"--from", path});
    for (const std::string& path : to) all.push_back({"--to", path});
    return all;
  }
};

/// The given frames of each prompt's videos: read once, in the extents of the model.
class GivenFrames {
 public:
  /// @throws usage_error when there are neither one nor as many files as prompts, or more frames than the video has
  /// @throws flashvideo::format_error when a file has fewer frames than are to be given
  GivenFrames(const GivenArguments& arguments, std::size_t prompts,
              const flashvideo::GenerationOptions& options, const flashvideo::VideoGenerator& model)
      : keep_given_(arguments.keep_given) {
    const auto read = [&](const std::string& path, index_t spacing, index_t count) {
      return read_first_frames(path, spacing, count, model.frame_height(), model.frame_width());
    };
    check_number("--given", arguments.given.size(), prompts);
    check_number("--from", arguments.from.size(), prompts);
    check_number("--to", arguments.to.size(), prompts);
    const index_t key_spacing = model.configuration().key_spacing;
    if (!arguments.first_frames.empty()) {
      key_frames_.push_back(read(arguments.first_frames, key_spacing, options.key_frame_count()));
    }
    const index_t step =
        options.rounds == 0 ? key_spacing : 1;  // frames of the clip from one of the video to the next
    const index_t count = arguments.given_frames;
    if (!arguments.given.empty() && (count - 1) / step >= options.frame_count()) {
      throw usage_error(fmt::format("--given-frames: {} are given, the video has {} frame{}{}", count,
                                    options.frame_count(), options.frame_count() == 1 ? "" : "s",
                                    step == 1 ? "" : fmt::format(", {} frames apart", step)));
    }
    for (const std::string& path : arguments.given) {
      std::vector<flashvideo::Image> frames = read(path, 1, count);
      flashvideo::require<flashvideo::format_error>(static_cast<index_t>(frames.size()) == count,
                                                    "{}: has {} frames, --given-frames is {}", path,
                                                    frames.size(), count);
      for (std::size_t i = 1; step > 1 && static_cast<index_t>(i) * step < count; ++i) {
        frames[i] = std::move(frames[i * static_cast<std::size_t>(step)]);
      }
      frames.resize(static_cast<std::size_t>((count + step - 1) / step));
      frames_.push_back(std::move(frames));
    }
    for (std::size_t i = 0; i < std::max(arguments.from.size(), arguments.to.size()); ++i) {
      std::vector<flashvideo::Image> ends;
      for (const auto* side : {&arguments.from, &arguments.to}) {
        ends.push_back(read((*side)[std::min(i, side->size() - 1)], 1, 1).at(0));
      }
      key_frames_.push_back(std::move(ends));
    }
  }

  /// Gives a prompt's request its frames.
  void give(flashvideo::VideoRequest& request, std::size_t prompt) const {
    request.keep_given = keep_given_;
    request.first_frames = of(key_frames_, prompt);
    request.given_frames = of(frames_, prompt);
  }

 private:
  using Frames = std::vector<flashvideo::Image>;

  static void check_number(const char* name, std::size_t files, std::size_t prompts) {
    if (files <= 1 || files == prompts) return;
    throw usage_error(fmt::format("{}: {} files for {} prompt{}, expected one, or one for each", name, files,
                                  prompts, prompts == 1 ? "" : "s"));
  }
  static Frames of(const std::vector<Frames>& files, std::size_t prompt) {
    return files.empty() ? Frames() : files[std::min(prompt, files.size() - 1)];
  }

  bool keep_given_;
  std::vector<Frames> key_frames_;  // of all prompts, or of each
  std::vector<Frames> frames_;      // the same
};

}  // namespace example
