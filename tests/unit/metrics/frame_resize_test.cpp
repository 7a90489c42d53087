// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/frame_resize.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("LinearTaps: PyTorch's and TensorFlow's places") {
  const LinearTaps half(4, 8, PixelCentres::half_pixel);  // F.interpolate of 0 1 2 3 to 8
  const float expected[] = {0, 0.25F, 0.75F, 1.25F, 1.75F, 2.25F, 2.75F, 3};
  for (std::size_t i = 0; i < 8; ++i) {
    const float value = (1 - half.weight[i]) * static_cast<float>(half.first[i]) +
                        half.weight[i] * static_cast<float>(half.second[i]);
    CHECK(value == expected[i]);
  }
  const LinearTaps corner(4, 8, PixelCentres::corner);
  const float steps[] = {0, 0.5F, 1, 1.5F, 2, 2.5F, 3, 3};
  for (std::size_t i = 0; i < 8; ++i) {
    const float value = (1 - corner.weight[i]) * static_cast<float>(corner.first[i]) +
                        corner.weight[i] * static_cast<float>(corner.second[i]);
    CHECK(value == steps[i]);
  }
  CHECK_THROWS_AS(LinearTaps(0, 3, PixelCentres::corner), value_error);
}

TEST_CASE("fit_frame: the same size stays, squashing and cropping keep what they should") {
  std::vector<std::uint8_t> frame(2 * 4 * 3);
  for (std::size_t i = 0; i < frame.size(); ++i)
    frame[i] = static_cast<std::uint8_t>(i / 3 % 4 * 10);  // columns 0 10 20 30
  std::vector<float> same(24), square(12), squashed(12);
  fit_frame(frame, 2, 4, FrameFit::centre_crop, PixelCentres::half_pixel, 2, 1, same, 2, 4);
  for (std::size_t i = 0; i < 24; ++i) CHECK(same[i] == static_cast<float>(frame[i]) * 2 + 1);
  fit_frame(frame, 2, 4, FrameFit::centre_crop, PixelCentres::half_pixel, 1, 0, square, 2, 2);
  CHECK(square[0] == 10);
  CHECK(square[3] == 20);
  fit_frame(frame, 2, 4, FrameFit::squash, PixelCentres::half_pixel, 1, 0, squashed, 2, 2);
  CHECK(squashed[0] == 5);
  CHECK(squashed[3] == 25);
  CHECK_THROWS_AS(fit_frame(frame, 2, 3, FrameFit::squash, PixelCentres::half_pixel, 1, 0, squashed, 2, 2),
                  shape_error);
}

TEST_CASE("fit_frame: the longer side is rounded up before the middle is taken") {
  const std::vector<std::uint8_t> frame(48 * 80 * 3, 77);
  std::vector<float> out(224 * 224 * 3, -1);
  fit_frame(frame, 48, 80, FrameFit::centre_crop, PixelCentres::half_pixel, 1, 0, out, 224,
            224);  // 224 x 374 in between
  for (const float value : out) REQUIRE(value == Approx(77));
  std::vector<std::uint8_t> ramp(frame.size());
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::uint8_t>(i / 3 % 80);
  fit_frame(ramp, 48, 80, FrameFit::centre_crop, PixelCentres::half_pixel, 1, 0, out, 224, 224);
  CHECK(out[0] == Approx(75.5 * 80 / 374 - 0.5).epsilon(1e-5));  // 75 of 374 columns lie before it
}

TEST_CASE("append_fitted: what fit_frame gives, to the nearest byte") {
  std::vector<std::uint8_t> rgb(6 * 8 * 3);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>(i * 37 % 256);
  std::vector<float> fitted(4 * 4 * 3);
  fit_frame(rgb, 6, 8, FrameFit::centre_crop, PixelCentres::half_pixel, 1, 0, fitted, 4, 4);
  std::vector<std::uint8_t> bytes = {9};
  append_fitted(rgb, 6, 8, FrameFit::centre_crop, 4, 4, bytes);
  REQUIRE(bytes.size() == 1 + fitted.size());
  CHECK(bytes[0] == 9);
  for (std::size_t i = 0; i < fitted.size(); ++i)
    CHECK(static_cast<long>(bytes[i + 1]) == std::lround(fitted[i]));
}

TEST_CASE("append_fitted: crops are spread along the longer side, borders included") {
  std::vector<std::uint8_t> rgb;  // 2 x 6, every pixel its column
  for (int i = 0; i < 12; ++i) rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(i % 6));
  const auto first_column = [&](const CropPlace& place) {
    std::vector<std::uint8_t> out;
    append_fitted(rgb, 2, 6, FrameFit::centre_crop, 2, 2, out, place);
    return static_cast<int>(out[0]);
  };
  CHECK(first_column({}) == 2);
  CHECK(first_column({0, 3}) == 0);
  CHECK(first_column({1, 3}) == 2);
  CHECK(first_column({2, 3}) == 4);
  CHECK(first_column({1, 2}) == 4);
}
