// SPDX-License-Identifier: MIT
#include "flashvideo/backend/retention_state.hpp"

#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("RetentionState: saving and restoring gives the same memory and position") {
  const Cpu cpu(1);
  RetentionState<float, Cpu> state(cpu, 2, 3, 5);
  CHECK(state.position == 0);
  REQUIRE(state.size() == 30);
  std::vector<float> host(30);
  for (std::size_t i = 0; i < 30; ++i) host[i] = static_cast<float>(i);
  state.restore(cpu, host, 17);
  CHECK(state.position == 17);
  CHECK(state.memory()(1, 2, 4) == 29.0F);
  std::vector<float> saved(30);
  state.save(cpu, saved);
  CHECK(saved == host);
}

TEST_CASE("RetentionState: a clone continues on its own") {
  const Cpu cpu(1);
  RetentionState<double, Cpu> state(cpu, 1, 2, 2);
  state.memory()(0, 1, 1) = 3;
  state.position = 4;
  auto fork = state.clone(cpu);
  state.memory()(0, 1, 1) = 5;
  state.position = 6;
  CHECK(fork.memory()(0, 1, 1) == 3);
  CHECK(fork.position == 4);
  fork.copy_from(cpu, state);
  CHECK(fork.memory()(0, 1, 1) == 5);
  CHECK(fork.position == 6);
}

TEST_CASE("RetentionState: wrong extents are named") {
  const Cpu cpu(1);
  RetentionState<float, Cpu> state(cpu, 2, 3, 5);
  std::vector<float> host;
  host.reserve(64);
  host.resize(29);
  CHECK_THROWS_WITH(state.save(cpu, host), "RetentionState::save: 29 elements on the host, expected 30");
  CHECK_THROWS_AS(state.restore(cpu, host, 0), shape_error);
  host.resize(30);
  CHECK_THROWS_AS(state.restore(cpu, host, -1), value_error);
  const RetentionState<float, Cpu> other(cpu, 2, 5, 3);
  CHECK_THROWS_AS(state.copy_from(cpu, other), shape_error);
}
