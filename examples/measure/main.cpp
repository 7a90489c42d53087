// SPDX-License-Identifier: MIT
// Compares made videos with real ones under a named protocol: FVD, KVD, PSNR, SSIM, LPIPS.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/data_sets.hpp"
#include "common/exit_status.hpp"
#include "common/interrupt.hpp"
#include "common/output_paths.hpp"
#include "common/progress_bar.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/metrics/frechet_video_distance.hpp"
#include "flashvideo/metrics/protocols.hpp"
#include "measure/clip_reader.hpp"
#include "measure/metric_report.hpp"
#include "measure/paired_scores.hpp"

namespace {

using example::Bytes;
using flashvideo::index_t;

struct Arguments {
  std::string real, made;
  std::string protocol = "junyaohu";
  index_t samples = 0, frames = 0, given = -1, size = 0;
  std::string i3d, lpips;
  std::string json, csv, svg, save_real;
  std::string precision = "float32";
  std::uint64_t seed = 0;
  std::string set_name;
  example::DataSetArguments set;
  int threads = 0;
  bool fit = false;
  bool list = false;
};

/// The named protocol with the settings that the command line changes; its name then says which.
flashvideo::MetricProtocol protocol_of(const Arguments& arguments) {
  flashvideo::MetricProtocol protocol = flashvideo::protocols::named(arguments.protocol);
  std::string changes;
  const auto change = [&](const char* what, index_t& setting, index_t value) {
    if (setting == value) return;
    changes += fmt::format("{}{} = {}", changes.empty() ? "" : ", ", what, value);
    setting = value;
  };
  if (arguments.frames > 0) change("frames", protocol.frames, arguments.frames);
  if (arguments.given >= 0) change("given", protocol.given, arguments.given);
  if (arguments.size > 0) {
    change("height", protocol.height, arguments.size);
    change("width", protocol.width, arguments.size);
  }
  if (arguments.samples > 0) {
    change("samples", protocol.samples, arguments.samples);
    if (protocol.best_of > arguments.samples) change("best of", protocol.best_of, arguments.samples);
  }
  if (!changes.empty()) protocol.name += " (changed: " + changes + ")";
  protocol.check();
  return protocol;
}

/// What a choice of --precision computes.
std::string precision_text(const std::string& precision) {
  if (precision == "float32") return precision;
  return "bfloat16 (in I3D the first convolution float32, weights in two terms)";
}

/// "a, b" of the settings that features depend on: statistics made under others are refused.
std::string feature_settings(const flashvideo::MetricProtocol& p, const std::string& precision) {
  const std::string views = p.real_runs == 1 && p.real_crops == 1
                                ? ""
                                : fmt::format("runs {}, crops {}, ", p.real_runs, p.real_crops);
  return views + fmt::format(
                     "frames {}, given {} {}, {} x {}, fit {}, square {}, centres {}, clips {}, most {}, "
                     "epsilon {}, {}",
                     p.frames, p.given, p.fvd_with_given ? "seen" : "unseen", p.width, p.height,
                     static_cast<int>(p.fit), static_cast<int>(p.square), static_cast<int>(p.centres),
                     static_cast<int>(p.real_clips), p.most_real, p.epsilon, precision_text(precision));
}

template <typename Backend>
class Measurement {
 public:
  Measurement(const Backend& backend, const Arguments& arguments)
      : arguments_(arguments), protocol_(protocol_of(arguments)), reader_(protocol_, arguments.fit) {
    real_is_file_ = arguments.real.ends_with(".safetensors");
    if (!arguments.set_name.empty()) {
      if (real_is_file_) throw example::usage_error("--set wants the data set's folder as REAL");
      open_set();
    } else if (!real_is_file_) {
      real_ = example::videos_of_folder(arguments.real);
    }
    if (!arguments.made.empty()) made_ = example::videos_of_folder(arguments.made);
    if (!arguments.i3d.empty()) {
      fvd_.emplace(backend, flashvideo::SafetensorsFile(arguments.i3d), protocol_);
    } else if (real_is_file_ || !arguments.save_real.empty()) {
      throw example::usage_error("statistics of real videos are I3D's features: --i3d FILE is needed");
    }
    if (!arguments.lpips.empty())
      lpips_.emplace(backend, protocol_.lpips, flashvideo::SafetensorsFile(arguments.lpips));
    is_paired_ = protocol_.reports_pairs && !real_is_file_ && !made_.empty();
    const auto expected = real_videos() * static_cast<std::size_t>(protocol_.samples);
    if (is_paired_ && made_.size() != expected) {
      throw example::usage_error(fmt::format(
          "protocol {} wants {} made videos for each of {} real ones, that is {}: {} holds {}; --samples N "
          "changes the protocol",
          protocol_.name, protocol_.samples, real_videos(), expected, arguments.made, made_.size()));
    }
  }

