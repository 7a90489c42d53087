// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/in_quotes.hpp"
#include "flashvideo/tokenizer/text/normalized_words.hpp"

namespace flashvideo {

/// What sentences a model was trained on, as the runs of words that its captions hold: a sentence with another
/// run is of a form that the model never met, and its video may show anything. Learnt by
/// `learn_sentence_forms`.
struct SentenceForms {
  index_t length = 0;  ///< words of a run; 0: nothing is known of the captions
  /// Every run of so many words in a caption, its words parted by spaces; "." stands before its first word and
  /// behind its last
  std::vector<std::string> runs{};
  std::string example{};  ///< a caption

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("length", length, at_least(1), "words of a run");
    fields.texts("runs", runs, "every run of words in a caption");
    fields.text("example", example, {}, "a caption");
  }

  /// The runs of a sentence, in order.
  static std::vector<std::string> runs_of(std::string_view sentence, index_t length) {
    const std::vector<std::string> words = normalized_words(sentence);
    const std::size_t all = words.size() + 2,
                      count = all < static_cast<std::size_t>(length) ? all : static_cast<std::size_t>(length);
    std::vector<std::string> runs;
    for (std::size_t first = 0; first + count <= all; ++first) {
      std::string run;
      for (std::size_t i = first; i < first + count; ++i) {
        if (i > first) run += ' ';
        run += i == 0 || i + 1 == all ? std::string_view(".") : words[i - 1];
      }
      runs.push_back(run);
    }
    return runs;
  }

  /// One sentence for a person if no caption was of the form of `sentence`, else nothing.
  std::string note(std::string_view sentence) const {
    if (length == 0) return {};
    for (const std::string& run : runs_of(sentence, length)) {
      if (std::find(runs.begin(), runs.end(), run) != runs.end()) continue;
      std::string_view words = run;
      const bool begins = words.starts_with(". "), ends = words.ends_with(" .");
      if (begins) words.remove_prefix(2);
      if (ends) words.remove_suffix(2);
      const char* where = begins && ends ? "is" : begins ? "begins with" : ends ? "ends with" : "has";
      std::string text = "the sentence ";
      ((text += in_quotes(sentence, 80)) += " is of no form that the model was trained on: no caption ") +=
          where;
      ((text += ' ') += in_quotes(words)) += "; one that it knows is ";
      return text += in_quotes(example, 80);
    }
    return {};
  }
};

}  // namespace flashvideo
