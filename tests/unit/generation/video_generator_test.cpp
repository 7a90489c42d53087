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
  check_chosen<TransformerPolicy>(folder);
}

TEST_CASE("VideoGenerator: angles and decays are data of one decoder, in files of both formats") {
  const test::TemporaryFolder folder;
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  const auto frames = [&](const BundleConfiguration<>& configuration) {
    const std::string path = folder.file("now.safetensors");
    save_bundle<test::TinyModel<FlashVideoPolicy>>(path, configuration, values, DType::F32);
    return test::frames_of(load_text_to_video(path, Cpu(1)), request_of(1));
  };
  // the same in format 1, whose decoders had the policy's rules or stored numbers
  const auto frames_of_format_1 = [&](const std::string& policy, const std::string& stored) {
    test::Bundle bundle(test::write_bundle(folder, "right.safetensors"));
    bundle.metadata["format_version"] = "1";
    std::string& text = bundle.metadata["configuration"];
    text = test::replaced(text, R"("policy":"flashvideo")", R"("policy":")" + policy + '"');
    const std::size_t begin = text.find(R"(,"position":)"), end = text.find(R"(},"interpolation_model")");
    text.replace(begin, end - begin, stored);
    bundle.write(folder.file("then.safetensors"));
    return test::frames_of(load_text_to_video(folder.file("then.safetensors"), Cpu(1)), request_of(1));
  };
  const auto plain = frames(c);
  CHECK(frames_of_format_1("flashvideo", "") == plain);
  c.key_frame_model.decay = Decay::retnet();
  const auto retnet = frames(c);
  CHECK(retnet != plain);
  CHECK(frames_of_format_1("retnet", "") == retnet);
  c.key_frame_model.position = Position::stored({1, 0.5, 0.25, 0.125, 0.0625, 0.03125});
  c.key_frame_model.decay = Decay::stored({-0.5, -0.25});
  const auto stored = frames(c);
  CHECK(stored != retnet);
  CHECK(frames_of_format_1("retnet", R"(,"theta":[1,0.5,0.25,0.125,0.0625,0.03125],"lambda":[-0.5,-0.25])") ==
        stored);
  c.key_frame_model.position = Position::frame_harmonics(17);
  CHECK(frames(c) != stored);
}

TEST_CASE("VideoGenerator: the encoder of the image tokenizer is data") {
  const test::TemporaryFolder folder;
  BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  c.image_tokenizer.encoder = EncoderShape::overlapping();
  c.image_tokenizer.norm_groups = 2;
  const std::string path = folder.file("overlapping.safetensors");
  const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  save_bundle<test::TinyModel<FlashVideoPolicy>>(path, c, values, DType::F32);
  VideoRequest request = request_of(1);
  request.first_frames = {Image(32, 32)};
  request.first_frames[0].bytes()[5] = 200;
  const auto model = std::make_shared<const test::TinyModel<FlashVideoPolicy>>(Cpu(1), c, values);
  CHECK(test::frames_of(load_text_to_video(path, Cpu(1)), request) ==
        test::frames_of(TextToVideo<>(model), request));
}

TEST_CASE("VideoGenerator: a user's list adds a policy, and a name that the list lacks is refused") {
  const test::TemporaryFolder folder;
  const std::string own = test::write_bundle<test::OwnPolicy>(folder, "own.safetensors");
  CHECK(message_of<format_error>([&] { load_text_to_video(own, Cpu(1)); }) ==
        own +
            ": is made of the parts words, vq_vae, own, own, this program knows words, vq_vae, flashvideo, "
            "flashvideo and words, vq_vae, transformer, transformer");
  using Models = ModelList<FlashVideoParts, WordsAndVqVae<test::OwnPolicy>>;
  const VideoGenerator model = load_text_to_video<Models>(own, Cpu(1));
  CHECK(test::frames_of(model, request_of(2)).size() == 5);
  VideoRequest request = request_of(2);
  request.options.longest_span = 3;
  CHECK(test::frames_of(model, request) == test::frames_of(model, request_of(2)));
  const std::string other = test::write_bundle<TransformerPolicy>(folder, "transformer.safetensors");
  CHECK(
      message_of<format_error>([&] { load_text_to_video<Models>(other, Cpu(1)); }) ==
      other +
          ": is made of the parts words, vq_vae, transformer, transformer, this program knows words, vq_vae, "
          "flashvideo, flashvideo and words, vq_vae, own, own");
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
