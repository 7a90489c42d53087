// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include "flashvideo/model/decoder_block.hpp"

namespace flashvideo {

/// Everything a decoder remembers of one sequence: the state of each layer's mixer and the next position.
/// Owned by the caller; it moves, and copies by `clone`.
/// @tparam Policy, Scalar as of the decoder
template <DecoderPolicy Policy, typename Scalar, ComputeBackend Backend>
class DecoderState {
 public:
  using LayerState =
      typename DecoderBlock<Policy, Scalar>::template State<Backend>;  ///< of one layer's mixer

  DecoderState() = default;
  /// @param layers all at one position
  explicit DecoderState(std::vector<LayerState> layers) : layers_(std::move(layers)) {}

  /// Tokens absorbed so far; the position of the next one.
  index_t position() const { return layers_.empty() ? 0 : layers_.front().position; }

  /// A copy that continues on its own.
  DecoderState clone(const Backend& backend) const {
    std::vector<LayerState> layers;
    layers.reserve(layers_.size());
    for (const LayerState& layer : layers_) layers.push_back(layer.clone(backend));
    return DecoderState(std::move(layers));
  }

  /// @{
  /// The layers' states, the first layer first.
  std::vector<LayerState>& layers() { return layers_; }
  const std::vector<LayerState>& layers() const { return layers_; }
  /// @}

 private:
  std::vector<LayerState> layers_;
};

}  // namespace flashvideo
