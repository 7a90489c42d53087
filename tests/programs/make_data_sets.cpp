// SPDX-License-Identifier: MIT
// make_data_sets FOLDER: writes small trees in the very form of UCF-101 (XviD AVI, 320 x 240, 25 frames/s), Kinetics-600 (H.264
// MP4) and BAIR's robot pushing (TFRecord) into FOLDER/{ucf101,kinetics600,robot_pushing}. The clips are our own moving
// shapes, or, where the environment's FLASHVIDEO_REAL_CLIPS names a folder, the first frames of every video below it.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "flashvideo/data/kinetics600.hpp"
#include "flashvideo/data/moving_shapes.hpp"
#include "flashvideo/data/video_tree.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/yuv.hpp"
#include "flashvideo/metrics/frame_resize.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_media.hpp"
#include "support/tf_records.hpp"

namespace {

using namespace flashvideo;
namespace fs = std::filesystem;

using Frames = std::vector<Image>;
constexpr index_t most_frames = 40;

Image fitted(const Image& picture, FrameFit fit, index_t height, index_t width) {
  std::vector<std::uint8_t> bytes;
  append_fitted(picture.bytes(), picture.height(), picture.width(), fit, height, width, bytes);
  return Image(height, width, std::move(bytes));
}

/// A clip of the small world there and back.
Frames shapes(index_t i) {
  const ShapesClip clip = MovingShapes({.seed = 3}).clip(i);
  Frames frames;
  for (index_t k = 0; k < 2 * clip.size.num_frames - 2; ++k) {
    const index_t t = k < clip.size.num_frames ? k : 2 * clip.size.num_frames - 2 - k;
    const std::uint8_t* bytes = clip.frame(t);
    const Image picture(64, 64, std::vector<std::uint8_t>(bytes, bytes + 64 * 64 * 3));
    frames.push_back(fitted(picture, FrameFit::squash, 240, 320));
  }
  return frames;
}

/// Every video below a folder that has enough frames.
std::vector<Frames> real_clips(const std::string& folder) {
  std::vector<Frames> clips;
  for (const fs::path& path : videos_below(folder)) {
    Frames frames;
    try {
      const auto source = open_video_source(path.string());
      for (VideoFrame frame; static_cast<index_t>(frames.size()) < most_frames && source->next_frame(frame);)
        frames.push_back(fitted(frame.image, FrameFit::centre_crop, 240, 320));
    } catch (const error& wrong) {
      std::printf("left out: %s\n", wrong.what());
      continue;
    }
    if (frames.size() >= 24) clips.push_back(std::move(frames));
  }
  return clips;
}

void write_xvid(const std::string& path, const Frames& frames) {
  std::vector<std::int64_t> times(frames.size());
  std::iota(times.begin(), times.end(), 0);
  test::write_media(path, {"avi", "mpeg4", AV_PIX_FMT_YUV420P, 240, 320, {25, 1}, {0, 1}, times, "XVID"},
                    [&](AVFrame& frame, index_t t) {
                      for (index_t y = 0; y < 240; ++y) {
                        for (index_t x = 0; x < 320; ++x) {
                          const Yuv colour = rgb_to_yuv(frames[static_cast<std::size_t>(t)].get(y, x));
                          frame.data[0][y * frame.linesize[0] + x] = colour.y;
                          frame.data[1][y / 2 * frame.linesize[1] + x / 2] = colour.u;
                          frame.data[2][y / 2 * frame.linesize[2] + x / 2] = colour.v;
                        }
                      }
                    });
}

void write_h264(const std::string& path, const Frames& frames) {
  const auto sink = open_video_sink(path, {.fps = 25});
  for (const Image& frame : frames) sink->write(frame);
  sink->finish();
}

/// Clip i is of class i % 4; the last of each class is for testing.
void write_ucf101(const fs::path& root, const std::vector<Frames>& clips) {
  const std::vector<std::string> classes = {"Hammering", "HammerThrow", "HandstandPushups", "TaiChi"};
  std::string index, train, test;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    index += fmt::format("{} {}\r\n", c + 1, classes[c]);
    fs::create_directories(root / "UCF-101" / classes[c]);
  }
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const std::string& name = classes[i % 4];
    const std::string in_file = name == "HandstandPushups" ? "HandStandPushups" : name;
    const std::string listed = fmt::format("{}/v_{}_g{:02}_c01.avi", name, name, i / 4 + 1);
    write_xvid((root / "UCF-101" / name / fmt::format("v_{}_g{:02}_c01.avi", in_file, i / 4 + 1)).string(),
               clips[i]);
    if (i + 4 < clips.size()) {
      train += fmt::format("{} {}\r\n", listed, i % 4 + 1);
    } else {
      test += listed + "\n";
    }
  }
  fs::create_directories(root / "ucfTrainTestlist");
  test::write_text((root / "ucfTrainTestlist/classInd.txt").string(), index);
  for (const char* number : {"1", "2", "3"}) {
    test::write_text((root / fmt::format("ucfTrainTestlist/trainlist0{}.txt", number)).string(), train);
    test::write_text((root / fmt::format("ucfTrainTestlist/testlist0{}.txt", number)).string(), test);
  }
}

