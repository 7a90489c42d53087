// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/training/adam.hpp"
#include "flashvideo/training/muon.hpp"
#include "flashvideo/training/schedule.hpp"

namespace flashvideo {

/// How a model is trained. What changes the numbers is part of a checkpoint's configuration; how long to run
/// and where to write is not: a run can be resumed with another number of steps, and its schedule then
/// follows that number from there on.
struct TrainerOptions {
  index_t steps = 1000;                 ///< updates in all, those before a resume included
  double minutes = 0;                   ///< longest time of one `run`; 0: any
  index_t accumulation = 1;             ///< micro-batches of a step, in each process
  double clipping_norm = 1;             ///< longest gradient of the mean loss; 0: no clipping
  AdamOptions adam = {};                ///< for the parameters that Muon does not own
  MuonOptions muon = {};                ///< for the matrices it names; Adam updates the rest
  LearningRateSchedule schedule = {};   ///< of both
  std::uint64_t seed = 0;               ///< of initial values and data
  Json configuration = Json::object();  ///< of model and data: a checkpoint of another one is refused

  std::string checkpoint = "";     ///< path; empty: `run` saves nothing
  index_t checkpoint_steps = 0;    ///< save after every so many steps; 0: never
  double checkpoint_minutes = 10;  ///< and when so much time has passed; 0: never
  std::string curve = "";          ///< with the checkpoint, write `curve`.csv and `curve`.svg; empty: none
  std::string label = "training";  ///< of the progress

  /// @throws value_error naming the option out of range
  void check() const {
    require<value_error>(steps >= 0, "Trainer: steps is {}, expected >= 0", steps);
    require<value_error>(minutes >= 0, "Trainer: minutes is {}, expected >= 0", minutes);
    require<value_error>(accumulation >= 1, "Trainer: accumulation is {}, expected >= 1", accumulation);
    require<value_error>(clipping_norm >= 0, "Trainer: clipping_norm is {}, expected >= 0", clipping_norm);
    require<value_error>(checkpoint_steps >= 0 && checkpoint_minutes >= 0,
                         "Trainer: checkpoints every {} steps and {} minutes, expected >= 0",
                         checkpoint_steps, checkpoint_minutes);
    schedule.check();
    adam.check();
    muon.check();
  }

  /// What a checkpoint must agree with.
  Json fingerprint() const {
    Json rate = Json::object();
    rate.set("kind", schedule.kind == LearningRateSchedule::Kind::cosine ? "cosine" : "constant");
    rate.set("peak", schedule.peak);
    rate.set("warm_up_steps", schedule.warm_up_steps);
    if (schedule.kind == LearningRateSchedule::Kind::cosine) {
      rate.set("floor", schedule.floor);
    }
    Json moments = Json::object();
    moments.set("beta1", adam.beta1);
    moments.set("beta2", adam.beta2);
    moments.set("epsilon", adam.epsilon);
    moments.set("weight_decay", adam.weight_decay);
    Json result = Json::object();
    result.set("seed", std::to_string(seed));
    result.set("accumulation", accumulation);
    result.set("clipping_norm", clipping_norm);
    result.set("adam", std::move(moments));
    if (!muon.prefix.empty()) {
      Json orthogonal = Json::object();
      orthogonal.set("prefix", muon.prefix);
      orthogonal.set("momentum", muon.momentum);
      orthogonal.set("rate_factor", muon.rate_factor);
      orthogonal.set("weight_decay", muon.weight_decay);
      result.set("muon", std::move(orthogonal));
    }
    result.set("schedule", std::move(rate));
    return result;
  }
};

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
