// SPDX-License-Identifier: MIT
// generation/decode/cpu/f32/<size>/lanes:<sequences side by side>, tokens/s of all lanes together; and
// generation/clip/...: whole videos of the bundled model (FLASHVIDEO_MODEL names another bundle), frames/s.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "flashvideo/generation/sampler.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace {

using namespace flashvideo;
using ModelDecoder = Decoder<FlashVideoPolicy, Cpu>;

DecoderConfiguration sizes_of(index_t d_model, index_t d_value, index_t layers, index_t heads,
                              index_t vocabulary) {
  DecoderConfiguration sizes;
  sizes.d_model = d_model;
  sizes.d_value = sizes.d_feed_forward = d_value;
  sizes.num_layers = layers;
  sizes.num_heads = heads;
  sizes.vocabulary = vocabulary;
  return sizes;
}

// Sequences that are continued together, each with its own tokens.
class Sequences {
 public:
  Sequences(const ModelDecoder& decoder, const std::vector<float>& values, index_t lanes)
      : decoder_(decoder), values_(values.data()), cpu_(2), workspace_(cpu_) {
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
    decoder_.absorb(cpu_, values_, spans, {logits_.data(), {static_cast<index_t>(states_.size()), outputs()}},
                    workspace_);
    for (std::size_t lane = 0; lane < states_.size(); ++lane) {
      tokens_[lane] = sampler_.sample(logits(lane), {1, static_cast<std::uint32_t>(lane),
                                                     static_cast<std::uint64_t>(states_[lane].position())});
    }
  }
  std::span<const float> logits(std::size_t lane) const {
    const auto width = static_cast<std::size_t>(outputs());
    return std::span<const float>(logits_).subspan(lane * width, width);
  }
  token_t token(std::size_t lane) const { return tokens_[lane]; }

 private:
  index_t outputs() const { return decoder_.configuration().head_outputs(); }

  const ModelDecoder& decoder_;
  ParameterView<const float> values_;
  Cpu cpu_;
  Workspace<Cpu> workspace_;
  Sampler sampler_;
  std::vector<ModelDecoder::State> states_;
  std::vector<token_t> tokens_;
  std::vector<float> logits_;
};

void decode(benchmark::State& state, const DecoderConfiguration& sizes) {
  const index_t lanes = state.range(0);
  const ModelDecoder decoder(sizes);
  const auto values = initial_values<float>(decoder.layout(), 1);
  Sequences alone(decoder, values, 1);
  Sequences together(decoder, values, lanes);
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

void clip(benchmark::State& state, const std::string& path) {
  const VideoGenerator model = load_text_to_video(path, Cpu(2));
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

std::string bundle_path() {
  if (const char* path = std::getenv("FLASHVIDEO_MODEL")) return path;
  return "examples/models/moving_shapes.safetensors";
}

const bool registered = [] {
  benchmark::RegisterBenchmark("generation/decode/cpu/f32/d192/lanes", decode, sizes_of(192, 384, 6, 3, 768))
      ->Arg(1)
      ->Arg(4)
      ->Arg(16)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("generation/decode/cpu/f32/d768/lanes", decode,
                               sizes_of(768, 1280, 12, 4, 8192))
      ->Arg(1)
      ->Arg(4)
      ->Arg(16)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
  const std::string path = bundle_path();
  if (::access(path.c_str(), R_OK) == 0) {
    benchmark::RegisterBenchmark("generation/clip/cpu/f32/videos", clip, path)
        ->Arg(1)
        ->Arg(4)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
