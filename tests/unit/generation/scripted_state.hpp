// SPDX-License-Identifier: MIT
#pragma once
/// A decoder state that remembers the tokens it absorbed, and steps of lanes and runs over it: the model's
/// logits are all equal, so a sampled token tells only its random address.

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "flashvideo/generation/lane.hpp"
#include "flashvideo/generation/video_run.hpp"

namespace flashvideo::test {

struct ScriptedState {
  std::shared_ptr<std::vector<token_t>> absorbed = std::make_shared<std::vector<token_t>>();

  index_t position() const { return static_cast<index_t>(absorbed->size()); }
  template <typename Backend>
  ScriptedState clone(const Backend&) const {
    return {std::make_shared<std::vector<token_t>>(*absorbed)};
  }
};

inline constexpr std::size_t num_codes = 3;
inline const std::vector<float> equal_logits(num_codes, 0.0F);

/// The token that equal logits give at an address.
inline token_t drawn(const RandomAddress& at, const SamplingOptions& options = {}) {
  return Sampler(options).sample(equal_logits, at);
}

/// One step of a lane. @return tokens of its draft
inline index_t step(Lane<ScriptedState>& lane, Sampler& sampler, index_t longest, index_t longest_draft = 0,
                    const Drafter& drafter = NoDraft{}) {
  const auto offered = lane.next_span(longest, longest_draft, drafter);
  const std::vector<token_t> span(offered.begin(), offered.end());
  const index_t tentative = lane.tentative();
  auto& absorbed = *lane.state().absorbed;
  absorbed.insert(absorbed.end(), span.begin(), span.end() - tentative);
  const std::vector<float> logits(lane.logits_after().size() * num_codes);
  const index_t kept = lane.accept(logits, sampler);
  absorbed.insert(absorbed.end(), span.end() - tentative, span.end() - tentative + kept);
  return tentative;
}

/// A run to its end, with what its lanes absorbed.
struct Film {
  using Run = VideoRun<ScriptedState, ScriptedState>;
  using Tokens = std::vector<token_t>;

  std::vector<Tokens> frames;
  std::vector<std::shared_ptr<Tokens>> key_lanes;  // in the order in which they started
  std::vector<std::shared_ptr<Tokens>> gap_lanes;
  index_t most_held = 0;

  /// One step of all lanes. @return false when nothing moved
  bool step(Run& run) {
    const auto start = [](auto& lanes) {
      ScriptedState state;
      lanes.push_back(state.absorbed);
      return state;
    };
    run.start_lanes([&] { return start(key_lanes); }, [&] { return start(gap_lanes); });
    bool moved = false;
    const GenerationOptions& options = run.options();
    if (auto* lane = run.key_lane()) {
      test::step(*lane, run.sampler(), options.longest_span, options.speculation, options.drafter);
      moved = true;
    }
    run.visit_gap_lanes([&](auto& lane) {
      if (lane.done()) return;
      test::step(lane, run.sampler(), options.longest_span, options.speculation, options.drafter);
      moved = true;
    });
    return run.settle() || moved;
  }
  void take(Run& run) {
    most_held = std::max(most_held, run.frames_held());
    while (auto frame = run.take_frame()) frames.push_back(*frame);
  }
  void finish(Run& run) {
    take(run);
    while (step(run)) take(run);
    take(run);
  }
};

}  // namespace flashvideo::test
