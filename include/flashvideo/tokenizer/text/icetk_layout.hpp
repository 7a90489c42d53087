// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"

namespace flashvideo {

/// A text tokenizer that can look a piece up; piece_id is -1 for a piece that it does not have.
template <typename Tokenizer>
concept PieceTokenizer = TextCoder<Tokenizer> && requires(const Tokenizer tokenizer, std::string_view piece) {
  { tokenizer.piece_id(piece) } -> std::same_as<token_t>;
};

/// icetk's way of using a piece model ([icetk] README; docs/references.md): in the one id space image codes
/// are 0 .. 19,999, piece i is 20,000 + i, and special pieces appended by users follow from 150,000. A line
/// feed becomes the piece `<n>` where the model has it (else a space), and back. Text that spells a special
/// piece (also in full-width letters) is escaped by a space after its `<`, so users cannot write specials by
/// hand.
///
/// @tparam Pieces the piece model: SentencePieceTokenizer, or any PieceTokenizer.
/// @code
/// const IcetkTokenizer icetk(SentencePieceTokenizer::load("ice_text.model"));
/// std::vector<token_t> tokens = icetk.tokens("Hello World! I am icetk.");  // 39316, 20932, 20035, ...
/// token_t start = icetk.special("<start_of_image>");                       // 150000 if appended first
/// @endcode
template <PieceTokenizer Pieces>
class IcetkTokenizer {
 public:
  static constexpr index_t image_codes = 20000;               ///< offset of piece 0
  static constexpr index_t text_pieces = 130000;              ///< ids of pieces, used or not
  static constexpr std::string_view line_feed_piece = "<n>";  ///< what a line feed becomes

  /// `specials` are appended in order, after the model's own pieces; a model file that already has them keeps
  /// its ids.
  /// @throws value_error for a special that is not `<...>` or given twice, or a model of too many pieces
  explicit IcetkTokenizer(Pieces pieces, std::vector<std::string> specials = {})
      : pieces_(std::move(pieces)), specials_(std::move(specials)) {
    require<value_error>(pieces_.vocabulary_size() <= text_pieces + static_cast<index_t>(specials_.size()),
                         "IcetkTokenizer: the model has {} pieces, expected at most {}",
                         pieces_.vocabulary_size(), text_pieces + static_cast<index_t>(specials_.size()));
    for (std::size_t i = 0; i < specials_.size(); ++i) {
      const std::string& name = specials_[i];
      require<value_error>(name.size() >= 3 && name.front() == '<' && name.back() == '>',
                           "IcetkTokenizer: the special \"{}\" is not of the form <name>", name);
      require<value_error>(std::find(specials_.begin(), specials_.begin() + static_cast<index_t>(i), name) ==
                               specials_.begin() + static_cast<index_t>(i),
                           "IcetkTokenizer: the special \"{}\" is given twice", name);
    }
  }

  /// CogVideo's specials: 150,000 .. 150,002.
  static std::vector<std::string> cogvideo_specials() {
    return {"<start_of_image>", "<start_of_english>", "<start_of_chinese>"};
  }

  /// Text ids (piece ids), to be moved by VocabularyLayout::icetk().text.
  /// @throws value_error when a special piece comes out all the same
  TextEncoding encode(std::string_view sentence) const {
    const token_t line_feed = pieces_.piece_id(line_feed_piece);
    std::string text;
    for (std::size_t at = 0; at < sentence.size();) {
      if (sentence[at] == '\n') {
        text.append(line_feed >= 0 ? line_feed_piece : std::string_view(" "));
        ++at;
        continue;
      }
      const std::size_t bracket =
          spells_special(sentence.substr(at)) ? letter(sentence.substr(at)).second : 0;
      text.append(sentence.substr(at, std::max<std::size_t>(bracket, 1)));
      if (bracket > 0) text.push_back(' ');
      at += std::max<std::size_t>(bracket, 1);
    }
    TextEncoding encoding = pieces_.encode(text);
    check_specials(encoding.ids, line_feed >= 0 ? std::count(sentence.begin(), sentence.end(), '\n') : 0);
    return encoding;
  }

