// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"

#include <span>

#include "support/catch.hpp"
#include "support/small_tokenizer.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("VqVaeTokenizer: the same tokens and pixels for any batch, threads and form") {
  const VqVaeConfiguration config = small_config();
  const auto images = random_images(11, config);
  const auto reference = make_tokenizer(config, Cpu(1, InstructionSet::baseline));
  std::vector<token_t> tokens;
  for (const Image& image : images) {
    const auto one = reference.encode(std::span(&image, 1));
    tokens.insert(tokens.end(), one.begin(), one.end());
  }
  const auto decoded = reference.decode(tokens);
  CHECK(decoded.size() == images.size());
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    for (const int threads : {1, 3}) {
      const auto tokenizer = make_tokenizer(config, Cpu(threads, form));
      CHECK(tokenizer.encode(images) == tokens);
      CHECK(tokenizer.decode(tokens) == decoded);
      CHECK(tokenizer.decode(std::span(tokens).subspan(60 * 3, 60 * 2)) ==
            std::vector<Image>(decoded.begin() + 3, decoded.begin() + 5));
    }
  }
}

TEST_CASE("VqVaeTokenizer: wrong sizes and tokens are named") {
  const VqVaeConfiguration config = small_config();
  const auto tokenizer = make_tokenizer(config);
  const std::vector<Image> wrong{Image(24, 24)};
  CHECK_THROWS_WITH(tokenizer.encode(wrong),
                    "VqVaeTokenizer::encode: an image has 24 x 24 pixels, expected 40 x 24");
  std::vector<token_t> tokens(60, 1);
  tokens[7] = 40;
  CHECK_THROWS_WITH(tokenizer.decode(tokens),
                    "VqVaeTokenizer::decode: token 40 is no image code, expected 0..39");
  tokens.resize(59);
  CHECK_THROWS_WITH(tokenizer.decode(tokens),
                    "VqVaeTokenizer::decode: 59 tokens, expected a multiple of 60 (one image)");
  CHECK_THROWS_AS((VqVaeTokenizer<Cpu>(Cpu(1), VqVae<>(config), std::vector<float>(3))), shape_error);
}
