// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <string>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/training/adam.hpp"
#include "flashvideo/training/muon.hpp"
#include "flashvideo/training/schedule.hpp"

namespace flashvideo {

/// How a model is trained. What changes the numbers is part of a checkpoint's configuration; how long to run
/// and where to write is not: a run can be resumed with another number of steps, and its schedule then
/// follows that number from there on.
/// @tparam Optimizer whose options are among them: `AdamW` has `adam`, `Muon<AdamW>` also `muon`
template <typename Optimizer>
struct TrainerOptionsFor : Optimizer::Options {
  index_t steps = 1000;                 ///< updates in all, those before a resume included
  double minutes = 0;                   ///< longest time of one `run`; 0: any
  index_t accumulation = 1;             ///< micro-batches of a step, in each process
  double clipping_norm = 1;             ///< longest gradient of the mean loss; 0: no clipping
  LearningRateSchedule schedule = {};   ///< of the learning rate
  std::uint64_t seed = 0;               ///< of initial values and data
  Json configuration = Json::object();  ///< of model and data: a checkpoint of another one is refused

  std::string checkpoint = "";     ///< path; empty: `run` saves nothing
  index_t checkpoint_steps = 0;    ///< save after every so many steps; 0: never
  double checkpoint_minutes = 10;  ///< and when so much time has passed; 0: never
  std::string curve = "";          ///< with the checkpoint, write `curve`.csv and `curve`.svg; empty: none
  std::string label = "training";  ///< of the progress

  /// What changes the numbers: a checkpoint must agree with it.
  void visit(Fields& fields) {
    std::string digits = std::to_string(seed);  // as text: JSON's integers end before a seed's
    fields.text("seed", digits, {}, "of initial values and data");
    std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    fields.integer("accumulation", accumulation, at_least(1), "micro-batches of a step");
    fields.real("clipping_norm", clipping_norm, at_least(0.0), "longest gradient; 0: any");
    Optimizer::Options::visit(fields);
    fields.part("schedule", schedule);
  }
  /// How long to run and when to save: may change from one run to the next.
  void visit_run(Fields& fields) {
    fields.integer("steps", steps, at_least(0), "updates in all");
    fields.real("minutes", minutes, at_least(0.0), "longest time; 0: any");
    fields.integer("checkpoint_steps", checkpoint_steps, at_least(0), "steps between checkpoints; 0: any");
    fields.real("checkpoint_minutes", checkpoint_minutes, at_least(0.0),
                "minutes between checkpoints; 0: any");
  }

  /// @throws value_error naming the option out of range
  void check() const {
    TrainerOptionsFor copy = *this;
    FieldCheck<> fields("Trainer");
    copy.visit_run(fields);
    copy.visit(fields);
    Optimizer::Options::check();
    schedule.check();
  }

  /// What a checkpoint must agree with, as JSON.
  Json fingerprint() const { return to_json(*this); }
};

/// Options of the library's own training: Muon where it is asked for, AdamW for the rest.
using TrainerOptions = TrainerOptionsFor<Muon<AdamW>>;

/// How far a training run is: `done` and `total` count steps.
struct TrainingProgress : Progress {
  double loss = 0;              ///< of the last step
  double smoothed_loss = 0;     ///< exponential mean over about the last 20 steps of this run
  double learning_rate = 0;     ///< of the last step
  double gradient_norm = 0;     ///< of the last step, before clipping
  double items_per_second = 0;  ///< tokens, frames, ...: recent rate
  double time_left = -1;  ///< seconds until the last step or the end of the minutes; negative when unknown
};

/// Called after every step from the thread that trains. An exception leaves through `run`; the trainer stays
/// usable.
using TrainingHook = std::function<void(const TrainingProgress&)>;

/// Why `run` returned.
enum class TrainingEnd {
  finished,     ///< all steps are made
  out_of_time,  ///< the minutes are over
  stopped       ///< the stop token asked for it
};

}  // namespace flashvideo
