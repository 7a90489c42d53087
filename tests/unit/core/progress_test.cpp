// SPDX-License-Identifier: MIT
#include "flashvideo/core/progress.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("Progress: the share and the time left follow from done, total and rate") {
  const Progress half{"training", 50, 200, "steps", 10.0};
  CHECK(half.fraction() == 0.25);
  CHECK(half.seconds_left() == 15.0);
}

TEST_CASE("Progress: an unknown total or rate gives no time left") {
  CHECK(Progress{"reading", 5}.fraction() == 0.0);
  CHECK(Progress{"reading", 5}.seconds_left() < 0.0);
  CHECK(Progress{"reading", 5, 10}.seconds_left() < 0.0);
}

TEST_CASE("report: calls the hook, and does nothing without one") {
  index_t seen = -1;
  report([&](const Progress& progress) { seen = progress.done; }, {"x", 7, 9});
  CHECK(seen == 7);
  report(ProgressHook(), {"x", 8, 9});
  CHECK(seen == 7);
}
