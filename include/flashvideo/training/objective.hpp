// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// What a micro-batch cost: the loss summed over its items (tokens, frames, ...) and how many they are.
struct StepLoss {
  double sum = 0;     ///< of the items' losses
  index_t items = 0;  ///< how many

  /// Loss of one item; 0 without items.
  double mean() const { return items > 0 ? sum / static_cast<double>(items) : 0.0; }
  /// Adds another micro-batch's.
  StepLoss& operator+=(const StepLoss& other) {
    sum += other.sum;
    items += other.items;
    return *this;
  }
};

/// Which samples a call of `accumulate` trains on. Samples are numbered through the whole run, so the data is
/// a function of (seed, step) alone: stopping, resuming and the split of a step into micro-batches or
/// processes do not change it.
struct MicroBatch {
  std::uint64_t seed = 0;  ///< of the run
  index_t step = 0;        ///< updates made before
  index_t index = 0;       ///< which micro-batch of the step, 0 .. count - 1
  index_t count = 1;       ///< micro-batches of a step, over all processes

  /// Number, in the run, of sample i of a micro-batch of `batch` samples (see training/data_order.hpp).
  index_t sample_number(index_t batch, index_t i) const { return (step * count + index) * batch + i; }
  /// First of 2^20 random positions that belong to that sample alone.
  RandomAddress sample_address(index_t batch, index_t i) const {
    return {seed, random_stream, static_cast<std::uint64_t>(sample_number(batch, i)) << 20};
  }
  /// First of 2^20 random positions that belong to the step (for `after_step`).
  RandomAddress step_address() const {
    return {seed, random_stream + 1, static_cast<std::uint64_t>(step) << 20};
  }

  static constexpr std::uint32_t random_stream =
      0x74720000U;  ///< of the samples' random numbers; the step's are of the next
};

/// What `Trainer` drives, whatever the model: something with parameters that adds up a loss and its
/// gradients.
///
/// | member | meaning |
/// | --- | --- |
/// | `ScalarType` | float or double: the type of parameters and gradients |
/// | `layout()` | the parameters |
/// | `accumulate(backend, values, gradients, micro_batch, workspace)` | adds the gradients of the loss *sum* over the micro-batch's items to `gradients` and returns that sum and the number of items; the trainer divides by the items of the whole step, so micro-batches of unequal size count right |
/// | `initialize(backend, values, workspace)` (optional) | changes the initial values before the first step |
/// | `after_step(backend, values, micro_batch, workspace)` (optional) | after the update of each step (EMA codebook, dead codes); `micro_batch.index` is 0; it may change `values` |
/// | `visit_state(visitor)` (optional) | calls `visitor(name, data, size)` for each array in the backend's memory that must be in a checkpoint |
/// | `visit_statistics(visitor)` (optional) | the same for the arrays that `accumulate` adds to and `after_step` uses: they are summed over processes in between |
/// | `configuration()` (optional) | a `Json` object; a checkpoint of another configuration is refused |
template <typename O, typename Backend>
concept TrainingObjective = ComputeBackend<Backend> && requires {
  typename O::ScalarType;
} && requires(O& objective, const O& constant, const Backend& backend,
              ParameterView<const typename O::ScalarType> values,
              ParameterView<typename O::ScalarType> gradients, const MicroBatch& micro_batch,
              Workspace<Backend>& workspace) {
  { constant.layout() } -> std::same_as<const ParameterLayout&>;
  { objective.accumulate(backend, values, gradients, micro_batch, workspace) } -> std::same_as<StepLoss>;
};

namespace training_detail {

/// Stands for "some visitor of arrays" in the concepts below.
struct ArrayVisitor {
  template <typename T>
  void operator()(std::string_view, T*, index_t) const {}
};

template <typename O, typename Backend>
concept HasInitialize = requires(O& objective, const Backend& backend,
                                 ParameterView<typename O::ScalarType> values,
                                 Workspace<Backend>& workspace) {
  objective.initialize(backend, values, workspace);
};
template <typename O, typename Backend>
concept HasAfterStep = requires(O& objective, const Backend& backend,
                                ParameterView<typename O::ScalarType> values, const MicroBatch& micro_batch,
                                Workspace<Backend>& workspace) {
  objective.after_step(backend, values, micro_batch, workspace);
};
template <typename O>
concept HasState = requires(O& objective, ArrayVisitor visitor) {
  objective.visit_state(visitor);
};
template <typename O>
concept HasStatistics = requires(O& objective, ArrayVisitor visitor) {
  objective.visit_statistics(visitor);
};
template <typename O>
concept HasConfiguration = requires(const O& objective) {
  objective.configuration();
};

// True where the member exists under that name, so that one with a wrong signature is not passed over.
template <typename O>
concept NamesInitialize = requires {
  &O::initialize;
};
template <typename O>
concept NamesAfterStep = requires {
  &O::after_step;
};

}  // namespace training_detail

}  // namespace flashvideo
