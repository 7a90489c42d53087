// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/dtype.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "flashvideo/training/adam.hpp"
#include "flashvideo/training/checkpoint.hpp"
#include "flashvideo/training/communicator.hpp"
#include "flashvideo/training/gradient_clipping.hpp"
#include "flashvideo/training/loss_curve.hpp"
#include "flashvideo/training/objective.hpp"
#include "flashvideo/training/optimizer.hpp"
#include "flashvideo/training/trainer_options.hpp"

namespace flashvideo {

/// Trains any objective by any optimiser: gradient accumulation, clipping, schedule, checkpoints, loss curve.
///
/// A step adds the gradients of `accumulation` micro-batches, divides by their items, clips, updates. All of
/// it is a function of (configuration, seed, step): with the same binary, machine kind and thread count a
/// resumed run gives bit for bit what an unbroken one gives.
/// @code
/// Trainer trainer(backend, objective, options);
/// trainer.resume_if_exists(options.checkpoint);
/// TrainingEnd end = trainer.run(stop_token, [](const TrainingProgress& p) { bar.draw(p); });
/// @endcode
/// @tparam Objective see `TrainingObjective`; must outlive the trainer
/// @tparam Method an `Optimizer`; the options say which
/// @tparam Processes a `Communicator`
template <typename Objective, ComputeBackend Backend, typename Method = Muon<AdamW>,
          typename Processes = SingleProcess>
requires TrainingObjective<Objective, Backend> &&
    Optimizer<Method, typename Objective::ScalarType, Backend> && Communicator<Processes, Backend>
class Trainer {
 public:
  using Scalar = typename Objective::ScalarType;  ///< of parameters and gradients
  using Options = TrainerOptionsFor<Method>;      ///< how it trains
  static_assert(training_detail::HasInitialize<Objective, Backend> ||
                    !training_detail::NamesInitialize<Objective>,
                "flashvideo::Trainer: initialize must take (backend, values, workspace).");
  static_assert(training_detail::HasAfterStep<Objective, Backend> ||
                    !training_detail::NamesAfterStep<Objective>,
                "flashvideo::Trainer: after_step must take (backend, values, micro_batch, workspace).");

  /// Parameters start from the layout's initialisers, then `objective.initialize`.
  /// @throws value_error naming the option out of range
  Trainer(const Backend& backend, Objective& objective, TrainerOptionsFor<Method> options = {},
          Processes processes = {})
      : backend_(backend),
        objective_(objective),
        options_(std::move(options)),
        processes_(std::move(processes)),
        optimizer_(backend, objective.layout(), options_),
        values_(backend.template allocate<Scalar>(optimizer_.size())),
        gradients_(backend.template allocate<Scalar>(optimizer_.size())),
        workspace_(backend) {
    options_.check();
    if (options_.schedule.total_steps == 0) options_.schedule.total_steps = options_.steps;
    set_values(initial_values<Scalar>(layout(), options_.seed));
    if constexpr (training_detail::HasInitialize<Objective, Backend>) {
      objective_.initialize(backend_, values_view(), workspace_);
      workspace_.release();
    }
  }

  /// Trains until all steps are made, the minutes are over or the token asks to stop (within one step), and
  /// saves to `options.checkpoint` (if given) on the way and at the end.
  TrainingEnd run(std::stop_token stop = {}, const TrainingHook& hook = {}) {
    const Clock::time_point begin = Clock::now();
    Clock::time_point saved = begin;
    Rate rate;
    TrainingEnd end = TrainingEnd::finished;
    while (step_ < options_.steps) {
      const double elapsed = seconds(Clock::now() - begin);
      if (any(stop.stop_requested())) {
        end = TrainingEnd::stopped;
        break;
      }
      if (options_.minutes > 0 && any(elapsed >= 60 * options_.minutes)) {
        end = TrainingEnd::out_of_time;
        break;
      }
      const Clock::time_point before = Clock::now();
      const LossRecord record = step();
      rate.add(record, seconds(Clock::now() - before));
      const bool due_by_step = options_.checkpoint_steps > 0 && step_ % options_.checkpoint_steps == 0;
      const bool due_by_time = options_.checkpoint_minutes > 0 &&
                               seconds(Clock::now() - saved) >= 60 * options_.checkpoint_minutes;
      if (due_by_step || due_by_time) {
        save_unless_saved();
        saved = Clock::now();
      }
      if (hook) hook(progress_of(record, rate, seconds(Clock::now() - begin)));
    }
    save_unless_saved();
    return end;
  }

