// SPDX-License-Identifier: MIT
#include "../../../examples/generate/prompts.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/bundle_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using test::message_of;

namespace {

Json bundled() {
  return BundleFile::open(FLASHVIDEO_SOURCE_DIR "/examples/models/moving_shapes.safetensors")
      .json()
      .at("text_tokenizer");
}

}  // namespace

TEST_CASE("prompts: of the command line and of a file, with the places of its lines") {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("prompts.txt");
  test::write_text(file,
                   "\xEF\xBB\xBF"
                   "a red star\r\n\r\n \t\na blue ring");
  const auto prompts = example::read_prompts({"a cross"}, file);
  REQUIRE(prompts.size() == 3);
  CHECK(prompts[0].text == "a cross");
  CHECK(prompts[0].place == "");
  CHECK(prompts[1].text == "a red star");
  CHECK(prompts[1].place == file + ": line 1: ");
  CHECK(prompts[2].place == file + ": line 4: ");
}

TEST_CASE("prompts: nothing to make a video of is said to be that") {
  const auto complaint = [](const std::vector<std::string>& given, const std::string& file) {
    return message_of<example::usage_error>([&] { example::read_prompts(given, file); });
  };
  CHECK(complaint({""}, "") == "--prompt: the sentence is empty");
  CHECK(complaint({"a star", " \t"}, "") == "--prompt: the sentence has blanks alone");
  CHECK(complaint({}, "") == "a --prompt or --prompts FILE is needed");
  const test::TemporaryFolder folder;
  test::write_text(folder.file("blank.txt"), "\n  \n");
  CHECK(complaint({}, folder.file("blank.txt")) ==
        "--prompts: " + folder.file("blank.txt") + " has no sentence, only blank lines");
}

TEST_CASE("prompts: all that cannot be used are named with file and line, and notes come once") {
  const WordTokenizer words({"a", "red", "star"});
  const auto encode = [&](const std::string& sentence) { return words.encode(sentence); };
  CHECK(message_of<value_error>([&] {
          example::check_prompts({{"a star", "f: line 1: "}, {"...", "f: line 2: "}, {"blue", "f: line 5: "}},
                                 {}, encode);
        }) ==
        "f: line 2: WordTokenizer::encode: the sentence \"...\" has no words; f: line 5: "
        "WordTokenizer::encode: no word of the sentence \"blue\" is known (the word \"blue\" is unknown, the "
        "nearest known word is \"a\")");
  const auto notes =
      example::check_prompts({{"a blue star", ""}, {"a star, blue", ""}, {"a red star", ""}}, {}, encode);
  CHECK(notes == std::vector<std::string>{"the word \"blue\" is unknown, the nearest known word is \"a\""});
  std::vector<example::Prompt> many;
  for (int i = 0; i < 50; ++i) many.push_back({"a w" + std::to_string(i), ""});
  CHECK(example::check_prompts(many, {}, encode).size() == 21);
  CHECK(example::check_prompts(many, {}, encode).back() == "30 more such notes");
}

TEST_CASE("prompts: the bundled model's forms are those of the small world") {
  const SentenceForms forms = example::small_world_forms(bundled());
  REQUIRE(forms.length == 3);
  for (index_t i = 0; i < num_sprite_triples; ++i) {
    for (index_t j = 0; j < num_sprite_triples; ++j) {
      if (!forms.note(caption_of(std::vector{sprite_triple(i), sprite_triple(j)})).empty()) {
        FAIL(caption_of(std::vector{sprite_triple(i), sprite_triple(j)}));
      }
    }
    CHECK(forms.note(caption_of(std::vector{sprite_triple(i)})).empty());
  }
  for (const char* strange :
       {"star", "two red circles", "a red star", "red star moves in a circle", "a circle moves up and down",
        "a red star moves in a circle and", "a red star moves in a red circle",
        "a red star moves up and right", "a red star and a blue ring move up and down"}) {
    INFO(strange);
    CHECK_FALSE(forms.note(strange).empty());
  }
  Json other = bundled();
  Json words = Json::array();
  for (std::size_t i = 1; i < other.at("words").as_array().size(); ++i) {
    words.push_back(other.at("words").as_array()[i]);
  }
  other.set("words", words);
  CHECK(example::small_world_forms(other).length == 0);
  other = bundled();
  other.set("sentence_forms", Json::object());  // the model itself says what it knows
  CHECK(example::small_world_forms(other).length == 0);
  CHECK(example::small_world_forms(Json::object().set("kind", "another")).length == 0);
}
