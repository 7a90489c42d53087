// SPDX-License-Identifier: MIT
#pragma once
// The image tokenizer: tokens and pictures.
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"
#include "kernels/run.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/small_tokenizer.hpp"

namespace kernels {

/// Pictures at most one level away from Cpu's.
template <typename Tokenizer, typename Expected>
void check_pictures(const Tokenizer& tokenizer, const Expected& expected,
                    const std::vector<token_t>& tokens) {
  const auto wanted = expected.decode_bytes(tokens);
  const auto bytes = tokenizer.decode_bytes(tokens);
  REQUIRE(bytes.size() == wanted.size());
  int worst = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) worst = std::max(worst, std::abs(bytes[i] - wanted[i]));
  CHECK(worst <= 1);
}

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
  check_pictures(tokenizer, expected, tokens);
  const auto back = tokenizer.host_values();
  REQUIRE(back.size() == values.size());
  for (const auto& entry : model.layout().entries()) {  // between the parameters lies nothing
    const auto begin = static_cast<std::ptrdiff_t>(entry.offset),
               end = begin + static_cast<std::ptrdiff_t>(entry.size);
    CHECK(std::equal(back.begin() + begin, back.begin() + end, values.begin() + begin));
  }
}

template <typename Backend>
void check_hvq_vae_tokenizer(const Backend& backend, const HvqVaeConfiguration& configuration) {
  const HvqVaeTokenizer<Cpu> expected(Cpu(2), configuration, test::HashedParameters{});
  const HvqVaeTokenizer<Backend> tokenizer(backend, configuration, test::HashedParameters{});
  VqVaeConfiguration sizes;
  sizes.image_height = configuration.image_height;
  sizes.image_width = configuration.image_width;
  const auto images = test::random_images(3, sizes);
  const auto tokens = expected.encode(images);
  CHECK(tokenizer.encode(images) == tokens);
  check_pictures(tokenizer, expected, tokens);
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("VqVaeTokenizer: tokens and pictures equal Cpu's", "", TestBackends) {
  using flashvideo::EncoderShape;
  kernels::check_image_tokenizer(test_backend<TestType>(), EncoderShape::local());
  kernels::check_image_tokenizer(test_backend<TestType>(), EncoderShape::overlapping());
}

TEMPLATE_LIST_TEST_CASE("HvqVaeTokenizer: tokens and pictures equal Cpu's", "", TestBackends) {
  flashvideo::HvqVaeConfiguration stretched = flashvideo::test::tiny_hvq_vae(2);
  stretched.stretches_contrast = true;
  kernels::check_hvq_vae_tokenizer(test_backend<TestType>(), flashvideo::test::tiny_hvq_vae(4));
  kernels::check_hvq_vae_tokenizer(test_backend<TestType>(), stretched);
}
