// SPDX-License-Identifier: MIT
// Guidance: the second lane changes nothing that a lane does. Same seed and same s, same video, bit for bit.
#include <set>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/own_mixer.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

namespace {

using namespace flashvideo;

template <DecoderPolicy Policy = FlashVideoPolicy>
auto guided_model(const Cpu& cpu, bool one_network = true, WeightStorage storage = WeightStorage::float32) {
  return test::tiny_model<Policy>(cpu, one_network, storage, 0.1);
}

VideoRequest request_of(std::uint64_t seed, double guidance,
                        const std::string& sentence = "a red star moves") {
  VideoRequest request;
  request.sentences = {sentence};
  request.options.seed = seed;
  request.options.key_frames = 2;
  request.options.ring = 0;  // the random grids are small: keep stable tokens
  request.options.guidance = guidance;
  request.options.text_effect = true;
  return request;
}

/// What a request makes alone: frames and the text's effect, which must not change; and how.
struct Made {
  std::vector<Image> frames;
  double effect = 0;
  TokenCounts tokens;

  friend bool operator==(const Made& a, const Made& b) {
    return a.frames == b.frames && a.effect == b.effect;
  }
};

template <typename Generator>
Made made(const Generator& model, const VideoRequest& request) {
  Made result;
  const GenerationReport report =
      model.generate(request, [&](const GeneratedFrame& frame) { result.frames.push_back(frame.image); });
  REQUIRE(report.text_effects.size() == 1);
  CHECK(report.text_effects[0] == report.tokens.text_effect);
  result.effect = report.text_effects[0];
  result.tokens = report.tokens;
  return result;
}

VideoRequest without_drafts(VideoRequest request) {
  request.options.speculation = 0;
  return request;
}

}  // namespace

TEST_CASE("guidance: at 1 the video, its tokens and its passes are those of no guidance") {
  for (const bool one_network : {true, false}) {
    VideoRequest plain = request_of(3, 1);
    plain.options.text_effect = false;
    plain.options.draft_length = DraftLength::fixed;  // adaptive ones follow the clock
    const Made expected = made(test::tiny_model(Cpu(2), one_network), plain);
    const Made off = made(guided_model(Cpu(2), one_network), plain);
    CHECK(off.frames == expected.frames);
    CHECK(off.tokens.passes == expected.tokens.passes);
    CHECK(off.tokens.drafted == expected.tokens.drafted);
    CHECK(off.effect == 0);
    VideoRequest told = plain;
    told.options.text_effect = true;
    const Made with_effect = made(guided_model(Cpu(2), one_network), told);
    CHECK(with_effect.frames == expected.frames);
    CHECK(with_effect.tokens.passes == expected.tokens.passes);  // both lanes share them
    CHECK(with_effect.tokens.total() == expected.tokens.total());
    CHECK(with_effect.effect != 0);
  }
}

TEST_CASE("guidance: the video and the text's effect do not depend on spans, lanes, lookahead or threads") {
  const Made expected = made(guided_model(Cpu(1)), request_of(3, 2.5));
  REQUIRE(expected.frames.size() == 5);
  CHECK(made(guided_model(Cpu(1)), request_of(3, 1)).frames != expected.frames);
  for (const int threads : {1, 3}) {
    const auto model = guided_model(Cpu(threads));
    for (const index_t span : {1, 2, 7, 8, 31, 64}) {
      VideoRequest request = request_of(3, 2.5);
      request.options.longest_span = span;
      request.options.lanes = 1 + span % 4;
      request.options.lookahead = 1 + span % 3;
      CAPTURE(threads, span);
      CHECK(made(model, request) == expected);
    }
  }
}

template <typename Policy>
void check_drafts_change_nothing(const std::vector<double>& guidances) {
  std::uint64_t seed = 0;
  const auto model = guided_model<Policy>(Cpu(1));
  for (const double guidance : guidances) {
    VideoRequest request = request_of(++seed, guidance);
    request.options.key_frames = seed == 2 ? 6 : 2;  // six: a second segment with frames taken over
    const Made expected = made(model, without_drafts(request));
    CHECK(expected.tokens.drafted == 0);
    for (const index_t longest : {1, 3, 16}) {
      for (const DraftLength length : {DraftLength::fixed, DraftLength::adaptive}) {
        VideoRequest drafts = request;
        drafts.options.speculation = longest;
        drafts.options.draft_length = length;
        if (longest == 3) drafts.options.longest_span = 5;
        CAPTURE(seed, longest, static_cast<int>(length));
        const Made drafted = made(model, drafts);
        CHECK(drafted == expected);
        CHECK(drafted.tokens.total() == expected.tokens.total());
        if (length == DraftLength::fixed) {
          CHECK(drafted.tokens.accepted > 0);
          CHECK(drafted.tokens.accepted < drafted.tokens.drafted);  // both lanes took some back
          CHECK(drafted.tokens.passes < expected.tokens.passes);
        }
      }
    }
  }
}

