// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/tf_example.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/io/tf_record_file.hpp"

namespace flashvideo {

/// The sentences of captions.tsv (`train|test<TAB>index<TAB>caption`) for one of the two parts, by the videos'
/// numbers; empty where there is none, or no such file.
/// @throws format_error naming the line that is none, or whose number is no video's
inline std::vector<std::string> read_robot_captions(const std::filesystem::path& path, bool test,
                                                    index_t num_videos) {
  std::vector<std::string> captions;
  if (!std::filesystem::exists(path)) return captions;
  captions.resize(static_cast<std::size_t>(num_videos));
  for (const TextLine& line : read_text_lines(path.string())) {
    if (line.text.empty()) continue;
    const std::size_t first = line.text.find('\t');
    const std::size_t second = first == std::string::npos ? first : line.text.find('\t', first + 1);
    const std::string part = line.text.substr(0, first);
    const std::string digits =
        second == std::string::npos ? "" : line.text.substr(first + 1, second - first - 1);
    const bool fits = (part == "train" || part == "test") && !digits.empty() && digits.size() < 10 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
    require<format_error>(fits, "{}: line {}: expected train|test<TAB>index<TAB>caption", path.string(),
                          line.number);
    if ((part == "test") != test) continue;
    const index_t video = std::stoll(digits);
    require<format_error>(video < num_videos, "{}: line {} names video {}, there are {}", path.string(),
                          line.number, video, num_videos);
    captions[static_cast<std::size_t>(video)] = line.text.substr(second + 1);
  }
  return captions;
}

/// Which camera of a robot pushing video.
enum class RobotCamera {
  main,  ///< image_main
  aux1   ///< image_aux1, the one of the published figures
};

/// What a `RobotPushing` source gives.
struct RobotPushingOptions {
  bool test = false;                          ///< the folder test/ instead of train/
  RobotCamera camera = RobotCamera::aux1;     ///< whose pictures
  index_t num_frames = 16;                    ///< frames of a clip, at most 30
  bool every_window = false;                  ///< every window of a video is a clip; else its first alone
  std::string caption = "a robot arm moves";  ///< of every clip without one of its own
};

/// What the arm did in one frame.
struct RobotState {
  std::array<float, 4> action{};        ///< what it was told to do
  std::array<float, 3> end_effector{};  ///< position
};

/// The BAIR robot pushing videos as they lie on the disk (Ebert et al., 2017): TFRecord files under
/// softmotion30_44k/{train,test}, one record a video of 30 frames of 64 x 64 raw RGB bytes for each camera, four
/// numbers of action and three of position for each frame.
///
/// Captions, where somebody has written some: captions.tsv beside softmotion30_44k, lines
/// `train|test<TAB>index<TAB>caption`. Videos are numbered through the files in the order of their first numbers
/// (`traj_<first>_to_<last>`).
/// @throws io_error for a folder that cannot be read
/// @throws format_error naming file and record, for a damaged one
/// @code RobotPushing clips("bair", {.test = true}); Clip clip = clips.clip(0); @endcode
class RobotPushing {
 public:
  static constexpr index_t frames_of_video = 30;  ///< of every record
  static constexpr index_t side = 64;             ///< px

  /// @param folder holds softmotion30_44k, or is it
  explicit RobotPushing(const std::string& folder, RobotPushingOptions options = {});

  /// Clip i: window i % windows of video i / windows.
  /// @throws value_error for a number outside 0 .. *size() - 1
  Clip clip(index_t i) const {
    require<value_error>(i >= 0 && i < *size(), "RobotPushing::clip: number is {}, expected 0..{}", i,
                         *size() - 1);
    const index_t video = i / windows(), first = i % windows();
    Clip clip;
    clip.caption = caption(i);
    clip.size = clip_size();
    clip.frames.resize(static_cast<std::size_t>(clip.size.num_bytes()));
    const TfExample example = record(video);
    for (index_t t = 0; t < options_.num_frames; ++t) {
      const std::string name = std::to_string(first + t) +
                               (options_.camera == RobotCamera::main ? "/image_main" : "/image_aux1") +
                               "/encoded";
      const auto bytes = example.bytes(name);
      const auto expected = static_cast<std::size_t>(side * side * 3);
      require<format_error>(bytes.size() == expected, "{}: {} has {} bytes, expected {} of raw RGB",
                            where(video), name, bytes.size(), expected);
      std::memcpy(clip.frame(t), bytes.data(), expected);
    }
    return clip;
  }