  /// Makes one update.
  /// @throws value_error when loss or gradient are no finite numbers; the parameters are then as before
  LossRecord step() {
    backend_.fill(gradients_.data(), gradients_.size(), Scalar{0});
    const index_t count = options_.accumulation * processes_.size();
    StepLoss loss;
    for (index_t m = 0; m < options_.accumulation; ++m) {
      workspace_.release();
      loss += objective_.accumulate(
          backend_, values(), ParameterView<Scalar>(gradients_.data()),
          {options_.seed, step_, processes_.rank() * options_.accumulation + m, count}, workspace_);
    }
    workspace_.release();
    processes_.all_reduce(backend_, gradients_.data(), gradients_.size());
    const double items = processes_.all_reduce(static_cast<double>(loss.items));
    const double sum = processes_.all_reduce(loss.sum);
    require<value_error>(items > 0, "Trainer::step: step {} has no items to learn from", step_);

    LossRecord record;
    record.loss = sum / items;
    record.learning_rate = options_.schedule.at(step_);
    record.gradient_norm = global_norm(backend_, gradients_.data(), gradients_.size()) / items;
    record.items = items;
    require<value_error>(
        std::isfinite(record.loss) && std::isfinite(record.gradient_norm),
        "Trainer::step: step {} has loss {} and a gradient of length {}, expected finite numbers "
        "(a lower learning rate may help)",
        step_, record.loss, record.gradient_norm);
    const double scale = clipping_scale(record.gradient_norm, options_.clipping_norm) / items;
    optimizer_.update(values_.data(), gradients_.data(), step_, record.learning_rate, scale, workspace_);
    if constexpr (training_detail::HasStatistics<Objective>) {
      const auto reduce = [&](std::string_view, auto* data, index_t size) {
        processes_.all_reduce(backend_, data, size);
      };
      objective_.visit_statistics(reduce);
    }
    if constexpr (training_detail::HasAfterStep<Objective, Backend>) {
      objective_.after_step(backend_, values_view(), MicroBatch{options_.seed, step_, 0, count}, workspace_);
      workspace_.release();
    }
    ++step_;
    curve_.push_back(record);
    return record;
  }

  /// Writes a checkpoint (rank 0 alone).
  /// @throws io_error when the disk refuses; the file before then stays
  void save(const std::string& path) {
    if (processes_.rank() != 0) return;
    CheckpointWriter<Backend> writer(backend_, configuration(), step_);
    visit_arrays([&](const std::string& name, const std::vector<index_t>& shape, const auto* data, index_t) {
      writer.add(name, shape, data);
    });
    for (const CurveColumn& column : curve_columns) {
      std::vector<double> values;
      for (const LossRecord& record : curve_) values.push_back(record.*column.member);
      writer.add_host(column.name, std::move(values));
    }
    writer.write(path);
  }

  /// Continues from a checkpoint.
  /// @throws io_error when it cannot be opened; the trainer is then as before
  /// @throws format_error for one of another run, as `CheckpointReader`; the trainer is then as before
  void resume(const std::string& path) {
    CheckpointReader reader(path, configuration());
    visit_arrays([&](const std::string& name, const std::vector<index_t>& shape, auto* data, index_t) {
      reader.check<std::remove_pointer_t<decltype(data)>>(name, shape);
    });
    for (const CurveColumn& column : curve_columns) reader.check<double>(column.name, {reader.step()});
    reader.finish_checks();
    visit_arrays([&](const std::string& name, const std::vector<index_t>&, auto* data, index_t size) {
      reader.read(backend_, name, data, size);
    });
    step_ = reader.step();
    curve_.assign(static_cast<std::size_t>(step_), {});
    for (const CurveColumn& column : curve_columns) {
      const std::vector<double> values = reader.read_host<double>(column.name);
      for (std::size_t i = 0; i < curve_.size(); ++i) curve_[i].*column.member = values[i];
    }
    saved_step_ = -1;  // the curve's files may be older
  }
  /// The same when the file is there; false when there is none.
  bool resume_if_exists(const std::string& path) {
    if (path.empty() || ::access(path.c_str(), F_OK) != 0) return false;
    resume(path);
    return true;
  }

  /// Replaces the parameters, `layout().size()` elements in host memory; moments and step stay.
  void set_values(const std::vector<Scalar>& values) {
    require<shape_error>(static_cast<index_t>(values.size()) == layout().size(),
                         "Trainer::set_values: {} elements, expected {}", values.size(), layout().size());
    backend_.upload(values_.data(), values.data(), layout().size());
    saved_step_ = -1;
  }

