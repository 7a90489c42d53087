// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Ours with redundancy-free interpolation and with exact speculation: the passes are recorded without a
/// network (`record_passes`), and some of them are made with it.

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "baselines/figure6/token_systems.hpp"
#include "baselines/replayed_passes.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace flashvideo::baselines::figure6 {

inline constexpr double changing_share = 0.3;  // of a frame's tokens, from key frame to key frame
inline constexpr index_t text_tokens = 15;     // before each frame, as in the bundled model

/// Makes some passes of a recording with a network.
class Replayer {
 public:
  Replayer(const Cpu& cpu, const Ours& decoder, PackedView values)
      : cpu_(cpu), decoder_(&decoder), values_(values), workspace_(cpu) {}

  /// Seconds of all passes. Sorted by their tokens they are cut into at most `count` parts of about equal
  /// cost (a pass costs as `tokens_of_a_pass` more); the middle one of each part stands for the part.
  double seconds(const Recording& recording, index_t count, int trials) {
    std::vector<const RecordedPass*> passes;
    double cost = 0;
    for (const RecordedPass& pass : recording.passes) {
      passes.push_back(&pass);
      cost += cost_of(pass);
    }
    if (passes.empty()) return 0;
    std::stable_sort(passes.begin(), passes.end(), [](const RecordedPass* a, const RecordedPass* b) {
      return tokens_of(*a) < tokens_of(*b);
    });
    make(*passes.back());  // not timed: memory that it is the first to touch
    double sum = 0, before = 0;
    for (std::size_t begin = 0, end = 0; begin < passes.size(); begin = end) {
      const double part = std::floor(before / cost * static_cast<double>(count));
      while (end < passes.size() && (end == begin || before / cost * static_cast<double>(count) < part + 1)) {
        before += cost_of(*passes[end++]);
      }
      sum += static_cast<double>(end - begin) *
             mean_seconds(trials, [&] { make(*passes[begin + (end - begin) / 2]); });
    }
    return sum;
  }

 private:
  static index_t tokens_of(const RecordedPass& pass) {
    index_t tokens = 0;
    for (const RecordedSpan& span : pass) tokens += span.tokens;
    return tokens;
  }

  static double cost_of(const RecordedPass& pass) {
    constexpr double tokens_of_a_pass = 16;
    return tokens_of_a_pass + static_cast<double>(tokens_of(pass));
  }

  // Absorbs, draws up to the token behind the draft that is kept, commits.
  void make(const RecordedPass& pass) {
    while (states_.size() < pass.size()) states_.push_back(decoder_->initial_state(cpu_));
    const index_t outputs = decoder_->configuration().head_outputs();
    std::vector<std::vector<token_t>> tokens;
    std::vector<Ours::LaneSpan> lanes;
    std::vector<Ours::LaneCommit> commits;
    index_t rows = 0;
    for (std::size_t i = 0; i < pass.size(); ++i) {
      tokens.emplace_back();
      for (index_t n = 0; n < pass[i].tokens; ++n)
        tokens.back().push_back(static_cast<token_t>((509 * n + static_cast<index_t>(i)) % outputs));
    }
    for (std::size_t i = 0; i < pass.size(); ++i) {
      lanes.push_back({&states_[i], tokens[i], 0, pass[i].tentative, pass[i].logits_after});
      if (pass[i].kept > 0) commits.push_back({&states_[i], pass[i].kept});
      rows += static_cast<index_t>(pass[i].logits_after.size());
    }
    const auto mark = workspace_.mark();
    const auto logits = workspace_.take<float>(Shape<2>{rows, outputs});
    decoder_->absorb(cpu_, values_, lanes, logits, workspace_);
    index_t row = 0;
    for (const RecordedSpan& span : pass) {
      for (const index_t after : span.logits_after) {
        const bool drawn = after < span.tokens - span.tentative + span.kept;
        const std::span<const float> own(logits.row(row), static_cast<std::size_t>(outputs));
        if (drawn) sampler_.sample(own, {1, 0, drawn_++});
        ++row;
      }
    }
    if (!commits.empty()) decoder_->commit(cpu_, commits);
    workspace_.release(mark);
  }

  Cpu cpu_;
  const Ours* decoder_;
  PackedView values_;
  Workspace<Cpu> workspace_;
  std::vector<Ours::State> states_;
  Sampler sampler_;
  std::uint64_t drawn_ = 0;
};

