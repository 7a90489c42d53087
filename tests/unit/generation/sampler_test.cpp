// SPDX-License-Identifier: MIT
#include "flashvideo/generation/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace flashvideo;

const std::vector<float> logits{0.0F, 1.0F, -1.0F, 2.0F, 2.0F};

std::vector<double> frequencies(Sampler sampler, int draws) {
  std::vector<double> count(logits.size(), 0);
  for (int i = 0; i < draws; ++i) {
    const token_t id = sampler.sample(logits, {17, 3, static_cast<std::uint64_t>(i)});
    count[static_cast<std::size_t>(id)] += 1.0 / draws;
  }
  return count;
}

std::vector<double> softmax(double temperature, const std::vector<std::size_t>& kept) {
  std::vector<double> p(logits.size(), 0);
  double total = 0;
  for (const std::size_t i : kept) total += p[i] = std::exp(static_cast<double>(logits[i]) / temperature);
  for (double& value : p) value /= total;
  return p;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 0.012);
}

TEST_CASE("Sampler: draws follow the softmax of the logits") {
  check_close(frequencies(Sampler({.temperature = 1}), 20000), softmax(1, {0, 1, 2, 3, 4}));
  check_close(frequencies(Sampler({.temperature = 2}), 20000), softmax(2, {0, 1, 2, 3, 4}));
}

TEST_CASE("Sampler: top-k keeps the k largest, ties to the lower id") {
  check_close(frequencies(Sampler({.temperature = 1, .top_k = 1}), 2000), softmax(1, {3}));
  check_close(frequencies(Sampler({.temperature = 1, .top_k = 3}), 20000), softmax(1, {1, 3, 4}));
}

TEST_CASE("Sampler: top-p keeps the fewest ids that reach the probability") {
  check_close(frequencies(Sampler({.temperature = 1, .top_p = 0.35}), 2000), softmax(1, {3}));  // p(3) = 0.39
  check_close(frequencies(Sampler({.temperature = 1, .top_p = 0.7}), 20000), softmax(1, {3, 4}));
}

TEST_CASE("Sampler: temperature 0 takes the largest logit, the lower id of equal ones") {
  CHECK(Sampler({.temperature = 0}).sample(logits, {}) == 3);
}

TEST_CASE("Sampler: the draw is the largest of all exact scores, over many ids") {
  RandomStream random(4);
  for (const auto& [temperature, top_k] : std::vector<std::pair<double, index_t>>{
           {1.0, 0}, {0.3, 0}, {5.0, 0}, {1000.0, 0}, {1.0, 200}, {0.3, 200}, {5.0, 200}, {1000.0, 200}}) {
    for (const double spread : {0.0, 1.0, 40.0, 3000.0}) {
      std::vector<float> many(1031);
      for (float& logit : many) logit = static_cast<float>(spread * random.normal());
      std::vector<std::uint32_t> order(many.size());
      std::iota(order.begin(), order.end(), 0U);
      std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return many[a] > many[b]; });
      if (top_k > 0) order.resize(static_cast<std::size_t>(top_k));
      std::sort(order.begin(), order.end());
      Sampler sampler({.temperature = temperature, .top_k = top_k});
      for (std::uint64_t position = 0; position < 60; ++position) {
        const RandomAddress at{5, 2, position};
        token_t best = 0;
        double best_score = -1e300;
        for (const std::uint32_t id : order) {
          const double gumbel = -math::log(-math::log(uniform_of_bits(RandomItems{at}.bits(id))));
          const double score = math::fma(static_cast<double>(many[id]), 1 / temperature, gumbel);
          if (score > best_score) {
            best = static_cast<token_t>(id);
            best_score = score;
          }
        }
        REQUIRE(sampler.sample(many, at) == best);
      }
    }
  }
}

TEST_CASE("Sampler: a draw depends on its address alone") {
  Sampler a;
  Sampler b;
  for (std::uint64_t i = 0; i < 50; ++i) b.sample(logits, {9, 9, i});
  bool seed_matters = false;
  bool stream_matters = false;
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(a.sample(logits, {1, 2, i}) == b.sample(logits, {1, 2, i}));
    seed_matters |= a.sample(logits, {1, 2, i}) != a.sample(logits, {2, 2, i});
    stream_matters |= a.sample(logits, {1, 2, i}) != a.sample(logits, {1, 3, i});
  }
  CHECK(seed_matters);
  CHECK(stream_matters);
}

TEST_CASE("Sampler: options out of range are refused") {
  CHECK_THROWS_AS(Sampler({.temperature = -0.1}), value_error);
  CHECK_THROWS_AS(Sampler({.temperature = 1, .top_k = -1}), value_error);
  CHECK_THROWS_AS(Sampler({.temperature = 1, .top_k = 0, .top_p = 0}), value_error);
  Sampler sampler;
  CHECK_THROWS_AS(sampler.sample(std::vector<float>{}, {}), shape_error);
}

}  // namespace
