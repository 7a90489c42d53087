// SPDX-License-Identifier: MIT
#include "baselines/masked_objective.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;

namespace {

constexpr index_t codes = 7;

DecoderConfiguration small_sizes(index_t vocabulary) {
  DecoderConfiguration c;
  c.vocabulary = vocabulary;
  c.outputs = codes;
  c.d_model = 24;
  c.d_value = 40;
  c.d_feed_forward = 20;
  c.num_layers = 2;
  c.num_heads = 2;
  return c;
}

/// Clips of 3 x 2 tokens that wander: the token of a cell is that of the frame before and `step`, which its text tells.
struct WanderingClips {
  struct Clip {
    std::vector<token_t> caption;
    std::vector<token_t> memory;
    MatrixView<const token_t> frames;
  };
  index_t size() const { return 14; }
  Clip clip(index_t i) const {
    Clip clip;
    const auto step = static_cast<token_t>(i % 2 == 0 ? 1 : 3);
    clip.caption = {static_cast<token_t>(i % 2)};
    for (index_t t = 0; t < 5; ++t) {
      for (index_t cell = 0; cell < 6; ++cell) {
        clip.memory.push_back(static_cast<token_t>((i / 2 + cell + t * step) % codes));
      }
    }
    clip.frames = MatrixView<const token_t>(clip.memory.data(), {5, 6});
    return clip;
  }
};

MaskedClips wandering() {
  MaskedClips clips;
  clips.codes = codes;
  clips.words = 2;
  clips.text_length = 2;
  clips.frames = 4;
  clips.frame_tokens = 6;
  return clips;
}

}  // namespace

TEST_CASE("baselines: the bidirectional transformer's gradients agree with finite differences") {
  const Cpu cpu(1);
  for (const bool windowed : {false, true}) {
    const auto windows = windowed ? std::vector<Windows>{space_time_windows({3, 2, 2}, {1, 2, 2}),
                                                         space_time_windows({3, 2, 2}, {3, 1, 2})}
                                  : std::vector<Windows>{whole_sequence(12)};
    const BidirectionalTransformer<Cpu, double> model(small_sizes(codes + 3), windows);
    std::vector<token_t> tokens, labels;
    for (index_t n = 0; n < 24; ++n) {
      tokens.push_back(static_cast<token_t>(n * n % (codes + 4)));  // [MASK] among them
      labels.push_back(n % 3 == 1 ? static_cast<token_t>(n % codes) : no_label);
    }
    const auto values = initial_values<double>(model.layout(), 5);
    Workspace<Cpu> workspace(cpu);
    std::vector<double> gradients(values.size());
    const auto loss = [&](const std::vector<double>& at, std::vector<double>& out) {
      return model.loss(cpu, ParameterView<const double>(at.data()), tokens, labels, 1.0,
                        ParameterView<double>(out.data()), workspace);
    };
    const double sum = loss(values, gradients);
    CHECK(sum > 0);
    std::vector<double> unused(values.size());
    test::check_gradient([&](const std::vector<double>& at) { return loss(at, unused); }, values, gradients,
                         1e-6, 150);

    // the loss is that of the logits
    std::vector<index_t> rows;
    for (index_t n = 0; n < 24; ++n) {
      if (labels[static_cast<std::size_t>(n)] != no_label) rows.push_back(n);
    }
    std::vector<double> memory(rows.size() * codes);
    const MatrixView<double> logits(memory.data(), {static_cast<index_t>(rows.size()), codes});
    model.logits(cpu, ParameterView<const double>(values.data()), tokens, rows, logits, workspace);
    double expected = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double* row = logits.row(static_cast<index_t>(i));
      double total = 0;
      for (index_t id = 0; id < codes; ++id) total += std::exp(row[id]);
      expected += std::log(total) - row[labels[static_cast<std::size_t>(rows[i])]];
    }
    CHECK(sum == Approx(expected).epsilon(1e-12));
    labels[0] = codes;
    CHECK_THROWS_AS(loss(values, unused), value_error);
  }
}

