// SPDX-License-Identifier: MIT
// prediction_predict SYSTEM DIR OUT: what a system makes of the first frames of the robot pushing test videos in DIR, as
// folders of pictures OUT/000000, OUT/000001, ... for `measure DIR OUT --set robot_pushing --part test`; samples of a video
// follow one another. One line of JSON on standard output says what it took.
//   truth        the videos themselves
//   repeat       the last given frame again and again
//   reconstruct  the videos as --bundle's image tokenizer returns them: the ceiling of all that write its tokens
//   bundle       --bundle with the frames given
//   masked       --masked FILE, of prediction_train_masked, with --bundle's tokenizers
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/generation_arguments.hpp"
#include "common/progress_bar.hpp"
#include "flashvideo/data/robot_pushing.hpp"
#include "flashvideo/flashvideo.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/png_folder_sink.hpp"
#include "flashvideo/tokenizer/image/image_tokenizer.hpp"
#include "prediction/masked_model.hpp"

namespace {

using namespace flashvideo;
using Clock = std::chrono::steady_clock;
using Frames = std::vector<Image>;
using Model = VideoModel<FlashVideoParts, Cpu>;

struct Arguments {
  std::string system, folder, out, bundle, masked, camera = "aux1", caption, weights = "float32";
  index_t frames = 16, given = 1, samples = 1, batch = 16, clips = 0;
  bool no_captions = false;
  int threads = 0;
  GenerationOptions options;
  baselines::MaskedOptions commit;
};

/// The test clips, whole.
struct TestClip {
  std::string caption;
  Frames frames;
};

std::vector<TestClip> read_clips(const Arguments& arguments) {
  RobotPushingOptions options;
  options.test = true;
  options.camera = arguments.camera == "main" ? RobotCamera::main : RobotCamera::aux1;
  options.size.num_frames = arguments.frames;
  options.own_captions = !arguments.no_captions;
  if (!arguments.caption.empty()) options.caption = arguments.caption;
  const RobotPushing set(arguments.folder, options);
  const index_t count = arguments.clips > 0 ? (std::min)(arguments.clips, *set.size()) : *set.size();
  std::vector<TestClip> clips;
  for (index_t i = 0; i < count; ++i) {
    const Clip clip = set.clip(i);
    clips.push_back({clip.caption, {}});
    for (index_t t = 0; t < clip.size.num_frames; ++t) {
      clips.back().frames.emplace_back(clip.size.height, clip.size.width,
                                       std::vector<std::uint8_t>(clip.frame(t), clip.frame(t + 1)));
    }
  }
  return clips;
}

/// Writes videos in the order in which `measure` reads them and adds up what they took.
class Made {
 public:
  Made(const Arguments& arguments, std::size_t clips)
      : out_(arguments.out), samples_(arguments.samples), clips_(static_cast<index_t>(clips)) {
    std::filesystem::create_directories(out_);
  }

  void write(std::size_t clip, index_t sample, const Frames& frames) {
    PngFolderSink sink(fmt::format("{}/{:06}", out_, static_cast<index_t>(clip) * samples_ + sample));
    for (const Image& frame : frames) sink.write(frame);
    sink.finish();
    bar_.show({.label = "predicting", .done = ++videos_, .total = clips_ * samples_, .unit = "videos"});
  }
  /// Runs work that makes `frames` frames and counts its time.
  template <typename Work>
  auto timed(index_t frames, const Work& work) {
    const Clock::time_point begin = Clock::now();
    auto result = work();
    seconds_ += std::chrono::duration<double>(Clock::now() - begin).count();
    frames_ += frames;
    return result;
  }
  void print(const Arguments& arguments) {
    bar_.wipe();
    Json json = Json::object();
    json.set("system", arguments.system).set("videos", videos_).set("frames", frames_);
    json.set("batch", arguments.batch).set("seconds", seconds_);
    json.set("frames_per_second", seconds_ > 0 ? static_cast<double>(frames_) / seconds_ : 0.0);
    json.set("peak_memory_kib", peak_memory_kib());
    std::printf("%s\n", json.dump().c_str());
  }

