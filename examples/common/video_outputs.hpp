// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "flashvideo/io/ffmpeg.hpp"
#include "numbered_outputs.hpp"
#include "output_paths.hpp"
#include "usage_error.hpp"

namespace example {

/// Where a run's videos go: each of a single one's outputs, or numbered files in a folder. What cannot be
/// written, and an output that is an input, is refused by the constructor, before the work.
/// @code
///   VideoOutputs outputs({"star.mp4", "-"}, "", 1, {{"--model", model}});
///   auto sinks = outputs.open(0, settings);
///   // ... write every frame to every sink
///   outputs.finish(0, sinks);
/// @endcode
class VideoOutputs {
 public:
  using Sinks = std::vector<std::unique_ptr<flashvideo::VideoSink>>;

  /// @param format of numbered files; empty: mp4
  VideoOutputs(std::vector<std::string> outputs, const std::string& format, std::size_t videos,
               const std::vector<NamedPath>& inputs)
      : outputs_(std::move(outputs)) {
    if (uses_standard_output()) check_standard_output(format);
    if (videos > 1) name_files(format.empty() ? "mp4" : format, videos);
    std::vector<NamedPath> named;
    for (std::size_t video = 0; video < videos; ++video) {
      for (const std::string& path : paths(video)) named.push_back({"--output", path});
    }
    refuse_overwriting(inputs, named);
    if (videos > 1) {
      numbered_.emplace(outputs_[0], names_);
    } else {
      for (const std::string& path : outputs_) try_to_open(path);
    }
  }

  /// The sinks of a video's outputs.
  Sinks open(std::size_t video, flashvideo::VideoSinkOptions settings) const {
    Sinks sinks;
    for (const std::string& path : paths(video)) sinks.push_back(flashvideo::open_video_sink(path, settings));
    return sinks;
  }

  /// Completes a video's files, if it has a frame.
  void finish(std::size_t video, const Sinks& sinks) {
    if (sinks.empty() || sinks[0]->frame_count() == 0) return;
    for (const auto& sink : sinks) sink->finish();
    if (numbered_) numbered_->finished(names_[video]);
    ++finished_;
  }

  /// Videos whose files are there.
  std::size_t finished() const { return finished_; }
  bool uses_standard_output() const {
    return std::find(outputs_.begin(), outputs_.end(), "-") != outputs_.end();
  }

  /// What was written, a line each.
  std::string report() const {
    if (finished_ == 0) return "";
    if (numbered_) return fmt::format("{} videos in {}\n", finished_, outputs_[0]);
    std::string lines;
    for (const std::string& path : outputs_) lines += (path == "-" ? "standard output" : path) + '\n';
    return lines;
  }

 private:
  static void check_standard_output(const std::string& format) {
    if (!format.empty() && format != "y4m") {
      throw usage_error("--output -: standard output is given Y4M, not --format " + format);
    }
    if (::isatty(STDOUT_FILENO) != 0) {
      throw usage_error("--output -: standard output is a terminal, expected a pipe or a file");
    }
  }

  /// Finds out what cannot be written. (A pipe would have no second reader.)
  static void try_to_open(const std::string& path) {
    std::error_code ignored;
    if (path != "-" && !std::filesystem::is_fifo(path, ignored)) flashvideo::open_video_sink(path);
  }

  void name_files(const std::string& format, std::size_t videos) {
    const std::string& folder = outputs_[0];
    if (outputs_.size() != 1 || folder == "-" || !flashvideo::names_folder(folder)) {
      throw usage_error(
          "several videos need one --output that is a folder (a new one whose name has a point ends in /)");
    }
    for (std::size_t i = 0; i < videos; ++i) {
      names_.push_back(fmt::format("{:04}", i) + (format == "frames" ? "" : "." + format));
    }
  }

  std::vector<std::string> paths(std::size_t video) const {
    if (names_.empty()) return outputs_;
    return {outputs_[0] + "/" + names_[video]};
  }

  std::vector<std::string> outputs_;
  std::vector<std::string> names_;
  std::optional<NumberedOutputs> numbered_;
  std::size_t finished_ = 0;
};

}  // namespace example
