// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

namespace training_detail {

/// Stands for "some visitor" in the concept below; a lambda there is too much for nvcc.
struct StateVisitor {
  template <typename T>
  void operator()(const char*, T*) const {}
};

}  // namespace training_detail

/// How parameters follow their gradients, as `Trainer` takes it: `AdamW`, `Muon<AdamW>`, or a user's own. A name for
/// its options and for the class that does the work on a backend.
///
/// | member | meaning |
/// | --- | --- |
/// | `Options` | its numbers: `visit(fields)` (a checkpoint must agree with them), `check()` |
/// | `On<Scalar, Backend>` | what updates: constructed from (backend, layout, options) |
/// | `On::size()` | elements of each flat array, the layout's rounded up as it likes |
/// | `On::update(values, gradients, step, rate, scale, workspace)` | one update of `values` by `scale * gradients` at the learning rate `rate`; `step` updates were made before |
/// | `On::visit_state(visitor)` | calls `visitor(name, data)` for each array of `size()` elements that must be in a checkpoint |
template <typename Policy, typename Scalar, typename Backend>
concept Optimizer = requires {
  typename Policy::Options;
  typename Policy::template On<Scalar, Backend>;
}
&&std::default_initializable<typename Policy::Options>&& std::constructible_from<
    typename Policy::template On<Scalar, Backend>, const Backend&, const ParameterLayout&,
    const typename Policy::Options&>&& requires(typename Policy::template On<Scalar, Backend>& optimizer,
                                                typename Policy::Options& options,
                                                const typename Policy::Options& constant, Fields& fields,
                                                Scalar* values, const Scalar* gradients, index_t step,
                                                double rate, Workspace<Backend>& workspace) {
  options.visit(fields);
  constant.check();
  { optimizer.size() } -> std::convertible_to<index_t>;
  optimizer.update(values, gradients, step, rate, rate, workspace);
  optimizer.visit_state(training_detail::StateVisitor{});
};

}  // namespace flashvideo
