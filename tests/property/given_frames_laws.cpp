// SPDX-License-Identifier: MIT
// Given frames: the same video goes on from its own first frames, bit for bit, whatever the batch, the split, the drafts
// and the threads; what is given is shown and is not made again.
#include <string>
#include <tuple>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

namespace {

using namespace flashvideo;
using test::frames_of;
using test::tiny_model;
using Tokens = std::vector<token_t>;

/// Frames of a video as tokens, made alone.
template <typename Model>
std::vector<Tokens> tokens_of(const Model& model, VideoTokens video, const GenerationOptions& options) {
  using Engine = GenerationEngine<typename Model::KeyPolicy, typename Model::GapPolicy, Cpu>;
  Engine engine(model.backend(), model.key_model(), model.gap_model());
  typename Engine::Run run(model.frame_layout(), std::move(video), options);
  typename Engine::Run* const runs[] = {&run};
  std::vector<Tokens> frames;
  do {
    while (auto frame = run.take_frame()) frames.push_back(*frame);
  } while (engine.step(runs));
  CHECK(run.finished());
  return frames;
}

/// The first `count` of these frames as given ones.
VideoTokens continued(const std::vector<Tokens>& texts, const std::vector<Tokens>& frames, index_t count,
                      const GenerationOptions& options) {
  VideoTokens video{texts, {}, {}};
  for (index_t i = 0; i < count; ++i) {
    const Tokens& frame = frames[static_cast<std::size_t>(i)];
    if (i % options.schedule().stride() == 0) {
      video.given.push_back(frame);
    } else {
      video.given_between[i] = frame;
    }
  }
  return video;
}

GenerationOptions options_of(index_t key_frames, index_t between, index_t rounds) {
  GenerationOptions options;
  options.seed = 4;
  options.key_frames = key_frames;
  options.between = between;
  options.rounds = rounds;
  options.ring = 0;  // the random grids are small: keep stable tokens
  return options;
}

/// Pictures that differ.
std::vector<Image> pictures(index_t count) {
  std::vector<Image> images;
  for (index_t i = 0; i < count; ++i) {
    images.emplace_back(32, 32,
                        Rgb{static_cast<std::uint8_t>(30 * i), 60, static_cast<std::uint8_t>(250 - 20 * i)});
    images.back().set(i, 2 * i, {255, 255, 255});
  }
  return images;
}

VideoRequest request_of(index_t given, const std::string& sentence = "a red star moves") {
  VideoRequest request;
  request.sentences = {sentence};
  request.options = options_of(3, 3, 1);
  request.given_frames = pictures(given);
  return request;
}

template <DecoderPolicy Policy>
void check_own_frames_go_on() {
  const auto generator = tiny_model<Policy>(Cpu(2));
  const auto& model = *generator.model();
  const std::vector<Tokens> texts{model.encode_sentence("a red star moves").ids};
  for (const auto& [between, rounds] : {std::tuple<index_t, index_t>{3, 1}, {1, 2}, {3, 0}}) {
    const GenerationOptions options = options_of(7, between, rounds);  // two segments of five
    const std::vector<Tokens> frames = tokens_of(model, {texts, {}, {}}, options);
    const index_t most = options.schedule().display_index(4) + 1;
    for (index_t k = 1; k <= most; ++k) {
      CAPTURE(between, rounds, k);
      CHECK(tokens_of(model, continued(texts, frames, k, options), options) == frames);
    }
  }
}

TEST_CASE("given frames: a video goes on from its own first frames as it was, any number of them") {
  check_own_frames_go_on<FlashVideoPolicy>();
  check_own_frames_go_on<TransformerPolicy>();
}

TEST_CASE("given frames: each is read where it stands, also between key frames") {
  const auto generator = tiny_model(Cpu(2));
  const auto& model = *generator.model();
  const std::vector<Tokens> texts{model.encode_sentence("a red star moves").ids};
  const GenerationOptions options = options_of(3, 3, 1);
  const std::vector<Tokens> frames = tokens_of(model, {texts, {}, {}}, options);
  const VideoTokens six = continued(texts, frames, 6, options);
  for (index_t changed = 0; changed < 6; ++changed) {
    VideoTokens video = six;
    Tokens& codes = changed % 4 == 0 ? video.given[static_cast<std::size_t>(changed / 4)]
                                     : video.given_between.at(changed);
    for (token_t& code : codes) code = (code + 1) % 5;
    const std::vector<Tokens> other = tokens_of(model, video, options);
    CAPTURE(changed);
    for (index_t f = 0; f < 9; ++f) {
      const auto i = static_cast<std::size_t>(f);
      if (f == changed) CHECK(other[i] == codes);
      if (f < 6 && f != changed) CHECK(other[i] == frames[i]);
    }
    CHECK((other[8] != frames[8]) == (changed % 4 == 0));  // key frames follow key frames
    // between key frames: what stands in the same gap is seen, in another it is not
    CHECK((std::tie(other[6], other[7]) != std::tie(frames[6], frames[7])) ==
          (changed % 4 == 0 || changed == 5));
  }
}

TEST_CASE("given frames: the video does not depend on batch, spans, lanes, drafts or threads") {
  for (const index_t k : {1, 3, 5, 6, 9}) {
    VideoRequest plain = request_of(k);
    plain.options.speculation = 0;
    const std::vector<Image> expected = frames_of(tiny_model(Cpu(1)), plain);
    REQUIRE(expected.size() == 9);
    for (const int threads : {1, 3}) {
      const auto model = tiny_model(Cpu(threads));
      for (const index_t span : {1, 7, 64}) {
        VideoRequest request = request_of(k);
        request.options.longest_span = span;
        request.options.lanes = 1 + span % 4;
        request.options.speculation = span;
        request.options.lookahead = 1 + span % 2;
        VideoRequest beside = request_of((k + 2) % 7, "a blue circle");
        beside.keep_given = true;
        const std::vector<VideoRequest> batch{beside, request, request_of(0)};
        std::vector<Image> frames;
        model.generate(batch, [&](const GeneratedFrame& frame) {
          if (frame.video == 1) frames.push_back(frame.image);
        });
        CAPTURE(k, threads, span);
        CHECK(frames == expected);
        CHECK(frames_of(model, request) == expected);
      }
    }
  }
}

TEST_CASE(
    "given frames: they are shown as the tokenizer returns them, or untouched, and are not made again") {
  const auto model = tiny_model(Cpu(2));
  const VqVaeTokenizer<Cpu>& tokenizer = model.model()->image_tokenizer();
  for (const index_t k : {0, 1, 2, 4, 5, 7, 9}) {
    CAPTURE(k);
    VideoRequest request = request_of(k);
    std::vector<Image> frames;
    const GenerationReport report =
        model.generate(request, [&](const GeneratedFrame& frame) { frames.push_back(frame.image); });
    CHECK(report.tokens.sampled + report.tokens.inherited == (9 - k) * 16);
    const std::vector<Image> given =
        k > 0 ? tokenizer.decode(tokenizer.encode(request.given_frames)) : std::vector<Image>();
    CHECK(std::equal(given.begin(), given.end(), frames.begin()));
    request.keep_given = true;
    std::copy(request.given_frames.begin(), request.given_frames.end(), frames.begin());
    CHECK(frames_of(model, request) == frames);
    auto session = model.session({&request, 1});
    session.next();
    auto copy = session.clone();
    for (std::size_t i = 1; i < frames.size(); ++i) CHECK(copy.next()->image == frames[i]);
    CHECK_FALSE(copy.next());
  }
}

TEST_CASE("given frames: where key frames alone are made, they are the first of them") {
  const auto model = tiny_model(Cpu(2));
  VideoRequest keys = request_of(2);
  keys.options.rounds = 0;
  VideoRequest named = keys;
  named.first_frames = std::move(named.given_frames);
  named.given_frames.clear();
  CHECK(frames_of(model, keys) == frames_of(model, named));
}

TEST_CASE(
    "both ends: the ends are the given ones, what lies between is interpolated alone and follows the text") {
  const auto model = tiny_model(Cpu(2));
  const VqVaeTokenizer<Cpu>& tokenizer = model.model()->image_tokenizer();
  for (const auto& [between, rounds] : {std::tuple<index_t, index_t>{3, 1}, {1, 2}, {1, 1}}) {
    VideoRequest request = request_of(0);
    request.options = options_of(2, between, rounds);
    request.first_frames = pictures(2);
    std::vector<Image> frames;
    const GenerationReport report =
        model.generate(request, [&](const GeneratedFrame& frame) { frames.push_back(frame.image); });
    const auto inner = request.options.schedule().stride() - 1;
    CAPTURE(between, rounds);
    REQUIRE(static_cast<index_t>(frames.size()) == inner + 2);
    const std::vector<Image> ends = tokenizer.decode(tokenizer.encode(request.first_frames));
    CHECK(frames.front() == ends.front());
    CHECK(frames.back() == ends.back());
    CHECK(report.tokens.sampled + report.tokens.inherited == inner * 16);
    request.sentences = {"a blue circle"};
    const std::vector<Image> other = frames_of(model, request);
    CHECK(other.front() == frames.front());
    CHECK(other.back() == frames.back());
    CHECK(other != frames);
    request.keep_given = true;
    const std::vector<Image> kept = frames_of(model, request);
    CHECK(kept.front() == request.first_frames[0]);
    CHECK(kept.back() == request.first_frames[1]);
    CHECK(kept[1] == other[1]);
  }
}

/// A model that says which numbers of given frames it was trained with, and the distance of its key frames.
auto trained_with(std::vector<index_t> given_frames, index_t key_spacing) {
  BundleConfiguration<> c = test::tiny_configuration(FlashVideoPolicy::name);
  c.given_frames = std::move(given_frames);
  c.key_spacing = key_spacing;
  using Model = VideoModel<FlashVideoParts, Cpu>;
  return TextToVideo<FlashVideoParts, Cpu>(
      std::make_shared<const Model>(Cpu(1), c, test::tiny_values<FlashVideoPolicy, Cpu>(c, 7)));
}

std::string refusal(const TextToVideo<FlashVideoParts, Cpu>& model, const VideoRequest& request) {
  return test::message_of<error>([&] { model.session({&request, 1}); });
}

TEST_CASE("given frames: as many as the model was trained with, others are refused") {
  const auto model = trained_with({1, 5}, 4);
  const std::string known = " given, the model was trained with 1, 5 given frames";
  for (const index_t k : {0, 1, 2, 4, 5, 6}) {
    CAPTURE(k);
    CHECK(
        refusal(model, request_of(k)) ==
        (k == 1 || k == 5 ? "nothing thrown" : "TextToVideo: " + std::to_string(k) + " frames are" + known));
  }
  VideoRequest first = request_of(0);
  first.options.key_frames = 4;
  for (const index_t keys : {1, 2, 3}) {
    first.first_frames = pictures(keys);
    CHECK(refusal(model, first) == (keys < 3 ? "nothing thrown" : "TextToVideo: 9 frames are" + known));
  }
  first.options.key_frames = 3;
  CHECK(refusal(model, first) == "nothing thrown");  // no key frame is written
  for (const index_t k : {0, 2, 9}) CHECK(refusal(trained_with({}, 4), request_of(k)) == "nothing thrown");
}

TEST_CASE("given frames: what does not fit is refused in one sentence") {
  const auto model = trained_with({}, 4);
  CHECK(refusal(model, request_of(10)) == "VideoSession: 10 frames are given, the video has 9");
  VideoRequest both = request_of(1);
  both.first_frames = pictures(1);
  CHECK(refusal(model, both) ==
        "VideoSession: both first_frames and given_frames are given, expected one of them");
  VideoRequest small = request_of(2);
  small.given_frames[1] = Image(16, 32);
  CHECK(refusal(model, small).find("16") != std::string::npos);
  VideoRequest turns = request_of(1);
  turns.options = options_of(5, 0, 0);
  CHECK(refusal(model, turns) ==
        "TextToVideo: every frame in turn (between 0) needs a model whose key frames were trained 1 frame "
        "apart, "
        "this one's lie 4 apart");
  CHECK(refusal(trained_with({1, 5}, 1), turns) == "nothing thrown");
}

}  // namespace
