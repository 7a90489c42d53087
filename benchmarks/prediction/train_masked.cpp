// SPDX-License-Identifier: MIT
// prediction_train_masked TOKENS BUNDLE MODEL: trains masked generation (COMMIT) on the clips that `train` has made
// tokens (clips.tokens in its checkpoint folder), with the sizes of the bundle's key-frame decoder, so that both systems
// have one budget. The same command goes on where it was stopped.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/progress_bar.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/generation/bundle_file.hpp"
#include "flashvideo/generation/model_parts.hpp"
#include "flashvideo/training/token_cache.hpp"
#include "flashvideo/training/trainer.hpp"
#include "prediction/masked_model.hpp"

namespace {

using namespace flashvideo;

struct Arguments {
  std::string tokens, bundle, model;
  index_t frames = 16, spacing = 1, given = 1, batch = 12, steps = 20000, warm_up_steps = 100;
  double minutes = 90, learning_rate = 1e-3, weight_decay = 0.01;
  std::uint64_t seed = 1;
  int threads = 0;
};

/// The sizes of the bundle's decoder, the ids and text of the clips.
prediction::MaskedConfiguration configuration_of(const Arguments& arguments, const TokenCache& cache) {
  const auto bundle = BundleFile::open(arguments.bundle).configuration<FlashVideoParts>();
  prediction::MaskedConfiguration result = prediction::MaskedConfiguration::of_bundle(bundle);
  result.clips.frames = arguments.frames;
  result.clips.spacing = arguments.spacing;
  result.clips.given = arguments.given;
  require<value_error>(cache.tokens_per_frame() == result.clips.frame_tokens,
                       "{}: frames have {} tokens, those of {} {}", arguments.tokens,
                       cache.tokens_per_frame(), arguments.bundle, result.clips.frame_tokens);
  return result;
}

int train(const Arguments& arguments, const example::Interrupt& interrupt) {
  const MixedCpu backend(arguments.threads);
  const TokenCache cache(arguments.tokens);
  const prediction::MaskedConfiguration configuration = configuration_of(arguments, cache);
  const baselines::BidirectionalTransformer<MixedCpu> network(
      configuration.sizes, {baselines::whole_sequence(configuration.clips.length())});
  baselines::MaskedObjective<MixedCpu, TokenCache> objective(network, cache, configuration.clips,
                                                             arguments.batch, arguments.seed);
  TrainerOptions options;
  options.steps = arguments.steps;
  options.minutes = arguments.minutes;
  options.adam.beta2 = 0.98;
  options.adam.weight_decay = arguments.weight_decay;
  options.schedule = LearningRateSchedule::cosine(arguments.learning_rate, arguments.warm_up_steps,
                                                  arguments.steps, 0.02 * arguments.learning_rate);
  options.seed = arguments.seed;
  options.checkpoint = arguments.model + ".checkpoint";
  options.checkpoint_minutes = 5;
  options.curve = arguments.model;
  Trainer trainer(backend, objective, options);
  trainer.resume_if_exists(options.checkpoint);
  example::ProgressBar bar;
  trainer.run(interrupt.token(), [&](const TrainingProgress& progress) {
    bar.show(progress,
             fmt::format("loss {:.4f}  {:.0f} tokens/s", progress.smoothed_loss, progress.items_per_second),
             progress.time_left);
  });
  bar.wipe();
  prediction::MaskedModel(configuration, trainer.host_values()).save(arguments.model);
  std::printf("%s: %lld of %lld steps, %lld parameters\n", arguments.model.c_str(),
              static_cast<long long>(trainer.steps_done()), static_cast<long long>(options.steps),
              static_cast<long long>(network.layout().parameter_count()));
  return interrupt.requested() ? example::status_interrupted : example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains masked generation on tokenised clips", "prediction_train_masked");
  Arguments arguments;
  app.add_option("tokens", arguments.tokens, "clips.tokens of train's checkpoint folder")->required();
  app.add_option("bundle", arguments.bundle, "the bundle whose sizes and tokenizers are taken")->required();
  app.add_option("model", arguments.model, "the model to write; its checkpoint and curve stand beside it")
      ->required();
  example::add_number(app, "--frames", arguments.frames, 2, 1 << 16, "of a sequence");
  example::add_number(app, "--spacing", arguments.spacing, 1, 1 << 16, "frames of the clip between two");
  example::add_number(app, "--given", arguments.given, 0, 1 << 16, "first frames that are known");
  example::add_number(app, "--batch", arguments.batch, 1, 1 << 16, "sequences of a step");
  example::add_number(app, "--steps", arguments.steps, 1, 1'000'000'000,
                      "updates, of the learning rate's fall");
  example::add_number(app, "--minutes", arguments.minutes, 0, 1e6, "longest time of this run; 0: any");
  example::add_number(app, "--learning-rate", arguments.learning_rate, 0, 1, "highest");
  example::add_number(app, "--seed", arguments.seed, 0, 1'000'000, "of values and data");
  example::add_threads(app, arguments.threads);
  return example::run_main(app, argc, argv,
                           [&](example::Interrupt& interrupt) { return train(arguments, interrupt); });
}
