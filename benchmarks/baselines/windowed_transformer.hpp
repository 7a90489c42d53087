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
           index_t slice)
      : PreallocatedCache<Backend>(backend, decoder, values, window), slice_(slice) {
    require<value_error>(slice >= 1 && slice <= window, "Windowed: slice is {}, expected 1 to window = {}",
                         slice, window);
  }

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    require<value_error>(!tokens.empty(), "Windowed::absorb: no tokens, expected at least one");
    while (!tokens.empty()) {
      if (this->state_.position() == this->capacity_) slide();
      const auto room = static_cast<std::size_t>(this->capacity_ - this->state_.position());
      const auto part = tokens.first(std::min(tokens.size(), room));
      seen_.insert(seen_.end(), part.begin(), part.end());
      absorbed_ += static_cast<index_t>(part.size());
      this->append(part, logits);
      tokens = tokens.subspan(part.size());
    }
  }
  /// Of the whole sequence; `seen` tokens of it are in the window.
  index_t position() const { return absorbed_; }
  std::span<const token_t> seen() const { return seen_; }
  index_t slice() const { return slice_; }
  void restart() = delete;
  void assume(index_t) = delete;

 private:
  void slide() {
    seen_.erase(seen_.begin(), seen_.begin() + slice_);
    for (auto& layer : this->state_.layers()) layer.position = 0;
    if (!seen_.empty()) prefill();
  }
  void prefill() {
    auto& workspace = this->workspace_;
    const auto mark = workspace.mark();
    const index_t outputs = this->decoder_->configuration().head_outputs();
    this->append(seen_, workspace.template take<float>(Shape<2>{1, outputs}));
    workspace.release(mark);
  }

  index_t slice_;
  index_t absorbed_ = 0;
  std::vector<token_t> seen_;  // the window's tokens
};

}  // namespace flashvideo::baselines
