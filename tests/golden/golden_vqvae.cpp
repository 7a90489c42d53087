// SPDX-License-Identifier: MIT
/// A trained public VQ-VAE, loaded by its original names, gives its own tokens and pictures.
#include <set>
#include <string>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/tokenizer/image/vq_vae.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;

namespace {

const std::string folder = FLASHVIDEO_SOURCE_DIR "/tests/golden/vqvae/";

VqVaeConfiguration golden_config() {
  VqVaeConfiguration config;
  config.image_height = 64;
  config.image_width = 96;
  config.num_codes = 512;
  config.code_width = 64;
  config.encoder_channels = {64, 128};
  config.encoder_blocks = 2;
  config.encoder_hidden = 32;
  config.decoder = {{.channels = 128, .blocks = 2, .hidden = 32, .upsample = 2, .overlaps = true},
                    {.channels = 64, .blocks = 0, .hidden = 1, .upsample = 2, .overlaps = true}};
  config.encoder = EncoderShape::overlapping();
  config.block_bias = false;
  return config;
}

/// The original's tensors in our order.
struct Loader {
  SafetensorsFile file{folder + "vqvae_f4_512x64_folded.safetensors"};
  std::vector<float> values;
  std::set<std::string> used;

  template <typename Convolution>
  void convolution(const Convolution& ours, const std::string& name) {
    const auto theirs = file.read<float>(name + ".weight");
    REQUIRE(static_cast<index_t>(theirs.size()) == element_count(ours.weight().shape));
    ours.weight_from_torch(theirs.data(), values.data() + ours.weight().offset);
    used.insert(name + ".weight");
    if (ours.shape().bias) copy(name + ".bias", ours.bias().offset);
  }
  void copy(const std::string& name, index_t offset) {
    const auto theirs = file.read<float>(name);
    std::copy(theirs.begin(), theirs.end(), values.begin() + offset);
    used.insert(name);
  }
  template <typename Blocks>
  void blocks(const Blocks& ours, const std::string& part) {
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const std::string name = part + "._residual_stack._layers." + std::to_string(i) + "._block.";
      convolution(ours[i].first(), name + "1");
      convolution(ours[i].second(), name + "3");
    }
  }
};

}  // namespace

TEST_CASE("VqVae: a public f4 512x64 model gives its 1920 tokens exactly and its pictures to 1e-4") {
  const Cpu cpu(2);
  const VqVae<> model(golden_config());
  Loader loader;
  loader.values.resize(static_cast<std::size_t>(model.layout().size()));
  loader.convolution(model.encoder().stages()[0], "_encoder._conv_1");
  loader.convolution(model.encoder().stages()[1], "_encoder._conv_2");
  loader.convolution(model.encoder().middle(), "_encoder._conv_3");
  loader.blocks(model.encoder().blocks(), "_encoder");
  loader.convolution(model.encoder().project(), "_pre_vq_conv");
  loader.copy("_vq_vae._embedding.weight", model.codebook().vectors().offset);
  loader.convolution(model.decoder().enter(), "_decoder._conv_1");
  loader.blocks(model.decoder().blocks(0), "_decoder");
  loader.convolution(model.decoder().enlarge()[0], "_decoder._conv_trans_1");
  loader.convolution(model.decoder().enlarge()[1], "_decoder._conv_trans_2");
  CHECK(loader.used.size() == loader.file.names().size());
  CHECK(model.layout().entries().size() == loader.file.names().size());

  const SafetensorsFile golden(folder + "golden_frames.safetensors");
  const auto bytes = golden.read<std::uint8_t>("input_u8");
  const auto tokens = golden.read<token_t>("tokens");
  const auto latents = golden.read<float>("latent");                 // (N, 64, h, w)
  const auto reconstruction = golden.read<float>("reconstruction");  // (N, 3, H, W)
  const ImageExtent extent{5, 64, 96};
  const ImageExtent cells = model.cells_of(extent);
  REQUIRE(cells == ImageExtent{5, 16, 24});
  REQUIRE(tokens.size() == 1920);

  Workspace<Cpu> workspace(cpu);
  const ParameterView<const float> values(loader.values.data());
  std::vector<float> pixels(bytes.size());
  cpu.for_each(extent.rows(), PixelsFromBytes<float>{bytes.data(), pixels.data()}, 3);
  const MatrixView<const float> images(pixels.data(), {extent.rows(), 3});

  const auto encoded = model.encoder().forward(cpu, RowsProduct{}, values, extent, images, workspace);
  double worst_latent = 0;
  for (index_t b = 0; b < 5; ++b)
    for (index_t c = 0; c < 64; ++c)
      for (index_t p = 0; p < cells.pixels(); ++p) {
        const float theirs = latents[static_cast<std::size_t>((b * 64 + c) * cells.pixels() + p)];
        worst_latent =
            std::max<double>(worst_latent, std::abs(encoded.latents(b * cells.pixels() + p, c) - theirs));
      }
  CHECK(worst_latent < 1e-4);

  std::vector<token_t> ids(tokens.size());
  model.encode(cpu, RowsProduct{}, values, extent, images, ids.data(), workspace);
  std::size_t different = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) different += ids[i] != tokens[i] ? 1 : 0;
  CHECK(different == 0);

  const auto decoded = model.decode(cpu, RowsProduct{}, values, cells, tokens.data(), workspace);
  double worst = 0;
  for (index_t b = 0; b < 5; ++b)
    for (index_t c = 0; c < 3; ++c)
      for (index_t p = 0; p < extent.pixels(); ++p) {
        const float theirs = reconstruction[static_cast<std::size_t>((b * 3 + c) * extent.pixels() + p)];
        worst = std::max<double>(worst, std::abs(decoded(b * extent.pixels() + p, c) - theirs));
      }
  CHECK(worst < 1e-4);
  WARN("tensors " << loader.used.size() << ", tokens different " << different << " of " << ids.size()
                  << ", latents to " << worst_latent << ", reconstruction to " << worst);
}
