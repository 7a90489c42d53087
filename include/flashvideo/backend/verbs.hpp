// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// All that a backend may do, in one table. The required verbs are the concept `ComputeBackend`
/// (backend/backend.hpp); an optional one is a member that a backend has or has not, found by `requires`, and
/// stands here beside its plain form, which is written in the required verbs and runs on every backend. An own
/// form is faster and is tested against the plain one: in generation with equal bits, in training up to
/// rounding.
///
/// | verb | meaning | plain form |
/// | --- | --- | --- |
/// | `allocate<T>(n)` | a `Backend::Buffer<T>` of n elements, zero-filled; move-only, `data()`, `size()` | required |
/// | `upload(device, host, n)` | n elements from the host to the backend | required |
/// | `download(host, device, n)` | n elements from the backend to the host | required |
/// | `copy(to, from, n)` | n elements within the backend | required |
/// | `fill(data, n, value)` | n elements become the value | required |
/// | `for_each(n, f, work)` | f(i) for i in [0, n), in any order and side by side; `work` ~ elements that one call touches | required |
/// | `sum(n, term)` | the sum of term(i) as double, in one fixed order whatever the number of threads | required |
/// | `add_column_sums(x, y)` | y[c] += sum over r of x(r, c), rows in ascending order | required |
/// | `gemm(ta, tb, alpha, a, b, beta, c)` | c = alpha op(a) op(b) + beta c; for training: reproducible for one binary, machine kind and thread count | required |
/// | `rows(x, w, y)` | y = x w^T, x (R, K), w (M, K), y (R, M); for generation: every element summed in the canonical order (backend/canonical_sum.hpp) | required |
/// | `panel_layout(storage)` | how weights of generation in that storage should lie (`PanelLayout`) | float32 as it is, the others in panels (backend/packed_rows.hpp) |
/// | `packed_rows(x, w, y, workspace, epilogue)` | y = x w^T for packed weights, then the epilogue | element by element (backend/packed_rows.hpp) |
/// | `recurrence(group, rows, after)` | retention of generation: S <- gamma S + k^T v, o = q S, row after row of every lane, then `after` | a value column at a time (backend/recurrence.hpp) |
/// | `draft_recurrence(group, rows)` | the outputs of a draft's rows; S stays, their keys and values are put aside | a value column at a time (backend/draft_recurrence.hpp) |
/// | `replay(group, sizes)` | S takes in the rows of a draft that were right | a value column at a time (backend/draft_recurrence.hpp) |
/// | `retention_forward(schedule, in, states, o, workspace)` | retention of whole sequences by a chunk schedule | a loop of steps (backend/retention_step.hpp) |
/// | `retention_backward(schedule, in, states, d_o, gradient, d_state, workspace)` | its backward | a loop of steps, the last first (backend/retention_gradient.hpp) |
/// | `attention_forward(in, o, log_sums, workspace)` | causal attention of whole sequences | a row at a time (backend/attention_step.hpp) |
/// | `attention_backward(in, o, log_sums, d_o, gradient, workspace)` | its backward | a row at a time (backend/attention_step.hpp) |
///
/// **From a layer to the kernel.** `Linear::absorb` hands the weight that its parameters hold to
/// `generation_product` (backend/product.hpp). Of a `ParameterView` that is a matrix of numbers, and the
/// product is the required verb: `backend.rows(x, w, y)`. Of a `PackedView` it is a `PackedMatrix`, which was
/// laid out when the model was loaded as `verbs::panel_layout` said, and the product is
/// `verbs::packed_rows(backend, x, w, y, ...)`. Its `if constexpr` is the whole dispatch: no overload of another
/// header takes part, and no order of includes matters. A backend without `packed_rows` gets
/// `plain::packed_rows`: one functor for each element in `backend.for_each`, on a device too. `BasicCpu` has the
/// member, and calls `cpu_detail::cpu_packed_rows` (backend/cpu/packed_rows.hpp): x is brought into the form that
/// the layout multiplies (float, bfloat16, int8), the pool's threads share the panels, `panel_tile` takes the
/// kernel of the layout and of `cpu.form()`, the widest instruction set that the machine has
/// (backend/cpu/packed_*_kernels.hpp), and the epilogue follows on the thread that made the sums.

#include <array>
#include <type_traits>

#include "flashvideo/backend/attention_step.hpp"
#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/draft_recurrence.hpp"
#include "flashvideo/backend/packed_rows.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/backend/retention_gradient.hpp"
#include "flashvideo/backend/retention_step.hpp"
#include "flashvideo/core/error.hpp"

