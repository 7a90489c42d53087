// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Video; the umbrella does not include it.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/labelled_videos.hpp"
#include "flashvideo/data/video_tree.hpp"
#include "flashvideo/io/text_file.hpp"

namespace flashvideo {

/// How the classes of UCF-101 are numbered, from 0 on.
enum class Ucf101Labels {
  class_index,    ///< as classInd.txt does, less one
  sorted_folders  ///< by the bytes of their names, as TATS and VideoGPT do: other numbers for 34, 35 and 46, 47
};

/// Which part of UCF-101 a `Ucf101` gives.
struct Ucf101Options {
  int split = 1;                                    ///< 1, 2 or 3
  bool test = false;                                ///< testlist0N.txt instead of trainlist0N.txt
  Ucf101Labels labels = Ucf101Labels::class_index;  ///< the classes' numbers
  LabelledVideosOptions clips{};                    ///< of its videos
};

namespace data_detail {

/// Reads ucfTrainTestlist for a `Ucf101`.
class Ucf101Lists {
 public:
  Ucf101Lists(const std::string& folder, const Ucf101Options& options) {
    namespace fs = std::filesystem;
    const fs::path root(folder);
    require<value_error>(options.split >= 1 && options.split <= 3, "Ucf101: split is {}, expected 1, 2 or 3",
                         options.split);
    require<io_error>(fs::is_directory(root), "cannot open {}: not a folder", folder);
    const fs::path beside = root / "ucfTrainTestlist";
    const fs::path lists = fs::is_directory(beside) ? beside : root / ".." / "ucfTrainTestlist";
    require<format_error>(fs::is_directory(lists),
                          "{}: holds no folder ucfTrainTestlist, nor does its parent", folder);
    read_classes((lists / "classInd.txt").string(), options.labels);
    index_videos(fs::is_directory(root / "UCF-101") ? root / "UCF-101" : root);
    const std::string name =
        (options.test ? "testlist0" : "trainlist0") + std::to_string(options.split) + ".txt";
    for (const TextLine& line : read_text_lines((lists / name).string())) {
      if (!trimmed(line.text).empty())
        add(trimmed(line.text), formatted_message("{}: line {}", (lists / name).string(), line.number));
    }
  }

  std::vector<LabelledVideo> videos{};
  std::vector<std::string> missing{};

 private:
  struct Class {
    std::string name;
    index_t number;  // in classInd.txt
    index_t id;
  };

  void read_classes(const std::string& path, Ucf101Labels labels) {
    std::set<std::string> names;
    for (const TextLine& line : read_text_lines(path)) {
      const std::string text = trimmed(line.text);
      if (text.empty()) continue;
      const std::size_t blank = text.find(' ');
      const index_t number = number_of(text.substr(0, blank));
      const std::string name = blank == std::string::npos ? "" : trimmed(text.substr(blank));
      const bool is_new = names.insert(name).second;
      require<format_error>(number >= 1 && !name.empty() && is_new,
                            "{}: line {}: expected a number and a class's name of its own", path,
                            line.number);
      classes_[ascii_lower_case(name)] = {name, number, number - 1};
    }
    if (labels == Ucf101Labels::class_index) return;
    index_t id = 0;
    for (const std::string& name : names) classes_[ascii_lower_case(name)].id = id++;
  }

  /// Letters of either case alike: lists and files disagree on v_HandStandPushups.
  void index_videos(const std::filesystem::path& root) {
    for (const std::filesystem::path& video : videos_below(root.string()))
      files_.emplace(ascii_lower_case(video_stem(video)), video.string());
  }

  /// "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1", the number in training lists alone.
  void add(const std::string& line, const std::string& place) {
    const std::size_t blank = line.find(' ');
    const std::filesystem::path file = line.substr(0, blank);
    const auto found = classes_.find(ascii_lower_case(file.parent_path().filename().string()));
    require<format_error>(found != classes_.end(), "{}: expected a class of classInd.txt, '/' and a video",
                          place);
    const Class& its = found->second;
    const index_t number = blank == std::string::npos ? its.number : number_of(trimmed(line.substr(blank)));
    require<format_error>(number == its.number, "{}: the class is numbered {}, by classInd.txt {}", place,
                          number, its.number);
    const auto video = files_.find(ascii_lower_case(file.stem().string()));
    if (video == files_.end()) {
      missing.push_back(file.string());
    } else {
      videos.push_back({video->second, its.id, its.name, place});
    }
  }

  /// -1: none.
  static index_t number_of(const std::string& digits) {
    const bool is_number =
        !digits.empty() && digits.size() < 10 && std::all_of(digits.begin(), digits.end(), is_ascii_digit);
    return is_number ? std::stoll(digits) : -1;
  }

  std::map<std::string, Class> classes_;      // by name in lower case
  std::map<std::string, std::string> files_;  // paths by stem in lower case
};

}  // namespace data_detail

/// UCF-101 as it lies on the disk (Soomro et al., 2012): UCF-101/Class/v_Class_g01_c01.avi, the lists of
/// ucfTrainTestlist beside it (with LF or CR LF). In place of a video file there may be one with another ending or a
/// folder of pictures of its name. Videos that a list names and that are not there are counted in `summary().missing`.
/// @throws value_error for options out of range
/// @throws io_error for a folder or list that cannot be read
/// @throws format_error naming the line of a list that is wrong, and as `LabelledVideos`
/// @code
///   Ucf101 clips("data", {.split = 1, .clips = {.size = {16, 128, 128}, .choice = ClipChoice::every_window}});
///   clips.label(0).class_id;  // 0: ApplyEyeMakeup
/// @endcode
class Ucf101 : public LabelledVideos {
 public:
  /// @param folder holds UCF-101 and ucfTrainTestlist, or is UCF-101 beside ucfTrainTestlist
  explicit Ucf101(const std::string& folder, const Ucf101Options& options = {},
                  const ProgressHook& progress = {})
      : Ucf101(folder, data_detail::Ucf101Lists(folder, options), options, progress) {}

 private:
  Ucf101(const std::string& folder, data_detail::Ucf101Lists lists, const Ucf101Options& options,
         const ProgressHook& progress)
      : LabelledVideos(folder, std::move(lists.videos), options.clips, std::move(lists.missing), progress) {}
};

}  // namespace flashvideo
