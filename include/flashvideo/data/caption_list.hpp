// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/listed.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/text_file.hpp"

namespace flashvideo {

/// A clip's file and its sentence.
struct CaptionedFile {
  std::string path;     ///< folder included
  std::string caption;  ///< without blanks at its ends
  std::string place;    ///< where it stands: the file, of a table with the line
};

/// Whether a name ends as videos do, in letters of either case.
inline bool is_video_name(const std::filesystem::path& path) {
  constexpr std::string_view known[] = {".mp4", ".m4v",  ".mov", ".mkv", ".webm", ".avi",
                                        ".mpg", ".mpeg", ".gif", ".y4m", ".wmv",  ".flv"};
  return std::find(std::begin(known), std::end(known), lower_case_extension(path)) != std::end(known);
}

namespace data_detail {

/// Without blanks at either end.
inline std::string trimmed(std::string_view text) {
  const std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

/// One line of a table; what is wrong with it is added to `problems`.
inline void read_caption_line(const TextLine& line, const std::filesystem::path& table,
                              std::vector<CaptionedFile>& clips, std::vector<std::string>& problems) {
  const std::string_view text = line.text;
  if (trimmed(text).empty()) return;
  const std::size_t tab = text.find('\t');
  if (tab == std::string_view::npos) {
    problems.push_back(formatted_message("line {} has no tab, expected file<TAB>caption", line.number));
    return;
  }
  const std::string name = trimmed(text.substr(0, tab));
  const std::string caption = trimmed(text.substr(tab + 1, text.find('\t', tab + 1) - tab - 1));
  if (line.number == 1 && name == "file" && caption == "caption") return;
  const std::string path = (table.parent_path() / name).string();
  if (name.empty() || caption.empty()) {
    problems.push_back(formatted_message("line {} has no {}, expected file<TAB>caption", line.number,
                                         name.empty() ? "file" : "caption"));
  } else if (!std::filesystem::exists(path)) {
    problems.push_back(formatted_message("line {} names {}, which does not exist", line.number, path));
  } else {
    clips.push_back({path, caption, formatted_message("{}: line {}", table.string(), line.number)});
  }
}

inline std::vector<CaptionedFile> read_caption_table(const std::filesystem::path& table) {
  std::vector<CaptionedFile> clips;
  std::vector<std::string> problems;
  for (const TextLine& line : read_text_lines(table.string())) {
    read_caption_line(line, table, clips, problems);
  }
  require<format_error>(problems.empty(), "{}: {}", table.string(), listed(problems));
  require<format_error>(!clips.empty(), "{}: names no clip", table.string());
  return clips;
}

/// A video with its caption, which stands in the .txt file of the same name.
/// @throws format_error without one
inline CaptionedFile read_caption_beside(const std::filesystem::path& video,
                                         const std::map<std::string, std::string>& texts) {
  const auto text = texts.find(video.stem().string());
  require<format_error>(text != texts.end(), "{}: has no caption, expected captions.tsv or {}",
                        video.string(), std::filesystem::path(video).replace_extension(".txt").string());
  const std::string caption = trimmed(read_text_file(text->second));
  require<format_error>(!caption.empty(), "{}: is empty, expected a caption", text->second);
  return {video.string(), caption, text->second};
}

}  // namespace data_detail

/// The clips of a folder with their captions: `captions.tsv` with lines `file<TAB>caption` (a first line
/// "file<TAB>caption" and further columns are passed over), or else each clip's `.txt` of the same name, in
/// the order in which people count (`natural_less`). Text is UTF-8 (`read_text_file`); hidden system files
/// are passed over.
/// @throws io_error for a folder that cannot be read
/// @throws format_error naming every bad line, missing file and clip without a caption (the first five, and
/// how many more)
inline std::vector<CaptionedFile> read_caption_list(const std::string& folder) {
  require<io_error>(std::filesystem::is_directory(folder), "cannot open {}: not a folder", folder);
  const std::vector<std::filesystem::path> files = list_folder(folder);
  std::map<std::string, std::string> texts;  // .txt files by their names without the ending
  for (const std::filesystem::path& file : files) {
    if (ascii_lower_case(file.filename().string()) == "captions.tsv") {
      return data_detail::read_caption_table(file);
    }
    if (lower_case_extension(file) == ".txt") texts.emplace(file.stem().string(), file.string());
  }
  std::vector<CaptionedFile> clips;
  std::vector<std::string> problems;
  for (const std::filesystem::path& file : files) {
    if (!is_video_name(file) || !std::filesystem::is_regular_file(file)) continue;
    try {
      clips.push_back(data_detail::read_caption_beside(file, texts));
    } catch (const format_error& wrong) {
      problems.emplace_back(wrong.what());
    }
  }
  require<format_error>(problems.empty(), "{}", listed(problems));
  require<format_error>(!clips.empty(), "{}: holds no clips, expected captions.tsv or videos with .txt files",
                        folder);
  return clips;
}

}  // namespace flashvideo
