// SPDX-License-Identifier: MIT
/// Measures videos of the small world from their pixels: which colour, shape and motion each object has,
/// compared with the prompts that the videos were made from.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/generation_arguments.hpp"
#include "common/interrupt.hpp"
#include "common/progress_bar.hpp"
#include "continuation.hpp"
#include "flashvideo/flashvideo.hpp"
#include "model_run.hpp"
#include "picture_scores.hpp"
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
int score_videos(const std::string& folder, const std::string& prompts_path, index_t samples, bool each,
                 const example::Interrupt& interrupt) {
  const std::vector<std::string> prompts = evaluate::read_prompts(prompts_path);
  const index_t count = static_cast<index_t>(prompts.size()) * samples;
  const std::vector<std::string> paths = evaluate::numbered_videos(folder, count);
  evaluate::ScoreBoard board;
  std::string lines;
  {
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

/// Makes the protocol's clips with a model and scores them.
int score_model(const std::string& path, const evaluate::ProtocolOptions& protocol,
                const evaluate::ModelRunOptions& settings, const example::Interrupt& interrupt) {
  if (settings.output == "-")
    throw example::usage_error("--output -: the clips are files, expected a folder");
  evaluate::ModelRun run(
      flashvideo::load_text_to_video(path, flashvideo::Cpu(settings.threads),
                                     flashvideo::weight_storage_from_name(settings.weights)),
      protocol, settings);
  {
    example::ProgressBar bar;
    while (run.step(interrupt.token(), bar.hook())) {
    }
  }
  print(run.lines());
  print(run.scores().report() + '\n' + run.timing());
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
}

/// Sends held-out clips through a model's image tokenizer and back.
int score_pictures(const std::string& path, index_t clips, int threads, const example::Interrupt& interrupt) {
  const auto file = flashvideo::BundleFile::open(path);
  const flashvideo::VqVaeTokenizer<flashvideo::Cpu> tokenizer(
      flashvideo::Cpu(threads), file.configuration().image_tokenizer,
      flashvideo::FileParameters(file.tensors(), "image_tokenizer."));
  evaluate::PictureScores scores;
  {
    example::ProgressBar bar;
    scores = evaluate::score_pictures(
        tokenizer, clips, [&] { return interrupt.requested(); }, bar.hook());
  }
  print(scores.report());
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
}

/// Lets a model go on from true frames of held-out clips.
int score_continuation(const std::string& path, index_t clips, const evaluate::ModelRunOptions& settings,
                       const example::Interrupt& interrupt) {
  const auto model = flashvideo::load_text_to_video(path, flashvideo::Cpu(settings.threads),
                                                    flashvideo::weight_storage_from_name(settings.weights));
  evaluate::ContinuationScores scores;
  {
    example::ProgressBar bar;
    scores = evaluate::score_continuation(
        model, clips, [&] { return interrupt.requested(); }, bar.hook());
  }
  print(scores.report());
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
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
  bool run_self_test = false, each = false, quick = false;
  index_t clips = 300, samples = 1;
  std::string videos, prompts, list, model, pictures, continuation;
  evaluate::ProtocolOptions protocol;
  evaluate::ModelRunOptions run;

  auto* kind = app.add_option_group("kind", "what to do");
  kind->add_option("--model", model, "make the protocol's clips with this bundle and score them");
  kind->add_option("--pictures", pictures, "score the image tokenizer of this bundle on held-out clips");
  kind->add_option("--continuation", continuation,
                   "let this bundle go on from true frames of held-out clips, print how far objects are off");
  auto* videos_option = kind->add_option("--videos", videos,
                                         "folder with 0000.mp4, 0001.mp4, ... (or .y4m, .gif, PNG folders)");
  kind->add_flag("--self-test", run_self_test, "show on true and spoilt clips that the reader reads");
  kind->add_option("--list", list, "print the prompts of the protocol: seen, held-out or two")
      ->check(CLI::IsMember({"seen", "held-out", "two"}));
  kind->require_option(1);

  constexpr index_t most_clips = 1'000'000;
  const auto count = [&app](const char* name, index_t& value, index_t least, const char* what) {
    example::add_number(app, name, value, least, most_clips, what);
  };
  count("--seen-samples", protocol.seen_samples, 0, "seeds of each triple that training sees");
  count("--held-out-samples", protocol.held_out_samples, 0, "seeds of each triple held out");
  count("--two-object", protocol.two_object, 0, "prompts of two objects");
  count("--spread-seeds", protocol.spread_seeds, 0, "seeds of the prompt whose spread is measured");
  app.add_option("--spread-prompt", protocol.spread_prompt, "that prompt")->capture_default_str();
  example::add_number(app, "--seed", protocol.seed, 0, std::numeric_limits<std::uint64_t>::max() - most_clips,
                      "of each prompt's first sample");
  app.add_flag("--quick", quick, "the first 64 clips of the protocol, a fair sample of it");
  count("--most-clips", run.most_clips, 0, "stop after so many clips; 0: the whole protocol");
  example::add_number(app, "--limit-minutes", run.limit_minutes, 0, 1e6, "stop after this time; 0: no limit");
  app.add_option("--output", run.output, "folder that keeps the clips; without it they are temporary");
  app.add_option("--format", run.format, "of the clips' files")
      ->check(CLI::IsMember({"y4m", "mp4", "gif", "png"}))
      ->capture_default_str();
  example::add_number(app, "--batch", run.batch, 1, 1024, "clips made side by side");
  example::add_sampling(app, run.options);
  example::add_threads(app, run.threads);
  example::add_weights(app, run.weights);
  count("--clips", clips, 1, "clips of --self-test, --pictures and --continuation");
  auto* prompts_option =
      app.add_option("--prompts", prompts, "text file, the prompt of each video on its line");
  count("--samples", samples, 1, "videos of each prompt, one after another");
  app.add_flag("--each", each, "print a line for every video");
  videos_option->needs(prompts_option);
  prompts_option->needs(videos_option);
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    if (run_self_test) return self_test(clips);
    if (!list.empty()) return list_prompts(list);
    if (!videos.empty()) return score_videos(videos, prompts, samples, each, interrupt);
    if (!pictures.empty()) return score_pictures(pictures, clips, run.threads, interrupt);
    if (!continuation.empty()) return score_continuation(continuation, clips, run, interrupt);
    if (quick) run.most_clips = 64;
    run.each = each;
    run.options.check();
    (void)flashvideo::parse_caption(protocol.spread_prompt);
    return score_model(model, protocol, run, interrupt);
  });
}
