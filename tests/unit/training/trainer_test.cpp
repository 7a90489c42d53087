// SPDX-License-Identifier: MIT
#include "flashvideo/training/trainer.hpp"

#include <limits>
#include <stdexcept>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/oracle/adam.hpp"
#include "support/temporary_folder.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;
template <typename Real>
using Regression = test::LinearRegression<Real, Cpu>;

namespace {

/// A backend for few numbers: threads that meet after every loop of a few elements would only wait.
template <typename Backend>
Backend small_backend() {
  if constexpr (std::is_constructible_v<Backend, int>) {
    return Backend(2);
  } else {
    return Backend();
  }
}

TrainerOptions options_for(index_t steps) {
  TrainerOptions options;
  options.steps = steps;
  options.schedule = LearningRateSchedule::cosine(0.05, 5, 200, 1e-3);
  options.adam = {0.9, 0.98, 1e-8, 0.01};
  options.seed = 11;
  return options;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Trainer: learns a linear map", "[training]", OnFloat) {
  using Scalar = typename TestType::Scalar;
  using Backend = typename TestType::Backend;
  const Backend backend = small_backend<Backend>();
  test::LinearRegression<Scalar, Backend> objective(backend, 16);
  Trainer trainer(backend, objective, options_for(200));
  CHECK(trainer.run() == TrainingEnd::finished);
  CHECK(trainer.steps_done() == 200);
  REQUIRE(trainer.curve().size() == 200);
  CHECK(trainer.curve().front().loss > 0.1);
  CHECK(trainer.curve().back().loss < 0.02 * trainer.curve().front().loss);
  for (const LossRecord& record : trainer.curve()) CHECK(record.items == 16);
}

TEST_CASE("Trainer: makes the updates of a plain loop", "[training]") {
  // One map without state: w is (3, 5), the mean stays as it is when no step has happened, so one step at a
  // time is compared from equal parameters.
  const Cpu cpu(1);
  Regression<double> objective(cpu, 4);
  TrainerOptions options = options_for(6);
  options.clipping_norm = 0.7;
  options.accumulation = 2;
  Trainer trainer(cpu, objective, options);
  const index_t size = objective.layout().size();
  std::vector<double> w = trainer.host_values();
  std::vector<double> m(w.size(), 0);
  std::vector<double> v(w.size(), 0);
  std::vector<bool> decays(w.size(), false);
  for (std::size_t i = 0; i < 15; ++i) decays[i] = true;
  Regression<double> copy(cpu, 4);
  Workspace<Cpu> workspace(cpu);
  for (int t = 0; t < 6; ++t) {
    std::vector<double> g(static_cast<std::size_t>(size), 0);
    StepLoss loss;
    for (index_t part = 0; part < 2; ++part) {
      loss += copy.accumulate(cpu, ParameterView<const double>(w.data()), ParameterView<double>(g.data()),
                              {11, t, part, 2}, workspace);
    }
    copy.after_step(cpu, ParameterView<double>(w.data()), {11, t, 0, 2}, workspace);
    double square = 0;
    for (double& element : g) {
      element /= 8;
      square += element * element;
    }
    const double norm = std::sqrt(square);
    if (norm > 0.7) {
      for (double& element : g) element *= 0.7 / norm;
    }
    oracle::adam(w, g, m, v, decays, t + 1, options.schedule.at(t), 0.9, 0.98, 1e-8, 0.01);
    const LossRecord record = trainer.step();
    CHECK(record.loss == Approx(loss.sum / 8).epsilon(1e-12));
    CHECK(record.gradient_norm == Approx(norm).epsilon(1e-12));
    CHECK(record.learning_rate == options.schedule.at(t));
    CHECK(record.items == 8);
    const std::vector<double> values = trainer.host_values();
    for (std::size_t i = 0; i < w.size(); ++i) CHECK(values[i] == Approx(w[i]).margin(1e-12));
  }
}

TEMPLATE_LIST_TEST_CASE("Trainer: accumulation equals one big batch, parts of unequal size too", "[training]",
                        OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  using Backend = typename TestType::Backend;
  const Backend backend = small_backend<Backend>();
  for (const bool skip : {false, true}) {
    std::vector<double> first;
    for (const index_t parts : {1, 2, 3, 6}) {
      test::LinearRegression<Scalar, Backend> objective(backend, 12 / parts);
      objective.skip_some = skip;
      TrainerOptions options = options_for(6);
      options.accumulation = parts;
      Trainer trainer(backend, objective, options);
      trainer.run();
      const auto values = trainer.host_values();
      if (first.empty()) first.assign(values.begin(), values.end());
      for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(static_cast<double>(values[i]) == Approx(first[i]).margin(sizeof(Scalar) == 4 ? 2e-5 : 1e-12));
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("Trainer: a resumed run is the unbroken one, bit for bit", "[training]",
                        OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  using Backend = typename TestType::Backend;
  const test::TemporaryFolder folder;
  const Backend backend = small_backend<Backend>();
  test::LinearRegression<Scalar, Backend> whole(backend, 6);
  whole.skip_some = true;
  Trainer unbroken(backend, whole, options_for(12));
  unbroken.run();
  unbroken.save(folder.file("unbroken"));

  for (const index_t pause : {0, 1, 7, 12}) {
    {
      test::LinearRegression<Scalar, Backend> objective(backend, 6);
      objective.skip_some = true;
      Trainer trainer(backend, objective, options_for(pause));
      trainer.run();
      trainer.save(folder.file("paused"));
    }
    test::LinearRegression<Scalar, Backend> objective(backend, 6);
    objective.skip_some = true;
    Trainer trainer(backend, objective, options_for(12));
    REQUIRE(trainer.resume_if_exists(folder.file("paused")));
    CHECK(trainer.steps_done() == pause);
    trainer.run();
    CHECK(trainer.host_values() == unbroken.host_values());
    CHECK(trainer.curve() == unbroken.curve());
    trainer.save(folder.file("resumed"));
    CHECK(test::read_text(folder.file("resumed")) == test::read_text(folder.file("unbroken")));
  }
}

TEST_CASE("Trainer: a checkpoint that does not fit changes nothing", "[training]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run");
  const Cpu cpu(1);
  Regression<float> objective(cpu, 4);
  {
    Trainer trainer(cpu, objective, options_for(3));
    trainer.run();
    trainer.save(path);
  }
  const auto refusal = [&](auto& other_objective, const TrainerOptions& options) {
    Trainer trainer(cpu, other_objective, options);
    const auto before = trainer.host_values();
    std::string message;
    try {
      trainer.resume(path);
    } catch (const format_error& e) {
      message = e.what();
    }
    CHECK(trainer.host_values() == before);
    CHECK(trainer.steps_done() == 0);
    return message;
  };
  TrainerOptions options = options_for(9);
  options.seed = 12;
  CHECK(refusal(objective, options) ==
        path + ": the checkpoint was written with trainer.seed = \"11\", this run has \"12\"");
  options = options_for(9);
  options.schedule.peak = 0.06;
  CHECK(refusal(objective, options) ==
        path + ": the checkpoint was written with trainer.schedule.peak = 0.05, this run has 0.06");
  options = options_for(9);
  options.configuration.set("data", "digits");
  CHECK(refusal(objective, options) ==
        path + ": the checkpoint was written with no run.data, this run has \"digits\"");
  Regression<double> finer(cpu, 4);
  CHECK(refusal(finer, options_for(9)) ==
        path + ": the checkpoint was written with scalar = \"F32\", this run has \"F64\"");
  Regression<float> wider(cpu, 4, 6, 3);
  CHECK(refusal(wider, options_for(9)) ==
        path + ": the checkpoint was written with objective.d_in = 5, this run has 6");
  Trainer trainer(cpu, objective, options_for(9));
  CHECK_FALSE(trainer.resume_if_exists(folder.file("absent")));
  CHECK_FALSE(trainer.resume_if_exists(""));
  CHECK_THROWS_AS(trainer.resume(folder.file("absent")), io_error);
  CHECK_THROWS_AS(trainer.save(folder.file("no/such/folder")), io_error);
}

TEST_CASE("Trainer: stops within a step, saves, and goes on later", "[training]") {
  const test::TemporaryFolder folder;
  const Cpu cpu(1);
  TrainerOptions options = options_for(20);
  Regression<float> whole(cpu, 4);
  Trainer unbroken(cpu, whole, options);
  unbroken.run();

  options.checkpoint = folder.file("run");
  options.curve = folder.file("loss");
  std::stop_source source;
  Regression<float> objective(cpu, 4);
  Trainer trainer(cpu, objective, options);
  const TrainingEnd end = trainer.run(source.get_token(), [&](const TrainingProgress& progress) {
    if (progress.done == 8) source.request_stop();
  });
  CHECK(end == TrainingEnd::stopped);
  CHECK(trainer.steps_done() == 8);
  Regression<float> again(cpu, 4);
  Trainer resumed(cpu, again, options);
  REQUIRE(resumed.resume_if_exists(options.checkpoint));
  CHECK(resumed.steps_done() == 8);
  CHECK(resumed.run() == TrainingEnd::finished);
  CHECK(resumed.host_values() == unbroken.host_values());
  CHECK(test::read_text(folder.file("loss.csv")) == loss_curve_csv(unbroken.curve()));
  CHECK(test::read_text(folder.file("loss.svg")) == loss_curve_svg(unbroken.curve(), "training"));
}

TEST_CASE("Trainer: the minutes end a run", "[training]") {
  const Cpu cpu(1);
  Regression<float> objective(cpu, 4);
  TrainerOptions options = options_for(1'000'000'000);
  options.minutes = 0.002;
  Trainer trainer(cpu, objective, options);
  double left = -1;
  CHECK(trainer.run({}, [&](const TrainingProgress& p) { left = p.time_left; }) == TrainingEnd::out_of_time);
  CHECK(trainer.steps_done() >= 1);
  CHECK(left >= 0);
  CHECK(left <= 0.12);
}

TEST_CASE("Trainer: the hook hears of every step and may throw", "[training]") {
  const Cpu cpu(1);
  Regression<float> objective(cpu, 4);
  Trainer trainer(cpu, objective, options_for(10));
  index_t calls = 0;
  const TrainingHook hook = [&](const TrainingProgress& progress) {
    ++calls;
    CHECK(progress.done == calls);
    CHECK(progress.total == 10);
    CHECK(progress.label == "training");
    CHECK(progress.loss == trainer.curve().back().loss);
    CHECK(progress.items_per_second > 0);
    CHECK(progress.time_left >= 0);
    if (calls == 4) throw std::runtime_error("enough");
  };
  CHECK_THROWS_WITH(trainer.run({}, hook), "enough");
  CHECK(trainer.steps_done() == 4);
  CHECK(trainer.run({}, hook) == TrainingEnd::finished);
  CHECK(calls == 10);
  Regression<float> other(cpu, 4);
  Trainer quiet(cpu, other, options_for(10));
  quiet.run();
  CHECK(quiet.host_values() == trainer.host_values());
}

TEST_CASE("Trainer: checkpoints come after every so many steps", "[training]") {
  const test::TemporaryFolder folder;
  const Cpu cpu(1);
  Regression<float> objective(cpu, 4);
  TrainerOptions options = options_for(10);
  options.checkpoint = folder.file("run");
  options.checkpoint_steps = 4;
  Trainer trainer(cpu, objective, options);
  trainer.run({}, [&](const TrainingProgress& progress) {
    if (progress.done < 4) {
      CHECK_FALSE(std::filesystem::exists(options.checkpoint));
    } else {
      CHECK(CheckpointReader(options.checkpoint, trainer.configuration()).step() == progress.done / 4 * 4);
    }
  });
  CHECK(CheckpointReader(options.checkpoint, trainer.configuration()).step() == 10);
}

TEST_CASE("Trainer: a loss that is no number is an error and leaves the parameters", "[training]") {
  const Cpu cpu(1);
  Regression<float> objective(cpu, 4);
  Trainer trainer(cpu, objective, options_for(10));
  std::vector<float> values = trainer.host_values();
  values[2] = std::numeric_limits<float>::quiet_NaN();
  values[3] = 7;
  trainer.set_values(values);
  CHECK_THROWS_AS(trainer.step(), value_error);
  CHECK(trainer.steps_done() == 0);
  CHECK(trainer.host_values()[3] == 7);
  values[2] = 0;
  trainer.set_values(values);
  trainer.step();
  CHECK(trainer.steps_done() == 1);
  CHECK_THROWS_AS(trainer.set_values({1, 2}), shape_error);
}
