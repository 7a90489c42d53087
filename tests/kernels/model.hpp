// SPDX-License-Identifier: MIT
#pragma once
// The whole decoder: loss, every gradient, logits of training and of generation, spans.
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"
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

/// Logits of a sequence with packed weights, in spans.
template <typename Policy, typename Backend>
std::vector<float> packed_logits(const Backend& backend, WeightStorage storage, std::size_t span) {
  const Decoder<Policy, Backend> decoder(small_decoder());
  const std::vector<float> values = test::normal_numbers<float>(decoder.layout().size(), 1, 0.3);
  const PackedParameters<Backend> packed(backend, decoder.layout(), values, storage);
  Workspace<Backend> workspace(backend);
  const SmallBatch batch;
  const std::span<const token_t> tokens(batch.tokens);
  auto state = decoder.initial_state(backend);
  std::vector<float> all;
  for (std::size_t n = 0; n < tokens.size(); n += span) {
    const std::size_t count = std::min(span, tokens.size() - n);
    const auto mark = workspace.mark();
    const auto logits = workspace.template take<float>(Shape<2>{static_cast<index_t>(count), 20});
    const std::vector<typename Decoder<Policy, Backend>::LaneSpan> lanes{
        {&state, tokens.subspan(n, count), static_cast<index_t>(count)}};
    decoder.absorb(backend, packed.view(), lanes, logits, workspace);
    const auto host = test::to_host(backend, static_cast<const float*>(logits.data()), logits.size());
    all.insert(all.end(), host.begin(), host.end());
    workspace.release(mark);
  }
  return all;
}

/// Every storage on this backend, in any spans, has the bits of the plain form of Cpu; float32 those of
/// unpacked parameters.
template <typename Policy, typename Backend>
void check_packed_decoder(const Backend& backend) {
  for (const WeightStorage storage : weight_storages) {
    const auto expected = packed_logits<Policy>(Cpu(1, InstructionSet::baseline), storage, 1);
    INFO(weight_storage_name(storage));
    for (const std::size_t span : {1, 5, 8, 42})
      REQUIRE(packed_logits<Policy>(backend, storage, span) == expected);
    if (storage != WeightStorage::float32) continue;
    const Decoder<Policy, Cpu> decoder(small_decoder());
    const std::vector<float> values = test::normal_numbers<float>(decoder.layout().size(), 1, 0.3);
    const Cpu cpu(2);
    Workspace<Cpu> workspace(cpu);
    const SmallBatch batch;
    auto state = decoder.initial_state(cpu);
    std::vector<float> logits(42 * 20);
    const std::vector<typename Decoder<Policy, Cpu>::LaneSpan> lanes{{&state, batch.tokens, 42}};
    decoder.absorb(cpu, ParameterView<const float>(values.data()), lanes, {logits.data(), {42, 20}},
                   workspace);
    REQUIRE(logits == expected);
  }
}

/// A decoder that drafts, keeps the right beginning and forgets the rest has the logits and states of one
/// that never drafted.
template <typename Policy, typename Run>
void check_decoder_drafts(Run& run) {
  using Scalar = typename Run::Scalar;
  using Backend = typename Run::Backend;
  using Model = Decoder<Policy, Backend, Scalar>;
  using Span = typename Model::LaneSpan;
  const Model decoder(small_decoder());
  const SmallBatch batch;
  const auto values = run.parameters(decoder.layout(), 1);
  const std::span<const token_t> tokens(batch.tokens);
  const auto absorb = [&](typename Model::State& state, std::span<const token_t> span, index_t tentative,
                          index_t rows) {
    std::vector<index_t> after;
    for (index_t row = 0; row < rows; ++row) after.push_back(row);
    const auto logits = run.zeros(rows, 20);
    const std::vector<Span> lanes{{&state, span, 0, tentative, after}};
    decoder.absorb(run.backend, values, lanes, logits, run.workspace);
    return test::to_host(run.backend, static_cast<const Scalar*>(logits.data()), logits.size());
  };
  const auto memory = [&](const typename Model::State& state) {
    std::vector<Scalar> all;
    for (const auto& layer : state.layers()) {
      std::vector<Scalar> host(static_cast<std::size_t>(layer.size()));
      layer.save(run.backend, host);
      all.insert(all.end(), host.begin(), host.end());
    }
    return all;
  };
  auto plain = decoder.initial_state(run.backend);
  auto state = decoder.initial_state(run.backend);
  RandomStream random(3);
  for (std::size_t n = 0; n < tokens.size();) {
    const auto kept = static_cast<std::size_t>(random.below(4));
    const std::size_t settled = 1 + static_cast<std::size_t>(random.below(2));
    if (n + settled + kept > tokens.size()) break;
    std::vector<token_t> span(tokens.begin() + static_cast<std::ptrdiff_t>(n),
                              tokens.begin() + static_cast<std::ptrdiff_t>(n + settled + kept));
    for (index_t wrong = random.below(3); wrong > 0; --wrong) span.push_back(static_cast<token_t>(wrong));
    const auto rows = static_cast<index_t>(settled + kept);
    const auto given = absorb(state, span, static_cast<index_t>(span.size() - settled), rows);
    REQUIRE(state.position() == static_cast<index_t>(n + settled));
    if (kept > 0) {
      const std::vector<typename Model::LaneCommit> commits{{&state, static_cast<index_t>(kept)}};
      decoder.commit(run.backend, commits);
    }
    INFO("position " << n << ", settled " << settled << ", kept " << kept << " of " << span.size() - settled);
    REQUIRE(given == absorb(plain, tokens.subspan(n, settled + kept), 0, rows));
    REQUIRE(state.position() == plain.position());
    REQUIRE(memory(state) == memory(plain));
    REQUIRE(memory(state.clone(run.backend)) == memory(plain));
    n += settled + kept;
  }
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Decoder: weights of every storage give the bits of Cpu's plain form", "", OnFloat) {
  using Backend = typename TestType::Backend;
  kernels::check_packed_decoder<flashvideo::FlashVideoPolicy>(test_backend<Backend>());
  kernels::check_packed_decoder<flashvideo::TransformerPolicy>(test_backend<Backend>());
}

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
TEMPLATE_LIST_TEST_CASE("Decoder: a draft leaves no trace but the tokens that are kept", "", OnFloat) {
  using Backend = typename TestType::Backend;
  kernels::Run<float, Backend> run(test_backend<Backend>());
  kernels::check_decoder_drafts<flashvideo::FlashVideoPolicy>(run);
  kernels::check_decoder_drafts<flashvideo::TransformerPolicy>(run);
}
