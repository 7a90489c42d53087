// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "flashvideo/tokenizer/text/sentencepiece_tokenizer.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields(1);
  for (const char c : line)
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  return fields;
}

}  // namespace

// Ids, pieces and decoded text of libsentencepiece 0.1.97 (sentencepiece/README.md).
TEST_CASE("SentencePieceTokenizer: golden encodings and decodings") {
  const std::filesystem::path folder =
      std::filesystem::path(FLASHVIDEO_SOURCE_DIR) / "tests/golden/sentencepiece";
  std::ifstream file(folder / "golden.tsv");
  std::vector<SentencePieceTokenizer> tokenizer;
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> fields = split(line, '\t');
    CAPTURE(line);
    if (fields[0] == "model") {
      tokenizer.assign(1, SentencePieceTokenizer::load(folder / fields.at(1)));
      CHECK(tokenizer[0].vocabulary_size() == std::stol(fields.at(2)));
      continue;
    }
    REQUIRE(fields.size() == 5);
    REQUIRE(tokenizer.size() == 1);
    std::vector<token_t> ids;
    std::istringstream numbers(fields[2]);
    for (token_t id = 0; numbers >> id;) ids.push_back(id);
    CHECK(tokenizer[0].encode(fields[1]).ids == ids);
    CHECK(tokenizer[0].pieces(fields[1]) ==
          (fields[3].empty() ? std::vector<std::string>{} : split(fields[3], ' ')));
    CHECK(tokenizer[0].decode(ids) == fields[4]);
    ++cases;
  }
  CHECK(cases == 14);
}
