// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/sentence_forms.hpp"

#include "support/catch.hpp"

using namespace flashvideo;
using Runs = std::vector<std::string>;

TEST_CASE("SentenceForms: runs are of the sentence with its two ends") {
  CHECK(SentenceForms::runs_of("A red STAR.", 3) == Runs{". a red", "a red star", "red star ."});
  CHECK(SentenceForms::runs_of("A red STAR.", 2) == Runs{". a", "a red", "red star", "star ."});
  CHECK(SentenceForms::runs_of("star", 3) == Runs{". star ."});
  CHECK(SentenceForms::runs_of("star", 9) == Runs{". star ."});
}

TEST_CASE("SentenceForms: the first run that no caption has is named with its place") {
  const SentenceForms forms{3, SentenceForms::runs_of("a red star moves up", 3), "a red star moves up"};
  const auto note = [&](const std::string& sentence, const std::string& what) {
    return forms.note(sentence) == "the sentence \"" + sentence +
                                       "\" is of no form that the model was trained on: no caption " + what +
                                       "; one that it knows is \"a red star moves up\"";
  };
  CHECK(forms.note("A red star moves up!").empty());
  CHECK(note("star", "is \"star\""));
  CHECK(note("two red circles", "begins with \"two red\""));
  CHECK(note("a red star moves", "ends with \"star moves\""));
  CHECK(note("a red star moves up and up", "has \"moves up and\""));
  CHECK(SentenceForms{}.note("star").empty());  // nothing is known
}
