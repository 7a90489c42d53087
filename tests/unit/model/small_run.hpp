// SPDX-License-Identifier: MIT
#pragma once
/// A small decoder with random values, and what the tests of the room ask of it.

#include <span>
#include <vector>

#include "flashvideo/model/decoder.hpp"
#include "kernels/small_decoder.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

namespace flashvideo::test {

template <typename Policy, typename Scalar>
struct SmallDecoder {
  using Model = Decoder<Policy, Cpu, Scalar>;
  using State = typename Model::State;
  using Span = typename Model::LaneSpan;

  Cpu cpu{2};
  Workspace<Cpu> workspace{cpu};
  Model decoder;
  std::vector<Scalar> values;

  explicit SmallDecoder(const DecoderConfiguration& sizes = kernels::small_decoder(), std::uint64_t seed = 1)
      : decoder(sizes), values(initial_values<Scalar>(decoder.layout(), seed)) {
    RandomStream random(seed, 7);
    for (Scalar& value : values) value += static_cast<Scalar>(0.2 * random.normal());
  }
  ParameterView<const Scalar> view() const { return ParameterView<const Scalar>(values.data()); }
  State start() const { return decoder.initial_state(cpu); }

  template <typename Mode>
  double loss(Mode mode, const TokenBatch& batch, std::vector<Scalar>& gradients, Scalar scale = 1) {
    return decoder.loss(cpu, mode, view(), batch, scale, ParameterView<Scalar>(gradients.data()), workspace);
  }
  template <typename Mode>
  std::vector<Scalar> logits(Mode mode, const TokenBatch& batch, index_t labelled) {
    std::vector<Scalar> out(static_cast<std::size_t>(labelled * decoder.configuration().head_outputs()));
    decoder.logits(cpu, mode, view(), batch, {out.data(), {labelled, decoder.configuration().head_outputs()}},
                   workspace);
    return out;
  }
  /// Logits after each lane's last `logit_rows` tokens.
  std::vector<Scalar> absorb(const std::vector<Span>& lanes) {
    index_t rows = 0;
    for (const Span& lane : lanes) rows += lane.logit_rows;
    std::vector<Scalar> out(static_cast<std::size_t>(rows * decoder.configuration().head_outputs()));
    decoder.absorb(cpu, view(), lanes, {out.data(), {rows, decoder.configuration().head_outputs()}},
                   workspace);
    return out;
  }
};

/// Every number that a decoder's state holds, layer after layer.
template <typename Scalar, typename State>
std::vector<Scalar> saved(const State& state, const Cpu& cpu) {
  std::vector<Scalar> all;
  for (const auto& layer : state.layers()) {
    std::vector<Scalar> host(static_cast<std::size_t>(layer.size()));
    layer.save(cpu, host);
    all.insert(all.end(), host.begin(), host.end());
  }
  return all;
}

inline std::vector<token_t> random_tokens(index_t count, std::uint64_t seed, index_t vocabulary = 29) {
  RandomStream random(seed);
  std::vector<token_t> tokens;
  for (index_t i = 0; i < count; ++i) tokens.push_back(static_cast<token_t>(random.below(vocabulary)));
  return tokens;
}

/// Labels within [3, 23) at every `stride`-th row.
inline std::vector<token_t> some_labels(index_t count, index_t stride, std::uint64_t seed) {
  RandomStream random(seed, 3);
  std::vector<token_t> labels;
  for (index_t i = 0; i < count; ++i) {
    const auto label = static_cast<token_t>(3 + random.below(20));
    labels.push_back(i % stride == stride - 1 ? label : no_label);
  }
  return labels;
}

}  // namespace flashvideo::test
