// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/icetk_layout.hpp"

#include <map>
#include <vector>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

using Ids = std::vector<token_t>;

// A piece model of single bytes, which takes listed pieces whole and folds full-width brackets, like NFKC
// does.
struct BytePieces {
  std::map<std::string, token_t, std::less<>> whole{{"<n>", 300}};
  index_t size = 400;

  TextEncoding encode(std::string_view text) const {
    TextEncoding encoding;
    while (!text.empty()) {
      std::size_t taken = 0;
      for (const auto& [piece, id] : whole)
        if (taken == 0 && text.substr(0, piece.size()) == piece) {
          encoding.ids.push_back(id);
          taken = piece.size();
        }
      if (taken == 0) encoding.ids.push_back(static_cast<unsigned char>(text[0]));
      text.remove_prefix(taken == 0 ? 1 : taken);
    }
    return encoding;
  }
  std::string decode(std::span<const token_t> ids) const {
    std::string text;
    for (const token_t id : ids) {
      std::string piece(1, static_cast<char>(static_cast<unsigned char>(id)));
      for (const auto& [name, number] : whole)
        if (number == id) piece = name;
      text += piece;
    }
    return text;
  }
  index_t vocabulary_size() const { return size; }
  token_t piece_id(std::string_view piece) const {
    const auto found = whole.find(piece);
    return found == whole.end() ? -1 : found->second;
  }
};

}  // namespace

TEST_CASE("IcetkTokenizer: pieces stand behind 20,000 image codes, appended specials from 150,000") {
  const IcetkTokenizer icetk(BytePieces{}, IcetkTokenizer<BytePieces>::cogvideo_specials());
  CHECK(icetk.encode("ab").ids == Ids{'a', 'b'});
  CHECK(icetk.tokens("ab") == Ids{20000 + 'a', 20000 + 'b'});
  CHECK(icetk.special("<start_of_image>") == 150000);
  CHECK(icetk.special("<start_of_chinese>") == 150002);
  CHECK(icetk.vocabulary_size() == 130003);
  CHECK_THROWS_AS(icetk.special("<other>"), value_error);
  CHECK(icetk.decode(Ids{'a', 130000, 'b'}) == "a<start_of_image>b");
  CHECK_THROWS_AS(icetk.decode(Ids{130003}), value_error);
  CHECK_THROWS_AS(icetk.decode(Ids{500}), value_error);
}

TEST_CASE("IcetkTokenizer: a line feed is the piece <n>, and back") {
  const IcetkTokenizer icetk(BytePieces{});
  CHECK(icetk.encode("a\nb\n").ids == Ids{'a', 300, 'b', 300});
  CHECK(icetk.decode(icetk.encode("a\nb\n\n").ids) == "a\nb\n\n");
  CHECK(IcetkTokenizer(BytePieces{{}, 400}).encode("a\nb").ids == Ids{'a', ' ', 'b'});
}

TEST_CASE("IcetkTokenizer: text that spells a special is escaped") {
  const BytePieces with_special{{{"<n>", 300}, {"<start_of_image>", 301}}, 400};
  const IcetkTokenizer icetk(with_special, {"<start_of_image>"});
  CHECK(icetk.decode(icetk.encode("a <n> b\n").ids) == "a < n> b\n");
  CHECK(icetk.decode(icetk.encode("<start_of_image>x<start").ids) == "< start_of_image>x<start");
  CHECK(icetk.special("<start_of_image>") == 20301);     // the model file's own id
  const std::string wide = "\xEF\xBC\x9Cn\xEF\xBC\x9E";  // full-width brackets
  CHECK(icetk.decode(icetk.encode(wide).ids) == "\xEF\xBC\x9C n\xEF\xBC\x9E");
  CHECK(icetk.decode(icetk.encode("\xEF\xBD\x8E<\xEF\xBC").ids) == "\xEF\xBD\x8E<\xEF\xBC");
}

TEST_CASE("IcetkTokenizer: a special that slips through is an error") {
  const BytePieces sly{{{"<n>", 300}, {"magic", 300}, {"<x>", 301}, {"spell", 301}}, 400};
  const IcetkTokenizer icetk(sly, {"<x>"});
  CHECK_THROWS_AS(icetk.encode("magic"), value_error);
  CHECK_THROWS_WITH(icetk.encode("a spell"), "IcetkTokenizer::encode: the text spells the special piece <x>");
  CHECK_NOTHROW(icetk.encode("<x> \n"));
  CHECK_THROWS_AS(IcetkTokenizer(sly, {"x"}), value_error);
  CHECK_THROWS_AS(IcetkTokenizer(sly, {"<x>", "<x>"}), value_error);
  CHECK_THROWS_AS(IcetkTokenizer(BytePieces{{}, 130001}), value_error);
}
