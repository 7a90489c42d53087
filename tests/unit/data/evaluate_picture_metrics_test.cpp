// SPDX-License-Identifier: MIT
#include "../../../examples/evaluate/picture_metrics.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;
using evaluate::PictureMetrics;

namespace {

const ClipSize size{3, 16, 16};

std::size_t at(index_t t, index_t y, index_t x) {
  return static_cast<std::size_t>(((t * 16 + y) * 16 + x) * 3);
}

/// Black but for the top left patch of every frame, which is 100.
std::vector<std::uint8_t> truth() {
  std::vector<std::uint8_t> frames(static_cast<std::size_t>(size.num_bytes()), 0);
  for (index_t t = 0; t < 3; ++t) {
    for (index_t y = 0; y < 8; ++y)
      std::fill_n(frames.begin() + static_cast<std::ptrdiff_t>(at(t, y, 0)), 24, 100);
  }
  return frames;
}

}  // namespace

TEST_CASE("picture metrics: PSNR of everything and of the patches that are not black") {
  std::vector<std::uint8_t> decoded = truth();
  PictureMetrics perfect;
  perfect.add(truth().data(), decoded.data(), size);
  REQUIRE(std::isinf(perfect.psnr()));
  REQUIRE(perfect.calm_share() == 1.0);
  for (index_t t = 0; t < 3; ++t) {
    for (index_t y = 0; y < 8; ++y) {
      for (index_t x = 0; x < 8; ++x) {
        for (std::size_t c = 0; c < 3; ++c) decoded[at(t, y, x) + c] = 110;
      }
    }
  }
  PictureMetrics metrics;
  metrics.add(truth().data(), decoded.data(), size);
  REQUIRE(metrics.object_psnr() == Approx(10 * std::log10(255.0 * 255.0 / 100.0)));
  REQUIRE(metrics.psnr() == Approx(10 * std::log10(255.0 * 255.0 / 25.0)));
  // clips are summed before the logarithm
  metrics.add(truth().data(), truth().data(), size);
  REQUIRE(metrics.psnr() == Approx(10 * std::log10(255.0 * 255.0 / 12.5)));
}

TEST_CASE("picture metrics: flicker counts changes above 8 where nothing is") {
  std::vector<std::uint8_t> decoded = truth();
  decoded[at(1, 0, 0)] = 255;      // in the object: not counted
  decoded[at(1, 12, 12) + 2] = 8;  // small enough, twice
  decoded[at(1, 12, 13) + 1] = 9;  // too much, forth and back
  PictureMetrics metrics;
  metrics.add(truth().data(), decoded.data(), size);
  REQUIRE(metrics.quiet_pixels() == 2 * 3 * 64);
  REQUIRE(metrics.calm_share() == Approx(1.0 - 2.0 / 384.0));
}

TEST_CASE("picture metrics: a patch is quiet only when black before, now and after") {
  std::vector<std::uint8_t> clip = truth();
  clip[at(2, 12, 12)] = 1;  // appears in the last frame
  PictureMetrics metrics;
  metrics.add(clip.data(), clip.data(), size);
  // the patch is not quiet at t = 1 (it fills at t = 2) nor at t = 2
  REQUIRE(metrics.quiet_pixels() == 2 * 2 * 64);
}

TEST_CASE("picture metrics: token stability is the share of equal tokens") {
  const std::vector<token_t> tokens{1, 2, 3, 4, 1, 2, 9, 4, 1, 7, 9, 4};
  REQUIRE(evaluate::token_stability(tokens, 4, 1) == Approx(6.0 / 8.0));
  REQUIRE(evaluate::token_stability(tokens, 4, 2) == Approx(2.0 / 4.0));
  REQUIRE_THROWS_AS(evaluate::token_stability(tokens, 5, 1), value_error);
}

TEST_CASE("picture metrics: refuses frames that are no whole patches") {
  const std::vector<std::uint8_t> frames(9 * 16 * 3);
  REQUIRE_THROWS_AS(PictureMetrics().add(frames.data(), frames.data(), {1, 9, 16}), value_error);
}