TEST_CASE("guidance: drafts change neither the video nor the text's effect") {
  check_drafts_change_nothing<FlashVideoPolicy>({2.5, 0.0, 1.0});
  check_drafts_change_nothing<TransformerPolicy>({2.0});
}

TEST_CASE("guidance: videos of a batch, guided each its own way or not, are those made alone") {
  const auto model = guided_model(Cpu(1), false);
  const std::vector<VideoRequest> requests{request_of(1, 2), request_of(1, 1),
                                           request_of(2, -1, "a blue circle"),
                                           without_drafts(request_of(9, 0.5, "a red circle moves"))};
  std::vector<std::vector<Image>> together(requests.size());
  const GenerationReport report = model.generate(requests, [&](const GeneratedFrame& frame) {
    together[static_cast<std::size_t>(frame.video)].push_back(frame.image);
  });
  REQUIRE(report.text_effects.size() == requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Made alone = made(model, requests[i]);
    CHECK(together[i] == alone.frames);
    CHECK(report.text_effects[i] == alone.effect);
  }
}

TEST_CASE("guidance: with weights of every storage and in every form") {
  for (const WeightStorage storage : weight_storages) {
    const Made expected =
        made(guided_model(Cpu(1, InstructionSet::baseline), true, storage), request_of(5, 3));
    for (const InstructionSet form : {InstructionSet::avx2, InstructionSet::avx512}) {
      if (form > best_instruction_set()) continue;
      CHECK(made(guided_model(Cpu(2, form), true, storage), request_of(5, 3)) == expected);
    }
  }
}

TEST_CASE("guidance: a mixer that cannot take a draft back is guided token by token") {
  const auto model = guided_model<test::OwnPolicy>(Cpu(2));
  const Made guided = made(model, request_of(2, 2));
  CHECK(guided.tokens.drafted == 0);
  CHECK(guided == made(model, without_drafts(request_of(2, 2))));
  CHECK(guided.frames != made(model, request_of(2, 1)).frames);
}

TEST_CASE("guidance: a session copied midway goes on with both states") {
  const auto model = guided_model(Cpu(2));
  const VideoRequest request = request_of(11, 2);
  const Made expected = made(model, request);
  for (const int frames_before : {0, 1, 4}) {
    auto session = model.session(std::span(&request, 1));
    std::vector<Image> frames;
    for (int i = 0; i < frames_before; ++i) frames.push_back(session.next()->image);
    auto copy = session.clone();
    while (session.next()) continue;
    while (auto frame = copy.next()) frames.push_back(frame->image);
    CHECK(frames == expected.frames);
    CHECK(copy.counts(0).text_effect == expected.effect);
  }
}

TEST_CASE("guidance: inherited and given tokens keep their rule and have no effect of the text") {
  const auto model = guided_model(Cpu(2));
  VideoRequest request = request_of(4, 2);
  request.options.key_frames = 2;
  request.options.inherit = 1;
  request.first_frames = {Image(32, 32, {230, 60, 60}), Image(32, 32, {230, 60, 60})};
  const Made still = made(model, request);  // equal key frames: all between is inherited
  CHECK(still.tokens.sampled == 0);
  CHECK(still.tokens.inherited == 3 * 16);
  CHECK(still.effect == 0);
  for (const Image& frame : still.frames) CHECK(frame == still.frames[0]);
  request.options.inherit = 0;
  const Made written = made(model, request);
  CHECK(written.tokens.sampled == 3 * 16);
  CHECK(written.effect != 0);
}

TEST_CASE("guidance: a model that was never trained without text refuses it in one sentence") {
  const auto message = [](const VideoRequest& request) {
    return test::message_of<value_error>([&] { test::tiny_model(Cpu(1)).generate(request, {}); });
  };
  VideoRequest request = request_of(1, 2.5);
  CHECK(message(request) ==
        "TextToVideo: the model was never trained without its text (text_dropout), as guidance 2.5 needs");
  request.options.guidance = 1;
  CHECK(
      message(request) ==
      "TextToVideo: the model was never trained without its text (text_dropout), as the text's effect needs");
  request.options.text_effect = false;
  CHECK_NOTHROW(test::tiny_model(Cpu(1)).generate(request, {}));
}
