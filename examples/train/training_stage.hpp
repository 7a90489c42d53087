// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/progress_bar.hpp"
#include "flashvideo/training/trainer.hpp"
#include "train/held_out_losses.hpp"
#include "train/time_plan.hpp"
#include "train/training_configuration.hpp"

namespace example {

/// How a network's training is run.
struct StageOptions {
  std::string folder;    ///< of the checkpoints
  std::string name;      ///< of the files: "decoder"
  std::string label;     ///< for people
  std::string unit;      ///< of the items: "tokens"
  double minutes = 0;    ///< that it may take; 0: any
  bool in_time = false;  ///< its steps are as many as the minutes allow, at most the configuration's
  bool planned = false;  ///< its steps are those of the plan, where it has some
  std::uint64_t seed = 0;
  flashvideo::Json run;        ///< what a checkpoint must agree with
  std::vector<float> start{};  ///< first values; empty: the objective's
  double look_minutes = 5;     ///< from one call of `look` to the next
};

/// What came out.
struct StageResult {
  bool finished = false;     ///< all steps are made
  bool out_of_time = false;  ///< the minutes are over before
  index_t made = 0;          ///< steps
  index_t steps = 0;         ///< that were to be made
  index_t kept = 0;  ///< the values are those after so many steps: of the least held-out loss, else the last
  double loss = 0;   ///< of the last steps
  std::optional<double> held_out{};  ///< of the values
  std::vector<float> values{};
};

namespace detail {

inline double mean_of_last(const flashvideo::LossCurve& curve) {
  const std::size_t count = std::min<std::size_t>(curve.size(), 100);
  double sum = 0;
  for (std::size_t i = curve.size() - count; i < curve.size(); ++i) sum += curve[i].loss;
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

}  // namespace detail

/// Trains one network: goes on from its checkpoint, measures how many steps its time allows, keeps the values with the
/// least loss on held-out clips.
/// @param held_out the same objective on other clips; null: none
/// @param prepare called when there are steps to make; false: it was asked to stop
/// @param look called with the values so far every few minutes
/// @return nothing when `prepare` was asked to stop before anything was learnt
template <typename Objective, typename Backend>
StageResult run_stage(const Backend& backend, Objective& objective, Objective* held_out,
                      const LearningConfiguration& learning, const StageOptions& stage, TimePlan& plan,
                      ProgressBar& bar, const std::stop_token& stop, const std::function<bool()>& prepare,
                      const std::function<void(const StageResult&)>& look) {
  using Clock = std::chrono::steady_clock;
  using Trainer = flashvideo::Trainer<Objective, Backend>;
  const Clock::time_point began = Clock::now();
  const auto seconds_used = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  flashvideo::TrainerOptions options = learning.trainer_options();
  options.seed = stage.seed;
  options.minutes = stage.minutes;
  const std::string file = stage.folder + "/" + stage.name;
  options.checkpoint = file + ".checkpoint";
  options.checkpoint_minutes = 5;
  options.curve = file;
  options.label = stage.label;
  options.configuration = stage.run;
  if ((stage.in_time || stage.planned) && plan.steps(stage.name) > 0) {
    options.steps = options.schedule.total_steps = std::min(learning.steps, plan.steps(stage.name));
  }

  std::optional<Trainer> trainer;
  trainer.emplace(backend, objective, options);
  if (!trainer->resume_if_exists(options.checkpoint) && !stage.start.empty())
    trainer->set_values(stage.start);
  HeldOutLosses losses(file + "_held_out.csv", trainer->steps_done());
  const std::string best_file = file + "_best.checkpoint";
  Clock::time_point looked = Clock::now();
  const auto measured_loss = [&] { return loss_now(backend, *held_out, stage.seed, trainer->values()); };
  const auto show = [&](const flashvideo::TrainingProgress& progress) {
    const std::string other =
        losses.rows().empty() ? "" : fmt::format(", held out {:.4f}", losses.rows().back().loss);
    bar.show(progress,
             fmt::format("loss {:.4f}{}  {:.0f} {}/s", progress.smoothed_loss, other,
                         progress.items_per_second, stage.unit),
             progress.time_left);
  };

  std::optional<bool> is_ready;
  const auto ready = [&] { return *(is_ready = is_ready.value_or(false) || prepare()); };
  const auto measure = [&](index_t step) {
    const double loss = measured_loss();
    if (losses.is_best(loss)) trainer->save(best_file);
    losses.add({step, loss});
  };

  bool goes_on = trainer->steps_done() >= options.steps || ready();
  if (goes_on && stage.in_time && plan.steps(stage.name) == 0 && trainer->steps_done() < options.steps) {
    // The learning rate of the warm-up does not depend on the number of steps: these are the run's own first ones.
    std::stop_source enough;
    const std::stop_callback forward(stop, [&] { enough.request_stop(); });
    const index_t before = trainer->steps_done();
    index_t counted = 0;
    double first = seconds_used(), last = first;
    trainer->run(enough.get_token(), [&](const flashvideo::TrainingProgress& progress) {
      show(progress);
      last = seconds_used();
      counted = progress.done - before;
      if (counted == 1) first = last;  // the first step also allocates
      const bool long_enough = counted >= 5 && progress.done >= learning.warm_up_steps;
      if (long_enough || (counted >= 2 && last > 6 * stage.minutes)) enough.request_stop();
    });
    goes_on = !stop.stop_requested();
    if (goes_on) {
      const double step_seconds = counted >= 2 ? (last - first) / static_cast<double>(counted - 1) : last;
      options.steps = steps_in_time(trainer->steps_done(), step_seconds, 60 * stage.minutes - seconds_used(),
                                    learning.steps);
      options.schedule.total_steps = options.steps;
      options.minutes = (std::max)(stage.minutes - seconds_used() / 60, 1e-3);
      plan.set(stage.name, options.steps);
      bar.say(fmt::format("{}: {} steps in {:.3g} minutes, {:.3g} seconds each", stage.label, options.steps,
                          stage.minutes, step_seconds));
      trainer.reset();
      trainer.emplace(backend, objective, options);
      trainer->resume(options.checkpoint);
    }
  }

  StageResult result;
  if (goes_on) {
    const index_t every = std::max<index_t>(20, options.steps / 20);
    const auto end = trainer->run(stop, [&](const flashvideo::TrainingProgress& progress) {
      if (held_out != nullptr && (progress.done % every == 0 || progress.done == options.steps)) {
        trainer->save(options.checkpoint);
        measure(progress.done);
      }
      show(progress);
      if (look && std::chrono::duration<double>(Clock::now() - looked).count() > 60 * stage.look_minutes) {
        StageResult so_far;
        so_far.made = so_far.kept = progress.done;
        so_far.steps = options.steps;
        so_far.loss = progress.smoothed_loss;
        so_far.values = trainer->host_values();
        look(so_far);
        looked = Clock::now();
      }
    });
    result.finished = end == flashvideo::TrainingEnd::finished;
    result.out_of_time = end == flashvideo::TrainingEnd::out_of_time;
  }
  result.made = result.kept = trainer->steps_done();
  result.steps = options.steps;
  result.loss = detail::mean_of_last(trainer->curve());
  if (held_out != nullptr && result.made > 0) {
    const bool measured_last = !losses.rows().empty() && losses.rows().back().step == result.made;
    if (!measured_last && ready()) measure(result.made);
    if (!losses.rows().empty()) {
      result.held_out = losses.best().loss;
      result.kept = losses.best().step;
      if (result.kept != result.made) trainer->resume(best_file);
    }
  }
  result.values = trainer->host_values();
  return result;
}

}  // namespace example
