// SPDX-License-Identifier: MIT
#include "../../../examples/generate/best_samples.hpp"

#include "support/catch.hpp"

TEST_CASE("best samples: of each prompt's samples the one of the largest effect, of equals the first") {
  example::BestSamples best(3);
  const auto frames = [](std::uint8_t grey) {
    return std::vector<flashvideo::Image>{flashvideo::Image(1, 1, {grey, grey, grey})};
  };
  CHECK_FALSE(best.add({10, -3, frames(1)}));
  CHECK_FALSE(best.add({11, -1, frames(2)}));
  const auto first = best.add({12, -1, frames(3)});
  REQUIRE(first);
  CHECK(first->seed == 11);
  CHECK(first->frames == frames(2));
  CHECK_FALSE(best.add({10, -9, frames(4)}));  // the next prompt begins anew
  CHECK_FALSE(best.add({11, -8, frames(5)}));
  const auto second = best.add({12, -7.125, frames(6)});
  REQUIRE(second);
  CHECK(second->seed == 12);
  CHECK(second->frames == frames(6));
  CHECK(example::best_sentence("", *second, 3) ==
        "seed 12 is the best of 3: the text makes it e^-7.12 times as probable\n");
  CHECK(example::best_sentence("0001", *first, 3) ==
        "0001: seed 11 is the best of 3: the text makes it e^-1.00 times as probable\n");
  CHECK(example::best_stop_sentence(1, 4, 3) ==
        "stopped: of 4 prompts 1 are written, each as the best of all its 3 samples");
}
