// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"

/// The systems that FlashVideo is compared with in [FlashVideo] Figure 6, from the library's own parts.
namespace flashvideo::baselines {

/// The autoregressive transformer: the library's decoder with causal attention for a mixer.
template <ComputeBackend Backend>
using Transformer = Decoder<TransformerPolicy, Backend>;

/// A way to generate with a transformer. `absorb` appends tokens and writes the logits (1, outputs) after the
/// last one; known tokens go in bulk, drawn ones one by one.
template <typename Form>
concept AutoregressiveForm = requires(Form& form, const Form& same, std::span<const token_t> tokens,
                                      MatrixView<float> logits) {
  { Form::name } -> std::convertible_to<const char*>;
  form.absorb(tokens, logits);
  { same.position() } -> std::same_as<index_t>;
  { same.cache_bytes() } -> std::same_as<index_t>;
};

/// No cache: every call computes all layers for the whole sequence again, as TATS's
/// `Net2NetTransformer.sample` does; cost of token n: n rows of products and n^2 / 2 scores.
///
/// The pass is that of training (matrix products over all rows), so logits equal the cached forms' up to
/// rounding, and its workspace holds every layer's activations.
/// @throws value_error for no tokens or an id out of range, shape_error for logits of the wrong shape
template <ComputeBackend Backend>
class NoCache {
 public:
  static constexpr const char* name = "transformer, no cache";

  /// @param values the flat parameters in the backend's memory; they and the decoder outlive this object
  NoCache(const Backend& backend, const Transformer<Backend>& decoder, ParameterView<const float> values)
      : backend_(backend), decoder_(&decoder), values_(values), workspace_(backend) {}

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    require<value_error>(!tokens.empty(), "NoCache::absorb: no tokens, expected at least one");
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    labels_.assign(tokens_.size(), no_label);
    labels_.back() = static_cast<token_t>(decoder_->configuration().first_output);  // the last row's logits
    const TokenBatch batch{1, position(), tokens_, labels_};
    decoder_->logits(backend_, Parallel{}, values_, batch, logits, workspace_);
  }
  index_t position() const { return static_cast<index_t>(tokens_.size()); }
  index_t cache_bytes() const { return 0; }

 private:
  Backend backend_;
  const Transformer<Backend>* decoder_;
  ParameterView<const float> values_;
  Workspace<Backend> workspace_;
  std::vector<token_t> tokens_;
  std::vector<token_t> labels_;
};

/// A key-value cache with room for the whole sequence from the start: the form that a good program has.
/// @throws value_error for no tokens or more than the capacity, or as `Decoder::absorb`
template <ComputeBackend Backend>
class PreallocatedCache {
 public:
  static constexpr const char* name = "transformer, preallocated cache";
  static constexpr index_t span_rows = 256;  ///< known tokens go in spans of so many; no bits depend on it

  /// @param values packed parameters; they and the decoder outlive this object
  PreallocatedCache(const Backend& backend, const Transformer<Backend>& decoder, PackedView values,
                    index_t capacity)
      : backend_(backend), decoder_(&decoder), values_(values), workspace_(backend), capacity_(capacity) {
    state_ = decoder.initial_state(backend);
    for (auto& layer : state_.layers()) layer.reserve(backend, capacity);
  }

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    const auto count = static_cast<index_t>(tokens.size());
    require<value_error>(position() + count <= capacity_,
                         "PreallocatedCache::absorb: {} tokens after position {}, expected at most {}", count,
                         position(), capacity_);
    append(tokens, logits);
  }
  index_t position() const { return state_.position(); }
  index_t capacity() const { return capacity_; }
  index_t cache_bytes() const {
    index_t elements = 0;
    for (const auto& layer : state_.layers()) {
      elements += layer.keys().extent(0) * (layer.keys().width() + layer.values().width());
    }
    return elements * static_cast<index_t>(sizeof(float));
  }
  /// Forgets all tokens and keeps the memory.
  void restart() {
    for (auto& layer : state_.layers()) layer.position = 0;
  }
  /// For timing alone: takes the positions up to `position` as absorbed, with rows of zeros. What a token
  /// costs depends on how many rows the cache has, not on what they hold.
  void assume(index_t position) {
    for (auto& layer : state_.layers()) {
      layer.reserve(backend_, position);
      const index_t first = std::min(layer.position, position);
      const index_t rows = position - first;
      backend_.fill(layer.keys().row(first), rows * layer.keys().width(), 0.0F);
      backend_.fill(layer.values().row(first), rows * layer.values().width(), 0.0F);
      layer.position = position;
    }
  }

 protected:
  void append(std::span<const token_t> tokens, MatrixView<float> logits) {
    require<value_error>(!tokens.empty(), "{}: no tokens, expected at least one", name);
    while (!tokens.empty()) {
      const auto span = tokens.first(std::min(tokens.size(), static_cast<std::size_t>(span_rows)));
      tokens = tokens.subspan(span.size());
      const typename Transformer<Backend>::LaneSpan lane{&state_, span, tokens.empty() ? 1 : 0};
      const MatrixView<float> rows(logits.data(), {lane.logit_rows, logits.width()});
      decoder_->absorb(backend_, values_, std::span(&lane, 1), rows, workspace_);
    }
  }

  Backend backend_;
  const Transformer<Backend>* decoder_;
  PackedView values_;
  Workspace<Backend> workspace_;
  typename Transformer<Backend>::State state_;
  index_t capacity_;
};

/// Cache by concatenation, as TATS's `sample_with_past` (`torch.cat(past, dim=-2)`): every call allocates
/// caches that are longer by its tokens and copies the old rows into them, O(n) bytes written per token.
/// TATS copies twice per token (the list of pasts, and keys and values inside each layer); here it is once.
template <ComputeBackend Backend>
class ConcatenatedCache : public PreallocatedCache<Backend> {
 public:
  static constexpr const char* name = "transformer, cache by concatenation";

  ConcatenatedCache(const Backend& backend, const Transformer<Backend>& decoder, PackedView values)
      : PreallocatedCache<Backend>(backend, decoder, values, 0) {}

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    concatenate(static_cast<index_t>(tokens.size()));
    this->append(tokens, logits);
  }

 private:
  void concatenate(index_t count) {
    for (auto& layer : this->state_.layers()) {
      const index_t rows = layer.position;
      AttentionState<float, Backend> longer(this->backend_, layer.keys().width(), layer.values().width());
      longer.reserve(this->backend_, rows + count);
      if (rows > 0) {
        this->backend_.copy(longer.keys().data(), layer.keys().data(), rows * layer.keys().width());
        this->backend_.copy(longer.values().data(), layer.values().data(), rows * layer.values().width());
      }
      longer.position = rows;
      layer = std::move(longer);
    }
  }
};

}  // namespace flashvideo::baselines
