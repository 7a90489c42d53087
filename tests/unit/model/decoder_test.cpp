// SPDX-License-Identifier: MIT
#include "flashvideo/model/decoder.hpp"

#include <numeric>

#include "unit/model/small_run.hpp"

using namespace flashvideo;
using test::random_tokens;
using test::SmallDecoder;
using test::some_labels;

namespace {

/// Two sequences of 7 tokens; every second row has a label.
struct Batch {
  std::vector<token_t> tokens = random_tokens(14, 2);
  std::vector<token_t> labels = some_labels(14, 2, 3);
  static constexpr index_t labelled = 7;
  TokenBatch view() const { return {2, 7, tokens, labels}; }
};

template <typename Policy, typename Mode>
void check_gradients(Mode mode) {
  SmallDecoder<Policy, double> run;
  const Batch batch;
  std::vector<double> gradients(run.values.size());
  run.loss(mode, batch.view(), gradients);
  std::vector<double> unused(run.values.size());
  for (const auto& entry : run.decoder.layout().entries()) {
    const auto begin = static_cast<std::size_t>(entry.offset),
               end = begin + static_cast<std::size_t>(entry.size);
    double largest = 1e-9;
    for (std::size_t i = begin; i < end; ++i) largest = std::max(largest, std::abs(gradients[i]));
    for (std::size_t i = begin; i < end; i += static_cast<std::size_t>(entry.size / 3 + 1)) {
      const double kept = run.values[i];
      run.values[i] = kept + 1e-5;
      const double above = run.loss(mode, batch.view(), unused);
      run.values[i] = kept - 1e-5;
      const double below = run.loss(mode, batch.view(), unused);
      run.values[i] = kept;
      INFO(entry.name << ", place " << i - begin);
      CHECK(std::abs((above - below) / 2e-5 - gradients[i]) < 1e-6 * largest);
    }
  }
}

template <typename Policy>
void check_modes() {
  SmallDecoder<Policy, double> run;
  const Batch batch;
  std::vector<double> expected_gradients(run.values.size());
  const double expected_loss = run.loss(Parallel{}, batch.view(), expected_gradients);
  const auto expected = run.logits(Parallel{}, batch.view(), Batch::labelled);
  const auto check = [&](auto mode) {
    std::vector<double> gradients(run.values.size());
    CHECK(run.loss(mode, batch.view(), gradients) == Approx(expected_loss).epsilon(1e-12));
    CHECK(oracle::difference(gradients, expected_gradients) < 1e-11);
    CHECK(oracle::difference(run.logits(mode, batch.view(), Batch::labelled), expected) < 1e-12);
  };
  check(Recurrent{});
  check(Chunkwise<2>{});
  check(Chunkwise<64>{});

  // generation, token by token: the logits after row r are those of training's row r
  std::vector<double> generated;
  for (std::size_t b = 0; b < 2; ++b) {
    auto state = run.start();
    for (std::size_t n = 0; n < 7; ++n) {
      const std::size_t row = 7 * b + n;
      const index_t wanted = batch.labels[row] == no_label ? 0 : 1;
      const auto logits = run.absorb({{&state, std::span(batch.tokens).subspan(row, 1), wanted}});
      generated.insert(generated.end(), logits.begin(), logits.end());
    }
    CHECK(state.position() == 7);
  }
  CHECK(oracle::difference(generated, expected) < 1e-12);
}

template <typename Policy>
void check_spans() {
  SmallDecoder<Policy, float> run;
  const std::vector<token_t> tokens = random_tokens(70, 4);
  std::vector<float> expected, expected_state;
  for (const std::size_t length : {70, 1, 2, 3, 7, 8, 9, 31, 64}) {
    auto state = run.start();
    std::vector<float> all;
    for (std::size_t n = 0; n < tokens.size(); n += length) {
      const auto span = std::span(tokens).subspan(n, std::min(length, tokens.size() - n));
      const auto logits = run.absorb({{&state, span, static_cast<index_t>(span.size())}});
      all.insert(all.end(), logits.begin(), logits.end());
    }
    const auto state_now = test::saved<float>(state, run.cpu);
    if (expected.empty()) {
      expected = all;
      expected_state = state_now;
    }
    CAPTURE(length);
    CHECK(all == expected);
    CHECK(state_now == expected_state);
    CHECK(state.position() == 70);
  }
}

template <typename Policy>
void check_pack() {
  SmallDecoder<Policy, float> run;
  const std::vector<token_t> tokens = random_tokens(30, 5);
  const std::span<const token_t> all(tokens);
  const auto alone = [&](std::size_t begin, std::size_t count, index_t rows) {
    auto state = run.start();
    auto logits = run.absorb({{&state, all.subspan(begin, count), rows}});
    const auto state_now = test::saved<float>(state, run.cpu);
    logits.insert(logits.end(), state_now.begin(), state_now.end());
    return logits;
  };
  auto a = run.start(), b = run.start(), c = run.start();
  const auto packed =
      run.absorb({{&a, all.subspan(0, 9), 2}, {&b, all.subspan(9, 1), 0}, {&c, all.subspan(10, 20), 1}});
  const auto compare = [&](const std::vector<float>& expected, auto& state, std::size_t row,
                           std::size_t rows) {
    std::vector<float> own(packed.begin() + static_cast<std::ptrdiff_t>(20 * row),
                           packed.begin() + static_cast<std::ptrdiff_t>(20 * (row + rows)));
    const auto state_now = test::saved<float>(state, run.cpu);
    own.insert(own.end(), state_now.begin(), state_now.end());
    CHECK(own == expected);
  };
  compare(alone(0, 9, 2), a, 0, 2);
  compare(alone(9, 1, 0), b, 2, 0);
  compare(alone(10, 20, 1), c, 2, 1);
}

}  // namespace