TEST_CASE("baselines: masked generation learns clips that their text and first frame tell") {
  const MaskedClips clips = wandering();
  const WanderingClips cache;
  const Cpu cpu(1);
  const BidirectionalTransformer<Cpu> model(small_sizes(clips.vocabulary()),
                                            {whole_sequence(clips.length())});
  MaskedObjective<Cpu, WanderingClips> objective(model, cache, clips, 16, 3);
  TrainerOptions options;
  options.steps = 250;
  options.schedule = LearningRateSchedule::cosine(1e-2, 10, options.steps, 1e-4);
  Trainer trainer(cpu, objective, options);
  trainer.run({}, {});
  CHECK(trainer.curve().front().loss > 1.5);

  const std::vector<float> values = trainer.host_values();
  Workspace<Cpu> workspace(cpu);
  MaskedOptions masked;
  masked.steps = 6;
  masked.sampling.temperature = 0;
  index_t right = 0, all = 0;
  for (index_t i = 0; i < cache.size(); ++i) {
    const auto clip = cache.clip(i);
    const std::vector<token_t> truth = clips.tokens(clip, 1);
    const auto found = generate_masked(cpu, clips.places(clip, 1), model.mask(), codes, masked,
                                       [&](auto tokens, auto rows, MatrixView<float> logits) {
                                         model.logits(cpu, ParameterView<const float>(values.data()), tokens,
                                                      rows, logits, workspace);
                                       });
    for (std::size_t n = 0; n < truth.size(); ++n) {
      if (static_cast<index_t>(n) < clips.known()) {
        CHECK(found[n] == truth[n]);
      } else {
        right += found[n] == truth[n] ? 1 : 0;
        ++all;
      }
    }
  }
  CHECK(all == 14 * 18);
  CHECK(right >= all * 95 / 100);
}

TEST_CASE("baselines: masked objective masks as its schedule says, and the same places for one address") {
  const MaskedClips clips = wandering();
  const WanderingClips cache;
  const Cpu cpu(1);
  const BidirectionalTransformer<Cpu> model(small_sizes(clips.vocabulary()),
                                            {whole_sequence(clips.length())});
  const auto values = initial_values<float>(model.layout(), 5);
  const auto step = [&](index_t batch, index_t index, index_t count, std::vector<float>& gradients) {
    MaskedObjective<Cpu, WanderingClips> objective(model, cache, clips, batch, 3);
    Workspace<Cpu> workspace(cpu);
    MicroBatch micro_batch;
    micro_batch.seed = 9;
    micro_batch.index = index;
    micro_batch.count = count;
    return objective.accumulate(cpu, ParameterView<const float>(values.data()),
                                ParameterView<float>(gradients.data()), micro_batch, workspace);
  };
  std::vector<float> whole(values.size()), again(values.size()), halves(values.size());
  const StepLoss loss = step(400, 0, 1, whole);
  // the mean of cos over a quarter turn is 2 / pi of the 18 places to be found; floor takes half a place
  CHECK(static_cast<double>(loss.items) / 400 == Approx(18 * 2 / 3.14159265 - 0.5).margin(0.6));
  CHECK(step(400, 0, 1, again).sum == loss.sum);
  CHECK(again == whole);
  StepLoss split = step(200, 0, 2, halves);
  split += step(200, 1, 2, halves);
  CHECK(split.items == loss.items);
  CHECK(split.sum == Approx(loss.sum).epsilon(1e-5));

  MaskedClips given = clips;
  given.given = given.frames;
  CHECK_THROWS_AS((MaskedObjective<Cpu, WanderingClips>(model, cache, given, 1, 3)), value_error);
  given.given = 1;
  given.frames = 3;
  CHECK_THROWS_AS((MaskedObjective<Cpu, WanderingClips>(model, cache, given, 1, 3)), value_error);
}
