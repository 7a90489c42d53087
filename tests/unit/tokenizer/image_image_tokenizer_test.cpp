// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/image_tokenizer.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"
#include "package/stranger/own_tokenizers.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("ImageTokenizer: of the library and of a user, on any backend, and each member is asked for") {
  struct Mutable : stranger::Grey {
    using Grey::Grey;
    std::vector<token_t> encode_bytes(std::span<const std::uint8_t>) { return {}; }
  };
  STATIC_REQUIRE(ImageTokenizer<VqVaeTokenizer<Cpu>, Cpu>);
  STATIC_REQUIRE(ImageTokenizer<VqVaeTokenizer<ArchetypeBackend>, ArchetypeBackend>);
  STATIC_REQUIRE(ImageTokenizer<stranger::Grey, Cpu>);
  STATIC_REQUIRE_FALSE(ImageTokenizer<Mutable, Cpu>);
  STATIC_REQUIRE_FALSE(ImageTokenizer<VqVaeTokenizer<ArchetypeBackend>, Cpu>);
  STATIC_REQUIRE_FALSE(ImageTokenizer<int, Cpu>);
}

TEST_CASE("ImageTokenizer: images and their bytes are the same pixels") {
  stranger::Grey::Configuration sizes;
  sizes.image_height = 2;
  sizes.image_width = 3;
  std::vector<std::uint8_t> bytes(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(7 * i);
  const std::vector<Image> images = images_of(bytes, sizes);
  REQUIRE(images.size() == 2);
  CHECK(images[1].height() == 2);
  CHECK(images[1].bytes()[0] == 126);
  CHECK(pixels_of(images, sizes, "test") == bytes);
  CHECK_THROWS_WITH(pixels_of(std::vector{Image(3, 2)}, sizes, "test"),
                    "test: an image has 2 x 3 pixels, expected 3 x 2");
}