 private:
  static index_t peak_memory_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
    }
    return 0;
  }

  std::string out_;
  index_t samples_;
  index_t clips_;
  index_t videos_ = 0;
  index_t frames_ = 0;
  double seconds_ = 0;
  example::ProgressBar bar_;
};

std::vector<std::uint8_t> bytes_of(const Frames& frames) {
  std::vector<std::uint8_t> bytes;
  for (const Image& frame : frames) bytes.insert(bytes.end(), frame.bytes().begin(), frame.bytes().end());
  return bytes;
}

void predict_with_bundle(const Arguments& arguments, const std::vector<TestClip>& clips, Made& made,
                         std::stop_token stop) {
  const VideoGenerator model = load_text_to_video(arguments.bundle, Cpu(arguments.threads),
                                                  weight_storage_from_name(arguments.weights));
  const auto videos = static_cast<index_t>(clips.size()) * arguments.samples;
  for (index_t first = 0; first < videos && !stop.stop_requested(); first += arguments.batch) {
    const index_t count = (std::min)(arguments.batch, videos - first);
    std::vector<VideoRequest> requests;
    for (index_t v = first; v < first + count; ++v) {
      const TestClip& clip = clips[static_cast<std::size_t>(v / arguments.samples)];
      VideoRequest request{{clip.caption}};
      request.options = arguments.options;
      request.options.seed = static_cast<std::uint64_t>(v % arguments.samples);
      request.given_frames.assign(clip.frames.begin(), clip.frames.begin() + arguments.given);
      requests.push_back(std::move(request));
    }
    std::vector<Frames> frames(requests.size());
    made.timed(count * (arguments.frames - arguments.given), [&] {
      return model.generate(
          requests,
          [&](const GeneratedFrame& frame) {
            frames[static_cast<std::size_t>(frame.video)].push_back(frame.image);
          },
          stop);
    });
    for (index_t i = 0; i < count && !stop.stop_requested(); ++i) {
      made.write(static_cast<std::size_t>((first + i) / arguments.samples), (first + i) % arguments.samples,
                 frames[static_cast<std::size_t>(i)]);
    }
  }
}

void predict_with_masked(const Arguments& arguments, const std::vector<TestClip>& clips, Made& made,
                         std::stop_token stop) {
  const Cpu cpu(arguments.threads);
  const auto tokenizers = Model::load(arguments.bundle, cpu);

  const auto masked = prediction::MaskedModel::load(arguments.masked);
  const index_t cells = masked.configuration().clips.frame_tokens;
  require<value_error>(masked.configuration().clips.frames == arguments.frames &&
                           masked.configuration().clips.given == arguments.given,
                       "{}: was trained for {} frames of which {} are given", arguments.masked,
                       masked.configuration().clips.frames, masked.configuration().clips.given);
  struct Known {
    std::vector<token_t> caption;
    MatrixView<const token_t> frames;
  };
  Workspace<Cpu> workspace(cpu);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    for (index_t sample = 0; sample < arguments.samples; ++sample) {
      if (stop.stop_requested()) return;
      const Frames& truth = clips[i].frames;
      const auto made_frames = made.timed(arguments.frames - arguments.given, [&] {
        std::vector<token_t> tokens = tokenizers->image_tokenizer().encode_bytes(
            bytes_of({truth.begin(), truth.begin() + arguments.given}));
        tokens.resize(
            static_cast<std::size_t>(arguments.frames * cells));  // what is not given is not looked at
        const Known known{tokenizers->encode_sentence(clips[i].caption).ids,
                          {tokens.data(), {arguments.frames, cells}}};
        baselines::MaskedOptions options = arguments.commit;
        options.seed = static_cast<std::uint64_t>(i) * 1000 + static_cast<std::uint64_t>(sample);
        const auto found = masked.predict(cpu, known, options, workspace);
        return images_of(tokenizers->image_tokenizer().decode_bytes(found),
                         tokenizers->configuration().image_tokenizer);
      });
      made.write(i, sample, made_frames);
    }
  }
}

