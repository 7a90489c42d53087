// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "baselines/autoregressive_transformer.hpp"

namespace flashvideo::baselines {

/// TATS's long sampling (`sample_long_fast`): the transformer sees at most `window` tokens. When the window
/// is full it slides by one slice (a latent frame's tokens): the cache starts afresh and the last
/// `window - slice` tokens are absorbed again at positions 0, 1, .... Inside the window the cache is
/// preallocated, which is faster than TATS's own.
/// @throws value_error unless 1 <= slice <= window
template <ComputeBackend Backend>
class Windowed : public PreallocatedCache<Backend> {
 public:
  static constexpr const char* name = "transformer, windowed";

  Windowed(const Backend& backend, const Transformer<Backend>& decoder, PackedView values, index_t window,
           index_t slice, index_t batch = 1)
      : PreallocatedCache<Backend>(backend, decoder, values, window, batch),
        slice_(slice),
        seen_(static_cast<std::size_t>(batch)) {
    require<value_error>(slice >= 1 && slice <= window, "Windowed: slice is {}, expected 1 to window = {}",
                         slice, window);
  }

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    const index_t count = detail::tokens_of_each(name, tokens, this->batch());
    for (index_t begin = 0; begin < count;) {
      if (position_in_window() == this->capacity_) slide();
      const index_t part = std::min(count - begin, this->capacity_ - position_in_window());
      std::vector<token_t> together;  // this part of every sequence
      for (std::size_t b = 0; b < seen_.size(); ++b) {
        const auto own = tokens.subspan(b * static_cast<std::size_t>(count) + static_cast<std::size_t>(begin),
                                        static_cast<std::size_t>(part));
        seen_[b].insert(seen_[b].end(), own.begin(), own.end());
        together.insert(together.end(), own.begin(), own.end());
      }
      absorbed_ += part;
      begin += part;
      this->append(together, logits);
    }
  }
  /// Of the whole sequence; `seen` tokens of it are in the window.
  index_t position() const { return absorbed_; }
  std::span<const token_t> seen(std::size_t sequence = 0) const { return seen_[sequence]; }
  index_t slice() const { return slice_; }
  void restart() = delete;
  void assume(index_t) = delete;

 private:
  index_t position_in_window() const { return this->states_.front().position(); }
  void slide() {
    std::vector<token_t> kept;  // of every sequence
    for (auto& sequence : seen_) {
      sequence.erase(sequence.begin(), sequence.begin() + slice_);
      kept.insert(kept.end(), sequence.begin(), sequence.end());
    }
    this->for_each_layer([](auto& layer) { layer.position = 0; });
    if (!kept.empty()) prefill(kept);
  }
  void prefill(std::span<const token_t> tokens) {
    auto& workspace = this->workspace_;
    const auto mark = workspace.mark();
    const index_t outputs = this->decoder_->configuration().head_outputs();
    this->append(tokens, workspace.template take<float>(Shape<2>{this->batch(), outputs}));
    workspace.release(mark);
  }

  index_t slice_;
  index_t absorbed_ = 0;
  std::vector<std::vector<token_t>> seen_;  // each sequence's tokens in the window
};

}  // namespace flashvideo::baselines