  /// @return nothing when it was stopped
  std::optional<example::MetricReport> run(const example::Interrupt& interrupt) {
    example::ProgressBar bar;
    std::optional<flashvideo::VideoFeatureSet> real, made;
    if (fvd_) {
      real = real_is_file_ ? loaded_set() : fvd_->empty_set();
      made = fvd_->empty_set();
    }
    example::PairedScores<Backend> pairs(protocol_, lpips_ ? &*lpips_ : nullptr);
    index_t done = 0;
    const index_t set_clips = real && set_ ? *set_->clips.size() : 0;
    const index_t total = set_clips + static_cast<index_t>(real_videos() + made_.size());
    const auto step = [&] {
      bar.show({.label = "measuring", .done = ++done, .total = total, .unit = "videos"});
      return interrupt.requested();
    };
    index_t real_clips = 0, made_clips = 0;
    for (index_t i = 0; i < set_clips && wants_more(real_clips, protocol_.most_real); ++i) {
      fvd_->add(*real, set_->clips.clip(i).frames);
      ++real_clips;
      if (step()) return std::nullopt;
    }
    for (std::size_t v = 0; v < real_videos(); ++v) {
      if (real && !set_ && wants_more(real_clips, protocol_.most_real)) {
        for (const Bytes& clip : reader_.real_clips(real_[v], arguments_.seed, v)) {
          if (!wants_more(real_clips, protocol_.most_real)) break;
          fvd_->add(*real, clip);
          ++real_clips;
        }
      }
      if (step()) return std::nullopt;
      if (!is_paired_) continue;
      const Bytes truth =
          set_ ? first_->clips.clip(static_cast<index_t>(v)).frames : reader_.first_clip(real_[v]);
      for (index_t s = 0; s < protocol_.samples; ++s) {
        const Bytes clip = reader_.first_clip(
            made_[v * static_cast<std::size_t>(protocol_.samples) + static_cast<std::size_t>(s)]);
        if (s < protocol_.best_of) pairs.add_sample(truth, clip);
        add_made(made, clip, made_clips);
        if (step()) return std::nullopt;
      }
      pairs.end_video();
    }
    for (std::size_t v = 0; !is_paired_ && v < made_.size(); ++v) {
      add_made(made, reader_.first_clip(made_[v]), made_clips);
      if (step()) return std::nullopt;
    }
    if (!arguments_.save_real.empty())
      real->save(arguments_.save_real, feature_settings(protocol_, arguments_.precision));
    bar.wipe();
    return report(real, made, pairs, made_clips);
  }