  /// The parameters, in the backend's memory.
  ParameterView<const Scalar> values() const { return ParameterView<const Scalar>(values_.data()); }
  /// The parameters, in host memory: `layout().size()` elements.
  std::vector<Scalar> host_values() const {
    std::vector<Scalar> host(static_cast<std::size_t>(layout().size()));
    backend_.download(host.data(), static_cast<const Scalar*>(values_.data()), layout().size());
    return host;
  }
  /// The objective's.
  const ParameterLayout& layout() const { return std::as_const(objective_).layout(); }
  /// Updates made.
  index_t steps_done() const { return step_; }
  /// Of all steps, those before a resume included.
  const LossCurve& curve() const { return curve_; }
  /// As they were given, with the schedule's length filled in.
  const Options& options() const { return options_; }

  /// What a checkpoint of this run must agree with.
  Json configuration() const {
    Json result = Json::object();
    result.set("scalar", dtype_name(dtype_of<Scalar>));
    result.set("processes", processes_.size());
    result.set("trainer", options_.fingerprint());
    if constexpr (training_detail::HasConfiguration<Objective>) {
      result.set("objective", std::as_const(objective_).configuration());
    }
    result.set("run", options_.configuration);
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

  struct CurveColumn {
    const char* name;
    double LossRecord::*member;
  };
  static constexpr CurveColumn curve_columns[4] = {{"curve.loss", &LossRecord::loss},
                                                   {"curve.learning_rate", &LossRecord::learning_rate},
                                                   {"curve.gradient_norm", &LossRecord::gradient_norm},
                                                   {"curve.items", &LossRecord::items}};

  /// Recent speed and loss: exponential means over about 20 steps.
  struct Rate {
    double loss = 0;
    double items = 0;
    double time = 0;
    double steps = 0;

    void add(const LossRecord& record, double step_seconds) {
      constexpr double kept = 0.95;
      loss = kept * loss + record.loss;
      items = kept * items + record.items;
      time = kept * time + step_seconds;
      steps = kept * steps + 1;
    }
  };

  TrainingProgress progress_of(const LossRecord& record, const Rate& rate, double elapsed) const {
    TrainingProgress progress;
    progress.label = options_.label;
    progress.unit = "steps";
    progress.done = step_;
    progress.total = options_.steps;
    progress.units_per_second = rate.time > 0 ? rate.steps / rate.time : 0;
    progress.loss = record.loss;
    progress.smoothed_loss = rate.loss / rate.steps;
    progress.learning_rate = record.learning_rate;
    progress.gradient_norm = record.gradient_norm;
    progress.items_per_second = rate.time > 0 ? rate.items / rate.time : 0;
    progress.time_left = progress.seconds_left();
    const double allowed = 60 * options_.minutes - elapsed;
    if (options_.minutes > 0 && (progress.time_left < 0 || allowed < progress.time_left)) {
      progress.time_left = (std::max)(0.0, allowed);
    }
    return progress;
  }

  /// True in every process when it is in one.
  bool any(bool here) { return processes_.all_reduce(here ? 1.0 : 0.0) > 0; }

  ParameterView<Scalar> values_view() { return ParameterView<Scalar>(values_.data()); }

  /// Calls visit(name, shape, data, size) for every array of a checkpoint that lies in the backend's memory.
  template <typename Visit>
  void visit_arrays(const Visit& visit) {
    const auto visit_flat = [&](const std::string& prefix, Scalar* data) {
      for (const auto& entry : layout().entries()) {
        visit(prefix + entry.name, entry.shape, data + entry.offset, entry.size);
      }
    };
    visit_flat("parameters.", values_.data());
    optimizer_.visit_state(visit_flat);
    if constexpr (training_detail::HasState<Objective>) {
      const auto visit_named = [&](std::string_view name, auto* data, index_t size) {
        visit("objective." + std::string(name), std::vector<index_t>{size}, data, size);
      };
      objective_.visit_state(visit_named);
    }
  }

  void save_unless_saved() {
    if (options_.checkpoint.empty() || step_ == saved_step_) return;
    save(options_.checkpoint);
    if (!options_.curve.empty() && processes_.rank() == 0) {
      write_file(options_.curve + ".csv", loss_curve_csv(curve_));
      write_file(options_.curve + ".svg", loss_curve_svg(curve_, options_.label));
    }
    saved_step_ = step_;
  }

  Backend backend_;
  Objective& objective_;
  Options options_;
  Processes processes_;
  typename Method::template On<Scalar, Backend> optimizer_;
  typename Backend::template Buffer<Scalar> values_;
  typename Backend::template Buffer<Scalar> gradients_;
  Workspace<Backend> workspace_;
  index_t step_ = 0;
  index_t saved_step_ = -1;
  LossCurve curve_;
};

}  // namespace flashvideo
