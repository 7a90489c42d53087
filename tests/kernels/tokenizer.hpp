// SPDX-License-Identifier: MIT
#pragma once
// The image tokenizer: tokens and pictures.
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"
#include "kernels/run.hpp"
#include "support/small_tokenizer.hpp"

namespace kernels {

template <typename Backend>
void check_image_tokenizer(const Backend& backend, const EncoderShape& encoder) {
  VqVaeConfiguration config = test::small_config();
  config.encoder = encoder;
  const VqVae<> model(config);
  const auto values = test::random_values(model.layout());
  const VqVaeTokenizer<Cpu> expected(Cpu(2), model, values);
  const VqVaeTokenizer<Backend> tokenizer(backend, model, values);
  const auto images = test::random_images(3, config);
  const auto tokens = expected.encode(images);
  CHECK(tokenizer.encode(images) == tokens);
  const auto wanted = expected.decode_bytes(tokens);
  const auto bytes = tokenizer.decode_bytes(tokens);
  REQUIRE(bytes.size() == wanted.size());
  int worst = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) worst = std::max(worst, std::abs(bytes[i] - wanted[i]));
  CHECK(worst <= 1);
  const auto back = tokenizer.host_values();
  REQUIRE(back.size() == values.size());
  for (const auto& entry : model.layout().entries()) {  // between the parameters lies nothing
    const auto begin = static_cast<std::ptrdiff_t>(entry.offset),
               end = begin + static_cast<std::ptrdiff_t>(entry.size);
    CHECK(std::equal(back.begin() + begin, back.begin() + end, values.begin() + begin));
  }
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("VqVaeTokenizer: tokens and pictures equal Cpu's", "", TestBackends) {
  using flashvideo::EncoderShape;
  kernels::check_image_tokenizer(test_backend<TestType>(), EncoderShape::local());
  kernels::check_image_tokenizer(test_backend<TestType>(), EncoderShape::overlapping());
}
