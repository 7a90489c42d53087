// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/generation/video_run.hpp"

namespace flashvideo::baselines {

/// What one lane gave to a pass over the weights.
struct RecordedSpan {
  index_t tokens = 0;
  index_t tentative = 0;              ///< the last so many tokens are a draft
  std::vector<index_t> logits_after;  ///< logits were wanted after these tokens
  index_t kept = 0;                   ///< tokens of the draft that were kept
};
using RecordedPass = std::vector<RecordedSpan>;

/// The passes that generation makes, without a network: what they cost depends on how many tokens lanes give
/// them, not on which.
struct Recording {
  std::vector<RecordedPass> passes;
  TokenCounts counts;
  index_t frames = 0;
};

namespace detail {

/// A decoder state that remembers nothing: at temperature 0 no draw asks for a position.
struct NoState {
  index_t position() const { return 0; }
};

}  // namespace detail

/// Writes videos as `GenerationEngine` does (one network for both tasks) and records the passes. Sampled
/// tokens mean nothing: a guess is right with a given probability, whatever it is; a token without a guess
/// is 0.
/// @param right share of the guesses that are right; read where `options.speculation` is not 0
/// @throws as VideoRun's constructor
inline Recording record_passes(const FrameLayout& layout, const GenerationOptions& options,
                               std::span<const VideoTokens> videos, double right) {
  using Run = VideoRun<detail::NoState, detail::NoState>;
  struct Entry {
    Run* run;
    Lane<detail::NoState>* lane;
    DraftPace* pace;
  };
  constexpr index_t ids = 2;  // of the tokens that are drawn
  GenerationOptions greedy = options;
  greedy.sampling.temperature = 0;
  std::vector<Run> runs;
  for (const VideoTokens& video : videos) runs.emplace_back(layout, video, greedy);
  Recording recording;
  std::uint64_t guesses = 0;
  for (bool active = true; active;) {
    std::vector<Entry> entries;
    for (Run& run : runs) {
      run.start_lanes([] { return detail::NoState(); }, [] { return detail::NoState(); });
      if (auto* lane = run.key_lane()) entries.push_back({&run, lane, &run.key_pace()});
      run.visit_gap_lanes([&](auto& lane) {
        if (!lane.done()) entries.push_back({&run, &lane, &run.gap_pace()});
      });
    }
    active = !entries.empty();
    RecordedPass pass;
    for (const Entry& entry : entries) {
      const index_t longest =
          options.draft_length == DraftLength::fixed
              ? options.speculation
              : entry.pace->length(options.speculation, static_cast<index_t>(entries.size()));
      const auto tokens = entry.lane->next_span(options.longest_span, longest, options.drafter);
      const auto wanted = entry.lane->logits_after();
      RecordedSpan span{
          static_cast<index_t>(tokens.size()), entry.lane->tentative(), {wanted.begin(), wanted.end()}, 0};
      std::vector<float> logits(wanted.size() * static_cast<std::size_t>(ids));
      for (std::size_t row = 0; row + 1 < wanted.size(); ++row) {  // those with a guess behind them
        const token_t guess = tokens[static_cast<std::size_t>(wanted[row]) + 1];
        const bool hit = random_uniform({options.seed, 0, guesses++}) < right;
        logits[row * ids + static_cast<std::size_t>(hit ? guess : 1 - guess)] = 1;
      }
      span.kept = entry.lane->accept(logits, entry.run->sampler());
      if (!span.logits_after.empty()) entry.pace->learn(entry.lane->drafted(), entry.lane->accepted());
      pass.push_back(std::move(span));
    }
    if (!pass.empty()) recording.passes.push_back(std::move(pass));
    for (Run& run : runs) {
      active = run.settle() || active;
      while (run.take_frame()) ++recording.frames;
    }
  }
  for (Run& run : runs) recording.counts += run.counts();
  return recording;
}

/// Key frames in which, from each one to the next, a square block of about `share` of the cells changes and
/// the rest stands still; codes are 0 and 1.
inline std::vector<std::vector<token_t>> changing_key_frames(index_t count, index_t side, double share) {
  const auto block = static_cast<index_t>(std::lround(std::sqrt(share) * static_cast<double>(side)));
  const index_t first = (side - block) / 2;
  std::vector<std::vector<token_t>> frames;
  for (index_t k = 0; k < count; ++k) {
    frames.emplace_back(static_cast<std::size_t>(side * side));
    for (index_t y = first; y < first + block; ++y) {
      for (index_t x = first; x < first + block; ++x)
        frames.back()[static_cast<std::size_t>(y * side + x)] = static_cast<token_t>(k % 2);
    }
  }
  return frames;
}

}  // namespace flashvideo::baselines
