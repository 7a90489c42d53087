// SPDX-License-Identifier: MIT
// Same seed, same video: bit for bit, whatever the batch, the split into spans, the drafts, the lanes, the
// threads, the form.
#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "support/catch.hpp"
#include "support/own_mixer.hpp"
#include "support/tiny_model.hpp"

namespace {

using namespace flashvideo;
using test::frames_of;
using test::tiny_model;

VideoRequest request_of(std::uint64_t seed, const std::string& sentence = "a red star moves") {
  VideoRequest request;
  request.sentences = {sentence};
  request.options.seed = seed;
  request.options.ring = 0;  // the random grids are small: keep stable tokens
  return request;
}

TEST_CASE("generation: the video does not depend on spans, lanes, lookahead or threads") {
  const std::vector<Image> expected = frames_of(tiny_model(Cpu(1)), request_of(3));
  REQUIRE(expected.size() == 17);
  REQUIRE(std::set<std::vector<std::uint8_t>>{{expected[0].bytes().begin(), expected[0].bytes().end()},
                                              {expected[9].bytes().begin(), expected[9].bytes().end()}}
              .size() == 2);
  for (const int threads : {1, 2, 3, 8}) {
    const auto model = tiny_model(Cpu(threads));
    for (const index_t span : {1, 2, 3, 7, 8, 9, 31, 64}) {
      VideoRequest request = request_of(3);
      request.options.longest_span = span;
      request.options.lanes = 1 + span % 4;
      request.options.lookahead = 1 + span % 3;
      CAPTURE(threads, span);
      CHECK(frames_of(model, request) == expected);
    }
  }
}

VideoRequest without_drafts(VideoRequest request) {
  request.options.speculation = 0;
  return request;
}

VideoRequest drafting(VideoRequest request, index_t longest, DraftLength length = DraftLength::fixed) {
  request.options.speculation = longest;
  request.options.draft_length = length;
  return request;
}

/// Frames and tokens of a request generated alone.
template <typename Generator>
std::pair<std::vector<Image>, TokenCounts> made(const Generator& model, const VideoRequest& request) {
  std::vector<Image> frames;
  const GenerationReport report =
      model.generate(request, [&](const GeneratedFrame& frame) { frames.push_back(frame.image); });
  return {frames, report.tokens};
}

template <typename Policy>
void check_drafts_change_nothing() {
  const std::vector<SamplingOptions> samplings{
      {}, {.temperature = 0}, {.temperature = 0.4}, {.top_k = 2}, {.temperature = 1.5, .top_p = 0.7}};
  for (std::size_t seed = 0; seed < samplings.size(); ++seed) {
    VideoRequest request = request_of(seed);
    request.options.sampling = samplings[seed];
    request.options.key_frames = seed == 3 ? 7 : 3;  // seven: a second segment with frames taken over
    const auto [expected, plain] = made(tiny_model<Policy>(Cpu(1)), without_drafts(request));
    CHECK(plain.drafted == 0);
    CHECK(plain.head_rows == plain.sampled);
    const auto model = tiny_model<Policy>(Cpu(1 + static_cast<int>(seed) % 3));
    for (const index_t longest : {1, 2, 3, 7, 16, 40}) {
      for (const DraftLength length : {DraftLength::fixed, DraftLength::adaptive}) {
        VideoRequest drafts = drafting(request, longest, length);
        drafts.options.lanes = 1 + longest % 4;
        if (longest == 7) drafts.options.longest_span = 5;
        CAPTURE(seed, longest, static_cast<int>(length));
        const auto [frames, tokens] = made(model, drafts);
        CHECK(frames == expected);
        CHECK(tokens.total() == plain.total());
        CHECK(tokens.sampled == plain.sampled);
        CHECK(tokens.head_rows == tokens.sampled + tokens.drafted - tokens.accepted);
        if (length == DraftLength::fixed) CHECK(tokens.accepted > 0);
      }
    }
  }
}

TEST_CASE("generation: the video does not depend on drafts, their length, or how many are right") {
  check_drafts_change_nothing<FlashVideoPolicy>();
  check_drafts_change_nothing<TransformerPolicy>();
}

TEST_CASE("generation: a drafter may guess anything, and the better it guesses, the fewer the passes") {
  const auto model = tiny_model(Cpu(2));
  const VideoRequest request = request_of(3);
  const auto [expected, plain] = made(model, without_drafts(request));
  const auto passes = [&](Drafter drafter) {
    VideoRequest drafts = drafting(request, 7);
    drafts.options.drafter = std::move(drafter);
    const auto [frames, tokens] = made(model, drafts);
    CHECK(frames == expected);
    CHECK(tokens.accepted <= tokens.drafted);
    return tokens.passes;
  };
  CHECK(passes(NoDraft{}) == plain.passes);
  CHECK(passes(Drafter()) == plain.passes);
  CHECK(passes([](const DraftPlace& place) { return place.cell % 5; }) <= plain.passes);
  CHECK(passes(PreviousFrameDraft{}) < plain.passes);

  // one that knows every token: what the model wrote behind the same beginning
  using Codes = std::vector<token_t>;
  std::map<std::tuple<Codes, Codes, Codes>, token_t> known;
  const auto beginning = [](const DraftPlace& place, std::size_t cells) {
    const auto codes = [](std::span<const token_t> span) { return Codes(span.begin(), span.end()); };
    return std::tuple(codes(place.previous), codes(place.following), codes(place.frame.first(cells)));
  };
  VideoRequest slow = drafting(request, 1);  // each token is guessed anew, behind a beginning that is right
  slow.options.drafter = [&](const DraftPlace& place) {
    for (std::size_t cells = 0; cells < place.frame.size(); ++cells) {
      known[beginning(place, cells)] = place.frame[cells];
    }
    return place.frame.empty() ? token_t{0} : no_guess;
  };
  made(model, slow);
  const index_t oracle = passes([&](const DraftPlace& place) {
    const auto token = known.find(beginning(place, place.frame.size()));
    return token == known.end() ? no_guess : token->second;
  });
  CHECK(2 * oracle < plain.passes);
}

TEST_CASE("generation: a batch of videos that draft, each its own way") {
  const auto model = tiny_model(Cpu(2));
  std::vector<VideoRequest> requests;
  for (const index_t longest : {0, 1, 3, 16}) {
    requests.push_back(drafting(request_of(static_cast<std::uint64_t>(longest)), longest,
                                longest == 3 ? DraftLength::adaptive : DraftLength::fixed));
  }
  std::vector<std::vector<Image>> together(requests.size());
  model.generate(requests, [&](const GeneratedFrame& frame) {
    together[static_cast<std::size_t>(frame.video)].push_back(frame.image);
  });
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(together[i] == frames_of(model, without_drafts(requests[i])));
  }
}

