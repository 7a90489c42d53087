// SPDX-License-Identifier: MIT
#pragma once
// Training steps of a decoder and of an image tokenizer, and a checkpoint that moves between runs.
#include "flashvideo/training/decoder_objective.hpp"
#include "flashvideo/training/image_tokenizer_objective.hpp"
#include "flashvideo/training/trainer.hpp"
#include "kernels/run.hpp"
#include "kernels/small_decoder.hpp"
#include "support/small_tokenizer.hpp"
#include "support/temporary_folder.hpp"

namespace kernels {

/// Sequences of unequal length with labels, a function of their number.
struct RandomSequences {
  TokenSequence sequence(index_t, const RandomAddress& address) const {
    RandomStream random(address);
    TokenSequence sequence;
    const index_t length = 12 + random.below(9);
    for (index_t n = 0; n < length; ++n) {
      sequence.tokens.push_back(static_cast<token_t>(random.below(29)));
      sequence.labels.push_back(n % 2 == 0 ? static_cast<token_t>(3 + random.below(20)) : no_label);
    }
    return sequence;
  }
  token_t pad() const { return 28; }
};

inline TrainerOptions few_steps() {
  TrainerOptions options;
  options.steps = 3;
  options.accumulation = 2;
  options.adam.epsilon = 1e-3;  // the first steps are not signs of gradients: rounding does not show
  options.adam.weight_decay = 0.01;
  options.schedule.peak = 1e-3;
  options.seed = 4;
  return options;
}

template <typename Trainer, typename Run>
void keep_training(Run& run, Trainer& trainer) {
  using Scalar = typename Run::Scalar;
  REQUIRE(trainer.run() == TrainingEnd::finished);
  run.results.push_back(trainer.host_values());
  for (const LossRecord& record : trainer.curve()) {
    run.results.push_back({static_cast<Scalar>(record.loss), static_cast<Scalar>(record.gradient_norm)});
  }
}

struct DecoderTrainingRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = typename Run::Scalar;
    using Model = Decoder<FlashVideoPolicy, typename Run::Backend, Scalar>;
    const Model decoder(small_decoder());
    const RandomSequences source;
    DecoderObjective<Model, Chunkwise<8>, RandomSequences, Scalar> objective(decoder, {}, source, 3);
    Trainer trainer(run.backend, objective, few_steps());
    keep_training(run, trainer);
  }
};

struct RandomPictures {
  VqVaeConfiguration config;
  void operator()(const MicroBatch& micro_batch, index_t batch, std::uint8_t* bytes) const {
    RandomStream random(micro_batch.sample_address(batch, 0));
    for (index_t i = 0; i < batch * 3 * config.image_height * config.image_width; ++i) {
      bytes[i] = static_cast<std::uint8_t>(random.below(256));
    }
  }
};

struct ImageTokenizerTrainingRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Model = VqVae<typename Run::Scalar>;
    const VqVaeConfiguration config = test::small_config();
    ImageTokenizerObjectiveOptions learning;
    learning.batch = 3;
    learning.black_weight = 0.5;
    ImageTokenizerObjective<Model, typename Run::Backend, RandomPictures> objective(run.backend, config,
                                                                                    {config}, learning);
    Trainer trainer(run.backend, objective, few_steps());
    keep_training(run, trainer);
  }
};

/// A checkpoint written on the backend continues there bit for bit.
template <typename Backend>
void check_checkpoint(const Backend& backend) {
  using Model = Decoder<FlashVideoPolicy, Backend>;
  const Model decoder(small_decoder());
  const RandomSequences source;
  DecoderObjective<Model, Chunkwise<8>, RandomSequences> objective(decoder, {}, source, 3);
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.checkpoint");
  Trainer whole(backend, objective, few_steps());
  whole.step();
  whole.save(path);
  whole.run();
  Trainer resumed(backend, objective, few_steps());
  resumed.resume(path);
  CHECK(resumed.steps_done() == 1);
  resumed.run();
  CHECK(resumed.host_values() == whole.host_values());
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Trainer: steps of a decoder equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::DecoderTrainingRun{}, 1e-4, 1e-10);
}
TEMPLATE_LIST_TEST_CASE("Trainer: steps of an image tokenizer equal Cpu's", "", OnDouble) {
  kernels::require_equals_cpu<TestType>(kernels::ImageTokenizerTrainingRun{}, 1e-4, 1e-10);
}
TEMPLATE_LIST_TEST_CASE("Trainer: a checkpoint continues bit for bit", "", TestBackends) {
  kernels::check_checkpoint(test_backend<TestType>());
}