TEST_CASE("Decoder: every parameter's gradient agrees with finite differences") {
  check_gradients<FlashVideoPolicy>(Chunkwise<3>{});
  check_gradients<TransformerPolicy>(Parallel{});
}

TEST_CASE("Decoder: every mode, and generation, give the same logits, loss and gradients") {
  check_modes<FlashVideoPolicy>();
  check_modes<TransformerPolicy>();
}

TEST_CASE("Decoder: any split into spans gives the same bits, logits and states") {
  check_spans<FlashVideoPolicy>();
  check_spans<TransformerPolicy>();
}

TEST_CASE("Decoder: a lane's bits do not depend on what else is in the pack") {
  check_pack<FlashVideoPolicy>();
  check_pack<TransformerPolicy>();
}

TEST_CASE("Decoder: the loss is the cross entropy of the logits, its gradient is added and scaled") {
  SmallDecoder<FlashVideoPolicy, double> run;
  const Batch batch;
  const auto logits = run.logits(Parallel{}, batch.view(), Batch::labelled);
  double expected = 0;
  std::size_t row = 0;
  for (const token_t label : batch.labels) {
    if (label == no_label) continue;
    double total = 0;
    for (std::size_t c = 0; c < 20; ++c) total += std::exp(logits[20 * row + c]);
    expected += std::log(total) - logits[20 * row + static_cast<std::size_t>(label - 3)];
    ++row;
  }
  std::vector<double> once(run.values.size()), twice(run.values.size());
  CHECK(run.loss(Parallel{}, batch.view(), once) == Approx(expected).epsilon(1e-12));
  run.loss(Parallel{}, batch.view(), twice, 0.25);
  run.loss(Parallel{}, batch.view(), twice, 0.25);
  for (double& value : twice) value *= 2;
  CHECK(oracle::difference(twice, once) < 1e-12);
}

TEST_CASE("Decoder: without a label there is no loss and no gradient") {
  SmallDecoder<FlashVideoPolicy, double> run;
  const std::vector<token_t> tokens = random_tokens(6, 8), labels(6, no_label);
  std::vector<double> gradients(run.values.size());
  CHECK(run.loss(Parallel{}, {2, 3, tokens, labels}, gradients) == 0);
  CHECK(gradients == std::vector<double>(run.values.size()));
}

TEST_CASE("Decoder: a token changes no logits before it and no other sequence") {
  SmallDecoder<FlashVideoPolicy, double> run;
  Batch batch;
  const auto before = run.logits(Chunkwise<4>{}, batch.view(), Batch::labelled);
  batch.tokens[4] = static_cast<token_t>((batch.tokens[4] + 1) % 29);  // row 4 of the first sequence
  const auto after = run.logits(Chunkwise<4>{}, batch.view(), Batch::labelled);
  const auto row = [](const std::vector<double>& logits, std::size_t i) {
    return std::vector<double>(logits.begin() + static_cast<std::ptrdiff_t>(20 * i),
                               logits.begin() + static_cast<std::ptrdiff_t>(20 * (i + 1)));
  };
  for (std::size_t i = 0; i < 7; ++i) {  // labelled rows 1, 3, 5 and 7, 9, 11, 13
    CHECK((row(before, i) == row(after, i)) == (i != 2));
  }
}