TEST_CASE("generation: a mixer that cannot take a draft back writes token by token") {
  const auto model = tiny_model<test::OwnPolicy>(Cpu(2));
  const auto [frames, tokens] = made(model, drafting(request_of(2), 7));
  CHECK(frames.size() == 17);
  CHECK(tokens.drafted == 0);
  CHECK(frames == frames_of(model, without_drafts(request_of(2))));
}

TEST_CASE("generation: plain, AVX2 and AVX-512 forms give the same video") {
  const std::vector<Image> expected = frames_of(tiny_model(Cpu(2, InstructionSet::baseline)), request_of(5));
  for (const InstructionSet form : {InstructionSet::avx2, InstructionSet::avx512}) {
    if (form > best_instruction_set()) continue;
    CHECK(frames_of(tiny_model(Cpu(2, form)), request_of(5)) == expected);
  }
}

TEST_CASE("generation: with weights of every storage the video depends on none of these either") {
  std::set<std::vector<std::uint8_t>> last_frames;
  for (const WeightStorage storage : weight_storages) {
    const auto model = [&](const Cpu& cpu) { return tiny_model(cpu, true, storage); };
    const std::vector<Image> expected = frames_of(model(Cpu(1, InstructionSet::baseline)), request_of(11));
    last_frames.insert({expected.back().bytes().begin(), expected.back().bytes().end()});
    CAPTURE(weight_storage_name(storage));
    for (const InstructionSet form : {InstructionSet::avx2, InstructionSet::avx512}) {
      if (form > best_instruction_set()) continue;
      for (const int threads : {1, 3})
        CHECK(frames_of(model(Cpu(threads, form)), request_of(11)) == expected);
    }
    const auto fast = model(Cpu(2));
    for (const index_t span : {1, 3, 8, 31}) {
      VideoRequest request = request_of(11);
      request.options.longest_span = span;
      request.options.lanes = 1 + span % 4;
      CHECK(frames_of(fast, request) == expected);
    }
    const std::vector<VideoRequest> requests{request_of(2, "a blue circle"), request_of(11)};
    std::vector<Image> in_batch;
    fast.generate(requests, [&](const GeneratedFrame& frame) {
      if (frame.video == 1) in_batch.push_back(frame.image);
    });
    CHECK(in_batch == expected);
  }
  CHECK(last_frames.size() >= 2);  // the storages are not one and the same
}

