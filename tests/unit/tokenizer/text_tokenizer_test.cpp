// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

namespace {
struct Complete {
  TextEncoding encode(std::string_view) const { return {{1}, {}}; }
  std::string decode(std::span<const token_t>) const { return "x"; }
  index_t vocabulary_size() const { return 2; }
};
struct Mutable {
  TextEncoding encode(std::string_view) { return {}; }
  std::string decode(std::span<const token_t>) const { return ""; }
  index_t vocabulary_size() const { return 2; }
};
}  // namespace

TEST_CASE("TextTokenizer: a tokenizer encodes, decodes and has a size, all of them const") {
  STATIC_REQUIRE(TextTokenizer<Complete>);
  STATIC_REQUIRE_FALSE(TextTokenizer<Mutable>);
  STATIC_REQUIRE_FALSE(TextTokenizer<int>);
  CHECK(Complete{}.encode("").ids == std::vector<token_t>{1});
}
