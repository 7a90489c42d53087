// SPDX-License-Identifier: MIT
#include "flashvideo/generation/video_generator.hpp"

#include "support/catch.hpp"
#include "support/own_mixer.hpp"
#include "unit/generation/tiny_bundle.hpp"

using namespace flashvideo;
using test::message_of;

namespace {

VideoRequest request_of(std::uint64_t seed) {
  VideoRequest request;
  request.sentences = {"a red star moves"};
  request.options.seed = seed;
  request.options.key_frames = 2;
  return request;
}

template <typename Policy>
void check_chosen(const test::TemporaryFolder& folder) {
  const std::string path = test::write_bundle<Policy>(folder, std::string(Policy::name) + ".safetensors");
  const VideoGenerator model = load_text_to_video(path, Cpu(1));
  CHECK(model.configuration().key_frame_policy == Policy::name);
  CHECK(test::frames_of(model, request_of(1)) ==
        test::frames_of(test::tiny_model<Policy>(Cpu(1)), request_of(1)));
}

}  // namespace

TEST_CASE("VideoGenerator: the policy is chosen by its name in the file") {
  const test::TemporaryFolder folder;
  check_chosen<FlashVideoPolicy>(folder);
  check_chosen<RetNetPolicy>(folder);
  check_chosen<TransformerPolicy>(folder);
}

TEST_CASE("VideoGenerator: a user's list adds a policy, and a name that the list lacks is refused") {
  const test::TemporaryFolder folder;
  const std::string own = test::write_bundle<test::OwnPolicy>(folder, "own.safetensors");
  CHECK(message_of<format_error>([&] { load_text_to_video(own, Cpu(1)); }) ==
        own +
            ": has policies \"own\" and \"own\", this program knows both as one of flashvideo, retnet, "
            "transformer");
  using Policies = PolicyList<FlashVideoPolicy, test::OwnPolicy>;
  const VideoGenerator model = load_text_to_video<Policies>(own, Cpu(1));
  CHECK(test::frames_of(model, request_of(2)).size() == 5);
  VideoRequest request = request_of(2);
  request.options.longest_span = 3;
  CHECK(test::frames_of(model, request) == test::frames_of(model, request_of(2)));
  const std::string retnet = test::write_bundle<RetNetPolicy>(folder, "retnet.safetensors");
  CHECK(message_of<format_error>([&] { load_text_to_video<Policies>(retnet, Cpu(1)); }) ==
        retnet +
            ": has policies \"retnet\" and \"retnet\", this program knows both as one of flashvideo, own");
}

TEST_CASE("VideoGenerator: weights are kept in the storage asked for, whatever the file's") {
  const test::TemporaryFolder folder;
  const std::string plain = test::write_bundle<>(folder, "plain.safetensors");
  const std::string small = test::write_bundle<>(folder, "small.safetensors", true, DType::I8);
  for (const WeightStorage storage : weight_storages) {
    const auto of_small = load_text_to_video<FlashVideoPolicy>(small, Cpu(1), storage);
    CHECK(of_small.model()->key_model()->values.storage() == storage);
    CHECK(test::frames_of(load_text_to_video(small, Cpu(2), storage), request_of(3)) ==
          test::frames_of(of_small, request_of(3)));
    CHECK(test::frames_of(load_text_to_video(plain, Cpu(2), storage), request_of(3)) ==
          test::frames_of(test::tiny_model(Cpu(1), true, storage), request_of(3)));
  }
}

TEST_CASE("VideoGenerator: a copy shares the model, and batches, hooks and stops are the typed model's") {
  const VideoGenerator model = test::tiny_model(Cpu(2));
  const VideoGenerator copy = model;
  CHECK(&model.configuration() == &copy.configuration());
  const std::vector<VideoRequest> requests{request_of(1), request_of(4)};
  std::vector<std::vector<Image>> frames(2);
  index_t last = 0;
  const GenerationReport report = copy.generate(
      requests,
      [&](const GeneratedFrame& frame) {
        frames[static_cast<std::size_t>(frame.video)].push_back(frame.image);
      },
      {}, [&](const Progress& progress) { last = progress.done; });
  CHECK(report.complete);
  CHECK(last == 10);
  CHECK(frames[0] == test::frames_of(model, request_of(1)));
  CHECK(frames[1] == test::frames_of(model, request_of(4)));
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(model.generate(request_of(1), {}, stop.get_token()).complete);
}

TEST_CASE("VideoGenerator: a file that cannot be read is named") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(load_text_to_video(folder.file("none.safetensors")), io_error);
  test::write_text(folder.file("a.mp4"), std::string("\0\0\0\x18"
                                                     "ftypmp42",
                                                     12) +
                                             std::string(80, ' '));
  CHECK(message_of<format_error>([&] { load_text_to_video(folder.file("a.mp4")); }) ==
        folder.file("a.mp4") + ", byte 0: the file is an MP4 video, expected a safetensors file");
}