/// Two clips in three are there, in their classes' folders; ids begin with '-' and '_'.
void write_kinetics600(const fs::path& root, const std::vector<Frames>& clips) {
  const std::vector<std::string> classes = {"tai chi", "massaging person's head",
                                            "passing American football (in game)"};
  fs::create_directories(root / "annotations");
  for (const std::string part : {"train", "val"}) {
    std::string table = "label,youtube_id,time_start,time_end,split\r\n";
    for (std::size_t i = part == "train" ? 0 : 1; i < clips.size(); i += 2) {
      const std::string& label = classes[i % classes.size()];
      const std::string id = fmt::format("{}{:010}", i % 4 < 2 ? '-' : '_', i);
      table += fmt::format("\"{}\",{},{},{},{}\r\n", label, id, i, i + 10, part == "val" ? "validate" : part);
      if (i % 3 == 2 && i + 3 < clips.size()) continue;
      const std::string folder = kinetics_folder(label);
      fs::create_directories(root / part / folder);
      write_h264((root / part / folder / fmt::format("{}_{:06}_{:06}.mp4", id, i, i + 10)).string(),
                 clips[i]);
    }
    test::write_text((root / fmt::format("annotations/{}.csv", part)).string(), table);
  }
}

void write_robot_pushing(const fs::path& root, const std::vector<Frames>& clips) {
  std::string parts[2];
  for (std::size_t i = 0; i < clips.size(); ++i) {
    std::string entries;
    for (std::size_t t = 0; t < 30; ++t) {
      const Image picture = fitted(clips[i][t % clips[i].size()], FrameFit::squash, 64, 64);
      const std::string bytes(reinterpret_cast<const char*>(picture.bytes().data()), picture.bytes().size());
      const std::string at = std::to_string(t);
      for (const char* camera : {"/image_main", "/image_aux1"})
        entries += test::feature_entry(at + camera + "/encoded", test::bytes_feature(bytes));
      entries += test::feature_entry(at + "/action", test::float_feature({0, 0, 0, 0}));
      entries += test::feature_entry(at + "/endeffector_pos", test::float_feature({0, 0, 0}));
    }
    parts[i + 2 < clips.size() ? 0 : 1] += test::record(test::example(entries));
  }
  for (const int part : {0, 1}) {
    const fs::path folder = root / "softmotion30_44k" / (part == 0 ? "train" : "test");
    fs::create_directories(folder);
    test::write_text((folder / "traj_0_to_255.tfrecords").string(), parts[part]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "use: make_data_sets FOLDER\n");
    return 2;
  }
  try {
    const fs::path root = argv[1];
    const char* folder = std::getenv("FLASHVIDEO_REAL_CLIPS");
    std::vector<Frames> clips;
    if (folder != nullptr) {
      clips = real_clips(folder);
    } else {
      for (index_t i = 0; i < 12; ++i) clips.push_back(shapes(i));
    }
    require<value_error>(clips.size() >= 8, "{} holds {} videos of 24 frames or more, expected at least 8",
                         folder == nullptr ? "" : folder, clips.size());
    write_ucf101(root / "ucf101", clips);
    write_kinetics600(root / "kinetics600", clips);
    write_robot_pushing(root / "robot_pushing", clips);
    std::printf("%zu clips in %s\n", clips.size(), argv[1]);
    return 0;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "make_data_sets: %s\n", wrong.what());
    return 1;
  }
}
