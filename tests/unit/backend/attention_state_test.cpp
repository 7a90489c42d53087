// SPDX-License-Identifier: MIT
#include "flashvideo/backend/attention_state.hpp"

#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {
AttentionState<float, Cpu> three_rows(const Cpu& cpu) {
  AttentionState<float, Cpu> state(cpu, 2, 3);
  state.reserve(cpu, 3);
  for (index_t n = 0; n < 3; ++n) {
    for (index_t c = 0; c < 2; ++c) state.keys()(n, c) = static_cast<float>(10 * n + c);
    for (index_t c = 0; c < 3; ++c) state.values()(n, c) = static_cast<float>(100 * n + c);
  }
  state.position = 3;
  return state;
}
}  // namespace

TEST_CASE("AttentionState: growing keeps the rows") {
  const Cpu cpu(1);
  auto state = three_rows(cpu);
  state.reserve(cpu, 1000);
  CHECK(state.keys().extent(0) >= 1000);
  CHECK(state.keys()(2, 1) == 21.0F);
  CHECK(state.values()(2, 2) == 202.0F);
  CHECK(state.position == 3);
}

TEST_CASE("AttentionState: saved, restored and cloned rows are the same rows") {
  const Cpu cpu(1);
  auto state = three_rows(cpu);
  std::vector<float> host(static_cast<std::size_t>(state.size()));
  REQUIRE(host.size() == 15);
  state.save(cpu, host);
  AttentionState<float, Cpu> restored(cpu, 2, 3);
  restored.restore(cpu, host, 3);
  auto fork = restored.clone(cpu);
  restored.keys()(1, 1) = -1;
  CHECK(fork.position == 3);
  CHECK(fork.keys()(1, 1) == 11.0F);
  CHECK(fork.values()(1, 2) == 102.0F);
}

TEST_CASE("AttentionState: wrong extents are named") {
  const Cpu cpu(1);
  auto state = three_rows(cpu);
  std::vector<float> host;
  host.reserve(64);
  host.resize(14);
  CHECK_THROWS_WITH(state.save(cpu, host), "AttentionState::save: 14 elements on the host, expected 15");
  CHECK_THROWS_AS(state.restore(cpu, host, 3), shape_error);
  const AttentionState<float, Cpu> other(cpu, 3, 2);
  CHECK_THROWS_AS(state.copy_from(cpu, other), shape_error);
}
