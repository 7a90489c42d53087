// SPDX-License-Identifier: MIT
/// icetk's image model at reduced width gives the public code's tokens, latents and pictures at every rate
/// (tests/golden/icetk/README.md).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_file.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

/// Largest distance of rows (B P, C) from a tensor (B, C, P).
double worst_error(MatrixView<const float> ours, const std::vector<float>& theirs, index_t pixels) {
  REQUIRE(ours.size() == static_cast<index_t>(theirs.size()));
  double worst = 0;
  for (index_t r = 0; r < ours.rows(); ++r) {
    for (index_t c = 0; c < ours.width(); ++c) {
      const index_t at = (r / pixels * ours.width() + c) * pixels + r % pixels;
      worst = std::max(worst, std::abs(static_cast<double>(ours(r, c)) -
                                       static_cast<double>(theirs[static_cast<std::size_t>(at)])));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE(
    "HvqVae: the public code's tokens exactly, its latents and pictures to 1e-5, at rates 4, 8 and 16") {
  const SafetensorsFile golden(FLASHVIDEO_SOURCE_DIR "/tests/golden/icetk/hvq_vae_small.safetensors");
  const auto bytes = golden.read<std::uint8_t>("images");
  const ImageExtent extent{2, 48, 32};
  REQUIRE(static_cast<index_t>(bytes.size()) == 3 * extent.rows());
  const test::TemporaryFolder folder;
  const std::string path = folder.file("icetk.safetensors");
  test::write_icetk_file(path, test::small_hvq_vae());
  const SafetensorsFile file(path);
  CHECK(file.names().size() == 329);
  const Cpu cpu(2);
  for (const index_t rate : {4, 8, 16}) {
    const HvqVaeConfiguration configuration = test::small_hvq_vae(rate);
    const HvqVaeTokenizer<Cpu> tokenizer(cpu, configuration, HvqVaeFile(file, configuration));
    const auto& model = tokenizer.model();
    CHECK(model.layout().parameter_count() + 96 * 41 == 5'599'705);
    const ImageExtent cells = model.cells_of(extent);
    REQUIRE(cells == ImageExtent{2, 48 / rate, 32 / rate});
    const std::string suffix = "_" + std::to_string(rate);
    const auto tokens = golden.read<token_t>("tokens" + suffix);
    CHECK(tokenizer.encode_bytes(bytes) == tokens);

    const std::vector<float> host = tokenizer.host_values();
    const ParameterView<const float> values(host.data());
    ColourScale<float> scale;
    for (std::size_t c = 0; c < 3; ++c) {
      scale.mean[c] = static_cast<float>(configuration.mean[c]);
      scale.deviation[c] = static_cast<float>(configuration.deviation[c]);
    }
    std::vector<float> pixels(bytes.size());
    cpu.for_each(extent.rows(), NormalFromBytes<float>{scale, bytes.data(), pixels.data()}, 3);
    Workspace<Cpu> workspace(cpu);
    const auto latents = model.latents(cpu, RowsProduct{}, values, extent,
                                       MatrixView<const float>(pixels.data(), {extent.rows(), 3}), workspace);
    const double worst_latent = worst_error(latents, golden.read<float>("latents" + suffix), cells.pixels());
    const auto pictures = model.decode(cpu, RowsProduct{}, values, cells, tokens.data(), workspace);
    cpu.for_each(pictures.rows(), ColoursFromNormal<float>{scale, pictures.data()}, 3);
    const double worst_pixel =
        worst_error(pictures, golden.read<float>("pictures" + suffix), extent.pixels());
    std::printf("icetk at rate %d: worst latent %.3g, worst pixel %.3g\n", static_cast<int>(rate),
                worst_latent, worst_pixel);
    CHECK(worst_latent < 1e-5);
    CHECK(worst_pixel < 1e-5);
  }
}
