// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <span>

#include "flashvideo/sequence/token_sequence.hpp"

namespace flashvideo {

/// What a drafter returns when it has no guess: the draft ends before that token.
inline constexpr token_t no_guess = -1;

/// A token to be guessed: where it stands, and what is known around it. Frames are their image codes, row by
/// row.
struct DraftPlace {
  index_t cell = 0;                    ///< place in the frame
  index_t width = 0;                   ///< cells of a row
  std::span<const token_t> frame;      ///< its frame before it: `cell` codes, earlier guesses among them
  std::span<const token_t> previous;   ///< the frame before it in the video; empty if there is none
  std::span<const token_t> following;  ///< interpolation: the key frame after it; else empty
  std::span<const token_t> preceding;  ///< interpolation: the key frame before it; else empty
  token_t redrawn = no_guess;          ///< drawn here in the last pass, behind a wrong guess; or `no_guess`
};

/// Guesses tokens; a right guess saves a pass over the weights, a wrong one costs a row of it. The video does
/// not depend on guesses. Called for tokens in order; must be a function of the place alone and return an
/// image code or `no_guess`.
using Drafter = std::function<token_t(const DraftPlace&)>;

/// Guesses nothing.
struct NoDraft {
  /// `no_guess`.
  token_t operator()(const DraftPlace&) const { return no_guess; }
};

/// What the last pass drew at this place, where it did: its logits followed a wrong guess, but its random
/// numbers are the right ones, so it is often the token (Song et al., arXiv:2002.03629, with noise held
/// fixed). Else video stands still: the token at the same place of the frame before. In a gap, where both key
/// frames have the same token, it is theirs; in the first frame, where nothing is before, the token to the
/// left. (Measured on the bundled model: right for 79 %, 75 % and 79 %; 77 % in gaps with the frame before
/// alone, 74 % with the nearer key frame.)
struct PreviousFrameDraft {
  /// An image code, or `no_guess` in an empty first frame.
  token_t operator()(const DraftPlace& place) const {
    if (place.redrawn != no_guess) return place.redrawn;
    const auto cell = static_cast<std::size_t>(place.cell);
    if (!place.following.empty() && place.following[cell] == place.preceding[cell]) {
      return place.following[cell];
    }
    if (!place.previous.empty()) return place.previous[cell];
    return place.frame.empty() ? no_guess : place.frame.back();
  }
};

/// How long drafts are.
enum class DraftLength {
  adaptive,  ///< as long as guesses have been right lately and rows are cheap beside a pass
  fixed      ///< always the longest
};

/// What a pass over the weights costs, learned from passes: seconds = fixed + rows * row by least squares,
/// old passes forgotten. Large matrices come from memory once per pass and make rows cheap; small ones stay
/// in the cache, and a row costs as much as the rest. It decides how long drafts are and nothing else.
class PassCost {
 public:
  /// @param rows tokens of the pass, at least 1; many at once (known text) are left out
  void learn(index_t rows, double seconds) {
    const auto r = static_cast<double>(rows);
    if (rows < 1 || rows > most_rows || !(seconds > 0)) return;
    if (++passes_ <= cold_passes) return;
    // a pass that something else interrupted
    if (weight_ > 1 && seconds > 4 * (fixed_ + row_ * r)) return;
    for (double* sum : {&weight_, &rows_, &squares_, &seconds_, &products_}) *sum *= 1 - forgetting;
    weight_ += 1;
    rows_ += r;
    squares_ += r * r;
    seconds_ += seconds;
    products_ += r * seconds;
    const double variance = squares_ / weight_ - rows_ / weight_ * (rows_ / weight_);
    const double mean = seconds_ / weight_;
    if (weight_ < least_passes || variance < 0.05) {
      fixed_ = mean / (1 + first_row_cost * rows_ / weight_);
      row_ = first_row_cost * fixed_;
      return;
    }
    const double slope = (products_ / weight_ - mean * rows_ / weight_) / variance;
    row_ = std::clamp(slope, 0.0, mean * weight_ / rows_);
    fixed_ = (std::max)(mean - row_ * rows_ / weight_, 0.0);
  }

  /// Cost of a row over the fixed cost of a pass, at most 16; `first_row_cost` until enough was seen.
  double row_cost() const {
    if (row_ <= 0 && fixed_ <= 0) return first_row_cost;
    return row_ < 16 * fixed_ ? row_ / fixed_ : 16.0;
  }

  static constexpr double first_row_cost = 0.125;  ///< a guess before any pass was seen

 private:
  static constexpr index_t most_rows = 32;
  static constexpr index_t cold_passes = 2;  // that read the matrices for the first time
  static constexpr double least_passes = 8;
  static constexpr double forgetting = 1.0 / 128;

  index_t passes_ = 0;
  // sums over passes
  double weight_ = 0, rows_ = 0, squares_ = 0, seconds_ = 0, products_ = 0;
  double fixed_ = 0;  // seconds
  double row_ = 0;
};

/// Chooses the length of drafts from how many guesses were right: the k that promises the most tokens for its
/// cost. With guesses that are right with probability p, a draft of k yields 1 + p + ... + p^k tokens; a pass
/// of L lanes costs each lane 1 / L, and each of its k + 1 rows costs `row_cost` of a pass (docs/adr/0013).
class DraftPace {
 public:
  /// Length of the next draft of one of `lanes` lanes that share a pass.
  index_t length(index_t longest, index_t lanes, double row_cost = PassCost::first_row_cost) const {
    index_t best = 0;
    double best_rate = 0;
    double tokens = 0;
    double right = 1;
    for (index_t k = 0; k <= longest; ++k) {
      tokens += right;
      right *= share_;
      const double rate = tokens / (1 / static_cast<double>(lanes) + row_cost * static_cast<double>(k + 1));
      if (rate > best_rate) {
        best_rate = rate;
        best = k;
      }
    }
    return best;
  }

  /// A draft was decided: `accepted` guesses were right, and then one was wrong unless all were right.
  void learn(index_t drafted, index_t accepted) {
    for (index_t i = 0; i < accepted; ++i) share_ += (1 - share_) * weight;
    if (accepted < drafted) share_ -= share_ * weight;
    // nothing was tried: forget slowly, so that drafts are tried again
    if (drafted == 0) share_ += (first_share - share_) * forgetting;
  }

  /// Share of guesses expected to be right.
  double share() const { return share_; }

 private:
  static constexpr double first_share = 0.75;
  static constexpr double weight = 1.0 / 8;
  static constexpr double forgetting = 1.0 / 64;

  double share_ = first_share;
};

}  // namespace flashvideo
