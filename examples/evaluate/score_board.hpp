// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>

#include "flashvideo/data/held_out.hpp"
#include "spread.hpp"
#include "tally.hpp"
#include "verdict.hpp"

namespace evaluate {

/// Verdicts of any clips, tallied by kind: one object that training sees, one object held out, two objects;
/// and the spread of each one-object prompt that has at least eight clips.
/// @code
///   ScoreBoard board;
///   board.add(frames, size, "a red star moves in a circle");
///   fmt::print("{}", board.report());
/// @endcode
class ScoreBoard {
 public:
  static constexpr index_t min_clips_for_spread = 8;

  /// Reads the clip's pixels and compares them with its caption.
  ClipVerdict add(const std::uint8_t* frames, const flashvideo::ClipSize& size, std::string_view caption) {
    const ClipVerdict verdict = judge_clip(frames, size, caption);
    add(verdict, caption);
    return verdict;
  }
  /// A clip that was judged elsewhere.
  void add(const ClipVerdict& verdict, std::string_view caption) {
    tally_of(verdict).add(verdict);
    if (verdict.objects.size() == 1) {
      Prompt& prompt = prompts_[std::string(caption)];
      prompt.spread.add(verdict);
      ++prompt.clips;
    }
  }

  const Tally& seen() const { return seen_; }
  const Tally& held_out() const { return held_out_; }
  const Tally& two_objects() const { return two_objects_; }

  /// Figures and confusion matrices of every kind that has clips, then spreads.
  std::string report() const {
    std::string text;
    const auto section = [&text](const char* title, const Tally& tally) {
      if (tally.clips() > 0) text += fmt::format("== {} ==\n{}\n", title, tally.report());
    };
    section("one object, combination seen in training", seen_);
    section("one object, combination held out", held_out_);
    section("two objects", two_objects_);
    for (const auto& [caption, prompt] : prompts_) {
      if (prompt.clips < min_clips_for_spread) continue;
      text += fmt::format("spread of \"{}\": {}", caption,
                          spread_report(prompt.spread.spread(), world_spread(caption)));
    }
    return text;
  }

 private:
  struct Prompt {
    SpreadMeter spread;
    index_t clips = 0;
  };

  Tally& tally_of(const ClipVerdict& verdict) {
    if (verdict.objects.size() > 1) return two_objects_;
    return flashvideo::is_held_out(verdict.objects.front().asked) ? held_out_ : seen_;
  }

  Tally seen_, held_out_, two_objects_;
  std::map<std::string, Prompt> prompts_;
};

}  // namespace evaluate
