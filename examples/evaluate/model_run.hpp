// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

#include "common/numbered_outputs.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "model_scores.hpp"
#include "video_files.hpp"

namespace evaluate {

/// How a model's clips are made and kept; none of it changes the clips, except `options`.
struct ModelRunOptions {
  flashvideo::GenerationOptions options{};  ///< `generate`'s defaults; each clip's own seed replaces the seed
  std::string weights = "float32";          ///< storage of the model's matrices, `generate`'s --weights
  index_t batch = 8;                        ///< clips made side by side
  int threads = 0;                          ///< that read clips; 0: one for each hardware thread
  index_t most_clips = 0;                   ///< stop after so many; 0: the whole protocol
  double limit_minutes = 0;                 ///< stop when a batch ends after so long; 0: no limit
  std::string output;                       ///< folder that keeps the files; empty: a temporary one
  std::string format = "y4m";               ///< y4m, mp4, gif or png
  bool each = false;                        ///< a line for every clip
};

/// A folder: the one named, or a temporary one that goes away.
class OutputFolder {
 public:
  explicit OutputFolder(const std::string& path) : path_(path), keep_(!path.empty()) {
    if (keep_) return;
    std::string pattern = (std::filesystem::temp_directory_path() / "flashvideo-evaluate-XXXXXX").string();
    flashvideo::require<flashvideo::io_error>(::mkdtemp(pattern.data()) != nullptr,
                                              "cannot create a folder like {}", pattern);
    path_ = pattern;
  }
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder() {
    std::error_code ignored;
    if (!keep_) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  bool keeps() const { return keep_; }

 private:
  std::filesystem::path path_;
  bool keep_;
};

/// Makes the clips of the protocol with a model, writes each to a file as `generate` does, reads the file
/// back and judges its pixels.
/// @code
///   ModelRun run(model, protocol, settings);
///   while (run.step(stop, hook)) {}
///   fmt::print("{}", run.scores().report());
/// @endcode
class ModelRun {
 public:
  ModelRun(flashvideo::VideoGenerator model, const ProtocolOptions& protocol, const ModelRunOptions& settings)
      : model_(std::move(model)),
        settings_(settings),
        clips_(protocol_clips(protocol)),
        scores_(protocol),
        folder_(settings.output),
        pool_(settings.threads),
        begin_(Clock::now()) {
    if (settings.most_clips > 0 && settings.most_clips < total()) {
      clips_.resize(static_cast<std::size_t>(settings.most_clips));
    }
    std::vector<std::string> names;
    for (const ProtocolClip& clip : clips_) names.push_back(name_of(clip));
    for (std::size_t g = 0; g < num_clip_groups; ++g) {
      names.push_back(std::string(clip_group_names[g]) + "/prompts.txt");
      std::filesystem::create_directories(folder_.path() / clip_group_names[g]);
    }
    outputs_.emplace(folder_.path().string(), names);
    for (std::size_t g = 0; g < num_clip_groups; ++g) {
      std::string text;
      for (const std::string& prompt : protocol_group(protocol, static_cast<ClipGroup>(g)).prompts) {
        text += prompt + '\n';
      }
      const std::string& name = names[clips_.size() + g];
      flashvideo::write_file(outputs_->path(name), text);
      outputs_->finished(name);
    }
  }

