// SPDX-License-Identifier: MIT
// hvq_vae/<direction>/cpu/f32/<side>x<side>/rate:<r>: icetk's image model at its full size (random weights) on one
// picture at a time, two threads; seconds a picture, processor seconds of both threads together (which other
// programs disturb little), tokens/s, and the largest memory of the process in bytes, parameters (390 MB) included.
// Before the clock starts: with the tensors that only training uses the model has icetk's 102,579,497 numbers, a
// picture has as many tokens as the rate says, and tokens give a picture of its size.
#include <ctime>
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/peak_memory.hpp"

namespace {

using namespace flashvideo;

HvqVaeConfiguration sizes_of(index_t side, index_t rate) {
  HvqVaeConfiguration sizes = HvqVaeConfiguration::icetk();
  sizes.image_height = sizes.image_width = side;
  sizes.compress_rate = rate;
  return sizes;
}

// Colours that change smoothly, with an edge.
Image picture(index_t side) {
  Image image(side, side);
  for (index_t y = 0; y < side; ++y)
    for (index_t x = 0; x < side; ++x)
      image.set(y, x,
                {static_cast<std::uint8_t>(255 * x / side), static_cast<std::uint8_t>(255 * y / side),
                 static_cast<std::uint8_t>(x + y < side ? 200 : 40)});
  return image;
}

const char* fault(const HvqVaeTokenizer<Cpu>& tokenizer, const std::vector<Image>& images,
                  const std::vector<token_t>& tokens) {
  const index_t unused = tokenizer.num_codes() * (tokenizer.configuration().code_width + 1);
  if (tokenizer.layout().parameter_count() + unused != 102'579'497) return "the model is not icetk's";
  if (static_cast<index_t>(tokens.size()) != tokenizer.tokens_per_image()) return "another number of tokens";
  if (!tokenizer.decode(tokens).front().same_extents(images.front())) return "a picture of another size";
  return nullptr;
}

template <bool encodes>
void picture_at(benchmark::State& state, index_t side) {
  const HvqVaeTokenizer<Cpu> tokenizer(Cpu(2), sizes_of(side, state.range(0)), test::HashedParameters{});
  const std::vector<Image> images{picture(side)};
  const std::vector<token_t> tokens = tokenizer.encode(images);
  if (const char* wrong = fault(tokenizer, images, tokens)) return state.SkipWithError(wrong);
  test::reset_peak_memory();
  const std::clock_t begun = std::clock();
  for (auto unused : state) {
    static_cast<void>(unused);
    if constexpr (encodes) {
      benchmark::DoNotOptimize(tokenizer.encode(images));
    } else {
      benchmark::DoNotOptimize(tokenizer.decode(tokens));
    }
  }
  const double processor = static_cast<double>(std::clock() - begun) / static_cast<double>(CLOCKS_PER_SEC);
  state.counters["processor s"] = benchmark::Counter(processor, benchmark::Counter::kAvgIterations);
  state.counters["tokens/s"] = benchmarks::per_second(tokenizer.tokens_per_image());
  state.counters["peak bytes"] = static_cast<double>(test::peak_memory_kib()) * 1024;
}

const bool registered = [] {
  for (const bool encodes : {true, false}) {
    const std::string name = std::string("hvq_vae/") + (encodes ? "encode" : "decode") + "/cpu/f32/160x160";
    benchmark::RegisterBenchmark(name.c_str(), encodes ? picture_at<true> : picture_at<false>, 160)
        ->ArgName("rate")
        ->Arg(4)
        ->Arg(8)
        ->Arg(16)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
