// SPDX-License-Identifier: MIT
#pragma once
// A stranger's tokenizers: text by letters, pictures by the brightness of their patches.
#include <flashvideo/flashvideo.hpp>

namespace stranger {
using namespace flashvideo;

struct Letters {
  static constexpr const char* kind = "letters";
  struct Configuration {
    index_t letters = 26;
    void visit(Fields& fields) { fields.integer("letters", letters, between(1, 26), "that are known"); }
  };
  explicit Letters(const Configuration& c) : known(c.letters) {}
  TextEncoding encode(std::string_view sentence) const {
    TextEncoding text;
    for (const char c : sentence)
      if (c >= 'a' && c < 'a' + known) text.ids.push_back(c - 'a' + 1);
    return text;
  }
  std::string decode(std::span<const token_t> ids) const {
    std::string sentence;
    for (const token_t id : ids) sentence += id == 0 ? ' ' : static_cast<char>('a' + id - 1);
    return sentence;
  }
  TextEncoding fixed_length(TextEncoding text, index_t length) const {
    if (length > 0) text.ids.resize(static_cast<std::size_t>(length), 0);
    return text;
  }
  index_t vocabulary_size() const { return known + 1; }
  index_t known;
};

struct Grey {
  static constexpr const char* kind = "grey";
  struct Configuration {
    index_t image_height = 16, image_width = 16, num_codes = 8;
    index_t grid_height() const { return image_height / 4; }
    index_t grid_width() const { return image_width / 4; }
    void visit(Fields& fields) { fields.integer("num_codes", num_codes, between(2, 256), "steps of grey"); }
    void check() const {}
  };
  static ParameterLayout parameters(const Configuration&) { return {}; }
  Grey(const auto&, const Configuration& c, const ParameterSource auto&) : sizes(c) {}
  const Configuration& configuration() const { return sizes; }
  std::vector<token_t> encode_bytes(std::span<const std::uint8_t> pixels) const {
    std::vector<token_t> tokens;
    const auto row = static_cast<std::size_t>(3 * sizes.image_width);
    for (std::size_t y = 0; y < pixels.size() / row; y += 4)
      for (std::size_t x = 0; x < row; x += 12)
        tokens.push_back(static_cast<token_t>(pixels[y * row + x] * sizes.num_codes / 256));
    return tokens;
  }
  std::vector<std::uint8_t> decode_bytes(std::span<const token_t> tokens) const {
    const auto row = static_cast<std::size_t>(3 * sizes.image_width);
    std::vector<std::uint8_t> pixels(48 * tokens.size());
    for (std::size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<std::uint8_t>(tokens[i / (4 * row) * (row / 12) + i % row / 12] * 256 /
                                            sizes.num_codes);
    return pixels;
  }
  Configuration sizes;
};

struct Parts : FlashVideoParts {
  using TextTokenizer = Letters;
  template <ComputeBackend>
  using ImageTokenizer = Grey;
};
}  // namespace stranger
