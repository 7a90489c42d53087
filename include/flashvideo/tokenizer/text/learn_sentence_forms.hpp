// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "flashvideo/tokenizer/text/sentence_forms.hpp"

namespace flashvideo {

/// The forms of training's captions: their runs of three words, or of two where three say too little; nothing
/// where captions are so free that new ones seldom consist of known runs. A length serves if, of the different
/// captions (20 at least), 19 in 20 consist of runs that others have too.
/// @code bundle.sentence_forms = learn_sentence_forms(captions); @endcode
inline SentenceForms learn_sentence_forms(const std::vector<std::string>& captions) {
  constexpr std::size_t fewest_captions = 20, most_runs = 20000;
  SentenceForms forms;
  for (const index_t length : {3, 2}) {
    std::set<std::vector<std::string>> different;
    for (const std::string& caption : captions) different.insert(SentenceForms::runs_of(caption, length));
    std::map<std::string, index_t> count;  // captions that have a run
    for (const auto& runs : different) {
      for (const std::string& run : std::set<std::string>(runs.begin(), runs.end())) ++count[run];
    }
    std::size_t like_others = 0;
    for (const auto& runs : different) {
      const bool alone =
          std::any_of(runs.begin(), runs.end(), [&](const std::string& run) { return count[run] < 2; });
      like_others += alone ? 0 : 1;
    }
    if (different.size() < fewest_captions || count.size() > most_runs ||
        20 * like_others < 19 * different.size())
      continue;
    forms.length = length;
    for (const auto& [run, captions_with_it] : count) forms.runs.push_back(run);
    forms.example = captions.front();
    break;
  }
  return forms;
}

}  // namespace flashvideo
