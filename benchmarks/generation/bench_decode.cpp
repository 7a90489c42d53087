// SPDX-License-Identifier: MIT
// The decode engine on the matched model (d 768, value and GLU 1280, 12 layers, 4 heads, vocabulary 8192,
// random weights), one sequence: every token absorbed, all logits computed, the next token sampled.
//   generation/decode/cpu/<storage>/d768/threads:T/context:N   tokens/s; GB/s of weights and states; share of
//       the highest read bandwidth that this run has shown with as many threads; logit errors against float32
//   generation/prefill/cpu/<storage>/d768/threads:T   256 known tokens in one span, logits of the last
//   generation/decode/cpu/float32/d192|d768/lanes     several lanes
//   generation/clip/...   whole videos of the bundled model (FLASHVIDEO_MODEL names another bundle)
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "common/matched_model.hpp"
#include "common/measure.hpp"
#include "common/read_bandwidth.hpp"
#include "flashvideo/generation/sampler.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace {

using namespace flashvideo;
using namespace flashvideo::benchmarks;
using ModelDecoder = Decoder<FlashVideoPolicy, Cpu>;

// Sequences that are continued together, each with its own tokens.
class Sequences {
 public:
  Sequences(const ModelDecoder& decoder, const PackedParameters<Cpu>& values, index_t lanes, int threads)
      : decoder_(decoder), values_(values.view()), cpu_(threads), workspace_(cpu_) {
    for (index_t lane = 0; lane < lanes; ++lane) {
      states_.push_back(decoder.initial_state(cpu_));
      tokens_.push_back(static_cast<token_t>(7 * lane % outputs()));
    }
    logits_.resize(static_cast<std::size_t>(lanes * outputs()));
  }

  // One token more for every lane.
  void step() {
    std::vector<ModelDecoder::LaneSpan> spans;
    for (std::size_t lane = 0; lane < states_.size(); ++lane) {
      spans.push_back({&states_[lane], std::span<const token_t>(&tokens_[lane], 1), 1});
    }
    absorb(spans);
    for (std::size_t lane = 0; lane < states_.size(); ++lane) {
      tokens_[lane] = sampler_.sample(logits(lane), {1, static_cast<std::uint32_t>(lane),
                                                     static_cast<std::uint64_t>(states_[lane].position())});
    }
  }
  // Known tokens for the first lane, logits of the last.
  void absorb(std::span<const token_t> tokens) {
    const std::vector<ModelDecoder::LaneSpan> spans{{&states_[0], tokens, 1}};
    absorb(spans);
  }
  // The cost of a token does not depend on what the state holds, so a context is its position alone.
  void move_to(index_t position) {
    for (auto& layer : states_[0].layers()) layer.position = position;
  }
  std::span<const float> logits(std::size_t lane) const {
    const auto width = static_cast<std::size_t>(outputs());
    return std::span<const float>(logits_).subspan(lane * width, width);
  }
  token_t token(std::size_t lane) const { return tokens_[lane]; }
  index_t state_bytes() const {
    index_t bytes = 0;
    for (const auto& layer : states_[0].layers()) bytes += layer.size() * static_cast<index_t>(sizeof(float));
    return bytes;
  }

 private:
  index_t outputs() const { return decoder_.configuration().head_outputs(); }
  void absorb(const std::vector<ModelDecoder::LaneSpan>& spans) {
    decoder_.absorb(cpu_, values_, spans, {logits_.data(), {static_cast<index_t>(spans.size()), outputs()}},
                    workspace_);
  }

  const ModelDecoder& decoder_;
  PackedView values_;
  Cpu cpu_;
  Workspace<Cpu> workspace_;
  Sampler sampler_;
  std::vector<ModelDecoder::State> states_;
  std::vector<token_t> tokens_;
  std::vector<float> logits_;
};

// The matched model in every storage, made once.
struct Matched {
  ModelDecoder decoder{matched_sizes()};
  std::vector<std::unique_ptr<PackedParameters<Cpu>>> packed;
  struct Error {
    double rms = 0, largest = 0;  // of logits, in standard deviations of float32's
  };
  std::vector<Error> errors;

  Matched() {
    const auto values = initial_values<float>(decoder.layout(), 1);
    for (const WeightStorage storage : weight_storages)
      packed.push_back(std::make_unique<PackedParameters<Cpu>>(Cpu(1), decoder.layout(), values, storage));
    for (const auto& storage : packed) errors.push_back(error_of(*storage));
  }
  static const Matched& get() {
    static const Matched matched;
    return matched;
  }
  const PackedParameters<Cpu>& of(WeightStorage storage) const {
    return *packed[static_cast<std::size_t>(storage)];
  }

 private:
  // Over 16 rows of a sequence of known tokens.
  Error error_of(const PackedParameters<Cpu>& values) const {
    Sequences exact(decoder, *packed[0], 1, 2), other(decoder, values, 1, 2);
    double sum = 0, squares = 0, error_squares = 0, largest = 0, count = 0;
    for (token_t n = 0; n < 16; ++n) {
      const token_t token = 509 * n % 8192;
      exact.absorb(std::span(&token, 1));
      other.absorb(std::span(&token, 1));
      for (std::size_t i = 0; i < exact.logits(0).size(); ++i) {
        const double a = static_cast<double>(exact.logits(0)[i]);
        const double e = static_cast<double>(other.logits(0)[i]) - a;
        sum += a;
        squares += a * a;
        error_squares += e * e;
        largest = std::max(largest, std::abs(e));
        ++count;
      }
    }
    const double deviation = std::sqrt(squares / count - sum / count * (sum / count));
    return {std::sqrt(error_squares / count) / deviation, largest / deviation};
  }
};

