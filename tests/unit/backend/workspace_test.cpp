// SPDX-License-Identifier: MIT
#include "flashvideo/backend/workspace.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Workspace: tensors do not overlap and are aligned to 64 bytes") {
  Workspace<Cpu> workspace((Cpu(1)));
  std::vector<TensorView<float, 2>> taken;
  for (index_t i = 0; i < 40; ++i) {
    taken.push_back(workspace.take<float>(Shape<2>{i % 7, 1 + 3000 * (i % 5)}));
    const auto& x = taken.back();
    REQUIRE(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0);
    REQUIRE(x.dense());
    std::fill_n(x.data(), x.size(), static_cast<float>(i));
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    for (index_t j = 0; j < taken[i].size(); ++j) REQUIRE(taken[i].data()[j] == static_cast<float>(i));
  }
}

TEST_CASE("Workspace: after a release the same memory is given again") {
  Workspace<Cpu> workspace((Cpu(1)));
  workspace.take<float>(Shape<1>{10});
  const auto mark = workspace.mark();
  std::vector<double*> first;
  for (int turn = 0; turn < 5; ++turn) {
    std::vector<double*> places;
    for (const index_t n : {100, 1 << 18, 7, 1 << 19})
      places.push_back(workspace.take<double>(Shape<1>{n}).data());
    if (turn == 0) first = places;
    REQUIRE(places == first);
    workspace.release(mark);
  }
  workspace.release();
  const auto x = workspace.take<float>(Shape<1>{3});
  REQUIRE(static_cast<void*>(x.data()) < static_cast<void*>(first[0]));
}
