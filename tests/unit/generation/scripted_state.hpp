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

/// One step of a lane; true when a token was sampled.
inline bool step(Lane<ScriptedState>& lane, Sampler& sampler, index_t longest) {
  const auto span = lane.next_span(longest);
  lane.state().absorbed->insert(lane.state().absorbed->end(), span.begin(), span.end());
  return lane.accept(lane.wants_logits() ? std::span<const float>(equal_logits) : std::span<const float>(),
                     sampler) >= 0;
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
    if (auto* lane = run.key_lane()) {
      test::step(*lane, run.sampler(), run.options().longest_span);
      moved = true;
    }
    run.visit_gap_lanes([&](auto& lane) {
      if (lane.done()) return;
      test::step(lane, run.sampler(), run.options().longest_span);
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
