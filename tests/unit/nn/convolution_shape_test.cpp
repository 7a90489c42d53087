// SPDX-License-Identifier: MIT
#include "flashvideo/nn/convolution_shape.hpp"

#include "flashvideo/nn/conv2d.hpp"
#include "flashvideo/nn/conv_transpose2d.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("ConvolutionShape: both directions refuse the same windows, each in its name") {
  ParameterLayout layout;
  const ConvolutionShape wrong{.kernel = 2, .stride = 1, .padding = 2};
  CHECK_THROWS_WITH(
      (Conv2d<float>(layout, "a", 1, 1, wrong)),
      "Conv2d: kernel 2, stride 1, padding 2, expected kernel, stride >= 1 and 0 <= padding < kernel");
  CHECK_THROWS_WITH(
      (ConvTranspose2d<float>(layout, "b", 1, 1, wrong)),
      "ConvTranspose2d: kernel 2, stride 1, padding 2, expected kernel, stride >= 1 and 0 <= padding "
      "< kernel");
}

TEST_CASE("ConvolutionShape: parameters of both are named alike, and no bias is none") {
  ParameterLayout layout;
  const Conv2d<float> conv(layout, "conv", 3, 5, {.kernel = 2});
  const ConvTranspose2d<float> up(layout, "up", 5, 3, {.kernel = 2, .stride = 2, .bias = false});
  CHECK(conv.weight().shape == Shape<4>{5, 2, 2, 3});
  CHECK(conv.bias().shape == Shape<1>{5});
  CHECK(up.weight().shape == Shape<4>{2, 2, 3, 5});
  CHECK(up.shape().stride == 2);
  REQUIRE(layout.entries().size() == 3);
  CHECK(layout.entries()[1].name == "conv.bias");
  CHECK(layout.entries()[2].name == "up.weight");
}
