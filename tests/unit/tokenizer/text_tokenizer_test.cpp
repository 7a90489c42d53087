// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

namespace {
struct Complete {
  struct Configuration {
    void visit(Fields&) {}
  };
  static constexpr const char* kind = "complete";
  explicit Complete(const Configuration&) {}
  TextEncoding encode(std::string_view) const { return {{1}, {}}; }
  std::string decode(std::span<const token_t>) const { return "x"; }
  TextEncoding fixed_length(TextEncoding text, index_t) const { return text; }
  index_t vocabulary_size() const { return 2; }
};
struct Mutable : Complete {
  using Complete::Complete;
  TextEncoding encode(std::string_view) { return {}; }
};
struct OfBytes : Complete {
  OfBytes(const Configuration& configuration, std::string_view) : Complete(configuration) {}
  std::string model_bytes() const { return "x"; }
};
}  // namespace

TEST_CASE("TextTokenizer: a tokenizer encodes, decodes and has a size, all of them const") {
  STATIC_REQUIRE(TextTokenizer<Complete>);
  STATIC_REQUIRE_FALSE(TextTokenizer<Mutable>);
  STATIC_REQUIRE_FALSE(TextTokenizer<int>);
  STATIC_REQUIRE_FALSE(TextTokenizerWithBytes<Complete>);
  STATIC_REQUIRE(TextTokenizerWithBytes<OfBytes>);
  CHECK(Complete(Complete::Configuration{}).encode("").ids == std::vector<token_t>{1});
}
