// SPDX-License-Identifier: MIT
// Same seed, same video: bit for bit, whatever the batch, the split into spans, the lanes, the threads, the
// form.
#include <algorithm>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "flashvideo/generation/video_generator.hpp"
#include "support/catch.hpp"
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

TEST_CASE("generation: plain, AVX2 and AVX-512 forms give the same video") {
  const std::vector<Image> expected = frames_of(tiny_model(Cpu(2, InstructionSet::plain)), request_of(5));
  for (const InstructionSet form : {InstructionSet::avx2, InstructionSet::avx512}) {
    if (form > best_instruction_set()) continue;
    CHECK(frames_of(tiny_model(Cpu(2, form)), request_of(5)) == expected);
  }
}

TEST_CASE("generation: with weights of every storage the video depends on none of these either") {
  std::set<std::vector<std::uint8_t>> last_frames;
  for (const WeightStorage storage : weight_storages) {
    const auto model = [&](const Cpu& cpu) { return tiny_model(cpu, true, storage); };
    const std::vector<Image> expected = frames_of(model(Cpu(1, InstructionSet::plain)), request_of(11));
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
  const auto plain = tiny_model<TransformerPolicy>(Cpu(1, InstructionSet::plain), true, WeightStorage::int8);
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

TEST_CASE("generation: head rows are the tokens sampled, and all tokens add up to the sequences") {
  const auto model = tiny_model(Cpu(2));
  for (const double inherit : {0.0, 0.2, 1.0}) {
    VideoRequest request = request_of(4);
    request.options.inherit = inherit;
    const GenerationReport report = model.generate(request, {});
    const index_t frame = 4 + 1 + 16;  // words, serial number, cells
    CHECK(report.complete);
    CHECK(report.tokens.head_rows == report.tokens.sampled);
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
  const ImageTokenizer<Cpu>& tokenizer = model.model()->image_tokenizer();
  const std::vector<Image> given = tokenizer.decode(tokenizer.encode(continued.first_frames));
  CHECK(frames[0] == given[0]);
  CHECK(frames[1] == given[1]);
}

TEST_CASE("generation: a session stopped and continued, or copied midway, gives the same frames") {
  const auto model = tiny_model(Cpu(2));
  const VideoRequest request = request_of(11);
  const std::vector<Image> expected = frames_of(model, request);
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
