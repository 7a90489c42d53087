// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"

#include <algorithm>
#include <span>

#include "flashvideo/backend/archetype_backend.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"

using namespace flashvideo;

namespace {

std::vector<Image> random_pictures(std::size_t count, const HvqVaeConfiguration& configuration) {
  RandomStream random(5);
  std::vector<Image> images(count, Image(configuration.image_height, configuration.image_width));
  for (Image& image : images) {
    for (std::uint8_t& byte : image.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
  }
  return images;
}

HvqVaeTokenizer<Cpu> tiny(const Cpu& cpu = Cpu(2),
                          const HvqVaeConfiguration& configuration = test::tiny_hvq_vae()) {
  return {cpu, configuration, test::HashedParameters{}};
}

}  // namespace

TEST_CASE("HvqVaeTokenizer: the same tokens and pixels for any batch, threads and form") {
  const auto images = random_pictures(5, test::tiny_hvq_vae());
  const auto reference = tiny(Cpu(1, InstructionSet::baseline));
  CHECK(reference.tokens_per_image() == 6);
  std::vector<token_t> tokens;
  std::vector<std::uint8_t> bytes;
  for (const Image& image : images) {
    const auto one = reference.encode(std::span(&image, 1));
    tokens.insert(tokens.end(), one.begin(), one.end());
    bytes.insert(bytes.end(), image.bytes().begin(), image.bytes().end());
  }
  CHECK(std::count(tokens.begin(), tokens.end(), tokens[0]) < 30);
  const auto decoded = reference.decode(tokens);
  REQUIRE(decoded.size() == images.size());
  CHECK_FALSE(decoded[0] == decoded[1]);
  for (const auto form : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    for (const int threads : {1, 3}) {
      const auto tokenizer = tiny(Cpu(threads, form));
      CHECK(tokenizer.encode(images) == tokens);
      CHECK(tokenizer.encode_bytes(bytes) == tokens);
      CHECK(tokenizer.decode(tokens) == decoded);
      CHECK(tokenizer.decode(std::span(tokens).subspan(6 * 3, 6 * 2)) ==
            std::vector<Image>(decoded.begin() + 3, decoded.begin() + 5));
    }
  }
}

TEST_CASE("HvqVaeTokenizer: bytes are the images one after another") {
  const auto tokenizer = tiny();
  const auto tokens = tokenizer.encode(random_pictures(2, test::tiny_hvq_vae()));
  const auto images = tokenizer.decode(tokens);
  std::vector<std::uint8_t> bytes(images[0].bytes().begin(), images[0].bytes().end());
  bytes.insert(bytes.end(), images[1].bytes().begin(), images[1].bytes().end());
  CHECK(tokenizer.decode_bytes(tokens) == bytes);
}

TEST_CASE("HvqVaeTokenizer: each rate has its own grid, and pictures of its size") {
  for (const index_t rate : {2, 4}) {
    const auto tokenizer = tiny(Cpu(2), test::tiny_hvq_vae(rate));
    const auto tokens = tokenizer.encode(random_pictures(1, test::tiny_hvq_vae()));
    CHECK(static_cast<index_t>(tokens.size()) == 96 / (rate * rate));
    CHECK(tokenizer.decode(tokens)[0].same_extents(Image(12, 8)));
  }
}

TEST_CASE("HvqVaeTokenizer: where it is said, each picture is stretched to fill 0..255") {
  HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  const auto tokens = tiny().encode(random_pictures(3, configuration));
  const auto clamped = tiny().decode(tokens);
  configuration.stretches_contrast = true;
  const auto tokenizer = tiny(Cpu(2), configuration);
  const auto stretched = tokenizer.decode(tokens);
  for (const Image& image : stretched) {
    CHECK(*std::min_element(image.bytes().begin(), image.bytes().end()) == 0);
    CHECK(*std::max_element(image.bytes().begin(), image.bytes().end()) == 255);
  }
  CHECK_FALSE(stretched == clamped);
  CHECK(tokenizer.decode(std::span(tokens).first(6))[0] == stretched[0]);
}

TEST_CASE("HvqVaeTokenizer: bytes and colours are scaled as icetk scales them") {
  const ColourScale<float> scale{{0.5F, 0.25F, 0}, {0.5F, 0.25F, 2}};
  const std::uint8_t bytes[] = {0, 255, 51};
  float pixels[3];
  NormalFromBytes<float>{scale, bytes, pixels}(0);
  CHECK(pixels[0] == -1.0F);
  CHECK(pixels[1] == 3.0F);
  CHECK(pixels[2] == 0.1F);
  ColoursFromNormal<float>{scale, pixels}(0);
  CHECK(pixels[0] == 0.0F);
  CHECK(pixels[1] == 1.0F);
  CHECK(pixels[2] == 0.2F);
  const float colours[] = {-0.5F, 0.5F, 2.0F};
  std::uint8_t out[3];
  BytesFromColours<float>{colours, out}(0);
  CHECK(std::vector<int>(out, out + 3) == std::vector<int>{0, 128, 255});
  BytesFromColours<float>{colours, out, -0.5F, 2.0F}(0);
  CHECK(std::vector<int>(out, out + 3) == std::vector<int>{0, 102, 255});
  const float flat[] = {0.3F, 0.3F, 0.3F};
  BytesFromColours<float>{flat, out, 0.3F, 0.3F}(0);
  CHECK(std::vector<int>(out, out + 3) == std::vector<int>{0, 0, 0});
}

TEST_CASE("HvqVaeTokenizer: it is an image tokenizer on any backend") {
  STATIC_REQUIRE(ImageTokenizer<HvqVaeTokenizer<Cpu>, Cpu>);
  STATIC_REQUIRE(ImageTokenizer<HvqVaeTokenizer<ArchetypeBackend>, ArchetypeBackend>);
  CHECK(HvqVaeTokenizer<Cpu>::parameters(test::tiny_hvq_vae()).size() == tiny().layout().size());
}

TEST_CASE("HvqVaeTokenizer: wrong sizes and tokens are named") {
  const auto tokenizer = tiny();
  CHECK(tokenizer.num_codes() == 30);
  CHECK(std::string(HvqVaeTokenizer<Cpu>::kind) == "hvq_vae");
  const std::vector<Image> wrong{Image(8, 8)};
  CHECK_THROWS_WITH(tokenizer.encode(wrong),
                    "HvqVaeTokenizer::encode: an image has 8 x 8 pixels, expected 8 x 12");
  CHECK_THROWS_WITH(tokenizer.encode_bytes(std::vector<std::uint8_t>(289)),
                    "HvqVaeTokenizer::encode_bytes: 289 bytes, expected a multiple of 288 (one image)");
  std::vector<token_t> tokens(6, 1);
  tokens[2] = 30;
  CHECK_THROWS_WITH(tokenizer.decode(tokens),
                    "HvqVaeTokenizer::decode: token 30 is no image code, expected 0..29");
  tokens.resize(5);
  CHECK_THROWS_WITH(tokenizer.decode_bytes(tokens),
                    "HvqVaeTokenizer::decode: 5 tokens, expected a multiple of 6 (one image)");
}
