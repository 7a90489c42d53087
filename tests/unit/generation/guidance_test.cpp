// SPDX-License-Identifier: MIT
#include "flashvideo/generation/guidance.hpp"

#include <cmath>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::vector<float> some_logits(std::size_t count, std::uint64_t seed) {
  RandomStream random(seed);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = static_cast<float>(random.uniform(-9, 9));
  return logits;
}

/// log p, plainly.
long double log_p(const std::vector<float>& logits, std::size_t token) {
  long double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<long double>(logit));
  return static_cast<long double>(logits[token]) - std::log(sum);
}

}  // namespace

TEST_CASE("guide_logits: u + s (c - u) by one fma, bit for bit, for any number of logits") {
  for (const std::size_t count : {1, 5, 16, 513}) {
    const auto c = some_logits(count, 1), u = some_logits(count, 2);
    for (const double s : {-1.5, 0.0, 0.3, 2.0, 7.25}) {
      std::vector<float> guided(count);
      guide_logits(c, u, s, guided);
      bool equal = true;
      for (std::size_t i = 0; i < count; ++i) {
        equal = equal && guided[i] == std::fma(static_cast<float>(s), c[i] - u[i], u[i]);
      }
      CAPTURE(count, s);
      CHECK(equal);
      if (s == 0) CHECK(guided == u);
    }
  }
}

TEST_CASE("log_probability: log softmax, however large the logits") {
  const auto logits = some_logits(300, 3);
  for (const std::size_t token : {0, 7, 299}) {
    CHECK(log_probability(logits, static_cast<token_t>(token)) ==
          Approx(static_cast<double>(log_p(logits, token))).epsilon(1e-12));
  }
  const std::vector<float> large{30000, 29999};
  CHECK(log_probability(large, 0) == Approx(-std::log1p(std::exp(-1.0))).epsilon(1e-12));
}

TEST_CASE("text_effect: log p with the text less log p without, summed in any order") {
  const auto c = some_logits(40, 4), u = some_logits(40, 5);
  std::vector<double> effects;
  for (std::size_t token = 0; token < 40; ++token) {
    effects.push_back(text_effect(c, u, static_cast<token_t>(token)));
    CHECK(effects.back() ==
          Approx(static_cast<double>(log_p(c, token) - log_p(u, token))).margin(1e-7).epsilon(0));
    CHECK(text_effect(u, c, static_cast<token_t>(token)) == -effects.back());
    CHECK(text_effect(c, c, static_cast<token_t>(token)) == 0);
  }
  double forwards = 0, backwards = 0;
  for (int round = 0; round < 1000; ++round) {
    for (std::size_t i = 0; i < 40; ++i) {
      forwards += effects[i];
      backwards += effects[39 - i];
    }
  }
  CHECK(forwards == backwards);
  double exact = 0;
  for (const double effect : effects) exact += effect;
  CHECK(forwards == 1000 * exact);
}
