// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/vq_vae.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/small_tokenizer.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("VqVae: with the local encoder one patch changes its own code alone") {
  const VqVaeConfiguration config = small_config();
  const auto tokenizer = make_tokenizer(config);
  const auto images = random_images(1, config);
  const auto tokens = tokenizer.encode(images);
  const index_t patch = config.patch();
  index_t changed = 0;
  RandomStream random(6);
  for (index_t cell = 0; cell < config.tokens_per_image(); ++cell) {
    auto other = images;
    for (index_t y = 0; y < patch; ++y)
      for (index_t x = 0; x < patch; ++x)
        other[0].set(
            cell / config.grid_width() * patch + y, cell % config.grid_width() * patch + x,
            {static_cast<std::uint8_t>(random.below(256)), static_cast<std::uint8_t>(random.below(256)), 0});
    const auto found = tokenizer.encode(other);
    for (index_t i = 0; i < config.tokens_per_image(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (i != cell) CHECK(found[at] == tokens[at]);
      changed += i == cell && found[at] != tokens[at] ? 1 : 0;
    }
  }
  CHECK(changed > config.tokens_per_image() / 2);
}

TEST_CASE("VqVae: one code changes only pixels inside the stated receptive field, and reaches its ends") {
  for (const bool overlaps : {false, true}) {
    VqVaeConfiguration config = small_config();
    config.image_height = config.image_width = 60;
    config.decoder[0].overlaps = overlaps;
    const Cpu cpu(2);
    const VqVae<> model(config);
    const auto values = random_values(model.layout());
    const ParameterView<const float> view(values.data());
    const ReceptiveField field = model.receptive_field();
    const ImageExtent cells{1, config.grid_height(), config.grid_width()};
    index_t first = 1000;
    index_t end = -1000;
    for (const index_t cell : {7 * 15 + 7, 6 * 15 + 9, 8 * 15 + 5}) {
      std::vector<token_t> ids(static_cast<std::size_t>(cells.rows()), 3);
      Workspace<Cpu> workspace(cpu);
      const auto before = model.decode(cpu, RowsProduct{}, view, cells, ids.data(), workspace);
      ids[static_cast<std::size_t>(cell)] = 17;
      const auto after = model.decode(cpu, RowsProduct{}, view, cells, ids.data(), workspace);
      const index_t top = cell / 15 * 4;
      const index_t left = cell % 15 * 4;
      for (index_t y = 0; y < 60; ++y)
        for (index_t x = 0; x < 60; ++x) {
          const index_t p = y * 60 + x;
          if (before(p, 0) == after(p, 0) && before(p, 1) == after(p, 1) && before(p, 2) == after(p, 2))
            continue;
          first = std::min({first, y - top, x - left});
          end = std::max({end, y - top + 1, x - left + 1});
        }
    }
    CHECK(first >= field.first);
    CHECK(end <= field.end);
    CHECK(first <= field.first + 1);
    CHECK(end >= field.end - 1);
  }
}

TEST_CASE("VqVae: with the overlapping encoder and GroupNorm it encodes and decodes too") {
  VqVaeConfiguration config = small_config();
  config.encoder = EncoderShape::overlapping();
  config.norm_groups = 1;
  const auto tokenizer = make_tokenizer(config);
  const auto images = random_images(2, config);
  const auto tokens = tokenizer.encode(images);
  CHECK(tokens.size() == 120);
  CHECK(std::set<token_t>(tokens.begin(), tokens.end()).size() > 1);
  CHECK(tokenizer.decode(tokens).size() == 2);
}

TEST_CASE("Pixels: bytes become rgb / 127.5 - 1 and come back unchanged, beyond the range they clamp") {
  std::vector<std::uint8_t> bytes(258);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  std::vector<float> pixels(bytes.size());
  std::vector<std::uint8_t> back(bytes.size());
  const Cpu cpu(1);
  cpu.for_each(86, PixelsFromBytes<float>{bytes.data(), pixels.data()});
  CHECK(pixels[0] == -1.0F);
  CHECK(pixels[255] == 1.0F);
  cpu.for_each(86, BytesFromPixels<float>{pixels.data(), back.data()});
  CHECK(back == bytes);
  const std::vector<float> wild{-5, 7, 0};
  cpu.for_each(1, BytesFromPixels<float>{wild.data(), back.data()});
  CHECK(back[0] == 0);
  CHECK(back[1] == 255);
  CHECK(back[2] == 128);
}