void decode(benchmark::State& state, WeightStorage storage, int threads) {
  const Matched& matched = Matched::get();
  const auto& values = matched.of(storage);
  Sequences sequence(matched.decoder, values, 1, threads), again(matched.decoder, values, 1, 3 - threads);
  for (int i = 0; i < 3; ++i) {
    sequence.step();
    again.step();
    if (!std::equal(sequence.logits(0).begin(), sequence.logits(0).end(), again.logits(0).begin())) {
      return state.SkipWithError("one thread and two give other bits");
    }
  }
  sequence.move_to(state.range(0));
  read_bandwidth(threads);
  for (auto unused : state) {
    static_cast<void>(unused);
    sequence.step();
  }
  benchmark::DoNotOptimize(sequence.token(0));
  const double bytes = static_cast<double>(values.matrix_bytes() + 2 * sequence.state_bytes());
  const auto rate = [](double value) {
    return benchmark::Counter(value, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["tokens/s"] = rate(1);
  state.counters["B/s"] =
      benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
  state.counters["MB/token"] = bytes / 1e6;
  state.counters["limit_share"] = rate(bytes / read_bandwidth(threads));
  const Matched::Error& error = matched.errors[static_cast<std::size_t>(storage)];
  state.counters["logit_rms"] = error.rms;
  state.counters["logit_max"] = error.largest;
}

void prefill(benchmark::State& state, WeightStorage storage, int threads) {
  const Matched& matched = Matched::get();
  std::vector<token_t> tokens;
  for (token_t n = 0; n < 256; ++n) tokens.push_back(509 * n % 8192);
  Sequences together(matched.decoder, matched.of(storage), 1, threads);
  Sequences parts(matched.decoder, matched.of(storage), 1, threads);
  together.absorb(tokens);
  for (std::size_t first = 0; first < 256; first += 64) parts.absorb(std::span(tokens).subspan(first, 64));
  if (!std::equal(together.logits(0).begin(), together.logits(0).end(), parts.logits(0).begin())) {
    return state.SkipWithError("one span and four give other bits");
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    together.absorb(tokens);
  }
  state.counters["tokens/s"] = benchmark::Counter(256, benchmark::Counter::kIsIterationInvariantRate);
}

void lanes_of(benchmark::State& state, const DecoderConfiguration& sizes) {
  const index_t lanes = state.range(0);
  const ModelDecoder decoder(sizes);
  const PackedParameters<Cpu> values(Cpu(1), decoder.layout(), initial_values<float>(decoder.layout(), 1));
  Sequences alone(decoder, values, 1, 2);
  Sequences together(decoder, values, lanes, 2);
  for (int i = 0; i < 4; ++i) {  // right before fast: a lane does not depend on the others, bit for bit
    alone.step();
    together.step();
    if (!std::equal(alone.logits(0).begin(), alone.logits(0).end(), together.logits(0).begin())) {
      return state.SkipWithError("a lane among others differs from the lane alone");
    }
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    together.step();
  }
  benchmark::DoNotOptimize(together.token(0));
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(lanes), benchmark::Counter::kIsIterationInvariantRate);
}

void clip(benchmark::State& state, const std::string& path, WeightStorage storage) {
  const VideoGenerator model = load_text_to_video(path, Cpu(2), storage);
  std::vector<VideoRequest> requests(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].sentences = {"a red star moves in a circle"};
    requests[i].options.seed = i;
  }
  std::vector<Image> first;
  std::vector<Image> again;
  const auto keep = [](std::vector<Image>& frames) {
    return [&frames](const GeneratedFrame& frame) {
      if (frame.video == 0) frames.push_back(frame.image);
    };
  };
  model.generate(requests.front(), keep(first));
  const GenerationReport report = model.generate(requests, keep(again));
  if (!report.complete || first != again) {
    return state.SkipWithError("a video in a batch differs from the video alone");
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    model.generate(requests, {});
  }
  const auto rate = [](index_t count) {
    return benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["frames/s"] = rate(report.frames);
  state.counters["tokens/s"] = rate(report.tokens.total());
  state.counters["sampled/s"] = rate(report.tokens.sampled);
}

const bool registered = [] {
  const auto name = [](const std::string& what, WeightStorage storage, const std::string& rest) {
    return "generation/" + what + "/cpu/" + std::string(weight_storage_name(storage)) + rest;
  };
  for (const WeightStorage storage : weight_storages) {
    for (const int threads : {1, 2}) {
      const std::string rest = "/d768/threads:" + std::to_string(threads);
      auto* run = benchmark::RegisterBenchmark(name("decode", storage, rest + "/context").c_str(), decode,
                                               storage, threads);
      for (const index_t context : {128, 1024, 4096, 16384, 65536}) {
        if (threads == 2 || context == 128) run->Arg(context);
      }
      run->UseRealTime()->Unit(benchmark::kMicrosecond);
      benchmark::RegisterBenchmark(name("prefill", storage, rest + "/tokens:256").c_str(), prefill, storage,
                                   threads)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  const auto lanes = [](const char* title, const DecoderConfiguration& sizes) {
    auto* run = benchmark::RegisterBenchmark(title, lanes_of, sizes);
    for (const index_t count : {1, 4, 16, 64}) run->Arg(count);
    run->UseRealTime()->Unit(benchmark::kMicrosecond);
  };
  lanes("generation/decode/cpu/float32/d192/lanes", sizes_of(192, 384, 6, 3, 768));
  lanes("generation/decode/cpu/float32/d768/lanes", matched_sizes());
  const std::string path = bundle_path();
  if (bundle_is_there()) {
    for (const WeightStorage storage : weight_storages) {
      benchmark::RegisterBenchmark(name("clip", storage, "/videos").c_str(), clip, path, storage)
          ->Arg(1)
          ->Arg(4)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
