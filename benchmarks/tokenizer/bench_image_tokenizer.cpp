// SPDX-License-Identifier: MIT
// tokenizer/<direction>/cpu/f32/<side>x<side>/frames:<count>: the bundled model's image tokenizer (random
// weights where the bundle is absent) on frames of 64, 128 and 160 pixels, two threads; frames/s, and bytes
// of RGB per second.
// Before the clock starts: encoded and decoded, a coloured square comes back with at least 20 dB (bundled
// weights alone), and frames among others and frames alone have the same tokens and pixels.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"

namespace {

using namespace flashvideo;

VqVaeTokenizer<Cpu> tokenizer_of(index_t side) {
  if (!benchmarks::bundle_is_there()) {
    VqVaeConfiguration config;
    config.image_height = config.image_width = side;
    const VqVae<> model(config);
    return {Cpu(2), model, initial_values<float>(model.layout(), 1)};
  }
  const SafetensorsFile file(benchmarks::bundle_path());
  VqVaeConfiguration config = bundle_from_json(parse_json(file.metadata("configuration"))).image_tokenizer;
  config.image_height = config.image_width = side;
  const VqVae<> model(config);
  return {Cpu(2), model, read_parameters<float>(file, "image_tokenizer.", model.layout())};
}

// A red square over black, further to the right in each frame.
std::vector<Image> frames_of(index_t count, index_t side) {
  std::vector<Image> frames;
  for (index_t t = 0; t < count; ++t) {
    frames.emplace_back(side, side);
    for (index_t y = 20; y < 36; ++y)
      for (index_t x = 10 + t; x < 26 + t; ++x) frames.back().set(y, x, {230, 60, 60});
  }
  return frames;
}

double decibels(const Image& a, const Image& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    const double gap = static_cast<double>(a.bytes()[i]) - static_cast<double>(b.bytes()[i]);
    squares += gap * gap;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.bytes().size()) / std::max(squares, 1e-9));
}

const char* fault(const VqVaeTokenizer<Cpu>& tokenizer, const std::vector<Image>& frames,
                  const std::vector<token_t>& tokens, const std::vector<Image>& decoded) {
  const auto last = static_cast<std::ptrdiff_t>(frames.size()) - 1;
  const std::vector<Image> alone{frames.back()};
  if (!std::equal(tokens.begin() + last * tokenizer.tokens_per_image(), tokens.end(),
                  tokenizer.encode(alone).begin())) {
    return "a frame among others has other tokens than alone";
  }
  if (tokenizer.decode(tokenizer.encode(alone)).front() != decoded.back())
    return "a frame among others has other pixels than alone";
  if (benchmarks::bundle_is_there() && decibels(decoded.front(), frames.front()) < 20)
    return "the picture does not come back";
  return nullptr;
}

template <bool encodes>
void image(benchmark::State& state, index_t side) {
  const index_t count = state.range(0);
  const VqVaeTokenizer<Cpu> tokenizer = tokenizer_of(side);
  const std::vector<Image> frames = frames_of(count, side);
  const std::vector<token_t> tokens = tokenizer.encode(frames);
  if (const char* wrong = fault(tokenizer, frames, tokens, tokenizer.decode(tokens)))
    return state.SkipWithError(wrong);
  for (auto unused : state) {
    static_cast<void>(unused);
    if constexpr (encodes) {
      benchmark::DoNotOptimize(tokenizer.encode(frames));
    } else {
      benchmark::DoNotOptimize(tokenizer.decode(tokens));
    }
  }
  state.counters["frames/s"] = benchmarks::per_second(count);
  state.counters["tokens/s"] = benchmarks::per_second(count * tokenizer.tokens_per_image());
  state.counters["B/s"] = benchmarks::per_second(3 * count * side * side);
}

const bool registered = [] {
  for (const bool encodes : {true, false}) {
    for (const index_t side : {64, 128, 160}) {
      const std::string name = std::string("tokenizer/") + (encodes ? "encode" : "decode") + "/cpu/f32/" +
                               std::to_string(side) + "x" + std::to_string(side);
      benchmark::RegisterBenchmark(name.c_str(), encodes ? image<true> : image<false>, side)
          ->ArgName("frames")
          ->Arg(1)
          ->Arg(8)
          ->Arg(16)
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

}  // namespace