void predict(const Arguments& arguments, Made& made, const std::vector<TestClip>& clips,
             std::stop_token stop) {
  if (arguments.system == "bundle") return predict_with_bundle(arguments, clips, made, stop);
  if (arguments.system == "masked") return predict_with_masked(arguments, clips, made, stop);
  std::shared_ptr<const Model> tokenizers;
  if (arguments.system == "reconstruct") tokenizers = Model::load(arguments.bundle, Cpu(arguments.threads));
  for (std::size_t i = 0; i < clips.size() && !stop.stop_requested(); ++i) {
    Frames frames = clips[i].frames;
    if (arguments.system == "repeat") {
      const auto given = static_cast<std::size_t>(arguments.given);
      std::fill(frames.begin() + arguments.given, frames.end(), Image(frames[given - 1]));
    } else if (tokenizers) {
      const auto& tokenizer = tokenizers->image_tokenizer();
      frames = images_of(tokenizer.decode_bytes(tokenizer.encode_bytes(bytes_of(frames))),
                         tokenizers->configuration().image_tokenizer);
    }
    for (index_t sample = 0; sample < arguments.samples; ++sample) made.write(i, sample, frames);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Predicts the robot pushing test videos from their first frames", "prediction_predict");
  Arguments arguments;
  app.add_option("system", arguments.system, "truth, repeat, reconstruct, bundle or masked")
      ->required()
      ->check(CLI::IsMember({"truth", "repeat", "reconstruct", "bundle", "masked"}));
  app.add_option("folder", arguments.folder, "of the set, holds softmotion30_44k")->required();
  app.add_option("out", arguments.out, "folder of the made videos")->required();
  app.add_option("--bundle", arguments.bundle, "the model, or whose tokenizers are taken");
  app.add_option("--masked", arguments.masked, "of prediction_train_masked");
  app.add_option("--camera", arguments.camera, "aux1 or main")->check(CLI::IsMember({"aux1", "main"}));
  app.add_option("--caption", arguments.caption, "of videos without one of their own");
  app.add_flag("--no-captions", arguments.no_captions, "all videos have --caption's text");
  example::add_number(app, "--frames", arguments.frames, 2, 30, "of a video, given ones too");
  example::add_number(app, "--given", arguments.given, 1, 29, "first frames");
  example::add_number(app, "--samples", arguments.samples, 1, 1000, "of each video");
  example::add_number(app, "--clips", arguments.clips, 0, 1'000'000, "videos; 0: all");
  example::add_number(app, "--batch", arguments.batch, 1, 1024, "videos of the bundle side by side");
  example::add_number(app, "--key-frames", arguments.options.key_frames, 1, 1000, "key frames of the bundle");
  example::add_number(app, "--between", arguments.options.between, 0, 1000, "frames in each gap");
  example::add_number(app, "--rounds", arguments.options.rounds, 0, 20, "of interpolation");
  example::add_sampling(app, arguments.options);
  example::add_weights(app, arguments.weights);
  example::add_number(app, "--steps", arguments.commit.steps, 1, 1000, "passes of masked generation");
  example::add_number(app, "--noise", arguments.commit.temperature, 0, 10000,
                      "of masked generation's confidence");
  example::add_threads(app, arguments.threads);
  return example::run_main(app, argc, argv, [&](example::Interrupt& interrupt) {
    arguments.options.frames = arguments.frames;
    const std::vector<TestClip> clips = read_clips(arguments);
    Made made(arguments, clips.size());
    predict(arguments, made, clips, interrupt.token());
    made.print(arguments);
    return interrupt.requested() ? example::status_interrupted : example::status_ok;
  });
}
