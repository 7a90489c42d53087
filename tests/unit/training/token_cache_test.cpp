// SPDX-License-Identifier: MIT
#include "flashvideo/training/token_cache.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

std::vector<token_t> numbers(token_t first, index_t count) {
  std::vector<token_t> result;
  for (token_t i = 0; i < static_cast<token_t>(count); ++i) result.push_back(first + i);
  return result;
}

void write_three(const std::string& path) {
  TokenCacheWriter writer(path, "abc", 3);
  writer.append(numbers(100, 2), numbers(0, 6));
  writer.append({}, numbers(1000, 3));
  writer.append(numbers(200, 5), numbers(2000, 12));
  writer.commit();
}

}  // namespace

TEST_CASE("TokenCache: clips come back, in any order", "[training]") {
  const test::TemporaryFolder folder;
  write_three(folder.file("clips"));
  const TokenCache cache(folder.file("clips"), "abc");
  REQUIRE(cache.size() == 3);
  CHECK(cache.tokens_per_frame() == 3);
  CHECK(cache.fingerprint() == "abc");
  const TokenClip last = cache.clip(2);
  CHECK(std::vector<token_t>(last.caption.begin(), last.caption.end()) == numbers(200, 5));
  CHECK(last.frames.shape() == Shape<2>{4, 3});
  CHECK(last.frames(0, 0) == 2000);
  CHECK(last.frames(3, 2) == 2011);
  const TokenClip middle = cache.clip(1);
  CHECK(middle.caption.empty());
  CHECK(middle.frames.shape() == Shape<2>{1, 3});
  CHECK(middle.frames(0, 1) == 1001);
  CHECK(cache.clip(0).caption.size() == 2);
  CHECK(cache.clip(0).frames(1, 2) == 5);
  CHECK_THROWS_WITH(cache.clip(3), "TokenCache::clip: clip 3, expected 0 .. 2");
  CHECK_THROWS_AS(cache.clip(-1), value_error);
}

TEST_CASE("TokenCache: an empty cache is a valid file", "[training]") {
  const test::TemporaryFolder folder;
  TokenCacheWriter writer(folder.file("clips"), "abc", 3);
  writer.commit();
  CHECK(TokenCache(folder.file("clips")).size() == 0);
}

TEST_CASE("TokenCache: the file appears only when complete", "[training]") {
  const test::TemporaryFolder folder;
  write_three(folder.file("clips"));
  const std::string before = test::read_text(folder.file("clips"));
  {
    TokenCacheWriter writer(folder.file("clips"), "other", 3);
    writer.append({}, numbers(0, 3));
    CHECK(test::read_text(folder.file("clips")) == before);
  }
  CHECK(test::read_text(folder.file("clips")) == before);
}

TEST_CASE("TokenCache: another tokenizer, another kind and a contradiction are refused", "[training]") {
  const test::TemporaryFolder folder;
  write_three(folder.file("clips"));
  CHECK_THROWS_WITH(TokenCache(folder.file("clips"), "xyz"),
                    folder.file("clips") + ": the clips were made by tokenizers abc, expected xyz");
  write_file(folder.file("other"), std::string("\x02\0\0\0\0\0\0\0{}", 10));
  CHECK_THROWS_WITH(TokenCache(folder.file("other")),
                    folder.file("other") + ": the file is no cache of tokens");

  std::string bytes = test::read_text(folder.file("clips"));
  bytes[bytes.size() - 4] = 6;  // the last caption's length, 5 before
  write_file(folder.file("broken"), bytes);
  CHECK_THROWS_WITH(TokenCache(folder.file("broken")),
                    folder.file("broken") + ": \"caption_lengths\" adds up to 8, expected 7");
  write_file(folder.file("short"), bytes.substr(0, bytes.size() - 4));
  CHECK_THROWS_AS(TokenCache(folder.file("short")), format_error);
}

TEST_CASE("TokenCacheWriter: a clip that is no whole number of frames is refused", "[training]") {
  const test::TemporaryFolder folder;
  TokenCacheWriter writer(folder.file("clips"), "abc", 3);
  CHECK_THROWS_WITH(writer.append({}, numbers(0, 4)),
                    "TokenCacheWriter::append: 4 tokens, expected a positive multiple of 3");
  CHECK_THROWS_AS(writer.append({}, {}), shape_error);
  CHECK_THROWS_AS(TokenCacheWriter(folder.file("clips2"), "abc", 0), value_error);
}
