// SPDX-License-Identifier: MIT
#include "flashvideo/training/image_tokenizer_objective.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/gradient_check.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

VqVaeConfiguration tiny_config() {
  VqVaeConfiguration config;
  config.image_height = config.image_width = 16;
  config.num_codes = 24;
  config.code_width = 4;
  config.encoder_channels = {5, 6};
  config.encoder_blocks = 1;
  config.encoder_hidden = 6;
  config.decoder = {{.channels = 8, .blocks = 1, .hidden = 6, .upsample = 4}};
  return config;
}

/// A bright rectangle on black, anywhere.
struct Rectangles {
  index_t size = 16;
  void operator()(const MicroBatch& micro_batch, index_t batch, std::uint8_t* bytes) const {
    std::fill_n(bytes, batch * size * size * 3, std::uint8_t{0});
    for (index_t i = 0; i < batch; ++i) {
      RandomStream random(micro_batch.sample_address(batch, i));
      const index_t top = random.below(size - 5);
      const index_t left = random.below(size - 5);
      for (index_t y = top; y < top + 5; ++y)
        for (index_t x = left; x < left + 5; ++x)
          for (index_t c = 0; c < 3; ++c)
            bytes[((i * size + y) * size + x) * 3 + c] = static_cast<std::uint8_t>(90 + 60 * c);
    }
  }
};

template <typename Scalar, typename Activation = Relu>
using Objective = ImageTokenizerObjective<VqVae<Scalar, Activation>, Cpu, Rectangles>;

}  // namespace

TEST_CASE("ImageTokenizerObjective: gradients agree with finite differences, straight through the codes") {
  // The loss in which a code moves with its latent: what straight-through gradients are the gradients of.
  using Model = VqVae<double, Swish>;
  const VqVaeConfiguration config = tiny_config();
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  Objective<double, Swish> objective(cpu, config, {}, {.batch = 3, .commitment = 0.25, .black_weight = 0.5});
  auto values = test::normal_numbers<double>(objective.layout().size(), 1, 0.4);
  const MicroBatch micro_batch{9, 2, 0, 1};
  std::vector<double> gradients(values.size());
  const StepLoss loss = objective.accumulate(cpu, ParameterView<const double>(values.data()),
                                             ParameterView<double>(gradients.data()), micro_batch, workspace);
  CHECK(loss.items == 3);

  std::vector<std::uint8_t> bytes(3 * 16 * 16 * 3);
  Rectangles{}(micro_batch, 3, bytes.data());
  std::vector<double> x(bytes.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = bytes[i] / 127.5 - 1;
  const Model& model = objective.model();
  const ImageExtent extent{3, 16, 16};
  const MatrixView<const double> images(x.data(), {extent.rows(), 3});
  const auto latents_of = [&](const std::vector<double>& v) {
    const auto z =
        model.encoder()
            .forward(cpu, GemmProduct{}, ParameterView<const double>(v.data()), extent, images, workspace)
            .latents;
    return std::vector<double>(z.data(), z.data() + z.size());
  };
  const auto z0 = latents_of(values);
  std::vector<token_t> ids(48);
  model.encode(cpu, GemmProduct{}, ParameterView<const double>(values.data()), extent, images, ids.data(),
               workspace);
  std::vector<double> e(48 * 4);
  model.codebook().look_up(cpu, ParameterView<const double>(values.data()), ids.data(),
                           MatrixView<double>(e.data(), {48, 4}));
  const auto smooth_loss = [&](const std::vector<double>& v) {
    workspace.release();
    const auto z = latents_of(v);
    std::vector<double> codes(e);
    double commitment = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      codes[i] += z[i] - z0[i];
      commitment += (z[i] - e[i]) * (z[i] - e[i]) / (16 * 4);
    }
    const auto y =
        model.decoder()
            .forward(cpu, GemmProduct{}, ParameterView<const double>(v.data()), model.cells_of(extent),
                     MatrixView<const double>(codes.data(), {48, 4}), workspace)
            .images;
    double squared = 0;
    for (index_t b = 0; b < 3; ++b)
      for (index_t py = 0; py < 16; ++py)
        for (index_t px = 0; px < 16; ++px) {
          bool black = true;
          for (index_t qy = py / 4 * 4; qy < py / 4 * 4 + 4; ++qy)
            for (index_t k = px / 4 * 12; k < px / 4 * 12 + 12; ++k)
              black = black && bytes[static_cast<std::size_t>((b * 16 + qy) * 48 + k)] == 0;
          for (index_t c = 0; c < 3; ++c) {
            const index_t at = ((b * 16 + py) * 16 + px) * 3 + c;
            squared += (black ? 0.5 : 1.0) * std::pow(y.data()[at] - x[static_cast<std::size_t>(at)], 2);
          }
        }
    return squared / (16 * 16 * 3) + 0.25 * commitment;
  };
  CHECK(loss.sum == Approx(smooth_loss(values)).epsilon(1e-12));
  // the table itself has no gradient
  const index_t table = model.codebook().vectors().offset;
  for (index_t i = 0; i < 24 * 4; ++i) REQUIRE(gradients[static_cast<std::size_t>(table + i)] == 0);
  std::vector<double> fixed_table = values;
  test::check_gradient(
      [&](const std::vector<double>& v) {
        std::vector<double> with_table = v;
        std::copy_n(fixed_table.begin() + table, 24 * 4, with_table.begin() + table);
        return smooth_loss(with_table);
      },
      values, gradients, 1e-6, 200);
}

TEST_CASE("ImageTokenizerObjective: the trainer lowers the loss and uses many codes") {
  const Cpu cpu(2);
  Objective<float> objective(cpu, tiny_config(), {}, {.batch = 16});
  TrainerOptions options;
  options.steps = 150;
  options.schedule.kind = LearningRateSchedule::Kind::constant;
  options.schedule.peak = 3e-3;
  options.schedule.warm_up_steps = 10;
  Trainer trainer(cpu, objective, options);
  const double first = trainer.step().loss;
  trainer.run();
  const auto& curve = trainer.curve();
  CHECK(curve.back().loss < 0.25 * first);
  CHECK(objective.last_error().psnr() > 12);
  index_t alive = 0;
  for (index_t k = 0; k < 24; ++k) alive += objective.averages().counts()[k] > 0.1F ? 1 : 0;
  CHECK(alive >= 12);
}

TEST_CASE("ImageTokenizerObjective: a resumed run is the unbroken one, codebook included") {
  const Cpu cpu(2);
  test::TemporaryFolder folder;
  TrainerOptions options;
  options.steps = 25;
  options.seed = 5;
  options.accumulation = 2;
  const ImageTokenizerObjectiveOptions settings{.batch = 4};
  Objective<float> objective(cpu, tiny_config(), {}, settings);
  Trainer unbroken(cpu, objective, options);
  for (int i = 0; i < 13; ++i) unbroken.step();
  unbroken.save(folder.file("checkpoint"));
  unbroken.run();
  Objective<float> other(cpu, tiny_config(), {}, settings);
  Trainer resumed(cpu, other, options);
  resumed.resume(folder.file("checkpoint"));
  resumed.run();
  CHECK(resumed.host_values() == unbroken.host_values());
}

TEST_CASE("ImageTokenizerObjectiveOptions: values out of range are named") {
  CHECK_THROWS_WITH((Objective<float>(Cpu(1), tiny_config(), {}, {.batch = 0})),
                    "ImageTokenizerObjectiveOptions: batch is 0, expected >= 1");
}
