// SPDX-License-Identifier: MIT
#pragma once
// The whole decoder: loss, every gradient, logits of training and of generation, spans.
#include "flashvideo/model/decoder.hpp"
#include "kernels/run.hpp"
#include "kernels/small_decoder.hpp"

namespace kernels {

/// Two sequences of 21 tokens; every third row has a label.
struct SmallBatch {
  std::vector<token_t> tokens;
  std::vector<token_t> labels;
  SmallBatch() {
    RandomStream random(9);
    for (index_t row = 0; row < 42; ++row) {
      tokens.push_back(static_cast<token_t>(random.below(29)));
      labels.push_back(row % 3 == 0 ? static_cast<token_t>(3 + random.below(20)) : no_label);
    }
  }
  TokenBatch view() const { return {2, 21, tokens, labels}; }
};

template <typename Policy>
struct DecoderRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = typename Run::Scalar;
    using Backend = typename Run::Backend;
    const Decoder<Policy, Backend, Scalar> decoder(small_decoder());
    const SmallBatch batch;
    const auto values = run.parameters(decoder.layout(), 1);
    const auto gradients = run.gradients(decoder.layout());
    const double loss = decoder.loss(run.backend, Chunkwise<8>{}, values, batch.view(), Scalar(0.125),
                                     gradients, run.workspace);
    run.results.push_back({static_cast<Scalar>(loss)});
    run.keep(gradients.data(), decoder.layout().size());
    const auto logits = run.zeros(14, 20);
    decoder.logits(run.backend, Parallel{}, values, batch.view(), logits, run.workspace);
    run.keep(logits);

    // generation: the second sequence in one span, the first token by token, both in one pack
    using State = typename Decoder<Policy, Backend, Scalar>::State;
    using Span = typename Decoder<Policy, Backend, Scalar>::LaneSpan;
    State first = decoder.initial_state(run.backend);
    State second = decoder.initial_state(run.backend);
    const std::span<const token_t> tokens(batch.tokens);
    for (std::size_t n = 0; n < 21; ++n) {
      std::vector<Span> lanes{{&first, tokens.subspan(n, 1), 1}};
      if (n == 4) lanes.push_back({&second, tokens.subspan(21, 21), 3});
      const auto rows = run.zeros(n == 4 ? 4 : 1, 20);
      decoder.absorb(run.backend, values, lanes, rows, run.workspace);
      run.keep(rows);
    }
  }
};

/// Logits and states have the same bits for any split into spans.
template <typename Policy, typename Run>
void check_decoder_spans(Run& run) {
  using Scalar = typename Run::Scalar;
  using Backend = typename Run::Backend;
  const Decoder<Policy, Backend, Scalar> decoder(small_decoder());
  const SmallBatch batch;
  const auto values = run.parameters(decoder.layout(), 1);
  const std::span<const token_t> tokens(batch.tokens);
  std::vector<Scalar> expected;
  for (const std::size_t span : {42, 1, 2, 3, 7, 8, 9, 31}) {
    auto state = decoder.initial_state(run.backend);
    std::vector<Scalar> all;
    for (std::size_t n = 0; n < tokens.size(); n += span) {
      const std::size_t count = std::min(span, tokens.size() - n);
      const auto rows = static_cast<index_t>(count);
      const auto logits = run.zeros(rows, 20);
      const std::vector<typename Decoder<Policy, Backend, Scalar>::LaneSpan> lanes{
          {&state, tokens.subspan(n, count), rows}};
      decoder.absorb(run.backend, values, lanes, logits, run.workspace);
      const auto host = test::to_host(run.backend, static_cast<const Scalar*>(logits.data()), logits.size());
      all.insert(all.end(), host.begin(), host.end());
    }
    if (expected.empty()) expected = all;
    INFO("spans of " << span);
    REQUIRE(all == expected);
  }
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Decoder: loss, gradients, logits and generation equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::DecoderRun<flashvideo::FlashVideoPolicy>{}, 1e-4, 1e-11);
  kernels::require_equals_cpu<TestType>(kernels::DecoderRun<flashvideo::TransformerPolicy>{}, 1e-4, 1e-11);
}
TEMPLATE_LIST_TEST_CASE("Decoder: any split into spans gives the same bits", "", OnFloat) {
  using Backend = typename TestType::Backend;
  kernels::Run<float, Backend> run(test_backend<Backend>());
  kernels::check_decoder_spans<flashvideo::FlashVideoPolicy>(run);
  kernels::check_decoder_spans<flashvideo::TransformerPolicy>(run);
}
