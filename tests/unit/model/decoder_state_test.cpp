// SPDX-License-Identifier: MIT
#include "flashvideo/model/decoder_state.hpp"

#include "unit/model/small_run.hpp"

using namespace flashvideo;
using test::random_tokens;
using test::SmallDecoder;

namespace {

template <typename Policy>
void check_continued() {
  SmallDecoder<Policy, float> run;
  const std::vector<token_t> tokens = random_tokens(40, 1);
  const std::span<const token_t> all(tokens);
  auto state = run.start();
  CHECK(state.position() == 0);
  run.absorb({{&state, all.first(23), 0}});
  CHECK(state.position() == 23);

  auto fork = state.clone(run.cpu);
  CHECK(fork.position() == 23);
  // a state that was written down and read back into a new one
  auto restored = run.start();
  for (std::size_t l = 0; l < state.layers().size(); ++l) {
    std::vector<float> host(static_cast<std::size_t>(state.layers()[l].size()));
    state.layers()[l].save(run.cpu, host);
    restored.layers()[l].restore(run.cpu, host, state.layers()[l].position);
  }

  const auto expected = run.absorb({{&state, all.subspan(23), 17}});
  const auto expected_state = test::saved<float>(state, run.cpu);
  CHECK(fork.position() == 23);  // the original moved on alone
  CHECK(run.absorb({{&fork, all.subspan(23), 17}}) == expected);
  CHECK(test::saved<float>(fork, run.cpu) == expected_state);
  CHECK(run.absorb({{&restored, all.subspan(23), 17}}) == expected);
  CHECK(test::saved<float>(restored, run.cpu) == expected_state);

  auto other = run.start();
  run.absorb({{&other, all.subspan(1, 23), 0}});
  CHECK(run.absorb({{&other, all.subspan(23), 17}}) != expected);
}

}  // namespace

TEST_CASE("DecoderState: forked, or saved and restored, it goes on with the same bits") {
  check_continued<FlashVideoPolicy>();
  check_continued<TransformerPolicy>();
}

TEST_CASE("DecoderState: one layer's state for each layer, and none stands at position 0") {
  SmallDecoder<FlashVideoPolicy, float> run;
  CHECK(run.start().layers().size() == 2);
  CHECK(SmallDecoder<FlashVideoPolicy, float>::State().position() == 0);
}
