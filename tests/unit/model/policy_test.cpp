// SPDX-License-Identifier: MIT
#include "flashvideo/model/policy.hpp"

#include "support/own_mixer.hpp"
#include "unit/model/small_run.hpp"

using namespace flashvideo;

namespace {

struct NoName {
  template <typename Scalar>
  using mixer = MultiScaleRetention<Scalar>;
  template <typename Scalar>
  using norm = RMSNorm<Scalar>;
  template <typename Scalar>
  using feed_forward = SwiGLU<Scalar>;
};
struct LinearForMixer : FlashVideoPolicy {
  template <typename Scalar>
  using mixer = Linear<Scalar>;
};
struct LinearForNorm : FlashVideoPolicy {
  template <typename Scalar>
  using norm = Linear<Scalar>;
};
struct LinearForFeedForward : FlashVideoPolicy {
  template <typename Scalar>
  using feed_forward = Linear<Scalar>;
};

static_assert(DecoderPolicy<FlashVideoPolicy> && DecoderPolicy<TransformerPolicy>);
static_assert(DecoderPolicy<test::OwnPolicy>);
static_assert(!DecoderPolicy<NoName> && !DecoderPolicy<int>);
static_assert(!DecoderPolicy<LinearForMixer> && !DecoderPolicy<LinearForNorm> &&
              !DecoderPolicy<LinearForFeedForward>);

}  // namespace

TEST_CASE("policies: the named ones have names of their own") {
  CHECK(std::string(FlashVideoPolicy::name) == "flashvideo");
  CHECK(std::string(TransformerPolicy::name) == "transformer");
}

TEST_CASE("policies: the transformer differs in the mixer") {
  const auto sizes = kernels::small_decoder();
  const auto names = [](const auto& decoder) {
    std::string all;
    for (const auto& entry : decoder.layout().entries()) all += entry.name + ' ';
    return all;
  };
  const Decoder<FlashVideoPolicy, Cpu> flashvideo(sizes);
  const Decoder<TransformerPolicy, Cpu> transformer(sizes);
  CHECK(names(flashvideo).find("layers.1.retention.g_proj.weight") != std::string::npos);
  CHECK(flashvideo.blocks()[0].mixer().sizes().theta == transformer.blocks()[0].mixer().sizes().theta);
  CHECK(names(transformer).find("layers.1.self_attn.q_proj.weight") != std::string::npos);
  CHECK(names(transformer).find("g_proj") == std::string::npos);
}

TEST_CASE("policies: a user's own mixer trains and generates in the decoder") {
  test::SmallDecoder<test::OwnPolicy, double> run;
  const std::vector<token_t> tokens = test::random_tokens(12, 1), labels = test::some_labels(12, 2, 2);
  const TokenBatch batch{2, 6, tokens, labels};
  std::vector<double> gradients(run.values.size()), unused(run.values.size());
  run.loss(Parallel{}, batch, gradients);
  for (const auto& entry : run.decoder.layout().entries()) {
    const auto i = static_cast<std::size_t>(entry.offset + entry.size / 2);
    const double kept = run.values[i];
    run.values[i] = kept + 1e-5;
    const double above = run.loss(Parallel{}, batch, unused);
    run.values[i] = kept - 1e-5;
    const double below = run.loss(Parallel{}, batch, unused);
    run.values[i] = kept;
    INFO(entry.name);
    CHECK(gradients[i] == Approx((above - below) / 2e-5).epsilon(1e-5).margin(1e-8));
  }

  const auto expected = run.logits(Parallel{}, batch, 6);
  std::vector<double> generated;
  for (const std::size_t begin : {std::size_t{0}, std::size_t{6}}) {
    auto state = run.start();
    for (std::size_t n = begin; n < begin + 6; n += 2) {
      const auto logits = run.absorb({{&state, std::span(tokens).subspan(n, 2), 1}});
      generated.insert(generated.end(), logits.begin(), logits.end());
    }
  }
  CHECK(oracle::difference(generated, expected) < 1e-12);
}
