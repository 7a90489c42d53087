// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "protocol.hpp"
#include "score_board.hpp"

namespace evaluate {

/// A measured figure beside what it should reach.
struct Goal {
  std::string name;
  double value = 0;
  double bound = 0;
  bool at_least = true;  ///< value >= bound, or value <= bound
  const char* unit = "";

  bool reached() const { return at_least ? value >= bound : value <= bound; }
  std::string line() const {
    return fmt::format("{:<52} {:8.3f}{}   goal {} {:g}{}   {}\n", name, value, unit,
                       at_least ? ">=" : "<=", bound, unit, reached() ? "reached" : "missed");
  }
};

/// Verdicts on the clips of the protocol, and the figures that it asks for.
/// @code
///   ModelScores scores(settings);
///   scores.add(clip, judge_clip(frames, size, clip.prompt));
///   fmt::print("{}", scores.report());
/// @endcode
class ModelScores {
 public:
  explicit ModelScores(const ProtocolOptions& settings) : settings_(settings) {}

  void add(const ProtocolClip& clip, const ClipVerdict& verdict) {
    ++clips_[static_cast<std::size_t>(clip.group)];
    if (clip.group == ClipGroup::spread) {
      spread_.add(verdict);
    } else {
      board_.add(verdict, clip.prompt);
    }
  }

  const ScoreBoard& board() const { return board_; }
  index_t clips(ClipGroup group) const { return clips_[static_cast<std::size_t>(group)]; }

  /// The figures of the protocol of which clips were made.
  std::vector<Goal> goals() const {
    std::vector<Goal> all;
    const Tally& seen = board_.seen();
    const Tally& held_out = board_.held_out();
    const auto percent = [](const AttributeTally& tally) { return 100.0 * tally.accuracy(); };
    if (seen.clips() > 0) {
      all.push_back({"seen: colour right", percent(seen.colour()), 98, true, " %"});
      all.push_back({"seen: shape right", percent(seen.shape()), 95, true, " %"});
      all.push_back({"seen: motion right", percent(seen.motion()), 95, true, " %"});
    }
    if (seen.clips() > 0 && held_out.clips() > 0) {
      const auto lower = [&](const char* name, const AttributeTally& a, const AttributeTally& b) {
        all.push_back({fmt::format("held out: {} lower than seen", name), percent(a) - percent(b), 5, false,
                       " points"});
      };
      lower("colour", seen.colour(), held_out.colour());
      lower("shape", seen.shape(), held_out.shape());
      lower("motion", seen.motion(), held_out.motion());
    }
    if (board_.two_objects().clips() > 0) {
      all.push_back({"two objects: all six attributes right", 100.0 * board_.two_objects().all_right(), 75,
                     true, " %"});
    }
    if (clips(ClipGroup::spread) > 1) {
      const Spread spread = spread_.spread();
      const Spread world = world_spread(settings_.spread_prompt);
      all.push_back({"spread of starts, of the world's", spread.start / world.start, 0.7, true, ""});
      all.push_back({"spread of speeds, of the world's", spread.speed / world.speed, 0.7, true, ""});
    }
    return all;
  }

  /// Figures, confusion matrices and spreads, then every goal on a line.
  std::string report() const {
    std::string text = board_.report();
    if (clips(ClipGroup::spread) > 0) {
      text += fmt::format("spread of \"{}\" over {} seeds, those whose motion is right: {}",
                          settings_.spread_prompt, clips(ClipGroup::spread),
                          spread_report(spread_.spread(), world_spread(settings_.spread_prompt)));
    }
    text += "\n== goals ==\n";
    for (const Goal& goal : goals()) text += goal.line();
    for (std::size_t g = 0; g < num_clip_groups; ++g) {
      const index_t all = protocol_group(settings_, static_cast<ClipGroup>(g)).clips();
      if (clips_[g] < all)
        text += fmt::format("only {} of {} clips of \"{}\"\n", clips_[g], all, clip_group_names[g]);
    }
    return text;
  }

 private:
  ProtocolOptions settings_;
  ScoreBoard board_;
  SpreadMeter spread_;
  std::array<index_t, num_clip_groups> clips_{};
};

}  // namespace evaluate
