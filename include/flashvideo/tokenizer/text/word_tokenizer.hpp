// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/edit_distance.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/in_quotes.hpp"
#include "flashvideo/tokenizer/text/normalized_words.hpp"
#include "flashvideo/tokenizer/text/sentence_forms.hpp"
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"

namespace flashvideo {

/// What a `WordTokenizer` is made from.
struct WordTokenizerConfiguration {
  std::vector<std::string> words{};  ///< the vocabulary
  SentenceForms sentence_forms{};    ///< of the captions that were trained, where the file says so

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.texts("words", words, "vocabulary of the word tokenizer");
    if (fields.present("sentence_forms", sentence_forms.length > 0)) {
      fields.part("sentence_forms", sentence_forms);
    }
  }
};

/// Words as text ids, with byte fallback: ids 0..255 are the bytes of words that the vocabulary does not
/// have, 256 + i is word i. Sentences are normalised first (normalized_words). Where an unknown word follows
/// another, the byte of a space stands between them, so decoding gives the normalised sentence back.
///
/// An unknown word yields one warning that names it and the nearest known word; of many, the first few are
/// named and the others counted.
/// @code
/// const WordTokenizer tokenizer = WordTokenizer::from_sentences(captions);
/// TextEncoding text = tokenizer.encode("A red Star, moves up!");
/// WordTokenizer same = WordTokenizer::deserialize(tokenizer.serialize());
/// @endcode
class WordTokenizer {
 public:
  using Configuration = WordTokenizerConfiguration;  ///< what it is made from
  static constexpr const char* kind = "words";       ///< in model files
  static constexpr index_t num_bytes = 256;          ///< ids before the first word's

  /// @throws value_error when its words are refused
  template <std::same_as<Configuration> Given>  // no `{}` converts to it
  explicit WordTokenizer(const Given& configuration) : WordTokenizer(configuration.words) {
    sentence_forms_ = configuration.sentence_forms;
  }

