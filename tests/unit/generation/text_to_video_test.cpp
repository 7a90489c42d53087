// SPDX-License-Identifier: MIT
#include "flashvideo/generation/text_to_video.hpp"

#include <stdexcept>

#include "support/catch.hpp"
#include "unit/generation/tiny_bundle.hpp"

using namespace flashvideo;

namespace {

VideoRequest request_of(std::uint64_t seed) {
  VideoRequest request;
  request.sentences = {"a red star moves"};
  request.options.seed = seed;
  request.options.key_frames = 3;
  return request;
}

}  // namespace

TEST_CASE("TextToVideo: progress and callback see every frame, the report tells what was done") {
  const auto model = test::tiny_model(Cpu(2));
  std::vector<index_t> seen, done;
  index_t total = 0;
  VideoRequest request = request_of(1);
  request.sentences = {"a red stars moves"};
  const GenerationReport report = model.generate(
      request, [&](const GeneratedFrame& frame) { seen.push_back(frame.index); }, {},
      [&](const Progress& progress) {
        done.push_back(progress.done);
        total = progress.total;
        CHECK(progress.unit == "frames");
      });
  CHECK(seen == std::vector<index_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(done == std::vector<index_t>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(total == 9);
  CHECK(report.frames == 9);
  CHECK(report.complete);
  CHECK(report.warnings.size() == 1);
  CHECK(report.tokens.sampled + report.tokens.inherited == 9 * 16);
}

TEST_CASE("TextToVideo: a stop within the callback ends the run, the frames so far stand") {
  const auto model = test::tiny_model(Cpu(2));
  const std::vector<Image> expected = test::frames_of(model, request_of(2));
  std::stop_source stop;
  std::vector<Image> frames;
  const GenerationReport report = model.generate(
      request_of(2),
      [&](const GeneratedFrame& frame) {
        frames.push_back(frame.image);
        if (frames.size() == 3) stop.request_stop();
      },
      stop.get_token());
  CHECK_FALSE(report.complete);
  CHECK(report.frames == static_cast<index_t>(frames.size()));
  CHECK(frames.size() < 9);
  CHECK(frames ==
        std::vector<Image>(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(frames.size())));

  const GenerationReport nothing = model.generate(request_of(2), {}, stop.get_token());
  CHECK(nothing.frames == 0);
  CHECK_FALSE(nothing.complete);
}

TEST_CASE("TextToVideo: an exception of the progress hook leaves through generate, the model goes on") {
  const auto model = test::tiny_model(Cpu(2));
  const std::vector<Image> expected = test::frames_of(model, request_of(3));
  CHECK_THROWS_AS(
      model.generate(request_of(3), {}, {}, [](const Progress&) { throw std::logic_error("no"); }),
      std::logic_error);
  CHECK(test::frames_of(model, request_of(3)) == expected);
}

TEST_CASE("TextToVideo: a stream ends when it is stopped and gives the frames that generate gives") {
  const auto model = test::tiny_model(Cpu(2));
  const std::vector<Image> expected = test::frames_of(model, request_of(4));
  std::vector<Image> frames;
  auto whole = model.stream(request_of(4));
  for (const GeneratedFrame& frame : whole) frames.push_back(frame.image);
  CHECK(frames == expected);
  CHECK(whole.session().counts().sampled > 0);
  std::stop_source stop;
  auto stopped = model.stream(request_of(4), stop.get_token());
  index_t count = 0;
  for (auto frame = stopped.begin(); frame != stopped.end(); ++frame) {
    CHECK(frame->image == expected[static_cast<std::size_t>(count++)]);
    if (count == 2) stop.request_stop();
  }
  CHECK(count < 9);
}

TEST_CASE("TextToVideo: a bundle that was saved and loaded gives the same frames") {
  const test::TemporaryFolder folder;
  for (const bool one_network : {true, false}) {
    const auto model = test::tiny_model(Cpu(2), one_network);
    const std::string path = test::write_bundle(folder, "a.safetensors", one_network);
    const auto loaded = load_text_to_video<FlashVideoPolicy>(path, Cpu(1));
    CHECK(test::frames_of(loaded, request_of(5)) == test::frames_of(model, request_of(5)));
    CHECK(loaded.configuration().one_network == one_network);
  }
  CHECK_THROWS_AS(load_text_to_video<TransformerPolicy>(folder.file("a.safetensors")), format_error);
}
