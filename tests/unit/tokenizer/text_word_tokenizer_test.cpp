// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {
using Ids = std::vector<token_t>;
const WordTokenizer tokenizer({"a", "red", "star", "square", "moves", "up"});
}  // namespace

TEST_CASE("WordTokenizer: bytes are ids 0..255, then words in their order") {
  const TextEncoding text = tokenizer.encode("A red Star, moves up!");
  CHECK(text.ids == Ids{256, 257, 258, 260, 261});
  CHECK(text.warnings.empty());
  CHECK(tokenizer.vocabulary_size() == 262);
  CHECK(tokenizer.decode(text.ids) == "a red star moves up");
}

TEST_CASE("WordTokenizer: an unknown word falls back to bytes and yields one warning with the nearest word") {
  const TextEncoding text = tokenizer.encode("a SQARE moves, sqare!");
  CHECK(text.ids == Ids{256, 's', 'q', 'a', 'r', 'e', 260, 's', 'q', 'a', 'r', 'e'});
  REQUIRE(text.warnings.size() == 1);
  CHECK(text.warnings[0] == "the word \"sqare\" is unknown, the nearest known word is \"square\"");
  const TextEncoding two = tokenizer.encode("a big cat");
  CHECK(two.ids == Ids{256, 'b', 'i', 'g', ' ', 'c', 'a', 't'});
  CHECK(two.warnings.size() == 2);
  CHECK(tokenizer.decode(two.ids) == "a big cat");
  CHECK(tokenizer.nearest("re") == "red");
  CHECK(WordTokenizer({"bb", "aa"}).nearest("ab") == "bb");  // of equals the lower id
}

TEST_CASE("WordTokenizer: no known word, or no word, is an error") {
  CHECK_THROWS_AS(tokenizer.encode("blue cats"), value_error);
  CHECK_THROWS_AS(tokenizer.encode(""), value_error);
  CHECK_THROWS_AS(tokenizer.encode(" ,.! "), value_error);
  CHECK_THROWS_WITH(tokenizer.encode("Ster!"),
                    "WordTokenizer::encode: no word of the sentence \"Ster!\" is known "
                    "(the word \"ster\" is unknown, the nearest known word is \"star\")");
  CHECK_THROWS_AS(tokenizer.decode(Ids{262}), value_error);
  CHECK_THROWS_AS(tokenizer.decode(Ids{-1}), value_error);
}

TEST_CASE("WordTokenizer: decoding gives the normalised sentence back") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed);
    std::string sentence = "red ";
    for (index_t i = random.below(60); i > 0; --i)
      sentence += random.below(4) == 0 ? ' ' : static_cast<char>(random.below(256));
    sentence += random.below(2) == 0 ? " up star" : "";
    std::string normal;
    for (const std::string& word : normalized_words(sentence)) normal += (normal.empty() ? "" : " ") + word;
    CAPTURE(seed, sentence);
    CHECK(tokenizer.decode(tokenizer.encode(sentence).ids) == normal);
  }
}

TEST_CASE("WordTokenizer: the vocabulary survives its serialisation") {
  const std::vector<std::string> sentences{"A star moves up", "a red STAR!", "\xC3\xA9toile 7"};
  const WordTokenizer made = WordTokenizer::from_sentences(sentences);
  CHECK(made.words() == std::vector<std::string>{"7", "a", "moves", "red", "star", "up", "\xC3\xA9toile"});
  CHECK(made.serialize() == "7\na\nmoves\nred\nstar\nup\n\xC3\xA9toile\n");
  const WordTokenizer read = WordTokenizer::deserialize(made.serialize());
  CHECK(read.words() == made.words());
  CHECK(read.encode("red star").ids == made.encode("red star").ids);
  for (const char* bad : {"", "a", "a\nb", "\n", "a\n\nb\n", "a\na\n", "A\n", "a b\n", "a,\n"})
    CHECK_THROWS_AS(WordTokenizer::deserialize(bad), format_error);
  CHECK_THROWS_AS(WordTokenizer({}), value_error);
  CHECK_THROWS_AS(WordTokenizer({"a", "a"}), value_error);
  CHECK_THROWS_AS(WordTokenizer({"Red"}), value_error);
}

