// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/tf_example.hpp"
#include "flashvideo/data/video_folder_summary.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/io/tf_record_file.hpp"
#include "flashvideo/metrics/clip_windows.hpp"
#include "flashvideo/metrics/frame_resize.hpp"

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
  ClipSize size = {16, 64, 64};               ///< of every clip
  index_t stride = 1;                         ///< from one frame of a clip to its next, of at most 30
  ClipChoice choice = ClipChoice::first;      ///< which runs of a video's frames are clips
  index_t runs = 1;                           ///< of `ClipChoice::spread`
  FrameFit fit = FrameFit::centre_crop;       ///< how pictures come to another size (half-pixel bilinear)
  std::uint64_t seed = 0;                     ///< of random runs
  std::string caption = "a robot arm moves";  ///< of every clip without one of its own
  bool own_captions = true;                   ///< whether captions.tsv is read
  double most_damaged = 0.01;                 ///< share of damaged videos that may be left out; 0: none
  int threads = 0;  ///< that check the videos on opening; 0: one for each hardware thread
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
/// (`traj_<first>_to_<last>`). Opening compares the check sums of every video: damaged ones are named, counted and left
/// out, too many are refused; a file whose lengths are damaged cannot be read at all.
/// @throws value_error for options out of range
/// @throws io_error for a folder that cannot be read
/// @throws format_error naming the damaged videos when they are too many, a file that is none, or a wrong caption
/// @code RobotPushing clips("bair", {.test = true}); Clip clip = clips.clip(0); @endcode
class RobotPushing {
 public:
  static constexpr index_t frames_of_video = 30;  ///< of every record
  static constexpr index_t side = 64;             ///< px

  /// @param folder holds softmotion30_44k, or is it
  explicit RobotPushing(const std::string& folder, RobotPushingOptions options = {},
                        const ProgressHook& progress = {});

