// SPDX-License-Identifier: MIT
#include "flashvideo/generation/model_parts.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "flashvideo/training/decoder_objective.hpp"
#include "flashvideo/training/token_cache.hpp"
#include "flashvideo/training/trainer.hpp"
#include "package/stranger/own_tokenizers.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;
using test::message_of;

TEST_CASE("ModelParts: both tokenizers and both policies are asked for") {
  struct NoText : FlashVideoParts {
    using TextTokenizer = int;
  };
  struct NoPolicy : FlashVideoParts {
    using GapPolicy = int;
  };
  STATIC_REQUIRE(ModelParts<FlashVideoParts>);
  STATIC_REQUIRE(ModelParts<stranger::Parts>);
  STATIC_REQUIRE_FALSE(ModelParts<NoText>);
  STATIC_REQUIRE_FALSE(ModelParts<NoPolicy>);
  STATIC_REQUIRE_FALSE(ModelParts<FlashVideoPolicy>);
}

TEST_CASE("ModelParts: tokenizers of a user's own train, and the bundle makes the videos it learnt") {
  using Model = VideoModel<stranger::Parts, Cpu>;
  const test::TemporaryFolder folder;
  const Cpu cpu(2);
  const stranger::Letters text{stranger::Letters::Configuration{}};
  const stranger::Grey pictures(cpu, stranger::Grey::Configuration{}, FlatParameters({}, {}, "test"));
  const auto c = test::tiny_configuration_of<stranger::Parts>(text.vocabulary_size());

  // "dark" is black, "light" is white, for five frames
  TokenCacheWriter writer(folder.file("clips.tokens"), "test", 16);
  for (const auto& [caption, grey] : {std::pair{"dark", 0}, std::pair{"light", 255}}) {
    const std::vector<std::uint8_t> pixels(5 * 16 * 16 * 3, static_cast<std::uint8_t>(grey));
    writer.append(text.fixed_length(text.encode(caption), c.text_length).ids, pictures.encode_bytes(pixels));
  }
  writer.commit();
  const TokenCache cache(folder.file("clips.tokens"), "test");
  const ClipSequences<> sequences(
      cache, SerialTokenSequencer(c.vocabulary(), 16),
      {.key_frames = 2, .key_spacing = 4, .interpolation_share = 0.5, .gaps = {{3, 1}}, .seed = 1});
  const Decoder<FlashVideoPolicy, Cpu> decoder(c.key_frame_model);
  DecoderObjective objective(decoder, Chunkwise<64>{}, sequences, 4);
  TrainerOptions options;
  options.steps = 60;
  options.schedule = LearningRateSchedule::constant(1e-2);
  Trainer trainer(cpu, objective, options);
  trainer.run();

  const std::string path = folder.file("own.safetensors");
  save_bundle<Model>(path, c, {{}, trainer.host_values(), {}}, DType::F32);
  CHECK(BundleFile::open(path).parts() == "letters, grey, flashvideo, flashvideo");
  CHECK(message_of<format_error>([&] { load_text_to_video(path); })
            .starts_with(
                path + ": is made of the parts letters, grey, flashvideo, flashvideo, this program knows "));
  const auto model = load_text_to_video<ModelList<FlashVideoParts, stranger::Parts>>(path, cpu);
  CHECK(model.frame_width() == 16);
  for (const auto& [caption, grey] : {std::pair{"dark", 0}, std::pair{"light", 224}}) {
    VideoRequest request{{caption}};
    request.options.key_frames = 2;
    request.options.sampling.temperature = 0;
    const std::vector<Image> frames = test::frames_of(model, request);
    REQUIRE(!frames.empty());
    for (const Image& frame : frames) {
      index_t right = 0;
      for (const std::uint8_t byte : frame.bytes()) right += byte == grey;
      CHECK(right == 16 * 16 * 3);
    }
  }
}
