// SPDX-License-Identifier: MIT
// prediction_gripper DIR MADE...: in how many of the made videos (of prediction_predict, camera main) the gripper goes where
// the caption says. The tracker learns from the set's training videos, whose places are known; how right it is on the true
// test videos is said first. One line of JSON each.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "flashvideo/data/robot_pushing.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/folder_listing.hpp"
#include "flashvideo/io/json.hpp"
#include "prediction/gripper_tracker.hpp"

namespace {

using namespace flashvideo;
using prediction::GripperPlace, prediction::GripperTracker;

RobotPushing open(const std::string& folder, bool test, index_t frames) {
  RobotPushingOptions options;
  options.test = test;
  options.camera = RobotCamera::main;
  options.size.num_frames = frames;
  return RobotPushing(folder, options);
}

Image frame_of(const Clip& clip, index_t t) {
  return Image(clip.size.height, clip.size.width,
               std::vector<std::uint8_t>(clip.frame(t), clip.frame(t + 1)));
}
GripperPlace true_place(const std::vector<RobotState>& states, index_t t) {
  const auto& at = states[static_cast<std::size_t>(t)].end_effector;
  return {at[0], at[1]};
}

GripperTracker learn(const std::string& folder, index_t every) {
  const RobotPushing set = open(folder, false, RobotPushing::frames_of_video);
  std::vector<Image> pictures;
  std::vector<GripperPlace> places;
  for (index_t i = 0; i < *set.size(); ++i) {
    const Clip clip = set.clip(i);
    const auto states = set.states(set.label(i));
    for (index_t t = i % every; t < clip.size.num_frames; t += every) {
      pictures.push_back(frame_of(clip, t));
      places.push_back(true_place(states, t));
    }
  }
  return GripperTracker(pictures, places);
}

Json counted(const std::string& of, index_t right, index_t all) {
  Json json = Json::object();
  json.set("videos", of).set("number", all).set("as_the_caption_says", right);
  return json.set("share", all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 0.0);
}

/// How right the tracker is where the truth is known.
void print_truth(const GripperTracker& tracker, const RobotPushing& set, index_t frames) {
  double squares[2] = {0, 0};
  index_t right = 0;
  for (index_t i = 0; i < *set.size(); ++i) {
    const Clip clip = set.clip(i);
    const auto states = set.states(set.label(i));
    const GripperPlace first = tracker.place(frame_of(clip, 0));
    const GripperPlace last = tracker.place(frame_of(clip, frames - 1));
    right += prediction::gripper_caption(first, last) == clip.caption ? 1 : 0;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      for (const auto& [place, t] : {std::pair(first, index_t{0}), std::pair(last, frames - 1)}) {
        const double error = place[axis] - true_place(states, t)[axis];
        squares[axis] += error * error;
      }
    }
  }
  Json json = counted("true", right, *set.size());
  json.set("error_x_m", std::sqrt(squares[0] / static_cast<double>(2 * *set.size())));
  json.set("error_y_m", std::sqrt(squares[1] / static_cast<double>(2 * *set.size())));
  std::printf("%s\n", json.dump().c_str());
}

/// Videos of `prediction_predict`; several samples of a video follow one another.
void print_made(const GripperTracker& tracker, const RobotPushing& set, const std::string& folder,
                index_t frames) {
  const auto paths = list_folder(folder);
  const auto videos = static_cast<index_t>(paths.size());
  require<value_error>(videos > 0 && videos % *set.size() == 0,
                       "{}: holds {} videos, expected a multiple of the set's {}", folder, videos,
                       *set.size());
  index_t right = 0;
  for (index_t v = 0; v < videos; ++v) {
    const std::string path = paths[static_cast<std::size_t>(v)].string();
    const auto source = open_video_source(path);
    std::vector<Image> read;
    for (VideoFrame frame; source->next_frame(frame);) read.push_back(frame.image);
    require<value_error>(static_cast<index_t>(read.size()) == frames, "{}: has {} frames, expected {}", path,
                         read.size(), frames);
    const std::string way =
        prediction::gripper_caption(tracker.place(read.front()), tracker.place(read.back()));
    right += way == set.caption(v / (videos / *set.size())) ? 1 : 0;
  }
  std::printf("%s\n", counted(folder, right, videos).dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Whether the gripper goes where the caption says", "prediction_gripper");
  std::string folder;
  std::vector<std::string> made;
  index_t frames = 16, every = 4;
  app.add_option("folder", folder, "of the set, holds softmotion30_44k")->required();
  app.add_option("made", made, "folders of made videos");
  example::add_number(app, "--frames", frames, 2, 30, "of a video");
  example::add_number(app, "--every", every, 1, 30, "of the training videos every n-th frame is learnt from");
  return example::run_main(app, argc, argv, [&](example::Interrupt&) {
    const GripperTracker tracker = learn(folder, every);
    const RobotPushing set = open(folder, true, frames);
    print_truth(tracker, set, frames);
    for (const std::string& videos : made) print_made(tracker, set, videos, frames);
    return example::status_ok;
  });
}
