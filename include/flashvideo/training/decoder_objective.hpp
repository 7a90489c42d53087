// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/io/json.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/training/codebook_start.hpp"
#include "flashvideo/training/objective.hpp"

namespace flashvideo {

/// Where training sequences come from: sequence n of the run is a pure function of (n, its random address).
template <typename Source>
concept SequenceSource = requires(const Source& source, index_t n, const RandomAddress& address) {
  { source.sequence(n, address) } -> std::convertible_to<TokenSequence>;
  { source.pad() } -> std::convertible_to<token_t>;
};

/// Teacher forcing of a token decoder: cross entropy, in nats per token, of the image tokens to be written.
///
/// Sequences of a micro-batch are padded at their ends to the longest; padding carries no loss and, the
/// decoder being causal, changes nothing before it.
/// @code
/// DecoderObjective objective(decoder, Chunkwise<64>{}, source, 16);
/// Trainer trainer(cpu, objective, options);
/// @endcode
/// @tparam ModelDecoder a `Decoder`
/// @tparam Mode retention mode of training
/// @tparam Source a `SequenceSource`
template <typename ModelDecoder, typename Mode, SequenceSource Source, typename Scalar = float>
class DecoderObjective {
 public:
  using ScalarType = Scalar;  ///< of parameters and gradients

  /// @param batch sequences of a micro-batch, >= 1
  DecoderObjective(const ModelDecoder& decoder, Mode mode, const Source& source, index_t batch)
      : decoder_(decoder), mode_(mode), source_(source), batch_(batch) {
    require<value_error>(batch >= 1, "DecoderObjective: batch is {}, expected >= 1", batch);
  }

  /// The decoder's.
  const ParameterLayout& layout() const { return decoder_.layout(); }

  /// Lets the rows of image codes in embedding and head start from the image tokenizer's codebook; the head's
  /// first outputs must be those codes. The codebook must live until the trainer is made.
  void start_from(const CodebookStart& codebook) {
    require<value_error>(decoder_.configuration().first_output == 0,
                         "DecoderObjective::start_from: the head's outputs begin at id {}, expected 0",
                         decoder_.configuration().first_output);
    codebook_ = codebook;
  }

  /// Before the first step.
  template <ComputeBackend Backend>
  void initialize(const Backend& backend, ParameterView<Scalar> values, Workspace<Backend>&) const {
    if (!codebook_) return;
    std::vector<Scalar> host(static_cast<std::size_t>(layout().size()));
    backend.download(host.data(), static_cast<const Scalar*>(values.data()), layout().size());
    codebook_->apply(layout(), "embed_tokens.weight", std::span<Scalar>(host), 0);
    codebook_->apply(layout(), "output_projection.weight", std::span<Scalar>(host), 1);
    backend.upload(values.data(), static_cast<const Scalar*>(host.data()), layout().size());
  }

  /// What a resumed run must agree with.
  Json configuration() const {
    Json result = Json::object();
    result.set("kind", "decoder").set("batch", batch_).set("parameters", layout().parameter_count());
    if (codebook_) result.set("codebook_start", codebook_->own);
    return result;
  }

  /// Adds the gradients of the loss summed over the micro-batch's tokens.
  template <ComputeBackend Backend>
  StepLoss accumulate(const Backend& backend, ParameterView<const Scalar> values,
                      ParameterView<Scalar> gradients, const MicroBatch& micro_batch,
                      Workspace<Backend>& workspace) {
    std::vector<TokenSequence> sequences;
    index_t length = 0;
    for (index_t i = 0; i < batch_; ++i) {
      sequences.push_back(
          source_.sequence(micro_batch.sample_number(batch_, i), micro_batch.sample_address(batch_, i)));
      length = (std::max)(length, sequences.back().length());
    }
    tokens_.assign(static_cast<std::size_t>(batch_ * length), source_.pad());
    labels_.assign(tokens_.size(), no_label);
    index_t items = 0;
    for (index_t i = 0; i < batch_; ++i) {
      const TokenSequence& sequence = sequences[static_cast<std::size_t>(i)];
      const auto at = static_cast<std::ptrdiff_t>(i * length);
      std::copy(sequence.tokens.begin(), sequence.tokens.end(), tokens_.begin() + at);
      std::copy(sequence.labels.begin(), sequence.labels.end(), labels_.begin() + at);
      items += std::count_if(sequence.labels.begin(), sequence.labels.end(),
                             [](token_t id) { return id != no_label; });
    }
    const TokenBatch batch{batch_, length, tokens_, labels_};
    const double sum = decoder_.loss(backend, mode_, values, batch, Scalar{1}, gradients, workspace);
    return {sum, items};
  }

 private:
  const ModelDecoder& decoder_;
  Mode mode_;
  const Source& source_;
  index_t batch_;
  std::optional<CodebookStart> codebook_;
  std::vector<token_t> tokens_;
  std::vector<token_t> labels_;
};

}  // namespace flashvideo