  /// Actions and positions of all 30 frames of a video.
  std::vector<RobotState> states(index_t video) const {
    require<value_error>(video >= 0 && video < num_videos(),
                         "RobotPushing::states: number is {}, expected 0..{}", video, num_videos() - 1);
    const TfExample example = record(video);
    std::vector<RobotState> states(static_cast<std::size_t>(frames_of_video));
    const auto read = [&](const std::string& name, auto& out) {
      const std::vector<float>& values = example.floats(name);
      require<format_error>(values.size() == out.size(), "{}: {} has {} numbers, expected {}", where(video),
                            name, values.size(), out.size());
      std::copy(values.begin(), values.end(), out.begin());
    };
    for (std::size_t t = 0; t < states.size(); ++t) {
      read(std::to_string(t) + "/action", states[t].action);
      read(std::to_string(t) + "/endeffector_pos", states[t].end_effector);
    }
    return states;
  }

  /// Number of clips.
  std::optional<index_t> size() const { return num_videos() * windows(); }
  /// Of every clip.
  ClipSize clip_size() const { return {options_.num_frames, side, side}; }
  /// Records of the part.
  index_t num_videos() const { return num_videos_; }
  /// Caption of clip i.
  const std::string& caption(index_t i) const {
    const auto video = static_cast<std::size_t>(i / windows());
    return video < captions_->size() && !(*captions_)[video].empty() ? (*captions_)[video] : options_.caption;
  }
  /// Names what the pictures of all clips are made of: the files' bytes, camera and windows.
  std::string fingerprint(const ProgressHook& progress = {}) const {
    Fingerprint print;
    print.add(std::vector<index_t>{options_.num_frames, options_.every_window ? 1 : 0,
                                   options_.camera == RobotCamera::main ? 0 : 1});
    for (const File& file : *files_) {
      report(progress,
             {.label = "comparing videos", .done = file.first_video, .total = num_videos_, .unit = "videos"});
      print.add_file(file.records->path());
    }
    return print.text();
  }

 private:
  struct File {
    std::shared_ptr<const TfRecordFile> records;
    index_t first_video;
  };

  index_t windows() const { return options_.every_window ? frames_of_video - options_.num_frames + 1 : 1; }
  const File& file_of(index_t video) const {
    return *std::prev(
        std::upper_bound(files_->begin(), files_->end(), video,
                         [](index_t number, const File& file) { return number < file.first_video; }));
  }
  std::string where(index_t video) const {
    const File& file = file_of(video);
    return file.records->path() + ", record " + std::to_string(video - file.first_video);
  }
  TfExample record(index_t video) const {
    const File& file = file_of(video);
    return TfExample(where(video), file.records->record(video - file.first_video));
  }

  RobotPushingOptions options_;
  std::shared_ptr<const std::vector<File>> files_;
  std::shared_ptr<const std::vector<std::string>> captions_;
  index_t num_videos_ = 0;
};

inline RobotPushing::RobotPushing(const std::string& folder, RobotPushingOptions options)
    : options_(std::move(options)) {
  namespace fs = std::filesystem;
  require<value_error>(options_.num_frames >= 1 && options_.num_frames <= frames_of_video,
                       "RobotPushing: num_frames is {}, expected 1..{}", options_.num_frames,
                       frames_of_video);
  const fs::path given(folder);
  const bool is_inner = fs::is_directory(given / "train") || fs::is_directory(given / "test");
  const fs::path root = is_inner ? given : given / "softmotion30_44k";
  const fs::path part = root / (options_.test ? "test" : "train");
  require<io_error>(fs::is_directory(part), "cannot open {}: not a folder", part.string());
  std::vector<std::pair<index_t, std::string>> paths;
  for (const auto& entry : fs::directory_iterator(part)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("traj_") || entry.path().extension() != ".tfrecords") continue;
    const std::string digits = name.substr(5, name.find('_', 5) - 5);
    const bool is_number =
        !digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos;
    require<format_error>(is_number, "{}: expected traj_<first>_to_<last>.tfrecords", entry.path().string());
    paths.emplace_back(std::stoll(digits), entry.path().string());
  }
  require<format_error>(!paths.empty(), "{}: holds no traj_*.tfrecords", part.string());
  std::sort(paths.begin(), paths.end());
  auto files = std::make_shared<std::vector<File>>();
  for (const auto& [first, path] : paths) {
    files->push_back({std::make_shared<const TfRecordFile>(path), num_videos_});
    num_videos_ += files->back().records->size();
  }
  files_ = std::move(files);
  captions_ = std::make_shared<const std::vector<std::string>>(
      read_robot_captions((is_inner ? given / ".." : given) / "captions.tsv", options_.test, num_videos_));
}

}  // namespace flashvideo
