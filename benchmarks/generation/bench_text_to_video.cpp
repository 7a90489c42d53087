// SPDX-License-Identifier: MIT
// clip/cpu/<storage>/frames:<count>: whole videos of the bundled model (FLASHVIDEO_MODEL names another
// bundle), from the sentence to pixels, two threads, `generate`'s defaults; frames/s, tokens/s: time against
// the number of frames, of which every fourth is a key frame. Batches of clips are bench_decode's.
// Before the clock starts, one clip made without speculation, with one lane and one thread, equals the clip.
#include <string>
#include <vector>

#include "common/measure.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/text_to_video.hpp"

namespace {

using namespace flashvideo;

struct Clip {
  std::vector<Image> frames;
  GenerationReport report;
};

Clip make(const TextToVideo<>& model, const VideoRequest& request) {
  Clip clip;
  clip.report =
      model.generate(request, [&clip](const GeneratedFrame& frame) { clip.frames.push_back(frame.image); });
  return clip;
}

void clip(benchmark::State& state, WeightStorage storage) {
  const index_t frames = state.range(0);
  const auto model = load_text_to_video<FlashVideoPolicy>(benchmarks::bundle_path(), Cpu(2), storage);
  VideoRequest request{{"a red star moves in a circle"}, {}, {}};
  request.options.frames = frames;
  const Clip expected = make(model, request);
  VideoRequest plain = request;
  plain.options.speculation = 0;
  plain.options.lanes = plain.options.lookahead = 1;
  const auto alone = load_text_to_video<FlashVideoPolicy>(benchmarks::bundle_path(), Cpu(1), storage);
  if (!expected.report.complete || static_cast<index_t>(expected.frames.size()) != frames ||
      make(alone, plain).frames != expected.frames) {
    return state.SkipWithError("the clip differs without speculation, lanes and threads");
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    model.generate(request, {});
  }
  const TokenCounts& tokens = expected.report.tokens;
  state.SetComplexityN(frames);
  state.counters["frames/s"] = benchmarks::per_second(frames);
  state.counters["tokens/s"] = benchmarks::per_second(tokens.total());
  state.counters["passes/frame"] = static_cast<double>(tokens.passes) / static_cast<double>(frames);
}

const bool registered = [] {
  if (!benchmarks::bundle_is_there()) return false;
  for (const WeightStorage storage : weight_storages) {
    const std::string name = "clip/cpu/" + std::string(weight_storage_name(storage));
    auto* run = benchmark::RegisterBenchmark(name.c_str(), clip, storage);
    run->ArgName("frames")->UseRealTime()->Unit(benchmark::kMillisecond);
    if (storage == WeightStorage::float32) run->Arg(5);
    run->Arg(17);
    if (storage == WeightStorage::float32) run->Arg(33)->Arg(65)->Complexity();
  }
  return true;
}();

}  // namespace
