// SPDX-License-Identifier: MIT
#include "flashvideo/generation/video_session.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;
using test::message_of;
using Session = VideoSession<VideoModel<FlashVideoParts, Cpu>>;

namespace {

VideoRequest request_of(const std::string& sentence, std::uint64_t seed = 1) {
  VideoRequest request;
  request.sentences = {sentence};
  request.options.seed = seed;
  request.options.key_frames = 3;
  return request;
}

}  // namespace

TEST_CASE("VideoSession: frames of every video come in display order, once, and then no more") {
  const auto model = test::tiny_model(Cpu(2)).model();
  const std::vector<VideoRequest> requests{request_of("a red star"), request_of("a blue circle moves", 2)};
  Session session(model, requests);
  CHECK(session.frame_count() == 18);
  std::vector<index_t> next(2, 0);
  while (const auto frame = session.next()) {
    CHECK(frame->index == next[static_cast<std::size_t>(frame->video)]++);
    CHECK(frame->image.height() == 32);
  }
  CHECK(next == std::vector<index_t>{9, 9});
  CHECK_FALSE(session.next());
  CHECK(session.counts().total() == session.counts(0).total() + session.counts(1).total());
  CHECK(session.counts(0).total() == 3 * 20 + 2 * 5 * 20);  // three words, serial number, 16 cells
  CHECK(session.counts(1).total() == 3 * 21 + 2 * 5 * 21);
  CHECK(session.counts(1).sampled + session.counts(1).inherited == 9 * 16);
}

TEST_CASE("VideoSession: an unknown word is warned of, once for each sentence") {
  const auto model = test::tiny_model(Cpu(1)).model();
  const VideoRequest request = request_of("a red stars moves, stars!");
  const Session session(model, {&request, 1});
  REQUIRE(session.warnings().size() == 1);
  CHECK(session.warnings()[0] == "the word \"stars\" is unknown, the nearest known word is \"star\"");
  const VideoRequest known = request_of("A RED star.");
  CHECK(Session(model, {&known, 1}).warnings().empty());
}

TEST_CASE("VideoSession: of a sentence that is too long, first unknown words are left out, then its end") {
  const auto plain = test::tiny_model(Cpu(1)).model();
  BundleConfiguration<> configuration = plain->configuration();
  configuration.text_length = 4;
  const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(configuration, 7);
  const VideoModel<FlashVideoParts, Cpu> model(Cpu(1), configuration, values);
  const auto& words = model.text_tokenizer();
  const TextEncoding long_word = model.encode_sentence("a " + std::string(10000, 'x') + " red yy star");
  CHECK(long_word.ids == words.fixed_length(words.encode("a red star"), 4).ids);
  REQUIRE(long_word.warnings.size() == 3);
  CHECK(long_word.warnings[2] ==
        "the model reads 4 text tokens of a sentence, this one has 10005: left out is \"" +
            std::string(80, 'x') + "...\"");
  const TextEncoding long_sentence = model.encode_sentence("a red star moves, a cat, a blue circle moves");
  CHECK(long_sentence.ids == words.encode("a red star moves").ids);
  CHECK(long_sentence.warnings.back() ==
        "the model reads 4 text tokens of a sentence, this one has 12: left out is "
        "\"cat a a blue circle moves\"");
  CHECK(model.encode_sentence("a red star moves").warnings.empty());
  CHECK(plain->encode_sentence("a red star moves a red star").ids.size() == 7);  // a model of any length
}

TEST_CASE("VideoSession: a sentence of a form that was not trained is warned of") {
  const auto plain = test::tiny_model(Cpu(1)).model();
  BundleConfiguration<> configuration = plain->configuration();
  configuration.text_tokenizer.sentence_forms = {2, SentenceForms::runs_of("a red star", 2), "a red star"};
  const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(configuration, 7);
  const auto model = std::make_shared<const VideoModel<FlashVideoParts, Cpu>>(Cpu(1), configuration, values);
  const VideoRequest strange = request_of("star"), known = request_of("A red star!");
  CHECK(Session(model, {&strange, 1}).warnings() ==
        std::vector<std::string>{configuration.text_tokenizer.sentence_forms.note("star")});
  CHECK(Session(model, {&known, 1}).warnings().empty());
}

TEST_CASE("VideoSession: a copy keeps the frames that wait, and the counts") {
  const auto model = test::tiny_model(Cpu(2)).model();
  const std::vector<VideoRequest> requests{request_of("a red star"), request_of("star", 5)};
  Session session(model, requests);
  for (int i = 0; i < 5; ++i) session.next();
  Session copy = session.clone();
  CHECK(copy.frame_count() == session.frame_count());
  CHECK(copy.counts().total() == session.counts().total());
  std::vector<Image> left, right;
  while (auto frame = session.next()) left.push_back(frame->image);
  while (auto frame = copy.next()) right.push_back(frame->image);
  CHECK(left.size() == 13);
  CHECK(left == right);
  CHECK(copy.counts().sampled == session.counts().sampled);
}

TEST_CASE("VideoSession: given frames are encoded and shown as the tokenizer keeps them") {
  const auto model = test::tiny_model(Cpu(2)).model();
  VideoRequest request = request_of("a red star");
  request.first_frames = {Image(32, 32, {230, 60, 60}), Image(32, 32, {0, 0, 0}), Image(32, 32, {9, 9, 9})};
  Session session(model, {&request, 1});
  std::vector<Image> frames;
  while (auto frame = session.next()) frames.push_back(frame->image);
  REQUIRE(frames.size() == 9);
  const auto& tokenizer = model->image_tokenizer();
  const auto shown = tokenizer.decode(tokenizer.encode(request.first_frames));
  for (std::size_t k = 0; k < 3; ++k) CHECK(frames[4 * k] == shown[k]);
  CHECK(session.counts().sampled + session.counts().inherited == 6 * 16);  // the gaps alone
}

TEST_CASE("VideoSession: what cannot be asked is refused before anything runs") {
  const auto model = test::tiny_model(Cpu(1)).model();
  const auto message = [&](const std::vector<VideoRequest>& requests) {
    return message_of<error>([&] { Session(model, requests); });
  };
  CHECK(message({}) == "VideoSession: no video is requested");
  VideoRequest request = request_of("a red star");
  request.sentences.clear();
  CHECK(message({request}) == "VideoSession: a request has no sentence");
  request = request_of("...");
  CHECK(message({request}) == "WordTokenizer::encode: the sentence \"...\" has no words");
  request = request_of("a red star");
  request.options.lanes = 0;
  CHECK(message({request}) == "GenerationOptions: lanes is 0, expected >= 1");
  request = request_of("a red star");
  request.first_frames = std::vector<Image>(4, Image(32, 32));
  CHECK(message({request}) == "VideoRun: 4 first frames are given, the video has 3 key frames");
  request.first_frames = {Image(32, 16)};
  CHECK(message({request}).find("has 16 x 32 pixels") != std::string::npos);
}