  /// Words outside ASCII may be in the form of earlier versions of the library, which normalised less: they
  /// are found where a sentence has what is their normal form today, be it several words.
  /// @throws value_error when `words` is empty or holds a word twice or one that is not in normal form
  explicit WordTokenizer(std::vector<std::string> words) : words_(std::move(words)) {
    require<value_error>(!words_.empty(), "WordTokenizer: the vocabulary has no words");
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i];
      const std::vector<std::string> normal = normalized_words(word);
      bool ascii = true;
      for (const char c : word) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
      require<value_error>(
          ascii ? normal.size() == 1 && normal[0] == word : !normal.empty(),
          "WordTokenizer: word {} is {}, expected one word in lower case without punctuation", i,
          in_quotes(word));
      const auto before = words_.begin() + static_cast<std::ptrdiff_t>(i);
      require<value_error>(std::find(words_.begin(), before, word) == before,
                           "WordTokenizer: the word {} is given twice", in_quotes(word));
      forms_.push_back(joined(normal, 0, normal.size()));
      longest_form_ = (std::max)(longest_form_, normal.size());
    }
  }

  /// Vocabulary of every word of the sentences, in alphabetical (byte) order.
  template <
      typename Sentences = std::vector<std::string>>  // a template, so that only those who call it compile it
  static WordTokenizer from_sentences(const Sentences& sentences) {
    std::vector<typename Sentences::value_type> words;  // a dependent type, as said above
    for (const std::string& sentence : sentences)
      for (std::string& word : normalized_words(sentence)) words.push_back(std::move(word));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return WordTokenizer(std::move(words));
  }

  /// Ids of the words that are known and the bytes of the others, with a warning for each of these, and one if the
  /// captions that were trained are known and none was of the sentence's form.
  /// @throws value_error for a sentence without a word, or without a known one
  TextEncoding encode(std::string_view sentence) const {
    const std::vector<std::string> words = normalized_words(sentence);
    require<value_error>(!words.empty(), "WordTokenizer::encode: the sentence {} has no words",
                         in_quotes(sentence));
    TextEncoding encoding;
    std::vector<std::string> unknown;
    std::size_t unnamed = 0;
    bool any_known = false;
    bool after_bytes = false;
    for (std::size_t at = 0; at < words.size();) {
      if (const auto [id, length] = known_at(words, at); length > 0) {
        encoding.ids.push_back(id);
        at += length;
        any_known = true;
        after_bytes = false;
        continue;
      }
      const std::string& word = words[at++];
      if (after_bytes) encoding.ids.push_back(' ');
      for (const char c : word) encoding.ids.push_back(static_cast<unsigned char>(c));
      after_bytes = true;
      if (std::find(unknown.begin(), unknown.end(), word) != unknown.end()) continue;
      if (unknown.size() == most_named) {
        ++unnamed;
        continue;
      }
      unknown.push_back(word);
      encoding.warnings.push_back(formatted_message("the word {} is unknown, the nearest known word is {}",
                                                    in_quotes(word), in_quotes(nearest(word))));
    }
    if (unnamed > 0)
      encoding.warnings.push_back(formatted_message("{} more words of the sentence are unknown", unnamed));
    require<value_error>(any_known, "WordTokenizer::encode: no word of the sentence {} is known ({})",
                         in_quotes(sentence),
                         encoding.warnings.empty() ? std::string() : encoding.warnings.front());
    std::string note = sentence_forms_.note(sentence);
    if (!note.empty()) encoding.warnings.push_back(std::move(note));
    return encoding;
  }

  /// A sentence for a model that reads `length` ids of one (0: any number). A shorter one is filled up with id 0, a
  /// byte that no sentence contains; of a longer one, unknown words are left out first, then its end, with a warning
  /// that says so.
  template <typename Encoding>  // a template, so that only those who call it compile it
  Encoding fixed_length(Encoding text, index_t length) const {
    text = cut_to(length, std::move(text));
    if (static_cast<index_t>(text.ids.size()) < length) text.ids.resize(static_cast<std::size_t>(length), 0);
    return text;
  }
  /// The same without the filling.
  template <typename Encoding>
  Encoding cut_to(index_t length, Encoding text) const {
    const auto count = static_cast<index_t>(text.ids.size());
    if (length == 0 || count <= length) return text;
    std::vector<token_t> kept, left_out;
    for (std::size_t i = 0; i < text.ids.size(); ++i) {
      const bool byte = text.ids[i] < num_bytes;
      if (byte && !left_out.empty() && text.ids[i - 1] >= num_bytes) left_out.push_back(' ');
      (byte ? left_out : kept).push_back(text.ids[i]);
    }
    const auto cut = kept.begin() + (std::min)(length, static_cast<index_t>(kept.size()));
    left_out.insert(left_out.end(), cut, kept.end());
    kept.erase(cut, kept.end());
    text.warnings.push_back(
        formatted_message("the model reads {} text tokens of a sentence, this one has {}: left out is {}",
                          length, count, in_quotes(decode(left_out), 80)));
    text.ids = std::move(kept);
    return text;
  }

  /// The normalised sentence.
  /// @throws value_error for an id outside the vocabulary
  std::string decode(std::span<const token_t> ids) const {
    std::string sentence;
    bool after_bytes = false;
    for (const token_t id : ids) {
      require<value_error>(id >= 0 && id < vocabulary_size(),
                           "WordTokenizer::decode: id is {}, expected 0 .. {}", id, vocabulary_size() - 1);
      const bool byte = id < num_bytes;
      if (!sentence.empty() && !(byte && after_bytes)) sentence += ' ';
      if (byte)
        sentence += static_cast<char>(static_cast<unsigned char>(id));
      else
        sentence += words_[static_cast<std::size_t>(id - num_bytes)];
      after_bytes = byte;
    }
    return sentence;
  }

  /// Known word with the smallest edit distance; of equals, the one with the lower id. Of long words the
  /// first 64 bytes are compared.
  const std::string& nearest(std::string_view word) const {
    constexpr std::size_t compared = 64;
    std::size_t best = 0;
    std::size_t best_distance = 2 * compared;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::size_t distance =
          edit_distance(word.substr(0, compared), std::string_view(words_[i]).substr(0, compared));
      if (distance < best_distance) {
        best_distance = distance;
        best = i;
      }
    }
    return words_[best];
  }

  /// The vocabulary as bytes for a model file: the words in the order of their ids, each ended by a line
  /// feed.
  std::string serialize() const {
    std::string bytes;
    for (const std::string& word : words_) (bytes += word) += '\n';
    return bytes;
  }

  /// Inverse of serialize.
  /// @throws format_error for bytes that it cannot have written
  template <typename = void>
  static WordTokenizer deserialize(std::string_view bytes) {
    require<format_error>(
        !bytes.empty() && bytes.back() == '\n',
        "WordTokenizer::deserialize: the vocabulary of {} bytes does not end in a line feed", bytes.size());
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < bytes.size();) {
      const std::size_t end = bytes.find('\n', begin);
      words.emplace_back(bytes.substr(begin, end - begin));
      begin = end + 1;
    }
    try {
      return WordTokenizer(std::move(words));
    } catch (const value_error& failure) {
      throw format_error(failure.what());
    }
  }

  /// Bytes and words.
  index_t vocabulary_size() const { return num_bytes + static_cast<index_t>(words_.size()); }
  /// In the order of their ids.
  const std::vector<std::string>& words() const { return words_; }

 private:
  static constexpr std::size_t most_named = 8;  // unknown words of one sentence

  static std::string joined(const std::vector<std::string>& words, std::size_t first, std::size_t count) {
    std::string text = words[first];
    for (std::size_t i = 1; i < count; ++i) (text += ' ') += words[first + i];
    return text;
  }

  struct Known {
    token_t id = 0;
    std::size_t length = 0;  ///< how many of the sentence's words it takes; 0: none is known
  };

  /// The longest word of the vocabulary in a sentence from word `at` on.
  Known known_at(const std::vector<std::string>& words, std::size_t at) const {
    for (std::size_t length = (std::min)(longest_form_, words.size() - at); length > 0; --length) {
      const std::string text = joined(words, at, length);
      for (const std::vector<std::string>* known : {&words_, &forms_}) {
        const auto found = std::find(known->begin(), known->end(), text);
        if (found != known->end())
          return {static_cast<token_t>(num_bytes + (found - known->begin())), length};
      }
    }
    return {};
  }

  SentenceForms sentence_forms_;
  std::vector<std::string> words_;
  std::vector<std::string> forms_;  // their normal forms of today, with a space between two words
  std::size_t longest_form_ = 1;    // in words
};

static_assert(TextTokenizer<WordTokenizer>);

}  // namespace flashvideo
