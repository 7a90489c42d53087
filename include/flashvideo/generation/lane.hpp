// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/generation/frame_canvas.hpp"
#include "flashvideo/generation/sampler.hpp"

namespace flashvideo {

/// How many tokens of the sequences come which way. Their sum is the sequences' length.
struct TokenCounts {
  index_t sampled = 0;    ///< written by the model
  index_t absorbed = 0;   ///< known: text, serial numbers, given frames
  index_t inherited = 0;  ///< copied from the surrounding frames by the interpolation plan
  index_t head_rows = 0;  ///< rows of logits computed: sampled + drafted - accepted
  index_t passes = 0;     ///< passes over a model's weights
  index_t drafted = 0;    ///< guesses computed
  index_t accepted = 0;   ///< guesses that were right: so many sampled tokens needed no pass of their own
  double text_effect =
      0;  ///< sum over the sampled tokens, in nats, where `GenerationOptions::text_effect` asks for it

  /// Length of the sequences.
  index_t total() const { return sampled + absorbed + inherited; }
  /// Adds another sequence's or video's.
  TokenCounts& operator+=(const TokenCounts& other) {
    sampled += other.sampled;
    absorbed += other.absorbed;
    inherited += other.inherited;
    head_rows += other.head_rows;
    passes += other.passes;
    drafted += other.drafted;
    accepted += other.accepted;
    text_effect += other.text_effect;
    return *this;
  }
};

/// One sequence being written: a decoder state, a script of what comes next, an address for its random
/// numbers and the frames that it fills.
///
/// The script alternates known spans and spans to sample. Each step the lane offers a span of tokens
/// (`next_span`): known ones, or the one just sampled, and behind it a draft of guesses. When the model has
/// absorbed the one and computed the other, `accept` takes the logits of the rows whose next token is to be
/// sampled, samples row after row, and keeps the draft up to the first guess that is not the token sampled.
/// @code
/// const auto span = lane.next_span(64, 8, PreviousFrameDraft{});   // the last lane.tentative() are a draft
/// const index_t kept = lane.accept(logits, sampler);               // of the draft, to be committed
/// @endcode
/// @tparam State the decoder's state
template <typename State>
class Lane {
 public:
  /// @param address of the random number that samples position 0; position p adds p
  /// @param canvas the frames to be filled; without them there are no guesses
  Lane(State state, const RandomAddress& address, FrameCanvas canvas = FrameCanvas())
      : state_(std::move(state)), address_(address), canvas_(std::move(canvas)) {}

  /// Gives the lane a second state, which reads the same sequence without its text (guidance).
  void guide(State without_text) { without_text_.emplace(std::move(without_text)); }
  /// That state, or null. Whoever absorbs a span and commits a draft does the same with both.
  State* without_text() { return without_text_ ? &*without_text_ : nullptr; }

  /// Appends tokens that are known.
  void know(std::span<const token_t> tokens, bool inherited = false) {
    if (tokens.empty()) return;
    (inherited ? counts_.inherited : counts_.absorbed) += static_cast<index_t>(tokens.size());
    script_.push_back({false, {tokens.begin(), tokens.end()}, static_cast<index_t>(tokens.size())});
  }
  /// Appends tokens to sample.
  void write(index_t count) {
    if (count > 0) script_.push_back({true, {}, count});
  }

  /// True when nothing is left to sample. Known tokens at the script's end stay unabsorbed until more is
  /// appended.
  bool done() const {
    return std::none_of(script_.begin() + static_cast<std::ptrdiff_t>(item_), script_.end(),
                        [](const Item& item) { return item.write; });
  }

  /// The next tokens, at most `longest` of them: known ones, then a draft of at most `longest_draft`. A draft
  /// stands only behind the last known token before one to be sampled. It holds guesses and the known tokens
  /// between them; each guess with all known tokens behind it, since only the row of the last one tells the
  /// next token. Valid until the next call of a member.
  std::span<const token_t> next_span(index_t longest, index_t longest_draft = 0,
                                     const Drafter& drafter = NoDraft{}) {
    while (item_ < script_.size() && !script_[item_].write) {
      const Item& known = script_[item_++];
      pending_.insert(pending_.end(), known.tokens.begin(), known.tokens.end());
    }
    offered_ = std::min<index_t>(longest, static_cast<index_t>(pending_.size()));
    sampled_after_.clear();
    span_.assign(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(offered_));
    if (offered_ == static_cast<index_t>(pending_.size()) && item_ < script_.size()) {
      sampled_after_.push_back(offered_ - 1);
      draft((std::min)(longest_draft, longest - offered_), drafter);
    }
    return span_;
  }
  /// How many last tokens of the span are a draft.
  index_t tentative() const { return static_cast<index_t>(span_.size()) - offered_; }
  /// The places in the span after which logits are wanted, ascending.
  std::span<const index_t> logits_after() const { return sampled_after_; }
  /// Whether there is such a place.
  bool wants_logits() const { return !sampled_after_.empty(); }

