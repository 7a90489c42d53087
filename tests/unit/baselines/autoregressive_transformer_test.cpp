// SPDX-License-Identifier: MIT
#include "baselines/autoregressive_transformer.hpp"

#include <cmath>

#include "baselines/windowed_transformer.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;

static_assert(AutoregressiveForm<NoCache<Cpu>> && AutoregressiveForm<PreallocatedCache<Cpu>> &&
              AutoregressiveForm<ConcatenatedCache<Cpu>> && AutoregressiveForm<Windowed<Cpu>>);

namespace {

constexpr index_t outputs = 13;

/// A small transformer with random weights.
struct Small {
  Cpu cpu{2};
  Transformer<Cpu> decoder{sizes()};
  std::vector<float> values = initial_values<float>(decoder.layout(), 3);
  PackedParameters<Cpu> packed{cpu, decoder.layout(), values};

  static DecoderConfiguration sizes() {
    DecoderConfiguration c;
    c.vocabulary = 17;
    c.first_output = 4;
    c.outputs = outputs;
    c.d_model = 24;
    c.d_value = 40;
    c.d_feed_forward = 20;
    c.num_layers = 2;
    c.num_heads = 2;
    return c;
  }
  std::vector<token_t> tokens(index_t count) const {
    RandomStream random(7);
    std::vector<token_t> drawn;
    for (index_t n = 0; n < count; ++n) drawn.push_back(static_cast<token_t>(random.below(17)));
    return drawn;
  }
};

template <typename Form>
std::vector<float> after(Form& form, std::span<const token_t> tokens) {
  std::vector<float> logits(outputs, NAN);
  form.absorb(tokens, {logits.data(), {1, outputs}});
  return logits;
}

/// Logits after each token, tokens one by one after a bulk of `known`.
template <typename Form>
std::vector<std::vector<float>> one_by_one(Form form, std::span<const token_t> tokens, std::size_t known) {
  std::vector<std::vector<float>> all{after(form, tokens.first(known))};
  for (std::size_t n = known; n < tokens.size(); ++n) all.push_back(after(form, tokens.subspan(n, 1)));
  CHECK(form.position() == static_cast<index_t>(tokens.size()));
  return all;
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(d <= largest)) largest = std::isnan(d) ? INFINITY : d;
  }
  return largest;
}

}  // namespace

TEST_CASE("baselines: the transformer's forms give the same logits") {
  const Small small;
  const auto tokens = small.tokens(83);
  for (const std::size_t known : {1, 2, 17, 70}) {
    CAPTURE(known);
    const auto expected =
        one_by_one(PreallocatedCache<Cpu>(small.cpu, small.decoder, small.packed.view(), 83), tokens, known);
    CHECK(one_by_one(ConcatenatedCache<Cpu>(small.cpu, small.decoder, small.packed.view()), tokens, known) ==
          expected);
    CHECK(one_by_one(Windowed<Cpu>(small.cpu, small.decoder, small.packed.view(), 83, 5), tokens, known) ==
          expected);
    const auto again =
        one_by_one(NoCache<Cpu>(small.cpu, small.decoder, ParameterView<const float>(small.values.data())),
                   tokens, known);
    REQUIRE(again.size() == expected.size());
    for (std::size_t n = 0; n < again.size(); ++n) CHECK(difference(again[n], expected[n]) < 2e-5);
  }
}

TEST_CASE("baselines: a window that slides is a fresh transformer on the tokens that it keeps") {
  const Small small;
  const auto tokens = small.tokens(60);
  for (const auto& [window, slice] :
       std::vector<std::pair<index_t, index_t>>{{16, 4}, {9, 9}, {7, 1}, {10, 3}}) {
    CAPTURE(window, slice);
    Windowed<Cpu> form(small.cpu, small.decoder, small.packed.view(), window, slice);
    Windowed<Cpu> bulk(small.cpu, small.decoder, small.packed.view(), window, slice);
    index_t start = 0;  // of the window
    for (index_t n = 0; n < 60; ++n) {
      if (n - start == window) start += slice;
      const auto seen =
          std::span(tokens).subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(n + 1 - start));
      PreallocatedCache<Cpu> fresh(small.cpu, small.decoder, small.packed.view(), window);
      CHECK(after(form, std::span(tokens).subspan(static_cast<std::size_t>(n), 1)) == after(fresh, seen));
      CHECK(std::equal(form.seen().begin(), form.seen().end(), seen.begin(), seen.end()));
    }
    CHECK(form.position() == 60);
    Windowed<Cpu> steps(small.cpu, small.decoder, small.packed.view(), window, slice);
    std::vector<float> last;
    for (const token_t token : tokens) last = after(steps, std::span(&token, 1));
    CHECK(after(bulk, tokens) == last);
  }
}