 private:
  /// A data set's videos come to the protocol's size by its rule; what pairs compare is the first clip of each.
  void open_set() {
    flashvideo::LabelledVideosOptions clips;
    clips.size = {protocol_.frames, protocol_.height, protocol_.width};
    clips.fit = protocol_.fit;
    clips.choice = protocol_.real_clips;
    clips.runs = protocol_.real_runs;
    clips.crops = protocol_.real_crops;
    // of more windows than are wanted those evenly spread over all videos, where the peers draw them
    if (clips.choice == flashvideo::ClipChoice::every_window) clips.most_clips = protocol_.most_real;
    clips.seed = arguments_.seed;
    clips.threads = arguments_.threads;
    example::ProgressBar bar;
    const auto open = [&] {
      return example::open_data_set(arguments_.set_name, arguments_.real, arguments_.set, clips,
                                    [&bar](const flashvideo::Progress& progress) { bar.show(progress); });
    };
    set_ = first_ = open();
    if (clips.choice != flashvideo::ClipChoice::first || clips.crops > 1) {
      clips.choice = flashvideo::ClipChoice::first;
      clips.crops = 1;
      clips.most_clips = 0;
      first_ = open();
    }
    bar.wipe();
    std::fputs(set_->summary.text().c_str(), stdout);
  }
  std::size_t real_videos() const {
    return set_ ? static_cast<std::size_t>(set_->summary.num_videos) : real_.size();
  }

  static bool wants_more(index_t have, index_t most) { return most == 0 || have < most; }

  void add_made(std::optional<flashvideo::VideoFeatureSet>& made, const Bytes& clip, index_t& count) const {
    if (!wants_more(count, protocol_.most_made)) return;
    if (made) fvd_->add(*made, clip);
    ++count;
  }

  flashvideo::VideoFeatureSet loaded_set() const {
    return flashvideo::VideoFeatureSet::load(arguments_.real,
                                             feature_settings(protocol_, arguments_.precision));
  }

  example::MetricReport report(const std::optional<flashvideo::VideoFeatureSet>& real,
                               const std::optional<flashvideo::VideoFeatureSet>& made,
                               const example::PairedScores<Backend>& pairs, index_t made_clips) const {
    example::MetricReport report;
    report.protocol = protocol_;
    report.real = arguments_.real;
    report.made = arguments_.made;
    report.precision = precision_text(arguments_.precision);
    report.real_clips = real ? real->statistics.count() : static_cast<index_t>(real_videos());
    report.made_clips = made_clips;
    report.first_frame = pairs.first_frame();
    if (is_paired_) {
      report.pairs = static_cast<index_t>(real_videos());
      report.scores = pairs.scores();
    }
    if (made_.empty()) return report;
    if (fvd_) {
      report.fvd = fvd_->distance(*real, *made);
      if (protocol_.reports_kvd && real->kernel && real->kernel->count() > 1 && made->kernel->count() > 1)
        report.kvd = flashvideo::kernel_distance(*real->kernel, *made->kernel);
      if (protocol_.reports_kvd && !real->kernel)
        report.left_out.push_back(fmt::format(
            "KVD was not measured: {} was saved without the kernel's sums; --save-real writes them now",
            arguments_.real));
    } else {
      report.left_out.emplace_back(
          "FVD was not measured: --i3d FILE is missing (examples/measure/get-weights.sh gets it)");
    }
    if (is_paired_ && !lpips_)
      report.left_out.emplace_back(
          "LPIPS was not measured: --lpips FILE is missing (examples/measure/get-weights.sh gets it)");
    return report;
  }

