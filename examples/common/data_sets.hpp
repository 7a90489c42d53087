// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/output_paths.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/data/class_folders.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/data/joined_clips.hpp"
#include "flashvideo/data/kinetics600.hpp"
#include "flashvideo/data/robot_pushing.hpp"
#include "flashvideo/data/ucf101.hpp"

namespace example {

using flashvideo::index_t;

/// What a command line says of a data set that it names.
struct DataSetArguments {
  std::string part = "train";
  index_t split = 1;
  std::string camera = "aux1";
  std::string annotations;
  std::string caption;  ///< empty: the set's own
  bool no_captions = false;
  bool strict = false;

  /// The options of the data sets.
  void add_to(CLI::App& app) {
    app.add_option("--part", part, "of a data set: train, test, or validate (kinetics600)")
        ->check(CLI::IsMember({"train", "validate", "test"}))
        ->capture_default_str();
    add_number(app, "--split", split, 1, 3, "of ucf101: which of its lists");
    app.add_option("--camera", camera,
                   "of robot_pushing: aux1, the one of the published figures, main, or both")
        ->check(CLI::IsMember({"aux1", "main", "both"}))
        ->capture_default_str();
    app.add_option("--annotations", annotations,
                   "of kinetics600: the CSV file, when it is not in its folder");
    app.add_option("--caption", caption,
                   "of a data set's clips, with the class for {}; \"a person is doing {}\" unless told");
    app.add_flag("--no-captions", no_captions,
                 "of robot_pushing: every clip has the same caption, whatever captions.tsv says");
    app.add_flag("--strict", strict, "refuse a data set with any damaged video, not only above 1 %");
  }
};

/// The words that name a data set on a command line.
inline bool is_data_set(const std::string& name) {
  constexpr const char* known[] = {"ucf101", "kinetics600", "robot_pushing", "folders"};
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

/// Every file of a data set's folder, as inputs that no output may be.
inline std::vector<NamedPath> data_set_files(const std::string& folder) {
  std::vector<NamedPath> files = {{"folder", folder}};
  std::error_code ignored;
  for (std::filesystem::recursive_directory_iterator entry(folder, ignored), end; entry != end;
       entry.increment(ignored)) {
    if (entry->is_regular_file(ignored)) files.push_back({"folder", entry->path().string()});
  }
  return files;
}

/// A data set and what was found in it.
struct OpenDataSet {
  flashvideo::AnyClipSource clips;
  flashvideo::VideoFolderSummary summary;

  template <typename Set>
  static OpenDataSet of(Set set) {
    flashvideo::VideoFolderSummary found = set.summary();
    return {flashvideo::AnyClipSource(std::move(set)), std::move(found)};
  }
};

/// @param clips which clips of its videos; the caption is the command line's
/// @throws usage_error for what the set does not have, and what the sets throw
inline OpenDataSet open_data_set(const std::string& name, const std::string& folder,
                                 const DataSetArguments& arguments, flashvideo::LabelledVideosOptions clips,
                                 const flashvideo::ProgressHook& progress) {
  if (folder.empty()) throw usage_error(name + " needs its folder: " + name + " DIR");
  if (arguments.part == "validate" && name != "kinetics600")
    throw usage_error("--part validate: " + name + " has no such part");
  if (!arguments.caption.empty()) clips.caption = arguments.caption;
  if (arguments.strict) clips.most_damaged = 0;
  const bool test = arguments.part == "test";
  if (name == "ucf101") {
    return OpenDataSet::of(flashvideo::Ucf101(
        folder, {.split = static_cast<int>(arguments.split), .test = test, .clips = clips}, progress));
  }
  if (name == "kinetics600") {
    const auto part = test                           ? flashvideo::KineticsPart::test
                      : arguments.part == "validate" ? flashvideo::KineticsPart::validate
                                                     : flashvideo::KineticsPart::train;
    return OpenDataSet::of(flashvideo::Kinetics600(
        folder, {.part = part, .annotations = arguments.annotations, .clips = clips}, progress));
  }
  if (name == "folders") return OpenDataSet::of(flashvideo::ClassFolders(folder, clips, progress));
  if (clips.crops > 1)
    throw usage_error("robot_pushing: its pictures are square, they have one crop, not " +
                      std::to_string(clips.crops));
  flashvideo::RobotPushingOptions options{.test = test,
                                          .size = clips.size,
                                          .stride = clips.stride,
                                          .choice = clips.choice,
                                          .runs = clips.runs,
                                          .fit = clips.fit,
                                          .seed = clips.seed,
                                          .most_damaged = clips.most_damaged,
                                          .threads = clips.threads};
  if (!arguments.caption.empty()) options.caption = arguments.caption;
  options.own_captions = !arguments.no_captions;
  if (arguments.camera == "main") options.camera = flashvideo::RobotCamera::main;
  if (arguments.camera != "both") return OpenDataSet::of(flashvideo::RobotPushing(folder, options, progress));
  options.camera = flashvideo::RobotCamera::main;
  flashvideo::RobotPushing main(folder, options, progress);
  options.camera = flashvideo::RobotCamera::aux1;
  options.own_captions = false;  // they say what the main camera sees
  flashvideo::RobotPushing aux1(folder, options, progress);
  flashvideo::VideoFolderSummary found = main.summary();
  found.num_clips += aux1.summary().num_clips;
  return {flashvideo::JoinedClips({std::move(main), std::move(aux1)}), std::move(found)};
}

}  // namespace example