  /// Tokens of the one id space: 20,000 + piece id.
  std::vector<token_t> tokens(std::string_view sentence) const {
    std::vector<token_t> tokens = encode(sentence).ids;
    for (token_t& token : tokens) token = static_cast<token_t>(token + image_codes);
    return tokens;
  }

  /// Text of piece ids; `<n>` becomes a line feed, appended specials their names.
  /// @throws value_error for an id outside the vocabulary
  std::string decode(std::span<const token_t> ids) const {
    std::string sentence;
    std::vector<token_t> plain;
    const auto flush = [&] {
      if (!plain.empty()) sentence += pieces_.decode(plain);
      plain.clear();
    };
    for (const token_t id : ids) {
      require<value_error>(id >= 0 && id < vocabulary_size(),
                           "IcetkTokenizer::decode: id is {}, expected 0 .. {}", id, vocabulary_size() - 1);
      if (id < pieces_.vocabulary_size()) {
        plain.push_back(id);
        continue;
      }
      flush();
      require<value_error>(id >= text_pieces, "IcetkTokenizer::decode: the model has no piece {}", id);
      sentence += specials_[static_cast<std::size_t>(id - text_pieces)];
    }
    flush();
    std::string lines;
    std::size_t begin = 0;
    for (std::size_t at; (at = sentence.find(line_feed_piece, begin)) != std::string::npos;) {
      lines.append(sentence, begin, at - begin).push_back('\n');
      begin = at + line_feed_piece.size();
    }
    return lines.append(sentence, begin, std::string::npos);
  }

  /// Token (in the one id space) of an appended special, the model's own id where its file has the piece
  /// already.
  /// @throws value_error for another name
  token_t special(std::string_view name) const {
    const auto found = std::find(specials_.begin(), specials_.end(), name);
    require<value_error>(found != specials_.end(),
                         "IcetkTokenizer::special: \"{}\" is not an appended special", name);
    const index_t own = pieces_.piece_id(name);
    return static_cast<token_t>(image_codes + (own >= 0 ? own : text_pieces + (found - specials_.begin())));
  }

  /// Text ids 0 .. 129,999 and the appended specials.
  index_t vocabulary_size() const { return text_pieces + static_cast<index_t>(specials_.size()); }
  /// The piece model.
  const Pieces& pieces() const { return pieces_; }

 private:
  /// First letter of `text` as ASCII, full-width forms (U+FF01 .. U+FF5E) folded, and its bytes; 0 for
  /// others.
  static std::pair<char, std::size_t> letter(std::string_view text) {
    if (text.empty()) return {'\0', 0};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return {text[0], 1};
    if (text.size() < 3 || byte(0) != 0xEF || (byte(1) != 0xBC && byte(1) != 0xBD)) return {'\0', 1};
    const int code = ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);  // low 12 bits of U+FFxx: 0xF00 | xx
    const int ascii = code - 0xF00 + 0x20;
    return ascii > 0x20 && ascii < 0x7F ? std::pair{static_cast<char>(ascii), std::size_t{3}}
                                        : std::pair{'\0', std::size_t{1}};
  }

  static bool starts_with_folded(std::string_view text, std::string_view name) {
    for (const char expected : name) {
      const auto [found, length] = letter(text);
      if (length == 0 || found != expected) return false;
      text.remove_prefix(length);
    }
    return true;
  }

  bool spells_special(std::string_view text) const {
    return starts_with_folded(text, line_feed_piece) ||
           std::any_of(specials_.begin(), specials_.end(),
                       [&](const std::string& name) { return starts_with_folded(text, name); });
  }

  void check_specials(const std::vector<token_t>& ids, std::ptrdiff_t line_feeds) const {
    const auto check = [&](std::string_view name, std::ptrdiff_t expected) {
      const token_t id = pieces_.piece_id(name);
      require<value_error>(id < 0 || std::count(ids.begin(), ids.end(), id) == expected,
                           "IcetkTokenizer::encode: the text spells the special piece {}", name);
    };
    check(line_feed_piece, line_feeds);
    for (const std::string& name : specials_) check(name, 0);
  }

  Pieces pieces_;
  std::vector<std::string> specials_;
};

}  // namespace flashvideo