/// The key frames of `batch` clips, then what stands between key frames that are given.
inline std::vector<Recording> record_clips(index_t side, index_t batch, GenerationOptions options,
                                           double right) {
  const VocabularyLayout vocabulary(2, text_tokens, 16);
  const FrameLayout layout{SerialTokenSequencer(vocabulary, side * side), side, side, 16, 1};
  const std::vector<token_t> text(static_cast<std::size_t>(text_tokens), 0);
  GenerationOptions key_frames = options;
  key_frames.rounds = 0;
  const std::vector<VideoTokens> empty(static_cast<std::size_t>(batch), {{text}, {}});
  const std::vector<VideoTokens> given(
      static_cast<std::size_t>(batch),
      {{text}, changing_key_frames(options.key_frames, side, changing_share)});
  return {record_passes(layout, key_frames, empty, right), record_passes(layout, options, given, right)};
}

inline void add_interpolated(const Setting& setting, const Cpu& cpu, const Ours& decoder, PackedView values,
                             const std::string& name, GenerationOptions options, double right,
                             Figures& figures) {
  for (const index_t batch : setting.batches) {
    for (const index_t side : setting.pixels) {
      const auto recordings = record_clips(side / 8, batch, options, right);
      const PeakMemory memory;
      Replayer replayer(cpu, decoder, values);
      double seconds = 0, passes = 0;
      for (const Recording& recording : recordings) {
        seconds += replayer.seconds(recording, setting.replayed, setting.trials);
        passes += static_cast<double>(recording.passes.size());
      }
      const auto frames = static_cast<double>(recordings.back().frames);
      const TokenCounts gaps = recordings.back().counts;
      figures.add_clip(name, batch, side, seconds / frames, false, memory.mebibytes(),
                       {{"tokens of a frame", static_cast<double>(Setting::tokens(side))},
                        {"passes for a frame", passes / frames},
                        {"inherited share in gaps", static_cast<double>(gaps.inherited) /
                                                        static_cast<double>(gaps.inherited + gaps.sampled)}});
    }
  }
}

/// What the bundled model shows: the share of guesses that are right, and its own seconds per frame with and
/// without drafts.
/// @return the share; 0.75, the first guess of `DraftPace`, without the file
inline double add_bundled(const Setting& setting, Figures& figures) {
  if (::access(setting.model.c_str(), R_OK) != 0) {
    figures.note(fmt::format("{} is not there: guesses are taken as right for 75 %.", setting.model));
    return 0.75;
  }
  const VideoGenerator model = load_text_to_video(setting.model, Cpu(setting.threads));
  const auto generate = [&](index_t longest, DraftLength length) {
    VideoRequest request{{"a red star moves in a circle"}, {}, {}};
    request.options.speculation = longest;
    request.options.draft_length = length;
    return model.generate(request, {});
  };
  const auto add = [&](const char* name, index_t longest) {
    GenerationReport report = generate(longest, DraftLength::adaptive);
    const double seconds =
        mean_seconds(setting.trials, [&] { report = generate(longest, DraftLength::adaptive); });
    const auto frames = static_cast<double>(report.frames);
    figures.add(fmt::format("bundled model/{}", name), seconds / frames,
                {{"passes for a frame", static_cast<double>(report.tokens.passes) / frames}});
  };
  add("without drafts", 0);
  add("with drafts", 16);
  const TokenCounts one = generate(1, DraftLength::fixed).tokens;
  const double right =
      static_cast<double>(one.accepted) / static_cast<double>(std::max<index_t>(one.drafted, 1));
  figures.note(
      fmt::format("Random weights make no guess right. Rows with speculation replay the share that is right "
                  "on the bundled "
                  "model, {:.0f} % of {} guesses one token long, each guess on its own.",
                  100 * right, one.drafted));
  return right;
}

/// Ours as the paper has it, at several shares of inherited tokens, and with exact speculation.
inline void add_ours(const Setting& setting, const Cpu& cpu, const Ours& decoder, PackedView values,
                     Figures& figures) {
  figures.note(
      fmt::format("Interpolated clips have 17 frames: 5 key frames, then 4 gaps of 3 side by side; {} text "
                  "tokens and a serial number before each frame.",
                  text_tokens));
  figures.note(
      fmt::format("From key frame to key frame a square block of {:.0f} % of the tokens changes: with key "
                  "frames four frames apart, a prototype of the local image tokenizer kept 70 %.",
                  100 * changing_share));
  figures.note(fmt::format(
      "All passes of interpolated clips are counted, about {} of each stage are made. Gaps come after "
      "all key frames, where the engine starts a gap as soon as it can: it needs fewer passes.",
      setting.replayed));
  GenerationOptions options;
  options.speculation = 0;
  for (const int share : {0, 20, 50, 100}) {
    options.inherit = share / 100.0;
    add_interpolated(setting, cpu, decoder, values, fmt::format("ours, interpolated, inherits {} %", share),
                     options, 0, figures);
  }
  const double right = add_bundled(setting, figures);
  options.inherit = 0.2;
  options.speculation = 16;
  add_interpolated(setting, cpu, decoder, values, "ours, interpolated, inherits 20 %, exact speculation",
                   options, right, figures);
}

}  // namespace flashvideo::baselines::figure6
