// SPDX-License-Identifier: MIT
#include "flashvideo/data/cogvideo_tokens.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "flashvideo/sequence/vocabulary.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// Row r: a text of r + 2 ids, then the codes r 1000, r 1000 + 1, ...
std::vector<token_t> rows(int count) {
  std::vector<token_t> ids;
  for (int r = 0; r < count; ++r) {
    for (int i = 0; i < 64; ++i) ids.push_back(i < r + 2 ? 20100 + 10 * r + i : 20003);
    for (int i = 0; i < 2000; ++i) ids.push_back(r * 1000 + i);
  }
  return ids;
}

void write_ids(const std::string& path, const std::vector<token_t>& ids) {
  std::string bytes;
  for (const token_t id : ids) {
    for (int byte = 0; byte < 4; ++byte)
      bytes += static_cast<char>(static_cast<std::uint32_t>(id) >> (8 * byte) & 255);
  }
  write_text(path, bytes);
}

}  // namespace

TEST_CASE("CogVideoTokens: rows are texts without their filling and five frames") {
  const TemporaryFolder folder(fast_parent());
  write_ids(folder.file("rows.bin"), rows(3));
  const CogVideoTokens tokens(folder.file("rows.bin"));
  REQUIRE(tokens.size() == 3);
  CHECK(tokens.tokens_per_frame() == 400);
  const CogVideoClip clip = tokens.clip(2);
  CHECK(clip.caption == std::vector<token_t>{120, 121, 122, 123});
  CHECK(clip.frames.shape() == Shape<2>{5, 400});
  CHECK(clip.frames(0, 0) == 2000);
  CHECK(clip.frames(4, 399) == 3999);
  CHECK_THROWS_AS(tokens.clip(3), value_error);
  const CogVideoTokens other(folder.file("rows.bin"), {.text = 64, .frames = 20, .frame_tokens = 100});
  CHECK(other.clip(0).frames(19, 99) == 1999);
}

TEST_CASE("CogVideoTokens: sequences of training hold the ids of the file") {
  const TemporaryFolder folder(fast_parent());
  write_ids(folder.file("rows.bin"), rows(1));
  const CogVideoTokens tokens(folder.file("rows.bin"));
  const ClipSequences<CogVideoTokens> sequences(
      tokens, SerialTokenSequencer(VocabularyLayout::icetk(5), tokens.tokens_per_frame()),
      {.key_frames = 5, .key_spacing = 1});
  const TokenSequence sequence = sequences.sequence(0, {});
  REQUIRE(sequence.tokens.size() == 5 * (2 + 1 + 400));
  CHECK(sequence.tokens[0] == 20100);
  CHECK(sequence.tokens[1] == 20101);
  CHECK(sequence.tokens[3] == 0);
  CHECK(sequence.tokens.back() == 1999);
}

TEST_CASE("CogVideoTokens: what is no row is refused") {
  const TemporaryFolder folder(fast_parent());
  std::vector<token_t> ids = rows(2);
  ids[2064 + 1] = 19999;
  write_ids(folder.file("rows.bin"), ids);
  CHECK_THROWS_WITH(CogVideoTokens(folder.file("rows.bin")).clip(1),
                    Catch::Contains("rows.bin: row 1, place 1: 19999 is no text id"));
  CHECK_NOTHROW(CogVideoTokens(folder.file("rows.bin")).clip(0));
  ids = rows(2);
  ids[2064 + 64] = 20000;
  write_ids(folder.file("rows.bin"), ids);
  CHECK_THROWS_WITH(CogVideoTokens(folder.file("rows.bin")).clip(1),
                    Catch::Contains("place 64: 20000 is no image code"));
  ids.pop_back();
  write_ids(folder.file("rows.bin"), ids);
  CHECK_THROWS_WITH(CogVideoTokens(folder.file("rows.bin")),
                    Catch::Contains("16508 bytes are no whole rows of 2064 ids"));
  CHECK_THROWS_AS(CogVideoTokens(folder.file("none.bin")), io_error);
  CHECK_THROWS_AS(CogVideoTokens(folder.file("rows.bin"), {.frames = 0}), value_error);
}
