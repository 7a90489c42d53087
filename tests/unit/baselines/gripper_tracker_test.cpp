// SPDX-License-Identifier: MIT
#include "prediction/gripper_tracker.hpp"

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using namespace prediction;

namespace {

/// An orange square of 10 px at a place in [0, 1]^2, over noise.
Image arm_at(const GripperPlace& place, std::uint64_t seed) {
  Image picture(64, 64);
  RandomStream random(seed, 3);
  for (std::uint8_t& byte : picture.bytes()) byte = static_cast<std::uint8_t>(random.below(60));
  const auto x = static_cast<index_t>(place[1] * 53), y = static_cast<index_t>(place[0] * 53);
  for (index_t dy = 0; dy < 10; ++dy) {
    for (index_t dx = 0; dx < 10; ++dx) picture.set(y + dy, x + dx, {240, 100, 10});
  }
  return picture;
}

}  // namespace

TEST_CASE("GripperTracker: finds the arm in pictures that it has not seen") {
  std::vector<Image> pictures;
  std::vector<GripperPlace> places;
  RandomStream random(7, 1);
  for (std::uint64_t i = 0; i < 300; ++i) {
    places.push_back({random.uniform(), random.uniform()});
    pictures.push_back(arm_at(places.back(), i));
  }
  const GripperTracker tracker(pictures, places);
  double squares = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const GripperPlace truth = {random.uniform(), random.uniform()};
    const GripperPlace found = tracker.place(arm_at(truth, 1000 + i));
    for (std::size_t axis = 0; axis < 2; ++axis) {
      CHECK(std::abs(found[axis] - truth[axis]) < 0.2);
      squares += (found[axis] - truth[axis]) * (found[axis] - truth[axis]);
    }
  }
  CHECK(std::sqrt(squares / 80) < 0.04);
  CHECK_THROWS_AS(tracker.place(Image(32, 64)), value_error);
  CHECK_THROWS_AS(GripperTracker(pictures, {places[0]}), value_error);
}

TEST_CASE("GripperTracker: the caption names the longer component") {
  CHECK(gripper_caption({0, 0}, {0.2, -0.1}) == "a robot arm moves to the front");
  CHECK(gripper_caption({0.2, 0}, {0, 0.1}) == "a robot arm moves to the back");
  CHECK(gripper_caption({0, 0}, {0.1, 0.2}) == "a robot arm moves to the right");
  CHECK(gripper_caption({0, 0.3}, {0.1, 0}) == "a robot arm moves to the left");
}
