// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/generation/sampler.hpp"

namespace flashvideo {

/// How many tokens of the sequences come which way. Their sum is the sequences' length.
struct TokenCounts {
  index_t sampled = 0;    ///< written by the model
  index_t absorbed = 0;   ///< known: text, serial numbers, given frames
  index_t inherited = 0;  ///< copied from the surrounding frames by the interpolation plan
  index_t head_rows = 0;  ///< rows of logits computed
  index_t passes = 0;     ///< passes over a model's weights

  index_t total() const { return sampled + absorbed + inherited; }
  TokenCounts& operator+=(const TokenCounts& other) {
    sampled += other.sampled;
    absorbed += other.absorbed;
    inherited += other.inherited;
    head_rows += other.head_rows;
    passes += other.passes;
    return *this;
  }
};

/// One sequence being written: a decoder state, a script of what comes next and an address for its random
/// numbers.
///
/// The script alternates known spans and spans to sample. Each step the lane offers a span of tokens
/// (`next_span`); when the model has absorbed it, `accept` takes the logits of its last row if one was
/// wanted.
/// @tparam State the decoder's state
template <typename State>
class Lane {
 public:
  /// @param address of the random number that samples position 0; position p adds p
  Lane(State state, const RandomAddress& address) : state_(std::move(state)), address_(address) {}

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

  /// The next tokens to absorb, at most `longest` of them; whether the row after them is to be sampled stands
  /// in `wants_logits`. Valid until the next call of a member.
  std::span<const token_t> next_span(index_t longest) {
    while (item_ < script_.size() && !script_[item_].write) {
      const Item& known = script_[item_++];
      pending_.insert(pending_.end(), known.tokens.begin(), known.tokens.end());
    }
    offered_ = std::min<index_t>(longest, static_cast<index_t>(pending_.size()));
    return std::span<const token_t>(pending_).first(static_cast<std::size_t>(offered_));
  }
  bool wants_logits() const {
    return offered_ == static_cast<index_t>(pending_.size()) && item_ < script_.size();
  }

  /// The offered span is absorbed; `logits` belong to its last row, or are empty if none were wanted.
  /// @return the token sampled, or -1
  token_t accept(std::span<const float> logits, Sampler& sampler) {
    const bool sampling = wants_logits();
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(offered_));
    offered_ = 0;
    if (!sampling) return -1;
    RandomAddress at = address_;
    at.position += static_cast<std::uint64_t>(state_.position());
    const token_t token = sampler.sample(logits, at);
    ++counts_.sampled;
    ++counts_.head_rows;
    written_.push_back(token);
    pending_.push_back(token);
    if (--script_[item_].count == 0) ++item_;
    return token;
  }

  /// All tokens sampled so far, in order.
  const std::vector<token_t>& written() const { return written_; }
  const TokenCounts& counts() const { return counts_; }
  State& state() { return state_; }
  const State& state() const { return state_; }

  template <typename Backend>
  Lane clone(const Backend& backend) const {
    Lane copy(state_.clone(backend), address_);
    copy.script_ = script_;
    copy.item_ = item_;
    copy.pending_ = pending_;
    copy.written_ = written_;
    copy.counts_ = counts_;
    return copy;
  }

 private:
  struct Item {
    bool write;
    std::vector<token_t> tokens;
    index_t count;
  };

  State state_;
  RandomAddress address_;
  std::vector<Item> script_;
  std::size_t item_ = 0;
  std::vector<token_t> pending_;
  index_t offered_ = 0;
  std::vector<token_t> written_;
  TokenCounts counts_;
};

}  // namespace flashvideo