  /// One batch. @return false when the protocol, the time or the user's patience has ended
  bool step(std::stop_token stop = {}, const flashvideo::ProgressHook& progress = {}) {
    const bool late = settings_.limit_minutes > 0 && seconds_since(begin_) > 60 * settings_.limit_minutes;
    if (done_ == total() || late || stop.stop_requested()) return false;
    const index_t count = std::min(settings_.batch, total() - done_);
    const auto clips = std::span<const ProtocolClip>(clips_).subspan(static_cast<std::size_t>(done_),
                                                                     static_cast<std::size_t>(count));
    const std::vector<std::string> paths = make(clips, stop, progress);
    if (stop.stop_requested()) return false;
    std::vector<ClipVerdict> verdicts(clips.size());
    pool_.parallel_for(count, 1, [&](index_t first, index_t end) {
      for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i) {
        const flashvideo::Clip clip = read_video(paths[i]);
        verdicts[i] = judge_clip(clip.frames.data(), clip.size, clips[i].prompt);
      }
    });
    for (std::size_t i = 0; i < clips.size(); ++i) {
      scores_.add(clips[i], verdicts[i]);
      if (settings_.each) lines_ += describe(verdicts[i], paths[i]) + '\n';
      if (!folder_.keeps()) std::filesystem::remove_all(paths[i]);
    }
    done_ += count;
    return true;
  }

  const ModelScores& scores() const { return scores_; }
  /// One line for every clip so far, if asked for.
  const std::string& lines() const { return lines_; }
  index_t done() const { return done_; }
  index_t total() const { return static_cast<index_t>(clips_.size()); }

  /// "1124 of 1124 clips in 412.3 s: 46.1 frames/s and 2310 tokens/s while generating"
  std::string timing() const {
    return fmt::format("{} of {} clips in {:.1f} s: {:.1f} frames/s and {:.0f} tokens/s while generating\n",
                       done_, total(), seconds_since(begin_),
                       static_cast<double>(frames_) / std::max(seconds_, 1e-9),
                       static_cast<double>(tokens_) / std::max(seconds_, 1e-9));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

  std::string name_of(const ProtocolClip& clip) const {
    return fmt::format("{}/{:04}{}", clip_group_names[static_cast<std::size_t>(clip.group)], clip.number,
                       settings_.format == "png" ? "" : "." + settings_.format);
  }

  /// Generates the clips into files.
  std::vector<std::string> make(std::span<const ProtocolClip> clips, const std::stop_token& stop,
                                const flashvideo::ProgressHook& progress) {
    const flashvideo::VideoSinkOptions video{model_.configuration().frames_per_second, 1};
    std::vector<flashvideo::VideoRequest> requests;
    std::vector<std::string> paths;
    std::vector<std::unique_ptr<flashvideo::VideoSink>> sinks;
    for (const ProtocolClip& clip : clips) {
      requests.push_back({{clip.prompt}, {}, settings_.options});
      requests.back().options.seed = clip.seed;
      paths.push_back(outputs_->path(name_of(clip)));
      sinks.push_back(flashvideo::open_video_sink(paths.back(), video));
    }
    const Clock::time_point begin = Clock::now();
    const auto report = model_.generate(
        requests,
        [&](const flashvideo::GeneratedFrame& frame) {
          sinks[static_cast<std::size_t>(frame.video)]->write(frame.image);
        },
        stop,
        [&](const flashvideo::Progress& state) {
          const double share = state.fraction() * static_cast<double>(clips.size());
          flashvideo::report(progress, {.label = "evaluating",
                                        .done = done_ + static_cast<index_t>(share),
                                        .total = total(),
                                        .unit = "clips"});
        });
    seconds_ += seconds_since(begin);
    frames_ += report.frames;
    tokens_ += report.tokens.total();
    if (report.complete) {
      for (std::size_t i = 0; i < sinks.size(); ++i) {
        sinks[i]->finish();
        if (folder_.keeps()) outputs_->finished(name_of(clips[i]));
      }
    }
    return paths;
  }

  flashvideo::VideoGenerator model_;
  ModelRunOptions settings_;
  std::vector<ProtocolClip> clips_;
  ModelScores scores_;
  OutputFolder folder_;
  std::optional<example::NumberedOutputs> outputs_;
  flashvideo::ThreadPool pool_;
  Clock::time_point begin_;
  index_t done_ = 0;
  index_t frames_ = 0;
  index_t tokens_ = 0;
  double seconds_ = 0;
  std::string lines_;
};

}  // namespace evaluate
