// SPDX-License-Identifier: MIT
#include "train/clip_facts.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <vector>

#include "common/data_sets.hpp"
#include "common/numbers.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/data/caption_list.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/tokenizer/text/normalized_words.hpp"

namespace example {

namespace {

/// Reads a video through; nothing when it is damaged, which is said when the clips are opened.
std::optional<VideoFacts> facts_of(const std::string& path) {
  try {
    const std::unique_ptr<flashvideo::VideoSource> source = flashvideo::open_video_source(path);
    VideoFacts facts{source->height(), source->width(), 0, 0};
    double first = 0, last = 0;
    for (flashvideo::VideoFrame frame; source->skip_frame(frame);) {
      if (facts.frames++ == 0) first = frame.seconds;
      last = frame.seconds;
    }
    if (facts.frames == 0 || facts.height < 1 || facts.width < 1) return std::nullopt;
    if (!std::filesystem::is_directory(path) && last > first)
      facts.frames_per_second = static_cast<double>(facts.frames - 1) / (last - first);
    return facts;
  } catch (const flashvideo::error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<flashvideo::ClipSize> picture_size(const std::string& text) {
  if (text.empty()) return std::nullopt;
  flashvideo::ClipSize size{0, 0, 0};
  const std::size_t times = text.find('x');
  if (times == std::string::npos ||
      !read_number<index_t>(text.substr(0, times), 8, 4096, size.width).empty() ||
      !read_number<index_t>(text.substr(times + 1), 8, 4096, size.height).empty()) {
    throw usage_error("--size " + text +
                      ": expected width x height in pixels, 8 to 4096 each, such as 96x64");
  }
  return size;
}

ClipFacts look_at_clips(const TrainingArguments& arguments) {
  ClipFacts facts;
  if (arguments.source == "shapes" || arguments.source == "digits") {
    facts.seen.push_back({});
    facts.videos = 50000;
    facts.words = arguments.source == "shapes" ? 50 : 20;
    facts.longest_caption = 15;
    return facts;
  }
  if (is_data_set(arguments.source)) {
    throw usage_error(
        arguments.source +
        ": a data set needs --config FILE (or --preset flashvideo_160), whose frames_per_second is "
        "its rate and whose text_length fits its captions");
  }
  const std::vector<flashvideo::CaptionedFile> files = flashvideo::read_caption_list(arguments.source);
  std::set<std::string> words;
  for (const flashvideo::CaptionedFile& file : files) {
    const std::vector<std::string> caption = flashvideo::normalized_words(file.caption);
    facts.longest_caption = std::max(facts.longest_caption, static_cast<index_t>(caption.size()));
    words.insert(caption.begin(), caption.end());
  }
  facts.words = static_cast<index_t>(words.size());
  facts.videos = static_cast<index_t>(files.size());
  const std::size_t looked_at = std::min<std::size_t>(files.size(), 64);
  for (std::size_t i = 0; i < looked_at; ++i) {
    if (const auto video = facts_of(files[i * files.size() / looked_at].path)) facts.seen.push_back(*video);
  }
  flashvideo::require<flashvideo::format_error>(
      !facts.seen.empty(), "{}: none of the {} videos looked at can be read", arguments.source, looked_at);
  return facts;
}

}  // namespace example