TEST_CASE("WordTokenizer: a vocabulary of an earlier version serves with the normal forms of today") {
  const WordTokenizer old({"stra\u00DFe", "\u7EA2\u8272", "\u7EA2", "gro\u00DF", "gross"});
  CHECK(old.encode("STRASSE").ids == Ids{256});
  CHECK(old.encode("stra\u00DFe \u7EA2\u8272\u7EA2\uFF0C").ids == Ids{256, 257, 258});
  CHECK(old.encode("gross").ids == Ids{260});  // a word that stands there as it is comes first
  CHECK(old.decode(Ids{256, 257}) == "stra\u00DFe \u7EA2\u8272");
  CHECK_THROWS_AS(WordTokenizer({"a", "\u3002"}), value_error);
}

TEST_CASE("WordTokenizer: what is long is cut in messages and compared by its beginning") {
  const std::string word = "sqare" + std::string(100000, 'x');
  const TextEncoding text = tokenizer.encode("a " + word);
  CHECK(text.ids.size() == 1 + word.size());
  REQUIRE(text.warnings.size() == 1);
  CHECK(text.warnings[0] ==
        "the word \"sqare" + std::string(35, 'x') + "...\" is unknown, the nearest known word is \"square\"");
  std::string many = "red";
  for (int i = 0; i < 20000; ++i) many += " w" + std::to_string(i);
  const TextEncoding more = tokenizer.encode(many);
  REQUIRE(more.warnings.size() == 9);
  CHECK(more.warnings[8] == "19992 more words of the sentence are unknown");
  CHECK_THROWS_WITH(tokenizer.encode(std::string(100, '.') + "\n"),
                    "WordTokenizer::encode: the sentence \"" + std::string(40, '.') + "...\" has no words");
}

TEST_CASE("WordTokenizer: of a sentence that is too long, first unknown words are left out, then its end") {
  const auto cut = [](const std::string& sentence, index_t length) {
    return tokenizer.cut_to(length, tokenizer.encode(sentence));
  };
  CHECK(cut("a red star", 3).ids == Ids{256, 257, 258});
  CHECK(cut("a red star", 3).warnings.empty());
  CHECK(cut("a red star moves", 0).ids.size() == 4);
  const TextEncoding words = cut("a big red cat star", 3);
  CHECK(words.ids == Ids{256, 257, 258});
  CHECK(words.warnings.back() ==
        "the model reads 3 text tokens of a sentence, this one has 9: left out is \"big cat\"");
  const TextEncoding end = cut("a red star moves up cat", 2);
  CHECK(end.ids == Ids{256, 257});
  CHECK(end.warnings.back() ==
        "the model reads 2 text tokens of a sentence, this one has 8: left out is \"cat star moves up\"");
}

TEST_CASE("WordTokenizer: at a fixed length shorter sentences are filled up with the byte 0") {
  const WordTokenizer tokenizer({"a", "red", "star"});
  const auto ids = [&](const char* sentence, index_t length) {
    return tokenizer.fixed_length(tokenizer.encode(sentence), length).ids;
  };
  CHECK(ids("red star", 0) == std::vector<token_t>{257, 258});
  CHECK(ids("red star", 4) == std::vector<token_t>{257, 258, 0, 0});
  CHECK(ids("a red star a", 3) == std::vector<token_t>{256, 257, 258});
}

TEST_CASE("WordTokenizer: where the captions' forms are known, a sentence of another is named") {
  const WordTokenizer tokenizer(WordTokenizerConfiguration{
      {"a", "red", "star"}, {2, SentenceForms::runs_of("a red star", 2), "a red star"}});
  CHECK(tokenizer.encode("a red star").warnings.empty());
  const TextEncoding strange = tokenizer.encode("star red");
  REQUIRE(strange.warnings.size() == 1);
  CHECK(strange.warnings[0].find("is of no form that the model was trained on") != std::string::npos);
}
