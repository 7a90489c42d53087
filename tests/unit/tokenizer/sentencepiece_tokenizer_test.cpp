// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/sentencepiece_tokenizer.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "flashvideo/tokenizer/text/icetk_layout.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {
using Ids = std::vector<token_t>;
const std::filesystem::path folder =
    std::filesystem::path(FLASHVIDEO_SOURCE_DIR) / "tests/golden/sentencepiece";

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
}  // namespace

TEST_CASE("SentencePieceTokenizer: a file and its bytes give the same ids, copies too") {
  const SentencePieceTokenizer file = SentencePieceTokenizer::load(folder / "test_model.model");
  const SentencePieceTokenizer bytes =
      SentencePieceTokenizer::from_bytes(bytes_of(folder / "test_model.model"));
  const SentencePieceTokenizer copy = bytes;
  const Ids expected{11, 293, 47, 4, 83, 17, 18, 11, 391, 30, 91};
  for (const SentencePieceTokenizer& tokenizer : {file, bytes, copy}) {
    CHECK(tokenizer.encode("a man is riding a horse").ids == expected);
    CHECK(tokenizer.decode(expected) == "a man is riding a horse");
    CHECK(tokenizer.vocabulary_size() == 1000);
  }
  CHECK(file.piece_id("\xE2\x96\x81man") == 293);
  CHECK(file.piece_id("no such piece") == -1);
  CHECK_THROWS_AS(file.decode(Ids{1000}), value_error);
  CHECK_THROWS_AS(file.decode(Ids{-1}), value_error);
}

TEST_CASE("SentencePieceTokenizer: unknown text yields one warning naming it") {
  const SentencePieceTokenizer tokenizer = SentencePieceTokenizer::load(folder / "test_model.model");
  CHECK(tokenizer.encode("a man").warnings.empty());
  const TextEncoding text = tokenizer.encode("a \xE7\x8C\xAB");
  REQUIRE(text.warnings.size() == 1);
  CHECK(text.warnings[0] == "the text \"\xE7\x8C\xAB\" is unknown to the vocabulary");
  CHECK(tokenizer.encode("").ids.empty());
}

TEST_CASE("SentencePieceTokenizer: a file that is no model is refused with its path") {
  CHECK_THROWS_AS(SentencePieceTokenizer::load(folder / "absent.model"), io_error);
  CHECK_THROWS_AS(SentencePieceTokenizer::load(folder), io_error);
  CHECK_THROWS_AS(SentencePieceTokenizer::load(folder / "LICENSE"), format_error);
  CHECK_THROWS_AS(SentencePieceTokenizer::from_bytes(""), format_error);
  CHECK_THROWS_AS(SentencePieceTokenizer::from_bytes("version https://git-lfs.github.com/spec/v1\n"),
                  format_error);
  const std::string whole = bytes_of(folder / "test_model.model");
  CHECK_THROWS_AS(SentencePieceTokenizer::from_bytes(std::string_view(whole).substr(0, whole.size() / 2)),
                  format_error);
  CHECK_THROWS_WITH(SentencePieceTokenizer::from_bytes("", "x.model"),
                    "x.model: the SentencePiece model is empty");
}

TEST_CASE("SentencePieceTokenizer: icetk's layout over a real model") {
  const IcetkTokenizer icetk(SentencePieceTokenizer::load(folder / "test_model.model"));
  CHECK(icetk.tokens("a man") == Ids{20011, 20293});
  CHECK(icetk.encode("a\nman").ids == Ids{11, 293});  // the model has no <n>: a space
}
