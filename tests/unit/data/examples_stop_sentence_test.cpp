// SPDX-License-Identifier: MIT
#include "../../../examples/generate/stop_sentence.hpp"

#include "support/catch.hpp"

using flashvideo::index_t;

TEST_CASE("stop sentence: says what is there of every video") {
  const auto sentence = [](const std::vector<index_t>& written) {
    return example::stop_sentence(written, 17);
  };
  CHECK(sentence({0}) == "stopped before a frame was complete; nothing was written");
  CHECK(sentence({0, 0, 0}) == "stopped before a frame was complete; nothing was written");
  CHECK(sentence({5}) == "stopped after 5 of 17 frames, which were written");
  CHECK(sentence({17, 17, 3, 0, 16, 0}) ==
        "stopped: of 6 videos whole are 2, 0002 has 3 of 17 frames, 0004 has 16 of 17 frames, not written 2");
  CHECK(sentence({17, 0}) == "stopped: of 2 videos whole are 1, not written 1");
  CHECK(sentence({17, 4}) == "stopped: of 2 videos whole are 1, 0001 has 4 of 17 frames");
}
