// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "flashvideo/model/decoder.hpp"
#include "flashvideo/training/objective.hpp"

namespace flashvideo::benchmarks {

/// Next-token prediction on batches given in advance; step s takes batch s, again from the first at their
/// end.
/// @tparam ModelDecoder a `Decoder`
/// @tparam Mode retention mode of training
template <typename ModelDecoder, typename Mode>
class GivenBatches {
 public:
  using ScalarType = float;

  /// @param tokens (steps, batch, length + 1): each row predicts its own continuation
  GivenBatches(const ModelDecoder& decoder, Mode mode, std::vector<token_t> tokens, index_t batch,
               index_t length)
      : decoder_(decoder), mode_(mode), tokens_(std::move(tokens)), batch_(batch), length_(length) {
    const auto per_step = static_cast<std::size_t>(batch * (length + 1));
    require<shape_error>(!tokens_.empty() && tokens_.size() % per_step == 0,
                         "GivenBatches: {} tokens, expected a multiple of {}", tokens_.size(), per_step);
    steps_ = static_cast<index_t>(tokens_.size() / per_step);
  }

  const ParameterLayout& layout() const { return decoder_.layout(); }
  index_t tokens_per_step() const { return batch_ * length_; }

  template <ComputeBackend Backend>
  StepLoss accumulate(const Backend& backend, ParameterView<const float> values,
                      ParameterView<float> gradients, const MicroBatch& micro_batch,
                      Workspace<Backend>& workspace) {
    inputs_.clear();
    labels_.clear();
    const index_t step = micro_batch.step % steps_;
    for (index_t b = 0; b < batch_; ++b) {
      const auto row = tokens_.begin() + static_cast<std::ptrdiff_t>((step * batch_ + b) * (length_ + 1));
      inputs_.insert(inputs_.end(), row, row + length_);
      labels_.insert(labels_.end(), row + 1, row + length_ + 1);
    }
    const TokenBatch batch{batch_, length_, inputs_, labels_};
    return {decoder_.loss(backend, mode_, values, batch, 1.0F, gradients, workspace), batch_ * length_};
  }

 private:
  const ModelDecoder& decoder_;
  Mode mode_;
  std::vector<token_t> tokens_;
  index_t batch_;
  index_t length_;
  index_t steps_ = 0;
  std::vector<token_t> inputs_;
  std::vector<token_t> labels_;
};

}  // namespace flashvideo::benchmarks
