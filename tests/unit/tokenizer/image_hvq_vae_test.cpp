// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae.hpp"

#include <cmath>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/hvq_vae_weights.hpp"

using namespace flashvideo;

TEST_CASE("HvqVae: icetk's sizes are 329 tensors and 102,579,497 numbers, part by part") {
  const HvqVae<float> model(HvqVaeConfiguration::icetk());
  const auto numbers = [&](const std::string& prefix) {
    index_t count = 0;
    for (const auto& entry : model.layout().entries()) {
      if (entry.name.starts_with(prefix)) count += entry.size;
    }
    return count;
  };
  index_t unused = 0;
  for (const auto& tensor : model.unused_tensors()) {
    index_t size = 1;
    for (const index_t extent : tensor.shape) size *= extent;
    unused += size;
  }
  CHECK(model.layout().entries().size() + model.unused_tensors().size() == 329);
  CHECK(model.layout().parameter_count() + unused == 102'579'497);
  CHECK(numbers("enc.") == 23'503'488);
  CHECK(numbers("decs.0.") == 23'667'715);
  CHECK(numbers("decs.1.") == 22'172'803);
  CHECK(numbers("decs.2.") == 21'729'539);
  CHECK(numbers("quantize.") + unused == 10'325'792);
  CHECK(numbers("down_samplers.0.") == 590'080);
  CHECK(numbers("down_samplers.1.") == 590'080);
}

TEST_CASE("HvqVae: an id is the nearest code of the projected latent, and the picture its decoder's") {
  const Cpu cpu(2);
  for (const index_t rate : {2, 4}) {
    const HvqVae<double> model(test::tiny_hvq_vae(rate));
    std::vector<double> numbers(static_cast<std::size_t>(model.layout().size()));
    const double* codes = nullptr;
    for (const auto& entry : model.layout().entries()) {
      const auto tensor = test::hashed_tensor(entry.name, entry.shape);
      std::copy(tensor.begin(), tensor.end(), numbers.begin() + entry.offset);
      if (entry.name == "quantize.embed.weight") codes = numbers.data() + entry.offset;
    }
    const ParameterView<const double> values(numbers.data());
    const ImageExtent extent{2, 12, 8};
    const ImageExtent cells = model.cells_of(extent);
    CHECK(cells == ImageExtent{2, 12 / rate, 8 / rate});
    const auto pixels = test::normal_numbers<double>(extent.rows() * 3, 5);
    const MatrixView<const double> images(pixels.data(), {extent.rows(), 3});
    Workspace<Cpu> workspace(cpu);
    const auto z = model.latents(cpu, RowsProduct{}, values, extent, images, workspace);
    REQUIRE(z.shape() == Shape<2>{cells.rows(), 5});
    std::vector<token_t> ids(static_cast<std::size_t>(cells.rows()));
    model.encode(cpu, RowsProduct{}, values, extent, images, ids.data(), workspace);
    for (index_t r = 0; r < cells.rows(); ++r) {
      token_t nearest = -1;
      double least = 1e300;
      for (token_t k = 0; k < 30; ++k) {
        double distance = 0;
        for (index_t c = 0; c < 5; ++c) distance += std::pow(z(r, c) - codes[k * 5 + c], 2);
        if (distance < least) least = distance, nearest = k;
      }
      CHECK(ids[static_cast<std::size_t>(r)] == nearest);
    }
    const auto decoded = model.decode(cpu, RowsProduct{}, values, cells, ids.data(), workspace);
    CHECK(decoded.shape() == Shape<2>{extent.rows(), 3});
  }
}

TEST_CASE("HvqVae: a configuration that breaks a rule is refused") {
  HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  configuration.compress_rate = 3;
  CHECK_THROWS_WITH(HvqVae<float>(configuration),
                    "HvqVaeConfiguration: compress_rate is 3, expected one of 2, 4");
}
