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

/// A way to generate with a transformer, `batch` sequences side by side. `absorb` appends equally many tokens
/// to each, the first sequence's before the second's, and writes the logits (batch, outputs) after the last
/// one of each; known tokens go in bulk, drawn ones one by one.
template <typename Form>
concept AutoregressiveForm = requires(Form& form, const Form& same, std::span<const token_t> tokens,
                                      MatrixView<float> logits) {
  { Form::name } -> std::convertible_to<const char*>;
  form.absorb(tokens, logits);
  { same.position() } -> std::same_as<index_t>;
  { same.batch() } -> std::same_as<index_t>;
  { same.cache_bytes() } -> std::same_as<index_t>;
};

namespace detail {

/// Tokens of each sequence. @throws value_error naming the form when they are none, or not equally many
inline index_t tokens_of_each(const char* form, std::span<const token_t> tokens, index_t batch) {
  const auto count = static_cast<index_t>(tokens.size());
  require<value_error>(count > 0 && count % batch == 0,
                       "{}: {} tokens for {} sequences, expected equally many and at least one", form, count,
                       batch);
  return count / batch;
}
inline index_t checked_batch(const char* form, index_t batch) {
  require<value_error>(batch >= 1, "{}: batch is {}, expected >= 1", form, batch);
  return batch;
}

}  // namespace detail

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
  NoCache(const Backend& backend, const Transformer<Backend>& decoder, ParameterView<const float> values,
          index_t batch = 1)
      : backend_(backend),
        decoder_(&decoder),
        values_(values),
        workspace_(backend),
        sequences_(static_cast<std::size_t>(detail::checked_batch(name, batch))) {}

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    const auto count = static_cast<std::size_t>(detail::tokens_of_each(name, tokens, batch()));
    std::vector<token_t> all;
    for (auto& sequence : sequences_) {
      sequence.insert(sequence.end(), tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(count));
      tokens = tokens.subspan(count);
      all.insert(all.end(), sequence.begin(), sequence.end());
    }
    std::vector<token_t> labels(all.size(), no_label);
    for (std::size_t end = sequences_.front().size(); end <= labels.size();
         end += sequences_.front().size()) {
      labels[end - 1] =
          static_cast<token_t>(decoder_->configuration().first_output);  // the last row's logits
    }
    const TokenBatch each{batch(), position(), all, labels};
    decoder_->logits(backend_, Parallel{}, values_, each, logits, workspace_);
  }
  index_t position() const { return static_cast<index_t>(sequences_.front().size()); }
  index_t batch() const { return static_cast<index_t>(sequences_.size()); }
  index_t cache_bytes() const { return 0; }

 private:
  Backend backend_;
  const Transformer<Backend>* decoder_;
  ParameterView<const float> values_;
  Workspace<Backend> workspace_;
  std::vector<std::vector<token_t>> sequences_;
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
                    index_t capacity, index_t batch = 1)
      : backend_(backend), decoder_(&decoder), values_(values), workspace_(backend), capacity_(capacity) {
    for (index_t b = 0; b < detail::checked_batch(name, batch); ++b) {
      states_.push_back(decoder.initial_state(backend));
      for (auto& layer : states_.back().layers()) layer.reserve(backend, capacity);
    }
  }

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    const index_t count = detail::tokens_of_each(name, tokens, batch());
    require<value_error>(position() + count <= capacity_,
                         "PreallocatedCache::absorb: {} tokens after position {}, expected at most {}", count,
                         position(), capacity_);
    append(tokens, logits);
  }
  index_t position() const { return states_.front().position(); }
  index_t batch() const { return static_cast<index_t>(states_.size()); }
  index_t capacity() const { return capacity_; }
  index_t cache_bytes() const {
    index_t elements = 0;
    for (const auto& layer : states_.front().layers()) {
      elements += layer.keys().extent(0) * (layer.keys().width() + layer.values().width());
    }
    return batch() * elements * static_cast<index_t>(sizeof(float));
  }
  /// Forgets all tokens and keeps the memory.
  void restart() {
    for_each_layer([](auto& layer) { layer.position = 0; });
  }
  /// For timing alone: takes the positions up to `position` as absorbed, with rows of zeros. What a token
  /// costs depends on how many rows the cache has, not on what they hold.
  void assume(index_t position) {
    for_each_layer([&](auto& layer) {
      layer.reserve(backend_, position);
      const index_t first = std::min(layer.position, position);
      const index_t rows = position - first;
      backend_.fill(layer.keys().row(first), rows * layer.keys().width(), 0.0F);
      backend_.fill(layer.values().row(first), rows * layer.values().width(), 0.0F);
      layer.position = position;
    });
  }

 protected:
  void append(std::span<const token_t> tokens, MatrixView<float> logits) {
    const index_t count = detail::tokens_of_each(name, tokens, batch());
    for (index_t begin = 0; begin < count; begin += span_rows) {
      const index_t length = std::min(span_rows, count - begin);
      const index_t wanted = begin + length == count ? 1 : 0;
      std::vector<typename Transformer<Backend>::LaneSpan> lanes;
      for (index_t b = 0; b < batch(); ++b) {
        const auto first = static_cast<std::size_t>(b * count + begin);
        lanes.push_back({&states_[static_cast<std::size_t>(b)],
                         tokens.subspan(first, static_cast<std::size_t>(length)), wanted});
      }
      const MatrixView<float> rows(logits.data(), {batch() * wanted, logits.width()});
      decoder_->absorb(backend_, values_, lanes, rows, workspace_);
    }
  }
  template <typename Visit>
  void for_each_layer(const Visit& visit) {
    for (auto& state : states_) {
      for (auto& layer : state.layers()) visit(layer);
    }
  }

  Backend backend_;
  const Transformer<Backend>* decoder_;
  PackedView values_;
  Workspace<Backend> workspace_;
  std::vector<typename Transformer<Backend>::State> states_;  // one for each sequence
  index_t capacity_;
};

/// Cache by concatenation, as TATS's `sample_with_past` (`torch.cat(past, dim=-2)`): every call allocates
/// caches that are longer by its tokens and copies the old rows into them, O(n) bytes written per token.
/// TATS copies twice per token (the list of pasts, and keys and values inside each layer); here it is once.
template <ComputeBackend Backend>
class ConcatenatedCache : public PreallocatedCache<Backend> {
 public:
  static constexpr const char* name = "transformer, cache by concatenation";

  ConcatenatedCache(const Backend& backend, const Transformer<Backend>& decoder, PackedView values,
                    index_t batch = 1)
      : PreallocatedCache<Backend>(backend, decoder, values, 0, batch) {}

  void absorb(std::span<const token_t> tokens, MatrixView<float> logits) {
    concatenate(detail::tokens_of_each(name, tokens, this->batch()));
    this->append(tokens, logits);
  }

 private:
  void concatenate(index_t count) {
    this->for_each_layer([&](auto& layer) {
      const index_t rows = layer.position;
      AttentionState<float, Backend> longer(this->backend_, layer.keys().width(), layer.values().width());
      longer.reserve(this->backend_, rows + count);
      if (rows > 0) {
        this->backend_.copy(longer.keys().data(), layer.keys().data(), rows * layer.keys().width());
        this->backend_.copy(longer.values().data(), layer.values().data(), rows * layer.values().width());
      }
      longer.position = rows;
      layer = std::move(longer);
    });
  }
};

}  // namespace flashvideo::baselines