TEST_CASE("generation: the transformer's laws hold with int8 weights too") {
  const auto plain =
      tiny_model<TransformerPolicy>(Cpu(1, InstructionSet::baseline), true, WeightStorage::int8);
  VideoRequest request = request_of(1);
  request.options.longest_span = 5;
  CHECK(frames_of(tiny_model<TransformerPolicy>(Cpu(2), true, WeightStorage::int8), request) ==
        frames_of(plain, request_of(1)));
}

TEST_CASE("generation: a video is the same alone and in a batch") {
  const auto model = tiny_model(Cpu(2));
  const std::vector<VideoRequest> requests{request_of(1), request_of(2, "a blue circle"),
                                           request_of(1, "star"),
                                           request_of(9, "a red circle moves a red circle moves")};
  std::vector<std::vector<Image>> together(requests.size());
  model.generate(requests, [&](const GeneratedFrame& frame) {
    auto& frames = together[static_cast<std::size_t>(frame.video)];
    REQUIRE(static_cast<index_t>(frames.size()) == frame.index);  // display order
    frames.push_back(frame.image);
  });
  for (std::size_t i = 0; i < requests.size(); ++i) CHECK(together[i] == frames_of(model, requests[i]));
  CHECK(together[0] != together[2]);
}

TEST_CASE(
    "generation: head rows are the tokens sampled and wrong guesses, and all tokens add up to the "
    "sequences") {
  const auto model = tiny_model(Cpu(2));
  for (const double inherit : {0.0, 0.2, 1.0}) {
    VideoRequest request = request_of(4);
    request.options.inherit = inherit;
    const GenerationReport report = model.generate(request, {});
    const index_t frame = 4 + 1 + 16;  // words, serial number, cells
    CHECK(report.complete);
    CHECK(report.tokens.head_rows == report.tokens.sampled + report.tokens.drafted - report.tokens.accepted);
    const TokenCounts plain = model.generate(without_drafts(request), {}).tokens;
    CHECK(plain.head_rows == plain.sampled);
    CHECK(plain.sampled == report.tokens.sampled);
    CHECK(report.tokens.total() == 5 * frame + 4 * 5 * frame);
    CHECK((report.tokens.inherited > 0) == (inherit > 0));
    CHECK(report.tokens.sampled == 17 * 16 - report.tokens.inherited);
  }
}

TEST_CASE("generation: recursive interpolation, cuts and key frames alone give the frames asked for") {
  const auto model = tiny_model(Cpu(2));
  VideoRequest request = request_of(6);
  request.options.between = 1;
  request.options.rounds = 2;
  const std::vector<Image> recursive = frames_of(model, request);
  CHECK(recursive.size() == 17);
  request.options.frames = 10;
  const std::vector<Image> cut = frames_of(model, request);
  REQUIRE(cut.size() == 10);
  CHECK(std::equal(cut.begin(), cut.end(), recursive.begin()));
  VideoRequest keys = request_of(6);
  keys.options.rounds = 0;
  const std::vector<Image> key_frames = frames_of(model, keys);
  REQUIRE(key_frames.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) CHECK(key_frames[k] == recursive[4 * k]);
}

TEST_CASE(
    "generation: beyond the last serial number a new segment goes on, and length changes nothing before it") {
  const auto model = tiny_model(Cpu(2));
  VideoRequest longer = request_of(8);
  longer.options.key_frames = 14;  // 5 serial numbers, 2 carried
  const std::vector<Image> frames = frames_of(model, longer);
  REQUIRE(frames.size() == 53);
  VideoRequest shorter = request_of(8);
  shorter.options.key_frames = 8;
  const std::vector<Image> prefix = frames_of(model, shorter);
  REQUIRE(prefix.size() == 29);
  CHECK(std::equal(prefix.begin(), prefix.end(), frames.begin()));
}

TEST_CASE("generation: a storyboard and given first frames") {
  const auto model = tiny_model(Cpu(2));
  VideoRequest plain = request_of(2);
  plain.options.rounds = 0;
  VideoRequest storyboard = plain;
  storyboard.sentences = {"a red star", "a red star", "a blue circle", "a blue circle", "a blue circle"};
  const std::vector<Image> told = frames_of(model, storyboard);
  VideoRequest start = plain;
  start.sentences = {"a red star"};
  const std::vector<Image> same = frames_of(model, start);
  CHECK(told[0] == same[0]);
  CHECK(told[1] == same[1]);
  CHECK(std::vector<Image>(told.begin() + 2, told.end()) != std::vector<Image>(same.begin() + 2, same.end()));

  VideoRequest continued = plain;
  continued.first_frames = {Image(32, 32, {230, 60, 60}), Image(32, 32)};
  const std::vector<Image> frames = frames_of(model, continued);
  const VqVaeTokenizer<Cpu>& tokenizer = model.model()->image_tokenizer();
  const std::vector<Image> given = tokenizer.decode(tokenizer.encode(continued.first_frames));
  CHECK(frames[0] == given[0]);
  CHECK(frames[1] == given[1]);
}

