// SPDX-License-Identifier: MIT
// Makes videos from sentences with a trained model: .mp4, .gif, .y4m, a contact sheet .png, or a folder of
// PNG files.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/generation_arguments.hpp"
#include "common/interrupt.hpp"
#include "common/progress_bar.hpp"
#include "common/video_outputs.hpp"
#include "flashvideo/flashvideo.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "generate/best_samples.hpp"
#include "generate/given_frames.hpp"
#include "generate/icetk_model.hpp"
#include "generate/prompts.hpp"
#include "generate/stop_sentence.hpp"

namespace {

using flashvideo::index_t;

constexpr index_t most_videos = 1'000'000;          // of one run
constexpr index_t most_frames = 1'000'000'000'000;  // of one run, all videos together

struct Arguments {
  std::string model;
  std::vector<std::string> prompts;
  std::string prompts_file;
  std::vector<std::string> outputs;
  std::string format;
  example::GivenArguments given;
  index_t samples = 1;
  std::string keep = "all";
  int threads = 0;
  std::string weights = "float32";
  double fps = 0;
  index_t scale = 1;
  index_t batch = 8;
  flashvideo::GenerationOptions options;
};

/// Counts that are too large, before any work.
/// @return the number of videos
std::size_t check_counts(const Arguments& arguments, std::size_t prompts) {
  const auto samples = static_cast<std::uint64_t>(arguments.samples);
  const index_t videos = arguments.samples * static_cast<index_t>(prompts);
  if (videos > most_videos) {
    throw example::usage_error(
        fmt::format("{} prompts with {} --samples are {} videos, at most {} in one run", prompts, samples,
                    videos, most_videos));
  }
  if (arguments.options.seed + (samples - 1) < arguments.options.seed) {
    throw example::usage_error(
        fmt::format("--seed: {} is too large for {} --samples, the last seed is past {}",
                    arguments.options.seed, samples, std::numeric_limits<std::uint64_t>::max()));
  }
  arguments.options.check();
  const index_t frames = arguments.options.frame_count();
  if (frames > most_frames / videos) {
    throw example::usage_error(fmt::format(
        "{} videos of {} frames are too many, at most {} frames in one run", videos, frames, most_frames));
  }
  return static_cast<std::size_t>(videos);
}

struct Totals {
  index_t frames = 0;
  flashvideo::TokenCounts tokens;
  double seconds = 0;
};

void print(const Totals& totals, std::FILE* out) {
  const auto& tokens = totals.tokens;
  fmt::print(out, "{} frames in {:.2f} s: {:.1f} frames/s, {:.0f} tokens/s\n", totals.frames, totals.seconds,
             static_cast<double>(totals.frames) / totals.seconds,
             static_cast<double>(tokens.total()) / totals.seconds);
  fmt::print(out,
             "tokens: {} sampled + {} absorbed + {} inherited = {} in all, in {} passes over the weights\n",
             tokens.sampled, tokens.absorbed, tokens.inherited, tokens.total(), tokens.passes);
  if (tokens.drafted > 0) {
    fmt::print(out, "guesses: {} of {} were right\n", tokens.accepted, tokens.drafted);
  }
}

int generate(const Arguments& arguments, example::Interrupt& interrupt) {
  const auto prompts = example::read_prompts(arguments.prompts, arguments.prompts_file);
  const std::size_t videos = check_counts(arguments, prompts.size());
  const bool keeps_best = arguments.options.text_effect;
  const std::size_t kept = keeps_best ? prompts.size() : videos;
  std::vector<example::NamedPath> inputs = arguments.given.paths();
  inputs.push_back({"--model", arguments.model});
  inputs.push_back({"--prompts", arguments.prompts_file});
  example::VideoOutputs outputs(arguments.outputs, arguments.format, kept, inputs);
  const auto file = flashvideo::BundleFile::open(arguments.model);
  const auto storage = flashvideo::weight_storage_from_name(arguments.weights);
  const flashvideo::VideoGenerator model =
      example::has_icetk_pictures(file)
          ? example::load_icetk_model(file, arguments.threads, storage)
          : flashvideo::load_text_to_video(file, flashvideo::Cpu(arguments.threads), storage);
  flashvideo::require<flashvideo::value_error>(
      !arguments.options.needs_textless() || model.configuration().text_dropout > 0,
      "{}: {} was never trained without its text (decoder.text_dropout of train)",
      keeps_best ? "--keep best" : "--guidance", arguments.model);
  for (const std::string& note :
       example::check_prompts(prompts, example::small_world_forms(file.json().at("text_tokenizer")),
                              [&](const std::string& sentence) { return model.encode_sentence(sentence); })) {
    std::fprintf(stderr, "generate: %s\n", note.c_str());
  }
  const example::GivenFrames given(arguments.given, prompts.size(), arguments.options, model);

  const auto request_of = [&](std::size_t video) {
    const auto samples = static_cast<std::size_t>(arguments.samples);
    flashvideo::VideoRequest request{{prompts[video / samples].text}, {}, arguments.options};
    given.give(request, video / samples);
    request.options.seed += video % samples;
    return request;
  };
  const flashvideo::VideoSinkOptions settings{
      arguments.fps > 0 ? arguments.fps : model.configuration().frames_per_second, arguments.scale};

  example::ProgressBar bar;
  Totals totals;
  bool complete = true;
  index_t done = 0;
  std::vector<index_t> written(kept);  // frames of each video
  example::BestSamples best_samples(static_cast<std::size_t>(arguments.samples));
  std::string said_of_best;
  const index_t all_frames = arguments.options.frame_count() * static_cast<index_t>(videos);
  for (std::size_t first = 0; first < videos && complete;
       first += static_cast<std::size_t>(arguments.batch)) {
    const std::size_t count = std::min(static_cast<std::size_t>(arguments.batch), videos - first);
    std::vector<flashvideo::VideoRequest> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back(request_of(first + i));
    std::vector<example::VideoOutputs::Sinks> sinks(count);
    for (std::size_t i = 0; i < count && !keeps_best; ++i) sinks[i] = outputs.open(first + i, settings);
    std::vector<std::vector<flashvideo::Image>> held(count);
    const auto begin = std::chrono::steady_clock::now();
    const flashvideo::GenerationReport report = model.generate(
        requests,
        [&](const flashvideo::GeneratedFrame& frame) {
          const auto video = static_cast<std::size_t>(frame.video);
          for (auto& sink : sinks[video]) sink->write(frame.image);
          if (keeps_best) held[video].push_back(frame.image);
        },
        interrupt.token(),
        [&](const flashvideo::Progress& progress) {
          const double seconds =
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
          bar.show({.label = "generating",
                    .done = done + progress.done,
                    .total = all_frames,
                    .unit = "frames",
                    .units_per_second = static_cast<double>(progress.done) / seconds});
        });
    totals.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    totals.frames += report.frames;
    totals.tokens += report.tokens;
    done += report.frames;
    complete = report.complete;
    const auto finish = [&](std::size_t video, const example::VideoOutputs::Sinks& its_sinks) {
      outputs.finish(video, its_sinks);
      written[video] = its_sinks.front()->frame_count();
    };
    for (std::size_t i = 0; i < count; ++i) {
      if (!keeps_best) {
        finish(first + i, sinks[i]);
      } else {
        // of a run that is stopped the samples up to the first without its end
        if (static_cast<index_t>(held[i].size()) < arguments.options.frame_count()) break;
        const auto best =
            best_samples.add({requests[i].options.seed, report.text_effects[i], std::move(held[i])});
        if (!best) continue;
        const std::size_t prompt = (first + i) / static_cast<std::size_t>(arguments.samples);
        sinks[i] = outputs.open(prompt, settings);
        for (const flashvideo::Image& frame : best->frames) {
          for (auto& sink : sinks[i]) sink->write(frame);
        }
        finish(prompt, sinks[i]);
        said_of_best += example::best_sentence(kept > 1 ? fmt::format("{:04}", prompt) : "", *best,
                                               static_cast<std::size_t>(arguments.samples));
      }
    }
  }
  bar.wipe();

  std::FILE* const out = outputs.uses_standard_output() ? stderr : stdout;
  if (totals.frames > 0) print(totals, out);
  fmt::print(out, "{}{}", said_of_best, outputs.report());
  if (!complete) {
    const std::string left = keeps_best
                                 ? example::best_stop_sentence(outputs.finished(), kept,
                                                               static_cast<std::size_t>(arguments.samples))
                                 : example::stop_sentence(written, arguments.options.frame_count());
    std::fprintf(stderr, "generate: %s\n", left.c_str());
  }
  return complete ? example::status_ok : example::status_interrupted;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes videos from sentences with a trained model", "generate");
  Arguments arguments;
  auto& options = arguments.options;
  app.add_option("--model", arguments.model, "the model bundle (.safetensors)")->required();
  app.add_option("--prompt", arguments.prompts,
                 "what the video shows, one sentence; may be given several times")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--prompts", arguments.prompts_file, "file with one prompt per line");
  app.add_option("--output", arguments.outputs,
                 ".mp4, .gif, .y4m, .png (contact sheet), a folder of frames, or - (Y4M to standard output); "
                 "may be given several times for one video")
      ->required()
      ->take_all();
  app.add_option("--format", arguments.format,
                 "of the numbered files of several videos, mp4 unless told; frames: a folder of PNG each")
      ->check(CLI::IsMember({"mp4", "gif", "y4m", "png", "frames"}));
  constexpr index_t most = 10'000'000;
  example::add_number(app, "--seed", options.seed, 0, std::numeric_limits<std::uint64_t>::max(),
                      "same seed, same video");
  example::add_number(app, "--samples", arguments.samples, 1, most_videos,
                      "videos for each prompt, seeds following one another");
  app.add_option(
         "--keep", arguments.keep,
         "best: of each prompt's samples only the one that the text makes most probable beside what it is "
         "without, for a model trained with text_dropout")
      ->check(CLI::IsMember({"all", "best"}))
      ->capture_default_str();
  auto* const frames =
      example::add_number(app, "--frames", options.frames, 0, most,
                          "cut to this many frames; 0: as key frames, between and rounds give");
  auto* const key_frames =
      example::add_number(app, "--key-frames", options.key_frames, 1, most, "key frames");
  example::add_number(app, "--between", options.between, 0, most,
                      "frames put into each gap; 0: every frame in turn");
  example::add_number(app, "--rounds", options.rounds, 0, 20, "rounds of interpolation; 0: key frames only");
  example::add_sampling(app, options);
  example::add_number(app, "--speculate", options.speculation, 0, 1024,
                      "longest draft of guesses from the frame before; 0: none; does not change the video");
  auto& given = arguments.given;
  auto* const first_frames = app.add_option(
      "--first-frames", given.first_frames,
      "a video, picture or folder of pictures: every key-spacing-th frame becomes a key frame, "
      "those between are made");
  const auto add_files = [&](const char* name, std::vector<std::string>& files, const char* help) {
    return app.add_option(name, files, help)->take_all()->allow_extra_args(false);
  };
  auto* const given_files = add_files("--given", given.given,
                                      "a video, picture or folder of pictures with which the video begins; "
                                      "once for all prompts, or once for each")
                                ->excludes(first_frames);
  example::add_number(app, "--given-frames", given.given_frames, 1, most, "how many of its first frames")
      ->needs(given_files);
  app.add_flag("--keep-given", given.keep_given,
               "show given frames as they are, not as the tokenizer returns them");
  auto* const from = add_files("--from", given.from, "the first frame; what lies between is interpolated");
  auto* const to = add_files("--to", given.to, "the last frame");
  to->needs(from);
  from->needs(to)->excludes(first_frames)->excludes(given_files)->excludes(frames)->excludes(key_frames);
  example::add_threads(app, arguments.threads);
  example::add_weights(app, arguments.weights);
  example::add_number(app, "--batch", arguments.batch, 1, 1024, "videos made side by side");
  example::add_number(app, "--fps", arguments.fps, 0, 1000, "frames per second of the files; 0: as trained");
  example::add_number(app, "--scale", arguments.scale, 1, 256,
                      "each pixel becomes this many times larger (nearest)");
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    options.text_effect = arguments.keep == "best";
    if (options.between == 0) options.rounds = 0;
    if (given.both_ends()) options.key_frames = 2;
    return generate(arguments, interrupt);
  });
}