  Arguments arguments_;
  flashvideo::MetricProtocol protocol_;
  example::ClipReader reader_;
  bool real_is_file_ = false;
  bool is_paired_ = false;
  std::vector<std::string> real_, made_;
  std::optional<example::OpenDataSet> set_,
      first_;  // in place of real_: the protocol's clips, and the first of each video
  std::optional<flashvideo::FrechetVideoDistance<Backend>> fvd_;
  std::optional<flashvideo::Lpips<Backend>> lpips_;
};

template <typename Backend>
int measure(const Backend& backend, const Arguments& arguments, const example::Interrupt& interrupt) {
  Measurement<Backend> measurement(backend, arguments);
  const std::optional<example::MetricReport> report = measurement.run(interrupt);
  if (!report) return example::status_interrupted;
  std::fputs(report->table().c_str(), stdout);
  const auto write = [](const std::string& path, const std::string& text) {
    if (!path.empty()) flashvideo::write_file(path, text);
  };
  write(arguments.json, report->json());
  write(arguments.csv, report->csv());
  write(arguments.svg, report->svg());
  return example::status_ok;
}

int list_protocols() {
  for (const flashvideo::MetricProtocol& protocol : flashvideo::protocols::all())
    fmt::print("{}\n", protocol.describe());
  return example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares made videos with real ones under a named protocol: FVD, KVD, PSNR, SSIM, LPIPS",
               "measure");
  Arguments arguments;
  app.add_option("real", arguments.real,
                 "folder of real videos (files or folders of pictures), or their statistics (.safetensors)");
  app.add_option("made", arguments.made,
                 "folder of made videos, in the same order; several samples follow one another");
  app.add_option("--protocol", arguments.protocol, "see --list")->capture_default_str();
  app.add_flag("--list", arguments.list, "print every protocol with all its settings");
  app.add_option("--i3d", arguments.i3d, "I3D's weights, for FVD and KVD");
  app.add_option("--lpips", arguments.lpips, "LPIPS' weights (trunk and heads)");
  example::add_number(app, "--samples", arguments.samples, 0, 100000,
                      "made videos for each real one, instead of the protocol's");
  example::add_number(app, "--frames", arguments.frames, 0, 100000,
                      "frames of a clip, instead of the protocol's");
  example::add_number(app, "--given", arguments.given, -1, 100000, "given frames, instead of the protocol's");
  example::add_number(app, "--size", arguments.size, 0, 8192,
                      "side of a frame in pixels, instead of the protocol's");
  app.add_option("--set", arguments.set_name, "REAL is the folder of a data set of this kind, as in train")
      ->check(CLI::IsMember({"ucf101", "kinetics600", "robot_pushing", "folders"}));
  arguments.set.add_to(app);
  app.add_flag("--fit", arguments.fit, "resize videos of another size by the protocol's rule");
  example::add_number(app, "--seed", arguments.seed, 0, std::numeric_limits<std::uint64_t>::max(),
                      "draws windows of real videos, where the protocol does");
  app.add_option("--save-real", arguments.save_real,
                 "write the statistics of the real videos, to measure them once");
  app.add_option("--json", arguments.json, "write all numbers");
  app.add_option("--csv", arguments.csv, "write each frame's numbers");
  app.add_option("--svg", arguments.svg, "plot each frame's numbers");
  app.add_option("--precision", arguments.precision,
                 "of the networks' products: float32, or bfloat16 (faster)")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  example::add_threads(app, arguments.threads);
  return example::run_main(app, argc, argv, [&](const example::Interrupt& interrupt) {
    if (arguments.list) return list_protocols();
    if (arguments.real.empty()) throw example::usage_error("REAL, the folder of real videos, is needed");
    if (arguments.made.empty() && arguments.save_real.empty())
      throw example::usage_error("MADE, the folder of made videos, is needed (or --save-real FILE)");
    std::vector<example::NamedPath> outputs;
    for (const example::NamedPath& output : {example::NamedPath{"--json", arguments.json},
                                             {"--csv", arguments.csv},
                                             {"--svg", arguments.svg},
                                             {"--save-real", arguments.save_real}}) {
      if (!output.path.empty()) outputs.push_back(output);
    }
    example::refuse_overwriting({{"REAL", arguments.real},
                                 {"MADE", arguments.made},
                                 {"--i3d", arguments.i3d},
                                 {"--lpips", arguments.lpips}},
                                outputs);
    if (arguments.precision == "bfloat16")
      return measure(flashvideo::MixedCpu(arguments.threads), arguments, interrupt);
    return measure(flashvideo::Cpu(arguments.threads), arguments, interrupt);
  });
}