TEST_CASE("Decoder: a head over a range of ids gives that part of the whole vocabulary's logits") {
  DecoderConfiguration whole = kernels::small_decoder();
  whole.first_output = whole.outputs = 0;
  SmallDecoder<FlashVideoPolicy, float> part;
  SmallDecoder<FlashVideoPolicy, float> all(whole);
  const auto& part_head = part.decoder.layout().entries().back();
  const auto& all_head = all.decoder.layout().entries().back();
  REQUIRE(part_head.name == "output_projection.weight");
  REQUIRE(part_head.offset == all_head.offset);
  std::copy(all.values.begin(), all.values.begin() + all_head.offset, part.values.begin());
  std::copy(all.values.begin() + all_head.offset + 3 * 12, all.values.begin() + all_head.offset + 23 * 12,
            part.values.begin() + part_head.offset);
  const std::vector<token_t> tokens = random_tokens(5, 9);
  auto state = part.start(), other = all.start();
  const auto few = part.absorb({{&state, tokens, 1}});
  const auto many = all.absorb({{&other, tokens, 1}});
  CHECK(few == std::vector<float>(many.begin() + 3, many.begin() + 23));
}

TEST_CASE("Decoder: parameters have torchscale's names") {
  const Decoder<FlashVideoPolicy, Cpu> decoder(kernels::small_decoder());
  std::vector<std::string> names;
  for (const auto& entry : decoder.layout().entries()) names.push_back(entry.name);
  std::vector<std::string> expected{"embed_tokens.weight"};
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    for (const char* name :
         {"retention_layer_norm.weight", "retention.q_proj.weight", "retention.k_proj.weight",
          "retention.v_proj.weight", "retention.g_proj.weight", "retention.out_proj.weight",
          "final_layer_norm.weight", "ffn.fc1.weight", "ffn.gate.weight", "ffn.fc2.weight"}) {
      expected.push_back(layer + name);
    }
  }
  expected.insert(expected.end(), {"layer_norm.weight", "output_projection.weight"});
  CHECK(names == expected);
}

TEST_CASE("Decoder: bad input is refused in one sentence") {
  SmallDecoder<FlashVideoPolicy, float> run;
  std::vector<float> gradients(run.values.size());
  const auto loss = [&](std::vector<token_t> tokens, std::vector<token_t> labels, index_t batch,
                        index_t length) {
    run.loss(Parallel{}, {batch, length, tokens, labels}, gradients);
  };
  CHECK_THROWS_WITH(loss({0, 29}, {no_label, 3}, 1, 2), "Decoder: token 29 is outside the vocabulary of 29");
  CHECK_THROWS_WITH(loss({0, -1}, {no_label, 3}, 1, 2), "Decoder: token -1 is outside the vocabulary of 29");
  CHECK_THROWS_WITH(loss({0, 1}, {no_label, 2}, 1, 2),
                    "Decoder: label 2 of row 1 is not among the outputs [3, 23)");
  CHECK_THROWS_WITH(loss({0, 1}, {23, no_label}, 1, 2),
                    "Decoder: label 23 of row 0 is not among the outputs [3, 23)");
  CHECK_THROWS_WITH(loss({0, 1, 2}, {3, 3, 3}, 2, 2),
                    "Decoder: 3 tokens and 3 labels, expected 2 sequences of 2");
  CHECK_THROWS_WITH(loss({0, 1}, {3}, 1, 2), "Decoder: 2 tokens and 1 labels, expected 1 sequences of 2");

  const Batch batch;
  std::vector<float> out(1000);
  const auto logits = [&](index_t rows, index_t width) {
    run.decoder.logits(run.cpu, Parallel{}, run.view(), batch.view(), {out.data(), {rows, width}},
                       run.workspace);
  };
  CHECK_THROWS_WITH(logits(6, 20), "Decoder::logits: logits is (6, 20), expected (7, 20)");

  auto state = run.start();
  const std::vector<token_t> tokens{1, 2, 29};
  const std::span<const token_t> all(tokens);
  const auto absorb = [&](std::span<const token_t> span, index_t rows, const Shape<2>& shape) {
    const std::vector<SmallDecoder<FlashVideoPolicy, float>::Span> lanes{{&state, span, rows}};
    run.decoder.absorb(run.cpu, run.view(), lanes, {out.data(), shape}, run.workspace);
  };
  CHECK_THROWS_WITH(absorb({}, 0, {0, 20}),
                    "Decoder::absorb: a lane's span is empty, expected at least one token");
  CHECK_THROWS_WITH(absorb(all.first(2), 3, {3, 20}), "Decoder::absorb: logit_rows is 3, expected 0 to 2");
  CHECK_THROWS_WITH(absorb(all, 1, {1, 20}), "Decoder: token 29 is outside the vocabulary of 29");
  CHECK(state.position() == 0);  // what was refused moved nothing
  CHECK_THROWS_WITH(absorb(all.first(2), 1, {1, 19}), "Decoder::absorb: logits is (1, 19), expected (1, 20)");
  CHECK_THROWS_WITH(absorb(all.first(2), 1, {2, 20}), "Decoder::absorb: logits is (2, 20), expected (1, 20)");
  CHECK_NOTHROW(absorb(all.first(2), 0, {0, 0}));
}