  /// The offered span is absorbed, its draft computed; `logits` are the rows of `logits_after`, one after
  /// another.
  /// @return how many tokens of the draft are kept
  index_t accept(std::span<const float> logits, Sampler& sampler) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(offered_));
    counts_.head_rows += static_cast<index_t>(sampled_after_.size());
    const index_t guesses = std::max<index_t>(static_cast<index_t>(sampled_after_.size()) - 1, 0);
    counts_.drafted += guesses;
    index_t kept = 0;
    drafted_ = guesses;
    accepted_ = 0;
    const std::size_t width = logits.size() / std::max<std::size_t>(sampled_after_.size(), 1);
    const auto draw = [&](std::size_t row) {
      RandomAddress at = address_;
      at.position += static_cast<std::uint64_t>(state_.position() + sampled_after_[row] + 1 - offered_);
      return sampler.sample(logits.subspan(row * width, width), at);
    };
    redrawn_.clear();
    for (std::size_t row = 0; row < sampled_after_.size(); ++row) {
      const index_t after = sampled_after_[row] + 1;  // tokens of the span before the one sampled now
      kept = after - offered_;
      const token_t token = draw(row);
      ++counts_.sampled;
      canvas_.write(written_.size(), token);
      written_.push_back(token);
      if (--script_[item_].count == 0) ++item_;
      if (row + 1 == sampled_after_.size() || token != span_[static_cast<std::size_t>(after)]) {
        pending_.push_back(token);
        while (++row < sampled_after_.size()) redrawn_.push_back(draw(row));
        redrawn_begin_ = written_.size();
        break;
      }
      ++accepted_;
      while (!script_[item_].write) ++item_;  // known tokens that the draft went through
    }
    counts_.accepted += accepted_;
    span_.clear();
    sampled_after_.clear();
    offered_ = 0;
    return kept;
  }
  /// @{
  /// Guesses of the last step, and how many of them were right.
  index_t drafted() const { return drafted_; }
  index_t accepted() const { return accepted_; }
  /// @}

  /// All tokens sampled so far, in order.
  const std::vector<token_t>& written() const { return written_; }
  /// The frames with the tokens written so far.
  const FrameCanvas& canvas() const { return canvas_; }
  /// So far.
  const TokenCounts& counts() const { return counts_; }
  /// @{
  /// The decoder's state, behind the last token absorbed.
  State& state() { return state_; }
  const State& state() const { return state_; }
  /// @}

  /// A copy that continues on its own.
  template <typename Backend>
  Lane clone(const Backend& backend) const {
    Lane copy(state_.clone(backend), address_, canvas_);
    if (without_text_) copy.guide(without_text_->clone(backend));
    copy.script_ = script_;
    copy.item_ = item_;
    copy.pending_ = pending_;
    copy.written_ = written_;
    copy.redrawn_ = redrawn_;
    copy.redrawn_begin_ = redrawn_begin_;
    copy.counts_ = counts_;
    return copy;
  }

 private:
  struct Item {
    bool write;
    std::vector<token_t> tokens;
    index_t count;
  };

  // Appends guesses to the span, at most `room` tokens with the known ones behind them.
  void draft(index_t room, const Drafter& drafter) {
    std::size_t item = item_;
    index_t left = script_[item].count;  // tokens of the item to be sampled, the next one included
    for (std::size_t number = written_.size();; ++number) {
      std::size_t next = item;
      index_t known = 0;
      if (--left == 0) {
        for (++next; next < script_.size() && !script_[next].write; ++next) {
          known += static_cast<index_t>(script_[next].tokens.size());
        }
        if (next == script_.size()) return;  // nothing is sampled behind this token
      }
      if (1 + known > room) return;
      const std::size_t again = number - redrawn_begin_;
      const token_t token =
          canvas_.guess(number, drafter, again < redrawn_.size() ? redrawn_[again] : no_guess);
      if (token < 0) return;
      room -= 1 + known;
      span_.push_back(token);
      for (; item < next; ++item) {
        const auto& tokens = script_[item].tokens;
        span_.insert(span_.end(), tokens.begin(), tokens.end());
      }
      if (left == 0) left = script_[item].count;
      sampled_after_.push_back(static_cast<index_t>(span_.size()) - 1);
    }
  }

  State state_;
  std::optional<State> without_text_;
  RandomAddress address_;
  FrameCanvas canvas_;
  std::vector<Item> script_;
  std::size_t item_ = 0;
  std::vector<token_t> pending_;        // known and not absorbed
  std::vector<token_t> span_;           // offered: the first of `pending_`, then the draft
  std::vector<index_t> sampled_after_;  // places in `span_` behind which a token is sampled
  index_t offered_ = 0;                 // tokens of `pending_` in `span_`
  index_t drafted_ = 0;
  index_t accepted_ = 0;
  std::vector<token_t> written_;
  std::vector<token_t> redrawn_;   // drawn in the last step behind a wrong guess, for the next draft
  std::size_t redrawn_begin_ = 0;  // the number of the first of them
  TokenCounts counts_;
};

}  // namespace flashvideo
