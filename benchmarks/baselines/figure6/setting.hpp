// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// What the parts of the program figure6 share: sizes, clocks, memory, and the list of figures.

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "baselines/cost_curve.hpp"
#include "baselines/timed_products.hpp"
#include "baselines/video_unet.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/model/decoder.hpp"
#include "support/peak_memory.hpp"

namespace flashvideo::baselines::figure6 {

inline constexpr index_t frames_of_clip = 16;
inline constexpr index_t tokens_of_frame = 64;  // on the axis of lengths

struct Setting {
  DecoderConfiguration transformer;
  DecoderConfiguration ours;
  VideoUnetConfiguration diffusion;
  index_t longest = 65536;        ///< tokens
  index_t prefill = 1024;         ///< rows of bulk prefill; later positions are reached with zeros
  index_t longest_pass = 4096;    ///< rows of a pass of the transformer without a cache
  index_t largest_masked = 8192;  ///< rows of a pass of a batch in masked generation
  int threads = 2;
  int trials = 3;
  std::vector<index_t> batches{1, 8};
  std::vector<index_t> pixels{64, 128, 160};
  index_t replayed = 16;  ///< passes that are timed of each recording
  std::string model = "examples/models/moving_shapes.safetensors";
  std::string json;

  /// Tokens of a square frame, one for 8 x 8 pixels.
  static index_t tokens(index_t side) { return side / 8 * (side / 8); }
};

/// Equal numbers of weights: our gate's and wider values' against the transformer's wider feed-forward.
/// @throws value_error unless size is matched or tiny
inline Setting setting_of(const std::string& size) {
  require<value_error>(size == "matched" || size == "tiny", "size is {}, expected matched or tiny", size);
  Setting setting;
  const bool matched = size == "matched";
  const index_t unit = matched ? 256 : 16;
  DecoderConfiguration& t = setting.transformer;
  t.vocabulary = 32 * unit;
  t.d_model = t.d_value = 3 * unit;
  t.d_feed_forward = 8 * unit;
  t.num_layers = matched ? 12 : 2;
  t.num_heads = matched ? 12 : 2;
  t.longest_sequence = 65536;
  setting.ours = t;
  setting.ours.d_value = setting.ours.d_feed_forward = 5 * unit;
  setting.ours.num_heads = matched ? 4 : 2;
  if (!matched) {
    setting.longest = 1024;
    setting.prefill = 128;
    setting.longest_pass = 2048;
    setting.largest_masked = 1024;
    setting.diffusion.dim = 8;
    setting.diffusion.multipliers = {1, 1, 1, 1};
    setting.diffusion.heads = 2;
    setting.diffusion.d_head = 8;
    setting.diffusion.norm_groups = 4;
  }
  return setting;
}

inline double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}
inline double mean_seconds(int trials, const std::function<void()>& work) {
  double sum = 0;
  for (int trial = 0; trial < trials; ++trial) sum += seconds_of(work);
  return sum / trials;
}

/// Memory that was resident at once since construction, beyond what was resident then.
class PeakMemory {
 public:
  PeakMemory() {
    malloc_trim(0);
    test::reset_peak_memory();
    before_ = test::peak_memory_kib();
  }
  double mebibytes() const { return static_cast<double>(test::peak_memory_kib() - before_) / 1024; }

 private:
  long before_ = 0;
};

/// Seconds of a system for all tokens of a length, one sequence or a batch of them.
struct System {
  std::string name;
  std::function<double(double)> seconds;
  std::function<bool(double)> extrapolated;
};

/// Everything that is measured, in the form that benchmarks/report reads.
class Figures {
 public:
  using Counters = std::vector<std::pair<std::string, double>>;

  void add(const std::string& name, double seconds, Counters counters = {}) {
    std::fprintf(stderr, "%s: %.4g s\n", name.c_str(), seconds);
    figures_.push_back({name, seconds, std::move(counters)});
  }
  /// Seconds per frame of a clip; peak memory below 0 is not known.
  void add_clip(const std::string& system, index_t batch, index_t pixels, double seconds_per_frame,
                bool extrapolated, double peak, Counters counters = {}) {
    counters.emplace_back("extrapolated", extrapolated ? 1 : 0);
    if (peak >= 0) counters.emplace_back("peak MiB", peak);
    add(fmt::format("clip/{}/batch:{}/pixels:{}", system, batch, pixels), seconds_per_frame,
        std::move(counters));
    clips_.push_back({system, batch, pixels, seconds_per_frame});
  }
  void note(std::string sentence) { notes_.push_back(std::move(sentence)); }

  /// What a system's products did since the last call of `TimedProducts::reset`.
  void add_products(const std::string& system) {
    products_.push_back({system, TimedProducts::work(), TimedProducts::seconds()});
    limit_ = std::max(limit_, TimedProducts::work() / TimedProducts::seconds());
    TimedProducts::reset();
  }
  /// A matrix rate that something reached in this sitting, FLOP/s.
  void reached(double rate) { limit_ = std::max(limit_, rate); }
  /// Every system's share of the highest rate; those below 0.6 are named in a note.
  void close_products() {
    add("products/highest rate of the sitting", 1e12 / limit_, {{"FLOP/s", limit_}});
    for (const Products& one : products_) {
      const double rate = one.work / one.seconds;
      add("products/" + one.system, one.seconds, {{"FLOP/s", rate}, {"share of the highest", rate / limit_}});
      if (rate < 0.6 * limit_) {
        note(
            fmt::format("The products of \"{}\" reach {:.2f} of the highest matrix rate, less than 0.6: a "
                        "better program would be faster.",
                        one.system, rate / limit_));
      }
    }
  }

  struct Clip {
    std::string system;
    index_t batch;
    index_t pixels;
    double seconds;
  };
  const std::vector<Clip>& clips() const { return clips_; }

  /// @param context of the machine and the program
  Json json(Json context) const {
    context.set("notes", Json::array_of(notes_));
    Json runs = Json::array();
    for (const Figure& figure : figures_) {
      Json run = Json::object();
      run.set("name", figure.name);
      run.set("run_name", figure.name);
      run.set("run_type", "iteration");
      run.set("iterations", 1);
      run.set("real_time", figure.seconds);
      run.set("cpu_time", figure.seconds);
      run.set("time_unit", "s");
      for (const auto& [name, value] : figure.counters) run.set(name, value);
      runs.push_back(std::move(run));
    }
    Json all = Json::object();
    all.set("context", std::move(context));
    all.set("benchmarks", std::move(runs));
    return all;
  }
  void print() const {
    for (const Figure& figure : figures_) {
      std::printf("%-78s %11.4g s", figure.name.c_str(), figure.seconds);
      for (const auto& [name, value] : figure.counters) {
        if (name == "extrapolated") {
          std::printf("%s", value == 0 ? "" : " *");
        } else {
          std::printf("  %s %.4g", name.c_str(), value);
        }
      }
      std::printf("\n");
    }
    std::printf("*: extrapolated\n");
    for (const std::string& sentence : notes_) std::printf("- %s\n", sentence.c_str());
  }

 private:
  struct Figure {
    std::string name;
    double seconds;
    Counters counters;
  };
  struct Products {
    std::string system;
    double work;
    double seconds;
  };

  std::vector<Figure> figures_;
  std::vector<Clip> clips_;
  std::vector<Products> products_;
  std::vector<std::string> notes_;
  double limit_ = 0;
};

}  // namespace flashvideo::baselines::figure6
