// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace {

struct IcetkPictures : FlashVideoParts {
  template <ComputeBackend Backend>
  using ImageTokenizer = HvqVaeTokenizer<Backend>;
};

}  // namespace

TEST_CASE("HvqVaeTokenizer: icetk's image model lies in a bundle and paints its videos") {
  using Model = VideoModel<IcetkPictures, Cpu>;
  const test::TemporaryFolder folder;
  const auto words = test::tiny_configuration(FlashVideoPolicy::name).text_tokenizer;
  auto c = test::tiny_configuration_of<IcetkPictures>(256 + static_cast<index_t>(words.words.size()));
  c.text_tokenizer = words;
  c.image_tokenizer = test::tiny_hvq_vae();
  c.key_frame_model.vocabulary = c.vocabulary().size();
  c.key_frame_model.outputs = c.image_tokenizer.num_codes;
  c.interpolation_model = c.key_frame_model;
  const HvqVaeTokenizer<Cpu> pictures(Cpu(2), c.image_tokenizer, test::HashedParameters{});
  const Model::Values values{
      pictures.host_values(),
      initial_values<float>(Decoder<FlashVideoPolicy, Cpu>(c.key_frame_model).layout(), 3),
      {},
      {}};
  const std::string path = folder.file("icetk.safetensors");
  save_bundle<Model>(path, c, values, DType::F32);
  const auto model = load_text_to_video<ModelList<FlashVideoParts, IcetkPictures>>(path, Cpu(1));
  CHECK(model.frame_height() == 12);
  CHECK(model.frame_width() == 8);
  const VideoRequest request{{"a red star moves"}};
  const auto frames = test::frames_of(model, request);
  CHECK(frames == test::frames_of(
                      TextToVideo<IcetkPictures>(std::make_shared<const Model>(Cpu(2), c, values)), request));
  REQUIRE(frames.size() > 4);
  CHECK(frames[0].same_extents(Image(12, 8)));
  CHECK_THROWS_WITH(load_text_to_video(path, Cpu(1)), Catch::Contains("hvq_vae"));
}
