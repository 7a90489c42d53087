// SPDX-License-Identifier: MIT
#include "baselines/replayed_passes.hpp"

#include <memory>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/generation_engine.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;

namespace {

constexpr index_t side = 4;
const std::vector<token_t> text{0, 1, 2};

FrameLayout layout() {
  return {SerialTokenSequencer(VocabularyLayout(2, 3, 8), side * side), side, side, 8, 1};
}

GenerationOptions options() {
  GenerationOptions options;
  options.inherit = 0.5;
  options.speculation = 0;
  options.seed = 3;
  return options;
}

index_t tokens_of(const Recording& recording) {
  index_t tokens = 0;
  for (const RecordedPass& pass : recording.passes) {
    for (const RecordedSpan& span : pass) tokens += span.tokens - span.tentative + span.kept;
  }
  return tokens;
}

}  // namespace

TEST_CASE("baselines: recorded passes are those of the generation engine") {
  DecoderConfiguration sizes;
  sizes.vocabulary = layout().sequencer.vocabulary().size();
  sizes.outputs = 2;
  sizes.d_model = sizes.d_value = 4;
  sizes.d_feed_forward = 4;
  sizes.num_layers = 1;
  sizes.num_heads = 1;
  const Cpu cpu(1);
  Decoder<FlashVideoPolicy, Cpu> decoder(sizes);
  PackedParameters<Cpu> packed(cpu, decoder.layout(), initial_values<float>(decoder.layout(), 2));
  using Engine = GenerationEngine<FlashVideoPolicy, FlashVideoPolicy, Cpu>;
  const auto model =
      std::make_shared<const Engine::KeyModel>(Engine::KeyModel{std::move(decoder), std::move(packed)});
  const std::vector<std::vector<token_t>> key_frames = changing_key_frames(5, side, 0.1);
  for (const index_t given : {0, 5}) {  // key frames, or gaps alone
    GenerationOptions asked = options();
    if (given == 0) asked.rounds = 0;
    const VideoTokens video{{text}, {key_frames.begin(), key_frames.begin() + given}};
    Engine engine(cpu, model, model);
    Engine::Run run(layout(), video, asked);
    Engine::Run* const runs[] = {&run};
    index_t frames = 0;
    bool active = true;
    while (active) {
      active = engine.step(runs);
      while (run.take_frame()) ++frames;
    }
    const std::vector<VideoTokens> videos{video};
    const Recording recording = record_passes(layout(), asked, videos, 0);
    CHECK(recording.frames == frames);
    CHECK(static_cast<index_t>(recording.passes.size()) == run.counts().passes);
    CHECK(recording.counts.sampled == run.counts().sampled);
    CHECK(recording.counts.absorbed == run.counts().absorbed);
    CHECK(recording.counts.inherited == run.counts().inherited);
    CHECK(recording.counts.head_rows == run.counts().head_rows);
    CHECK(recording.counts.sampled > 0);
    CHECK((given == 0) == (recording.counts.inherited == 0));
  }
}

TEST_CASE("baselines: recorded passes with drafts make the same tokens in fewer passes") {
  GenerationOptions asked = options();
  const std::vector<VideoTokens> videos(2, VideoTokens{{text}, changing_key_frames(5, side, 0.1)});
  const Recording plain = record_passes(layout(), asked, videos, 1);
  asked.speculation = 8;
  const Recording wrong = record_passes(layout(), asked, videos, 0);
  const Recording half = record_passes(layout(), asked, videos, 0.5);
  const Recording right = record_passes(layout(), asked, videos, 1);
  for (const Recording* recording : {&plain, &wrong, &half, &right}) {
    CHECK(recording->frames == 2 * 17);
    CHECK(recording->counts.sampled == plain.counts.sampled);
    // the last token of a lane is sampled and not absorbed, the known ones behind it neither
    CHECK(tokens_of(*recording) == tokens_of(plain));
    for (const RecordedPass& pass : recording->passes) {
      for (const RecordedSpan& span : pass) {
        CHECK(span.kept <= span.tentative);
        CHECK(span.tentative < span.tokens);
        for (const index_t after : span.logits_after) CHECK(after < span.tokens);
      }
    }
  }
  CHECK(plain.counts.drafted == 0);
  CHECK(wrong.counts.accepted == 0);
  CHECK(wrong.counts.drafted > 0);
  CHECK(right.counts.accepted == right.counts.drafted);
  CHECK(right.passes.size() < half.passes.size());
  CHECK(half.passes.size() < wrong.passes.size());
}

TEST_CASE("baselines: a block of the cells changes between key frames") {
  const auto frames = changing_key_frames(3, 16, 0.3);
  const InterpolationPlanner<> planner(16, 16, FixedShare{1});
  for (std::size_t k = 0; k + 1 < frames.size(); ++k) {
    const auto plan = planner.plan(frames[k], frames[k + 1], 1, 1, 3);
    CHECK(plan.num_different == 81);  // 9 x 9, the square nearest to 0.3 x 256
    CHECK(plan.num_unstable == 11 * 11 - 81);
    CHECK(plan.num_inherited == 256 - 121);
  }
  CHECK(changing_key_frames(2, 4, 0)[1] == std::vector<token_t>(16, 0));
  CHECK(changing_key_frames(2, 4, 1)[1] == std::vector<token_t>(16, 1));

  GenerationOptions asked = options();
  asked.inherit = 1;
  const std::vector<VideoTokens> still(1, VideoTokens{{text}, changing_key_frames(5, side, 0)});
  const Recording recording = record_passes(layout(), asked, still, 0);
  CHECK(recording.frames == 17);
  CHECK(recording.counts.inherited == 12 * side * side);
  CHECK(recording.passes.empty());  // nothing is left to write
}
