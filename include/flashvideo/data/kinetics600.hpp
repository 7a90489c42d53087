// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/labelled_videos.hpp"
#include "flashvideo/data/video_tree.hpp"
#include "flashvideo/io/csv_file.hpp"

namespace flashvideo {

/// A part of Kinetics-600.
enum class KineticsPart {
  train,     ///< 384 thousand videos
  validate,  ///< 29 thousand
  test       ///< 57 thousand
};

/// Which part of Kinetics-600 a `Kinetics600` gives.
struct Kinetics600Options {
  KineticsPart part =
      KineticsPart::train;        ///< of the annotations, and the folder of the same name where there is one
  std::string annotations{};      ///< the CSV file; empty: looked for by its usual names
  LabelledVideosOptions clips{};  ///< of its videos
};

/// A class's folder as torchvision names it: blanks are '_'; ', ( and ) are left out.
inline std::string kinetics_folder(std::string_view label) {
  std::string name;
  for (const char c : label) {
    if (std::string_view("'()").find(c) == std::string_view::npos) name += c == ' ' ? '_' : c;
  }
  return name;
}

namespace data_detail {

/// Reads the annotations of a `Kinetics600`.
class KineticsAnnotations {
 public:
  KineticsAnnotations(const std::string& folder, const Kinetics600Options& options) {
    namespace fs = std::filesystem;
    require<io_error>(fs::is_directory(folder), "cannot open {}: not a folder", folder);
    const CsvFile table(options.annotations.empty() ? usual_table(folder, options.part)
                                                    : options.annotations);
    fs::path root = folder;
    for (const std::string& name : names_of(options.part)) {
      if (fs::is_directory(fs::path(folder) / name)) root = fs::path(folder) / name;
    }
    std::map<std::string, std::string> files;  // paths by stem
    for (const fs::path& video : videos_below(root.string()))
      files.emplace(video_stem(video), video.string());
    const std::size_t label = table.column("label"), split = table.column("split");
    const std::size_t id = table.needed_column("youtube_id"), from = table.needed_column("time_start"),
                      to = table.needed_column("time_end");
    const std::map<std::string, index_t> ids = class_ids(table, label);
    const std::vector<std::string> parts = names_of(options.part);
    for (const CsvFile::Row& row : table.rows()) {
      if (split != CsvFile::none && !row.values[split].empty() &&
          std::find(parts.begin(), parts.end(), row.values[split]) == parts.end())
        continue;
      const std::string place = formatted_message("{}: line {}", table.path(), row.line);
      const std::string stem = fmt::format("{}_{:06}_{:06}", row.values[id], second(row.values[from], place),
                                           second(row.values[to], place));
      const std::string name = label == CsvFile::none ? "" : row.values[label];
      const auto file = files.find(stem);
      if (file == files.end()) {
        missing.push_back(stem);
      } else {
        videos.push_back({file->second, name.empty() ? -1 : ids.at(kinetics_folder(name)), name, place});
      }
    }
  }

  std::vector<LabelledVideo> videos{};
  std::vector<std::string> missing{};

 private:
  static std::vector<std::string> names_of(KineticsPart part) {
    if (part == KineticsPart::train) return {"train"};
    if (part == KineticsPart::test) return {"test"};
    return {"val", "validate", "validation"};
  }

  static std::string usual_table(const std::filesystem::path& folder, KineticsPart part) {
    for (const std::filesystem::path& place : {folder / "annotations", folder}) {
      for (const char* set : {"", "kinetics600_", "kinetics_600_", "kinetics-600_"}) {
        for (const std::string& name : names_of(part)) {
          for (const char* ending : {".csv", ".txt"}) {
            const std::filesystem::path table = place / (set + name + ending);
            if (std::filesystem::is_regular_file(table)) return table.string();
          }
        }
      }
    }
    throw format_error(formatted_message("{}: holds no annotations, expected {}.csv here or in annotations/",
                                         folder.string(), names_of(part).front()));
  }

  /// By the bytes of the folders' names, as torchvision numbers them.
  static std::map<std::string, index_t> class_ids(const CsvFile& table, std::size_t label) {
    std::map<std::string, index_t> ids;
    if (label == CsvFile::none) return ids;
    for (const CsvFile::Row& row : table.rows()) {
      if (!row.values[label].empty()) ids.emplace(kinetics_folder(row.values[label]), 0);
    }
    index_t next = 0;
    for (auto& [name, id] : ids) id = next++;
    return ids;
  }

  static index_t second(const std::string& digits, const std::string& place) {
    const bool is_number =
        !digits.empty() && digits.size() < 7 && std::all_of(digits.begin(), digits.end(), is_ascii_digit);
    require<format_error>(is_number, "{}: a time is {}, expected whole seconds", place, digits);
    return std::stoll(digits);
  }
};

}  // namespace data_detail

/// Kinetics-600 as it lies on the disk (Carreira et al., 2018): clips ID_START_END.mp4 (seconds of six
/// digits) at any depth below DIR/train, val or test, or below DIR where there is no such folder, and annotations by
/// their header line: label, youtube_id, time_start, time_end, split, in any order, others are passed over. Without a
/// column `label` (the published test part of Kinetics-400) clips are of no class. Classes are numbered by their
/// folders' names, over all lines of the file. Clips that are listed and not there (many are gone) are counted in
/// `summary().missing`.
/// @throws io_error for a folder or file that cannot be read
/// @throws format_error naming the line of the annotations that is wrong, and as `LabelledVideos`
/// @code Kinetics600 clips("k600", {.part = KineticsPart::validate, .clips = {.size = {16, 64, 64}}}); @endcode
class Kinetics600 : public LabelledVideos {
 public:
  /// @param folder holds the annotations and the clips
  explicit Kinetics600(const std::string& folder, const Kinetics600Options& options = {},
                       const ProgressHook& progress = {})
      : Kinetics600(folder, data_detail::KineticsAnnotations(folder, options), options, progress) {}

 private:
  Kinetics600(const std::string& folder, data_detail::KineticsAnnotations lists,
              const Kinetics600Options& options, const ProgressHook& progress)
      : LabelledVideos(folder, std::move(lists.videos), options.clips, std::move(lists.missing), progress) {}
};

}  // namespace flashvideo