/// The optional verbs: each calls the backend's own form if there is one, else the plain form.
namespace flashvideo::verbs {

/// `backend.panel_layout(storage)`.
template <typename Backend>
concept OwnPanelLayout = requires(const Backend& backend, WeightStorage storage) {
  backend.panel_layout(storage);
};
/// How weights of generation in that storage should lie for the backend.
template <ComputeBackend Backend>
PanelLayout panel_layout([[maybe_unused]] const Backend& backend, WeightStorage storage) {
  if constexpr (OwnPanelLayout<Backend>) {
    return backend.panel_layout(storage);
  } else {
    return plain::panel_layout(storage);
  }
}

/// `backend.packed_rows(x, w, y, workspace, epilogue)`.
template <typename Backend, typename Epilogue = NoEpilogue>
concept OwnPackedRows = requires(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                                 MatrixView<float> y, Workspace<Backend>& workspace,
                                 const Epilogue& epilogue) {
  backend.packed_rows(x, w, y, workspace, epilogue);
};
/// y (R, M) = x (R, K) w^T for packed weights, then the epilogue: once for every row and column of a part,
/// after its sums are in y. The bits of an element depend on its own row of x and of w alone: not on the
/// number of rows, their place, the threads, or the form of the kernel.
/// @throws shape_error when the extents do not fit
template <ComputeBackend Backend, typename Epilogue = NoEpilogue>
void packed_rows(const Backend& backend, MatrixView<const float> x, const PackedMatrix& w,
                 MatrixView<float> y, Workspace<Backend>& workspace, const Epilogue& epilogue = {}) {
  require<shape_error>(x.width() == w.inner && y.rows() == x.rows() && y.width() == w.outputs,
                       "packed_rows: ({}, {}) times ({}, {}) does not give ({}, {})", x.rows(), x.width(),
                       w.inner, w.outputs, y.rows(), y.width());
  if constexpr (OwnPackedRows<Backend, Epilogue>) {
    backend.packed_rows(x, w, y, workspace, epilogue);
  } else {
    plain::packed_rows(backend, x, w, y, workspace, epilogue);
  }
}

/// `backend.recurrence(group, rows, after)`.
template <typename Backend, typename Scalar = float, typename After = NoEpilogue>
concept OwnRecurrence = requires(const Backend& backend, const LaneGroup<Scalar>& group,
                                 const RecurrenceRows<Scalar>& rows, const After& after) {
  backend.recurrence(group, rows, after);
};
/// Retention of generation: for every row of every lane but those of drafts, in order, S <- gamma S + k^T v;
/// o = q S. [FlashVideo] eq. (2). Each element of S is one product and one fma, each output a sum over Dk in
/// ascending order by fma, so the bits depend neither on the split into spans, nor on other lanes, nor on
/// threads.
/// @param after functor that follows: called once with i H + h when head h of row i of the group is written;
/// only for groups without drafts
template <ComputeBackend Backend, typename Scalar, typename After = NoEpilogue>
void recurrence(const Backend& backend, const LaneGroup<Scalar>& group, const RecurrenceRows<Scalar>& rows,
                const After& after = {}) {
  if constexpr (OwnRecurrence<Backend, Scalar, After>) {
    backend.recurrence(group, rows, after);
  } else {
    plain::recurrence(backend, group, rows, after);
  }
}

/// `backend.draft_recurrence(group, rows)`.
template <typename Backend, typename Scalar = float>
concept OwnDraftRecurrence = requires(const Backend& backend, const LaneGroup<Scalar>& group,
                                      const RecurrenceRows<Scalar>& rows) {
  backend.draft_recurrence(group, rows);
};
/// Outputs of the draft rows of every lane, as if S had taken them in, and their keys and values put aside;
/// S stays. After `recurrence` of the same group. Each element passes through the operations of `recurrence`
/// in the same order, so a draft row has the bits of the row absorbed.
template <ComputeBackend Backend, typename Scalar>
void draft_recurrence(const Backend& backend, const LaneGroup<Scalar>& group,
                      const RecurrenceRows<Scalar>& rows) {
  if constexpr (OwnDraftRecurrence<Backend, Scalar>) {
    backend.draft_recurrence(group, rows);
  } else {
    plain::draft_recurrence(backend, group, rows);
  }
}

/// `backend.replay(group, sizes)`.
template <typename Backend, typename Scalar = float>
concept OwnReplay = requires(const Backend& backend, const KeptDraftGroup<Scalar>& group,
                             const ReplaySizes& sizes) {
  backend.replay(group, sizes);
};
/// S takes in the kept rows of drafts, in order, with the operations of `recurrence`.
template <ComputeBackend Backend, typename Scalar>
void replay(const Backend& backend, const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) {
  if constexpr (OwnReplay<Backend, Scalar>) {
    backend.replay(group, sizes);
  } else {
    plain::replay(backend, group, sizes);
  }
}

/// `backend.retention_forward(schedule, in, states, o, workspace)`.
template <typename Backend, typename Scalar = float>
concept OwnRetentionForward = requires(const Backend& backend, const ChunkSchedule& schedule,
                                       const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                                       MatrixView<Scalar> o, Workspace<Backend>& workspace) {
  backend.retention_forward(schedule, in, states, o, workspace);
};
/// Retention of whole sequences by any chunk schedule: o (B N, H Dv), and the states that backward needs.
template <ComputeBackend Backend, typename Scalar>
void retention_forward(const Backend& backend, const ChunkSchedule& schedule,
                       const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                       std::type_identity_t<MatrixView<Scalar>> o, Workspace<Backend>& workspace) {
  if constexpr (OwnRetentionForward<Backend, Scalar>) {
    backend.retention_forward(schedule, in, states, o, workspace);
  } else {
    plain::retention_forward(backend, schedule, in, states, o, workspace);
  }
}

/// `backend.retention_backward(schedule, in, states, d_o, gradient, d_state, workspace)`.
template <typename Backend, typename Scalar = float>
concept OwnRetentionBackward = requires(const Backend& backend, const ChunkSchedule& schedule,
                                        const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                                        MatrixView<const Scalar> d_o,
                                        const RetentionGradient<Scalar>& gradient,
                                        const StateGradient<Scalar>& d_state, Workspace<Backend>& workspace) {
  backend.retention_backward(schedule, in, states, d_o, gradient, d_state, workspace);
};
/// Backward of `retention_forward` with the states that it kept.
template <ComputeBackend Backend, typename Scalar>
void retention_backward(const Backend& backend, const ChunkSchedule& schedule,
                        const RetentionInput<Scalar>& in, const ChunkStates<Scalar>& states,
                        std::type_identity_t<MatrixView<const Scalar>> d_o,
                        const RetentionGradient<Scalar>& gradient, const StateGradient<Scalar>& d_state,
                        Workspace<Backend>& workspace) {
  if constexpr (OwnRetentionBackward<Backend, Scalar>) {
    backend.retention_backward(schedule, in, states, d_o, gradient, d_state, workspace);
  } else {
    plain::retention_backward(backend, schedule, in, states, d_o, gradient, d_state, workspace);
  }
}

/// `backend.attention_forward(in, o, log_sums, workspace)`.
template <typename Backend, typename Scalar = float>
concept OwnAttentionForward = requires(const Backend& backend, const AttentionInput<Scalar>& in,
                                       MatrixView<Scalar> o, MatrixView<Scalar> log_sums,
                                       Workspace<Backend>& workspace) {
  backend.attention_forward(in, o, log_sums, workspace);
};
/// Causal softmax attention of whole sequences: o (B N, H Dv) and L (B N, H), the logarithms of the softmax
/// sums. Memory O(N).
template <ComputeBackend Backend, typename Scalar>
void attention_forward(const Backend& backend, const AttentionInput<Scalar>& in,
                       std::type_identity_t<MatrixView<Scalar>> o,
                       std::type_identity_t<MatrixView<Scalar>> log_sums, Workspace<Backend>& workspace) {
  if constexpr (OwnAttentionForward<Backend, Scalar>) {
    backend.attention_forward(in, o, log_sums, workspace);
  } else {
    plain::attention_forward(backend, in, o, log_sums);
  }
}

/// `backend.attention_backward(in, o, log_sums, d_o, gradient, workspace)`.
template <typename Backend, typename Scalar = float>
concept OwnAttentionBackward = requires(const Backend& backend, const AttentionInput<Scalar>& in,
                                        MatrixView<const Scalar> o, MatrixView<const Scalar> log_sums,
                                        MatrixView<const Scalar> d_o,
                                        const AttentionGradient<Scalar>& gradient,
                                        Workspace<Backend>& workspace) {
  backend.attention_backward(in, o, log_sums, d_o, gradient, workspace);
};
/// Backward of `attention_forward`; the probabilities are computed again from L.
template <ComputeBackend Backend, typename Scalar>
void attention_backward(const Backend& backend, const AttentionInput<Scalar>& in,
                        std::type_identity_t<MatrixView<const Scalar>> o,
                        std::type_identity_t<MatrixView<const Scalar>> log_sums,
                        std::type_identity_t<MatrixView<const Scalar>> d_o,
                        const AttentionGradient<Scalar>& gradient, Workspace<Backend>& workspace) {
  if constexpr (OwnAttentionBackward<Backend, Scalar>) {
    backend.attention_backward(in, o, log_sums, d_o, gradient, workspace);
  } else {
    plain::attention_backward(backend, in, o, log_sums, d_o, gradient, workspace);
  }
}

/// An optional verb, and whether a backend has a form of its own.
struct Form {
  const char* verb;  ///< as backends name it
  bool own;          ///< whether it is the backend's own form
};
/// The optional verbs of a backend, in the order of the table.
template <ComputeBackend Backend>
constexpr std::array<Form, 9> forms() {
  return {{{"panel_layout", OwnPanelLayout<Backend>},
           {"packed_rows", OwnPackedRows<Backend>},
           {"recurrence", OwnRecurrence<Backend>},
           {"draft_recurrence", OwnDraftRecurrence<Backend>},
           {"replay", OwnReplay<Backend>},
           {"retention_forward", OwnRetentionForward<Backend>},
           {"retention_backward", OwnRetentionBackward<Backend>},
           {"attention_forward", OwnAttentionForward<Backend>},
           {"attention_backward", OwnAttentionBackward<Backend>}}};
}

}  // namespace flashvideo::verbs
