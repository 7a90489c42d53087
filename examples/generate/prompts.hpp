// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "../common/usage_error.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/listed.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/tokenizer/text/learn_sentence_forms.hpp"
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

namespace example {

/// A sentence of the command line or of a file.
struct Prompt {
  std::string text;
  std::string place;  ///< what messages about it begin with: "prompts.txt: line 3: "; empty: the command line
};

/// The sentences of --prompt, then the lines of the file of --prompts but the blank ones.
/// @throws usage_error when there is none, or one of --prompt is blank
inline std::vector<Prompt> read_prompts(const std::vector<std::string>& given, const std::string& file) {
  const auto is_blank = [](std::string_view text) {
    return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
  };
  std::vector<Prompt> prompts;
  for (const std::string& text : given) {
    if (is_blank(text)) {
      throw usage_error(
          fmt::format("--prompt: the sentence {}", text.empty() ? "is empty" : "has blanks alone"));
    }
    prompts.push_back({text, ""});
  }
  if (!file.empty()) {
    for (const flashvideo::TextLine& line : flashvideo::read_text_lines(file)) {
      if (!is_blank(line.text))
        prompts.push_back({line.text, fmt::format("{}: line {}: ", file, line.number)});
    }
    if (prompts.empty())
      throw usage_error(fmt::format("--prompts: {} has no sentence, only blank lines", file));
  }
  if (prompts.empty()) throw usage_error("a --prompt or --prompts FILE is needed");
  return prompts;
}

/// The forms of the small world's captions for a bundle that has its words and does not state the forms of its
/// captions itself; else nothing is known.
/// @param text_tokenizer what the bundle says of its text tokenizer
inline flashvideo::SentenceForms small_world_forms(const flashvideo::Json& text_tokenizer) {
  using namespace flashvideo;
  if (text_tokenizer.at("kind") != Json(WordTokenizer::kind) || text_tokenizer.contains("sentence_forms"))
    return {};
  std::vector<std::string> captions;
  for (index_t first = 0; first < num_sprite_triples; ++first) {
    captions.push_back(caption_of(std::vector{sprite_triple(first)}));
    for (index_t step = 0; step < 24; ++step) {  // every motion before every colour, twice
      const index_t second = (first + 6 * step + 1) % num_sprite_triples;
      captions.push_back(caption_of(std::vector{sprite_triple(first), sprite_triple(second)}));
    }
  }
  if (Json::array_of(WordTokenizer::from_sentences(captions).words()) != text_tokenizer.at("words"))
    return {};
  return learn_sentence_forms(captions);
}

/// What is to be said of the prompts before any work, one sentence each, none twice.
/// @param encode gives the `TextEncoding` of a sentence
/// @throws value_error naming every prompt that cannot be used (the first few of many)
template <typename Encode>
std::vector<std::string> check_prompts(const std::vector<Prompt>& prompts,
                                       const flashvideo::SentenceForms& forms, const Encode& encode) {
  std::vector<std::string> wrong, notes;
  const auto add = [&notes](const std::string& note) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
  };
  for (const Prompt& prompt : prompts) {
    try {
      const flashvideo::TextEncoding text = encode(prompt.text);
      for (const std::string& warning : text.warnings) add(prompt.place + warning);
      const std::string note = forms.note(prompt.text);
      if (!note.empty()) add(prompt.place + note);
    } catch (const flashvideo::value_error& error) {
      wrong.push_back(prompt.place + error.what());
    }
  }
  if (!wrong.empty()) throw flashvideo::value_error(flashvideo::listed(wrong));
  constexpr std::size_t most = 20;
  if (notes.size() > most) {
    const std::string more = fmt::format("{} more such notes", notes.size() - most);
    notes.resize(most);
    notes.push_back(more);
  }
  return notes;
}

}  // namespace example