TEST_CASE("generation: a session stopped and continued, or copied midway, gives the same frames") {
  const auto model = tiny_model(Cpu(2));
  const VideoRequest request = drafting(request_of(11), 5);
  const std::vector<Image> expected = frames_of(model, without_drafts(request));
  auto session = model.session(std::span(&request, 1));
  std::vector<Image> frames;
  for (int i = 0; i < 6; ++i) frames.push_back(session.next()->image);
  std::stop_source stop;
  stop.request_stop();
  auto copy = session.clone();
  std::vector<Image> copied = frames;
  while (auto frame = session.next()) frames.push_back(frame->image);
  while (auto frame = copy.next()) copied.push_back(frame->image);
  CHECK(frames == expected);
  CHECK(copied == expected);

  auto stopped = model.session(std::span(&request, 1));
  CHECK_FALSE(stopped.next(stop.get_token()));
  std::vector<Image> after;
  while (auto frame = stopped.next()) after.push_back(frame->image);
  CHECK(after == expected);
}

TEST_CASE("generation: the stream is an input range with the callback's frames") {
  const auto model = tiny_model(Cpu(2));
  std::vector<Image> streamed;
  auto stream = model.stream(request_of(12));
  for (const GeneratedFrame& frame : stream) streamed.push_back(frame.image);
  CHECK(streamed == frames_of(model, request_of(12)));
}

TEST_CASE("generation: an exception of a callback leaves the model usable") {
  const auto model = tiny_model(Cpu(2));
  const std::vector<Image> expected = frames_of(model, request_of(13));
  CHECK_THROWS_AS(
      model.generate(request_of(13), [](const GeneratedFrame&) { throw std::runtime_error("full"); }),
      std::runtime_error);
  CHECK(frames_of(model, request_of(13)) == expected);
}

TEST_CASE("generation: eight threads on one model give the frames of serial runs") {
  const auto model = tiny_model(Cpu(2));
  std::vector<std::vector<Image>> expected;
  for (std::uint64_t seed = 0; seed < 8; ++seed) expected.push_back(frames_of(model, request_of(seed)));
  std::vector<std::vector<Image>> frames(8);
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    threads.emplace_back([&, seed] { frames[seed] = frames_of(model, request_of(seed)); });
  }
  for (auto& thread : threads) thread.join();
  CHECK(frames == expected);
}

TEST_CASE("generation: two networks, and the transformer, generate too") {
  const auto two = tiny_model(Cpu(2), false);
  CHECK(frames_of(two, request_of(1)).size() == 17);
  VideoRequest request = request_of(1);
  request.options.longest_span = 5;
  CHECK(frames_of(two, request) == frames_of(two, request_of(1)));
  const auto transformer = tiny_model<TransformerPolicy>(Cpu(2));
  CHECK(frames_of(transformer, request) == frames_of(transformer, request_of(1)));
}

TEST_CASE("generation: what cannot be asked is refused in one sentence") {
  const auto model = tiny_model(Cpu(1));
  const auto message = [&](const VideoRequest& request) {
    try {
      model.generate(request, {});
    } catch (const error& wrong) {
      return std::string(wrong.what());
    }
    return std::string();
  };
  VideoRequest request = request_of(1);
  request.options.between = 2;
  CHECK(message(request) ==
        "TextToVideo: the model was not trained to interpolate 2 frames at spacing 1 (round 1); (between, "
        "spacing) it "
        "knows: (3, 1), (1, 1), (1, 2)");
  request = request_of(1);
  request.sentences = {};
  CHECK(message(request) == "VideoSession: a request has no sentence");
  request.sentences = {"a star", "a circle"};
  CHECK(message(request) == "VideoRun: 2 texts are given, expected 1 or one for each of the 5 key frames");
  request = request_of(1, "purple zebra");
  CHECK(message(request).find("no word of the sentence") != std::string::npos);
  request = request_of(1);
  request.options.sampling.temperature = -1;
  CHECK(message(request) == "SamplingOptions: temperature is -1, expected >= 0");
  request = request_of(1);
  request.first_frames = {Image(16, 16)};
  CHECK(message(request).find("expected 32 x 32") != std::string::npos);
}

}  // namespace