  /// Clip i, of video label(i).
  /// @throws value_error for a number outside 0 .. *size() - 1
  /// @throws format_error when the file has changed since it was opened
  Clip clip(index_t i) const {
    const index_t video = label(i);
    const index_t first = windows().first_frame(frames_of_video, static_cast<std::uint64_t>(video),
                                                i % windows().count(frames_of_video));
    Clip clip{caption(i), {}, options_.size};
    clip.frames.reserve(static_cast<std::size_t>(clip.size.num_bytes()));
    const TfExample example = record(video);
    for (index_t t = 0; t < options_.size.num_frames; ++t) {
      const std::span<const std::byte> bytes = picture(example, video, first + t * options_.stride);
      append_fitted({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, side, side,
                    options_.fit, clip.size.height, clip.size.width, clip.frames);
    }
    return clip;
  }

  /// The video, counted through the part, that clip i is of.
  /// @throws value_error for a number outside 0 .. *size() - 1
  index_t label(index_t i) const {
    require<value_error>(i >= 0 && i < *size(), "RobotPushing::clip: number is {}, expected 0..{}", i,
                         *size() - 1);
    return (*videos_)[static_cast<std::size_t>(i / windows().count(frames_of_video))];
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
  std::optional<index_t> size() const { return summary_.num_clips; }
  /// Of every clip.
  ClipSize clip_size() const { return options_.size; }
  /// Records of the part, damaged ones too.
  index_t num_videos() const { return num_videos_; }
  /// What was found, taken, and left out.
  const VideoFolderSummary& summary() const { return summary_; }
  /// Caption of clip i.
  const std::string& caption(index_t i) const {
    const auto video = static_cast<std::size_t>(label(i));
    return video < captions_->size() && !(*captions_)[video].empty() ? (*captions_)[video] : options_.caption;
  }
  /// Names what the pictures of all clips are made of: the files' bytes, camera and windows.
  std::string fingerprint(const ProgressHook& progress = {}) const {
    Fingerprint print;
    const ClipSize& size = options_.size;
    print.add(std::vector<index_t>{
        size.num_frames, size.height, size.width, options_.stride, static_cast<index_t>(options_.choice),
        options_.runs, static_cast<index_t>(options_.fit), options_.camera == RobotCamera::main ? 0 : 1});
    if (options_.choice == ClipChoice::random) print.add(std::vector<std::uint64_t>{options_.seed});
    print.add(*videos_);
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

  ClipWindows windows() const {
    return {options_.size.num_frames, options_.stride, options_.choice, options_.seed, options_.runs};
  }
  std::span<const std::byte> picture(const TfExample& example, index_t video, index_t t) const {
    const std::string name = std::to_string(t) +
                             (options_.camera == RobotCamera::main ? "/image_main" : "/image_aux1") +
                             "/encoded";
    const auto bytes = example.bytes(name);
    const auto expected = static_cast<std::size_t>(side * side * 3);
    require<format_error>(bytes.size() == expected, "{}: {} has {} bytes, expected {} of raw RGB",
                          where(video), name, bytes.size(), expected);
    return bytes;
  }
  /// What is wrong with a video; empty: nothing.
  std::string damage(index_t video) const {
    try {
      const TfExample example = record(video);
      for (index_t t = 0; t < frames_of_video; ++t) (void)picture(example, video, t);
      return {};
    } catch (const format_error& wrong) {
      return wrong.what();
    }
  }
  void check_videos(const std::string& folder, const ProgressHook& progress);
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
  std::shared_ptr<const std::vector<index_t>> videos_;  // those that are whole
  index_t num_videos_ = 0;
  VideoFolderSummary summary_;
};

inline void RobotPushing::check_videos(const std::string& folder, const ProgressHook& progress) {
  ThreadPool pool(options_.threads);
  std::vector<std::string> damages(static_cast<std::size_t>(num_videos_));
  const index_t group = 16 * pool.size();  // after each the caller is told, and may stop
  for (index_t first = 0; first < num_videos_; first += group) {
    report(progress, {.label = "checking videos", .done = first, .total = num_videos_, .unit = "videos"});
    pool.parallel_for((std::min)(group, num_videos_ - first), 1, [&](index_t begin, index_t end) {
      for (index_t i = begin; i < end; ++i) damages[static_cast<std::size_t>(first + i)] = damage(first + i);
    });
  }
  auto videos = std::make_shared<std::vector<index_t>>();
  for (index_t video = 0; video < num_videos_; ++video) {
    const std::string& wrong = damages[static_cast<std::size_t>(video)];
    if (wrong.empty()) {
      videos->push_back(video);
    } else {
      summary_.damaged.push_back(wrong);
    }
  }
  summary_.folder = folder;
  summary_.num_frames = options_.size.num_frames;
  summary_.frame_step = options_.stride;
  summary_.num_videos = static_cast<index_t>(videos->size());
  summary_.num_clips = summary_.num_videos * windows().count(frames_of_video);
  summary_.rates["unknown rate"] = summary_.num_videos;
  summary_.check(num_videos_, options_.most_damaged);
  videos_ = std::move(videos);
}

inline RobotPushing::RobotPushing(const std::string& folder, RobotPushingOptions options,
                                  const ProgressHook& progress)
    : options_(std::move(options)) {
  namespace fs = std::filesystem;
  windows().check();
  require<value_error>(windows().reach() <= frames_of_video,
                       "RobotPushing: clips reach over {} frames, expected at most {}", windows().reach(),
                       frames_of_video);
  require<value_error>(options_.size.height >= 1 && options_.size.width >= 1,
                       "RobotPushing: clips of {} x {} pixels, expected >= 1", options_.size.width,
                       options_.size.height);
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
      options_.own_captions ? read_robot_captions((is_inner ? given / ".." : given) / "captions.tsv",
                                                  options_.test, num_videos_)
                            : std::vector<std::string>());
  check_videos(part.string(), progress);
}

}  // namespace flashvideo
