// SPDX-License-Identifier: MIT
#include "flashvideo/generation/icetk_parts.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "flashvideo/training/decoder_objective.hpp"
#include "flashvideo/training/token_cache.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace {

constexpr index_t num_frames = 7;

/// Frame t of a class: a picture of its own.
Image frame_of(std::size_t label, index_t t) {
  RandomStream random(10 * label + static_cast<std::size_t>(t));
  Image image(12, 8);
  for (std::uint8_t& byte : image.bytes()) byte = static_cast<std::uint8_t>(random.below(256));
  return image;
}

}  // namespace

TEST_CASE("IcetkParts: class labels and icetk's tokens are trained on, and five given frames are continued") {
  using Model = VideoModel<IcetkParts, Cpu>;
  STATIC_REQUIRE(ModelParts<IcetkParts>);
  const test::TemporaryFolder folder;
  const Cpu cpu(2);
  const std::vector<std::string> labels{"ApplyEyeMakeup", "YoYo"};
  const WordTokenizer words = WordTokenizer::from_sentences(labels);
  auto c = test::tiny_configuration_of<IcetkParts>(words.vocabulary_size());
  c.text_tokenizer.words = words.words();
  c.image_tokenizer = test::tiny_hvq_vae();
  c.num_serials = num_frames;
  c.key_spacing = 1;
  c.gaps.clear();
  c.key_frame_model.vocabulary = c.vocabulary().size();
  c.key_frame_model.outputs = c.image_tokenizer.num_codes;
  c.interpolation_model = c.key_frame_model;
  const HvqVaeTokenizer<Cpu> pictures(cpu, c.image_tokenizer, test::HashedParameters{});

  TokenCacheWriter writer(folder.file("clips.tokens"), "test", pictures.tokens_per_image());
  std::vector<std::vector<Image>> clips(2);
  for (std::size_t label = 0; label < 2; ++label) {
    for (index_t t = 0; t < num_frames; ++t) clips[label].push_back(frame_of(label, t));
    writer.append(words.fixed_length(words.encode(labels[label]), c.text_length).ids,
                  pictures.encode(clips[label]));
  }
  writer.commit();
  const TokenCache cache(folder.file("clips.tokens"), "test");
  const ClipSequences<> sequences(cache, SerialTokenSequencer(c.vocabulary(), pictures.tokens_per_image()),
                                  {.key_frames = num_frames, .key_spacing = 1, .seed = 1});
  const Decoder<FlashVideoPolicy, Cpu> decoder(c.key_frame_model);
  DecoderObjective objective(decoder, Chunkwise<64>{}, sequences, 2);
  TrainerOptions options;
  options.steps = 60;
  options.schedule = LearningRateSchedule::constant(1e-2);
  Trainer trainer(cpu, objective, options);
  trainer.run();

  const std::string path = folder.file("icetk.safetensors");
  save_bundle<Model>(path, c, {pictures.host_values(), trainer.host_values(), {}}, DType::F32);
  CHECK(BundleFile::open(path).parts() == "words, hvq_vae, flashvideo, flashvideo");
  const auto model = load_text_to_video<ModelList<FlashVideoParts, IcetkParts>>(path, Cpu(1));
  CHECK(model.frame_height() == 12);
  CHECK(model.frame_width() == 8);
  for (std::size_t label = 0; label < 2; ++label) {
    const auto wanted = pictures.decode(pictures.encode(clips[label]));
    CHECK_FALSE(wanted[4] == wanted[5]);
    CHECK_FALSE(wanted[5] == wanted[6]);
    VideoRequest request{{labels[label]}, {clips[label].begin(), clips[label].begin() + 5}};
    request.options.key_frames = num_frames;
    request.options.rounds = 0;
    request.options.sampling.temperature = 0;
    CHECK(test::frames_of(model, request) == wanted);
  }
  CHECK_THROWS_WITH(load_text_to_video(path, Cpu(1)), Catch::Contains("hvq_vae"));
}
