// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// A clip's file and its sentence.
struct CaptionedFile {
  std::string path;
  std::string caption;
};

namespace detail {

/// Without blanks at either end.
inline std::string trimmed(std::string_view text) {
  const std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

inline bool is_video_name(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::string_view known[] = {".mp4", ".m4v",  ".mov", ".mkv", ".webm", ".avi",
                                        ".mpg", ".mpeg", ".gif", ".y4m", ".wmv",  ".flv"};
  return std::find(std::begin(known), std::end(known), extension) != std::end(known);
}

inline std::vector<CaptionedFile> read_caption_table(const std::filesystem::path& folder) {
  const std::filesystem::path table = folder / "captions.tsv";
  std::ifstream file(table);
  require<io_error>(file.is_open(), "cannot open {}", table.string());
  std::vector<CaptionedFile> clips;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (trimmed(line).empty()) continue;
    const std::size_t tab = line.find('\t');
    require<format_error>(tab != std::string::npos, "{}: line {} has no tab, expected file<TAB>caption",
                          table.string(), number);
    const std::string name = trimmed(std::string_view(line).substr(0, tab));
    const std::string caption =
        trimmed(std::string_view(line).substr(tab + 1, line.find('\t', tab + 1) - tab - 1));
    if (number == 1 && name == "file" && caption == "caption") continue;
    require<format_error>(!name.empty() && !caption.empty(),
                          "{}: line {} has no {}, expected file<TAB>caption", table.string(), number,
                          name.empty() ? "file" : "caption");
    const std::filesystem::path path = folder / name;
    require<format_error>(std::filesystem::exists(path), "{}: line {} names {}, which does not exist",
                          table.string(), number, path.string());
    clips.push_back({path.string(), caption});
  }
  require<format_error>(!clips.empty(), "{}: names no clip", table.string());
  return clips;
}

}  // namespace detail

/// The clips of a folder with their captions: `captions.tsv` with lines `file<TAB>caption` (a first line
/// "file<TAB>caption" and further columns are passed over), or else each clip's `.txt` of the same name, in
/// the order of their names.
/// Throws io_error for a folder that cannot be read, format_error with the line number for a bad line or a
/// missing file, and for a clip without a caption.
inline std::vector<CaptionedFile> read_caption_list(const std::string& folder) {
  require<io_error>(std::filesystem::is_directory(folder), "cannot open {}: not a folder", folder);
  if (std::filesystem::exists(std::filesystem::path(folder) / "captions.tsv")) {
    return detail::read_caption_table(folder);
  }
  std::vector<CaptionedFile> clips;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file() || !detail::is_video_name(entry.path())) continue;
    std::filesystem::path text = entry.path();
    text.replace_extension(".txt");
    std::ifstream file(text);
    require<format_error>(file.is_open(), "{}: has no caption, expected captions.tsv or {}",
                          entry.path().string(), text.string());
    const std::string caption =
        detail::trimmed(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
    require<format_error>(!caption.empty(), "{}: is empty, expected a caption", text.string());
    clips.push_back({entry.path().string(), caption});
  }
  require<format_error>(!clips.empty(), "{}: holds no clips, expected captions.tsv or videos with .txt files",
                        folder);
  std::sort(clips.begin(), clips.end(),
            [](const CaptionedFile& a, const CaptionedFile& b) { return a.path < b.path; });
  return clips;
}

}  // namespace flashvideo
