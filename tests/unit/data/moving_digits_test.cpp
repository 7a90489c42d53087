// SPDX-License-Identifier: MIT
#include "flashvideo/data/moving_digits.hpp"

#include <set>

#include "support/catch.hpp"

using namespace flashvideo;

static_assert(ClipSource<MovingDigits>);

namespace {

/// Ten images; image d has d + 5 full rows of ink, and the label d.
MovingDigits::Digits bars() {
  MovingDigits::Digits digits;
  digits.images.extents = {10, 28, 28};
  digits.labels.extents = {10};
  for (int d = 0; d < 10; ++d) {
    digits.labels.values.push_back(static_cast<std::uint8_t>(d));
    for (int i = 0; i < 28 * 28; ++i) {
      const int y = i / 28, x = i % 28;
      digits.images.values.push_back(y >= 4 && y < 9 + d && x >= 4 && x < 24 ? 255 : 0);
    }
  }
  return digits;
}

}  // namespace

TEST_CASE("MovingDigits: the same seed and number give the same bytes") {
  const MovingDigits a(bars(), {.seed = 1}), b(bars(), {.seed = 1}), c(bars(), {.seed = 2});
  for (const index_t i : {0, 5, 99999}) {
    REQUIRE(a.clip(i).frames == b.clip(i).frames);
    REQUIRE(a.clip(i).frames != c.clip(i).frames);
    REQUIRE(static_cast<index_t>(a.clip(i).frames.size()) == a.clip_size().num_bytes());
  }
}

TEST_CASE("MovingDigits: the picture shows the caption's digit in its colour") {
  const MovingDigits digits(bars());
  std::set<std::string> captions;
  for (index_t i = 0; i < 60; ++i) {
    const Clip clip = digits.clip(i);
    captions.insert(clip.caption);
    const std::size_t space = clip.caption.find(' ', 2);
    const std::string colour = clip.caption.substr(2, space - 2);
    const int label = clip.caption[space + 1] - '0';
    // bars are 20 wide and label + 5 high; the longer side is scaled, so the aspect tells the digit
    index_t left = 64, right = -1, top = 64, bottom = -1;
    Rgb brightest;
    for (index_t y = 0; y < 64; ++y) {
      for (index_t x = 0; x < 64; ++x) {
        const std::uint8_t* p = clip.frame(3) + (y * 64 + x) * 3;
        if (p[0] + p[1] + p[2] > brightest.red + brightest.green + brightest.blue)
          brightest = {p[0], p[1], p[2]};
        if (p[0] + p[1] + p[2] < 180) continue;
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
    }
    CAPTURE(clip.caption);
    const double aspect = static_cast<double>(bottom - top + 1) / static_cast<double>(right - left + 1);
    REQUIRE(aspect == Approx((label + 5) / 20.0).margin(0.09));
    bool named = false;
    for (index_t c = 0; c < num_sprite_colours; ++c) {
      const SpriteColour candidate = static_cast<SpriteColour>(c);
      named = named || (name_of(candidate) == colour && rgb_of(candidate) == brightest);
    }
    REQUIRE(named);
  }
  REQUIRE(captions.size() > 40);
}

TEST_CASE("MovingDigits: refuses images and labels that do not belong together") {
  MovingDigits::Digits digits = bars();
  digits.labels.values.pop_back();
  digits.labels.extents = {9};
  REQUIRE_THROWS_AS(MovingDigits(digits), shape_error);
  digits = bars();
  digits.labels.values[3] = 12;
  REQUIRE_THROWS_WITH(MovingDigits(digits), Catch::Contains("label 3 is 12"));
  digits = bars();
  digits.images.extents = {280, 28};
  REQUIRE_THROWS_AS(MovingDigits(digits), shape_error);
}

TEST_CASE("MovingDigits: a caption is told without its clip, the fingerprint follows seed and digits") {
  const MovingDigits digits(bars(), {.seed = 3});
  for (index_t i = 0; i < 50; ++i) REQUIRE(digits.caption(i) == digits.clip(i).caption);
  CHECK(digits.fingerprint() == MovingDigits(bars(), {.seed = 3}).fingerprint());
  CHECK(digits.fingerprint() != MovingDigits(bars(), {.seed = 4}).fingerprint());
  MovingDigits::Digits others = bars();
  others.images.values[100] ^= 1;
  CHECK(digits.fingerprint() != MovingDigits(others, {.seed = 3}).fingerprint());
  others = bars();
  others.labels.values[0] = 1;
  CHECK(digits.fingerprint() != MovingDigits(others, {.seed = 3}).fingerprint());
}
