// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/text/learn_sentence_forms.hpp"

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// Captions of one grammar, of all colours, shapes and motions but one triple.
std::vector<std::string> captions_of_a_grammar() {
  const std::vector<std::string> colours{"red", "green", "blue", "white", "black"};
  const std::vector<std::string> shapes{"star", "ring", "cross", "square", "circle"};
  std::vector<std::string> captions;
  for (std::size_t c = 0; c < 5; ++c) {
    for (std::size_t s = 0; s < 5; ++s) {
      for (const char* motion : {"up", "down"}) {
        if ((c != 3 || s != 0) || motion[0] == 'u')
          captions.push_back("a " + colours[c] + ' ' + shapes[s] + " moves " + motion);
      }
    }
  }
  return captions;
}

}  // namespace

TEST_CASE("learn_sentence_forms: sentences of the captions' grammar are known, others are not") {
  const SentenceForms forms = learn_sentence_forms(captions_of_a_grammar());
  CHECK(forms.length == 3);
  CHECK(forms.example == "a red star moves up");
  for (const std::string& caption : captions_of_a_grammar()) CHECK(forms.note(caption).empty());
  CHECK(forms.note("a white star moves down").empty());  // held out, and made of known runs
  for (const char* strange : {"star", "two red circles", "a star moves up", "a red star", "red star moves up",
                              "a red star moves up and down", "moves up"})
    CHECK_FALSE(forms.note(strange).empty());
}

TEST_CASE("learn_sentence_forms: nothing is claimed of few captions, nor of free ones") {
  std::vector<std::string> few = captions_of_a_grammar();
  few.resize(19);
  CHECK(learn_sentence_forms(few).length == 0);
  const std::vector<std::string> same(1000, "a red star moves up");
  CHECK(learn_sentence_forms(same).length == 0);
  std::vector<std::string> free;
  RandomStream random(1);
  for (int i = 0; i < 500; ++i) {
    std::string caption;
    for (int w = 0; w < 8; ++w) caption += 'w' + std::to_string(random.below(300)) + ' ';
    free.push_back(caption);
  }
  CHECK(learn_sentence_forms(free).length == 0);
  CHECK(learn_sentence_forms({}).length == 0);
}

TEST_CASE("learn_sentence_forms: runs of two words where three say too little") {
  std::vector<std::string> captions;
  RandomStream random(2);
  for (int i = 0; i < 400; ++i) {  // any of thirty words may follow any other of its kind
    std::string caption = "the";
    for (int w = 0; w < 6; ++w) caption += (w % 2 == 0 ? " a" : " b") + std::to_string(random.below(10));
    captions.push_back(caption);
  }
  const SentenceForms forms = learn_sentence_forms(captions);
  CHECK(forms.length == 2);
  CHECK(forms.note("the a1 a2").find("has \"a1 a2\"") != std::string::npos);
}