TEST_CASE("baselines: what the transformer's caches hold") {
  const Small small;
  const auto tokens = small.tokens(100);
  const index_t row = 2 * (24 + 40) * 4;  // layers, keys and values, bytes
  PreallocatedCache<Cpu> whole(small.cpu, small.decoder, small.packed.view(), 200);
  CHECK(whole.cache_bytes() == 200 * row);
  after(whole, tokens);
  CHECK(whole.cache_bytes() == 200 * row);
  ConcatenatedCache<Cpu> growing(small.cpu, small.decoder, small.packed.view());
  after(growing, tokens);
  CHECK(growing.cache_bytes() == 100 * row);
  after(growing, std::span(tokens).first(1));
  CHECK(growing.cache_bytes() == 101 * row);
  Windowed<Cpu> window(small.cpu, small.decoder, small.packed.view(), 70, 10);
  after(window, tokens);
  CHECK(window.cache_bytes() == 70 * row);

  CHECK_THROWS_AS(after(whole, std::vector<token_t>(101, 1)), value_error);
  whole.restart();
  PreallocatedCache<Cpu> fresh(small.cpu, small.decoder, small.packed.view(), 200);
  CHECK(after(whole, tokens) == after(fresh, tokens));
  whole.assume(199);
  CHECK(whole.position() == 199);
  CHECK(difference(after(whole, std::span(tokens).first(1)), std::vector<float>(outputs, 0)) < 100);
  CHECK_THROWS_AS(Windowed<Cpu>(small.cpu, small.decoder, small.packed.view(), 4, 5), value_error);
  NoCache<Cpu> none(small.cpu, small.decoder, ParameterView<const float>(small.values.data()));
  CHECK_THROWS_AS(after(none, {}), value_error);
  CHECK_THROWS_AS(after(growing, {}), value_error);
  CHECK_THROWS_AS(after(window, {}), value_error);
}

TEST_CASE("baselines: sequences side by side have the logits that they have alone") {
  const Small small;
  const auto tokens = small.tokens(3 * 300);
  const auto check = [&](auto together, const auto& make_alone, double tolerance) {
    CHECK(together.batch() == 3);
    std::vector<decltype(make_alone())> alone;
    for (int b = 0; b < 3; ++b) alone.push_back(make_alone());
    index_t before = 0;
    for (const index_t count : {7, 1, 270, 20, 1}) {
      std::vector<token_t> part;
      for (index_t b = 0; b < 3; ++b) {
        for (index_t n = 0; n < count; ++n)
          part.push_back(tokens[static_cast<std::size_t>(b * 300 + before + n)]);
      }
      before += count;
      std::vector<float> logits(3 * outputs, NAN);
      together.absorb(part, {logits.data(), {3, outputs}});
      CHECK(together.position() == before);
      for (std::size_t b = 0; b < 3; ++b) {
        const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(b * outputs);
        const auto own =
            std::span(part).subspan(b * static_cast<std::size_t>(count), static_cast<std::size_t>(count));
        CHECK(difference(after(alone[b], own), {begin, begin + outputs}) <= tolerance);
      }
    }
    CHECK_THROWS_AS(together.absorb(std::span(tokens).first(4), {}), value_error);
  };
  const auto packed = small.packed.view();
  const ParameterView<const float> values(small.values.data());
  check(
      PreallocatedCache<Cpu>(small.cpu, small.decoder, packed, 300, 3),
      [&] { return PreallocatedCache<Cpu>(small.cpu, small.decoder, packed, 300); }, 0);
  check(
      ConcatenatedCache<Cpu>(small.cpu, small.decoder, packed, 3),
      [&] { return ConcatenatedCache<Cpu>(small.cpu, small.decoder, packed); }, 0);
  check(
      Windowed<Cpu>(small.cpu, small.decoder, packed, 12, 5, 3),
      [&] { return Windowed<Cpu>(small.cpu, small.decoder, packed, 12, 5); }, 0);
  check(
      NoCache<Cpu>(small.cpu, small.decoder, values, 3),
      [&] { return NoCache<Cpu>(small.cpu, small.decoder, values); }, 2e-5);
  PreallocatedCache<Cpu> cache(small.cpu, small.decoder, packed, 100, 3);
  CHECK(cache.cache_bytes() == 3 * 100 * 2 * (24 + 40) * 4);
  CHECK_THROWS_AS(NoCache<Cpu>(small.cpu, small.decoder, values, 0), value_error);
}
