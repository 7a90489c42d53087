// SPDX-License-Identifier: MIT
/// Measures videos of the small world from their pixels: which colour, shape and motion each object has,
/// compared with the prompts that the videos were made from.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/progress_bar.hpp"
#include "prompts.hpp"
#include "score_board.hpp"
#include "self_test.hpp"
#include "video_files.hpp"

namespace {

using evaluate::index_t;

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

/// Shows that the reader reads: status 1 when it misses its goal.
int self_test(index_t clips) {
  evaluate::SelfTest result;
  {
    example::ProgressBar bar;
    result = evaluate::run_self_test(clips, 1, bar.hook());
  }
  print(result.report());
  print(result.passed() ? "self-test passed\n" : "self-test failed: every share should be at least 99 %\n");
  return result.passed() ? example::status_ok : example::status_error;
}

/// Video number p * samples + s shows sample s of prompt p.
int score_videos(const std::string& folder, const std::string& prompts_path, index_t samples, bool each) {
  const std::vector<std::string> prompts = evaluate::read_prompts(prompts_path);
  const index_t count = static_cast<index_t>(prompts.size()) * samples;
  const std::vector<std::string> paths = evaluate::numbered_videos(folder, count);
  evaluate::ScoreBoard board;
  std::string lines;
  {
    example::Interrupt interrupt;
    example::ProgressBar bar;
    for (index_t i = 0; i < count; ++i) {
      if (interrupt.requested()) return example::status_interrupted;
      bar.show({.label = "reading videos", .done = i, .total = count, .unit = "videos"});
      const std::string& prompt = prompts[static_cast<std::size_t>(i / samples)];
      const std::string& path = paths[static_cast<std::size_t>(i)];
      const flashvideo::Clip clip = evaluate::read_video(path);
      const evaluate::ClipVerdict verdict = board.add(clip.frames.data(), clip.size, prompt);
      if (each) lines += evaluate::describe(verdict, path) + '\n';
    }
  }
  print(lines);
  print(board.report());
  return example::status_ok;
}

int list_prompts(const std::string& kind) {
  using flashvideo::WorldSplit;
  const std::vector<std::string> prompts =
      kind == "two"
          ? evaluate::two_object_prompts(300)
          : evaluate::one_object_prompts(kind == "seen" ? WorldSplit::training : WorldSplit::held_out);
  for (const std::string& prompt : prompts) print(prompt + '\n');
  return example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Reads colour, shape and motion from the pixels of small-world videos and compares them with prompts.",
      "evaluate");
  bool run_self_test = false, each = false;
  index_t clips = 300, samples = 1;
  std::string videos, prompts, list;
  auto* self_test_flag =
      app.add_flag("--self-test", run_self_test, "show on true and spoilt clips that the reader reads");
  app.add_option("--clips", clips, "clips of the self-test")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  auto* videos_option =
      app.add_option("--videos", videos, "folder with 0000.mp4, 0001.mp4, ... (or .y4m, .gif, PNG folders)");
  auto* prompts_option =
      app.add_option("--prompts", prompts, "text file, the prompt of each video on its line");
  app.add_option("--samples", samples, "videos of each prompt, one after another")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--each", each, "print a line for every video");
  auto* list_option =
      app.add_option("--list", list, "print the prompts of the protocol: seen, held-out or two")
          ->check(CLI::IsMember({"seen", "held-out", "two"}));
  videos_option->needs(prompts_option);
  prompts_option->needs(videos_option);
  self_test_flag->excludes(videos_option)->excludes(list_option);
  list_option->excludes(videos_option);
  return example::run_main(app, argc, argv, [&] {
    if (run_self_test) return self_test(clips);
    if (!list.empty()) return list_prompts(list);
    if (!videos.empty()) return score_videos(videos, prompts, samples, each);
    throw example::usage_error("nothing to do, expected --self-test, --videos with --prompts, or --list");
  });
}
