// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/cpu/retention_kernels.hpp"
#include "flashvideo/backend/cpu/strands.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/backend/retention_gradient.hpp"
#include "flashvideo/backend/retention_step.hpp"

namespace flashvideo::cpu_detail {

/// One head of one sequence: the views and decay powers that both passes of the host's chunk form share.
template <typename Scalar>
struct CpuStream {
  RetentionInput<Scalar> in;
  ChunkSchedule schedule;
  MatrixView<const Scalar> powers;      // (H, C + 1) gamma^0 .. gamma^C
  MatrixView<const Scalar> descending;  // (H, C + 1) gamma^C .. gamma^0
  index_t bh;

  index_t head() const { return bh % in.shape.heads; }
  /// Rows [first, first + count) of chunk t, this head's columns.
  template <typename T>
  MatrixView<T> block(const MatrixView<T>& x, index_t width, index_t t, index_t first, index_t count) const {
    const index_t row = bh / in.shape.heads * in.shape.length + schedule.begin(t) + first;
    return x.rows(row, count).columns(head() * width, width);
  }
  const Scalar* power(index_t exponent) const { return powers.row(head()) + exponent; }
  CausalDecay<Scalar> decay(MatrixView<Scalar> a, index_t first) const {
    return {a, descending.row(head()), schedule.chunk, first};
  }
};

/// gamma^C .. gamma^0.
template <typename Scalar>
struct DescendingPowers {
  MatrixView<const Scalar> powers;
  MatrixView<Scalar> descending;
  void operator()(index_t h) const {
    const index_t last = powers.extent(1) - 1;
    for (index_t d = 0; d <= last; ++d) descending(h, d) = powers(h, last - d);
  }
};

template <typename Scalar, typename Backend>
CpuStream<Scalar> cpu_stream(const Backend& cpu, const ChunkSchedule& schedule,
                             const RetentionInput<Scalar>& in, Workspace<Backend>& workspace) {
  const index_t heads = in.shape.heads;
  const MatrixView<const Scalar> powers =
      decay_powers<Backend, Scalar>(cpu, in.decay, heads, schedule.chunk, workspace);
  const auto descending = workspace.template take<Scalar>(Shape<2>{heads, schedule.chunk + 1});
  cpu.for_each(heads, DescendingPowers<Scalar>{powers, descending}, schedule.chunk);
  return {in, schedule, powers, descending, 0};
}

/// The rows of a scratch tensor (rows, >= columns) as a dense matrix of the given extents.
template <typename Scalar>
MatrixView<Scalar> matrix_at(Scalar* data, index_t rows, index_t columns) {
  return MatrixView<Scalar>(data, {rows, columns});
}

/// A (rows, first + rows) = (Q K^T) o D for one block of score rows.
template <typename Products, typename Scalar>
MatrixView<Scalar> decayed_scores(InstructionSet form, const CpuStream<Scalar>& stream, index_t t,
                                  index_t first, index_t rows, MatrixView<const Scalar> left,
                                  MatrixView<const Scalar> right, index_t width, Scalar* scratch) {
  const MatrixView<Scalar> a = matrix_at(scratch, rows, first + rows);
  serial_product<Products, Scalar>(form, Transpose::no, Transpose::yes, Scalar{1},
                                   stream.block(left, width, t, first, rows),
                                   stream.block(right, width, t, 0, first + rows), Scalar{0}, a);
  loop_with(form, stream.decay(a, first), 0, rows);
  return a;
}

/// The chunk form on the host: sequences and heads side by side, each chunk as small matrix products with the
/// decay folded in by scaling rows; equal to the plain form up to rounding.
template <typename Products, typename Host, typename Scalar>
void cpu_retention_forward(const Host& cpu, const ChunkSchedule& schedule, const RetentionInput<Scalar>& in,
                           const ChunkStates<Scalar>& states, MatrixView<Scalar> o,
                           Workspace<Host>& workspace) {
  const RetentionShape& shape = in.shape;
  const index_t chunk = schedule.chunk;
  const auto mark = workspace.mark();
  const auto shared = cpu_stream<Scalar>(cpu, schedule, in, workspace);
  const index_t block_rows = (std::min)(chunk, score_rows);
  const auto score_scratch = workspace.template take<Scalar>(Shape<2>{cpu.pool().size(), block_rows * chunk});
  const auto row_scratch = workspace.template take<Scalar>(Shape<2>{cpu.pool().size(), chunk * shape.d_key});
  const InstructionSet form = cpu.form();

  for_each_on_strands(cpu.pool(), shape.batch * shape.heads, [&](index_t strand, index_t bh) {
    CpuStream<Scalar> stream = shared;
    stream.bh = bh;
    Scalar* scores = score_scratch.row(strand);
    for (index_t t = 0; t < schedule.count(); ++t) {
      const index_t count = schedule.size(t);
      const MatrixView<Scalar> state = states_of_chunk(states.matrices, t)[bh];  // (Dk, Dv)
      const bool has_state = t > 0 || !states.from_zero;
      for (index_t first = 0; first < count; first += block_rows) {
        const index_t rows = (std::min)(block_rows, count - first);
        const auto out = stream.block(o, shape.d_value, t, first, rows);
        const auto a =
            decayed_scores<Products>(form, stream, t, first, rows, in.q, in.k, shape.d_key, scores);
        serial_product<Products, Scalar>(form, Transpose::no, Transpose::no, Scalar{1}, a,
                                         stream.block(in.v, shape.d_value, t, 0, first + rows), Scalar{0},
                                         out);
        if (has_state) {  // (G Q) S
          const auto scaled = matrix_at(row_scratch.row(strand), rows, shape.d_key);
          const ScaledRows<Scalar> scale{stream.block(in.q, shape.d_key, t, first, rows),
                                         stream.power(first + 1), 1, scaled};
          loop_with(form, scale, 0, rows);
          serial_product<Products, Scalar>(form, Transpose::no, Transpose::no, Scalar{1}, scaled, state,
                                           Scalar{1}, out);
        }
      }
      if (t + 1 >= states.matrices.extent(1)) continue;
      const MatrixView<Scalar> next = states_of_chunk(states.matrices, t + 1)[bh];
      if (has_state) {
        loop_with(form, ScaledRows<Scalar>{state, stream.power(count), 0, next}, 0, shape.d_key);
      }
      const auto scaled = matrix_at(row_scratch.row(strand), count, shape.d_key);
      const ScaledRows<Scalar> scale{stream.block(in.k, shape.d_key, t, 0, count), stream.power(count - 1),
                                     -1, scaled};
      loop_with(form, scale, 0, count);
      serial_product<Products, Scalar>(form, Transpose::yes, Transpose::no, Scalar{1}, scaled,
                                       stream.block(in.v, shape.d_value, t, 0, count),
                                       has_state ? Scalar{1} : Scalar{0}, next);
    }
  });
  workspace.release(mark);
}

/// Backward of the host's chunk form; the scores are computed again, not kept.
template <typename Products, typename Host, typename Scalar>
void cpu_retention_backward(const Host& cpu, const ChunkSchedule& schedule, const RetentionInput<Scalar>& in,
                            const ChunkStates<Scalar>& states,
                            std::type_identity_t<MatrixView<const Scalar>> d_o,
                            const RetentionGradient<Scalar>& gradient, const StateGradient<Scalar>& d_state,
                            Workspace<Host>& workspace) {
  const RetentionShape& shape = in.shape;
  const index_t chunk = schedule.chunk;
  const auto mark = workspace.mark();
  const auto shared = cpu_stream<Scalar>(cpu, schedule, in, workspace);
  const index_t block_rows = (std::min)(chunk, score_rows);
  const index_t strands = cpu.pool().size();
  const auto score_scratch = workspace.template take<Scalar>(Shape<2>{strands, block_rows * chunk});
  const auto d_score_scratch = workspace.template take<Scalar>(Shape<2>{strands, block_rows * chunk});
  const auto row_scratch =
      workspace.template take<Scalar>(Shape<2>{strands, chunk * (std::max)(shape.d_key, shape.d_value)});
  const InstructionSet form = cpu.form();
  constexpr auto straight = Transpose::no;
  constexpr auto turned = Transpose::yes;
  const auto multiply = [form](Transpose ta, Transpose tb, MatrixView<const Scalar> a,
                               MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) {
    serial_product<Products, Scalar>(form, ta, tb, Scalar{1}, a, b, beta, c);
  };

  for_each_on_strands(cpu.pool(), shape.batch * shape.heads, [&](index_t strand, index_t bh) {
    CpuStream<Scalar> stream = shared;
    stream.bh = bh;
    const MatrixView<Scalar> ds = d_state.ds[bh];  // (Dk, Dv)
    // `rows` rows of x times factors[0], factors[step], ...
    const auto scaled = [&](MatrixView<const Scalar> x, const Scalar* factors, index_t step) {
      const auto to = matrix_at(row_scratch.row(strand), x.extent(0), x.extent(1));
      loop_with(form, ScaledRows<Scalar>{x, factors, step, to}, 0, x.extent(0));
      return to;
    };
    for (index_t t = schedule.count() - 1; t >= 0; --t) {
      const index_t count = schedule.size(t);
      const MatrixView<Scalar> state = states_of_chunk(states.matrices, t)[bh];
      const bool has_state = t > 0 || !states.from_zero;
      const bool has_ds = t + 1 < schedule.count() || !d_state.from_zero;
      const auto q = stream.block(in.q, shape.d_key, t, 0, count);
      const auto k = stream.block(in.k, shape.d_key, t, 0, count);
      const auto v = stream.block(in.v, shape.d_value, t, 0, count);
      const auto d_out = stream.block(d_o, shape.d_value, t, 0, count);
      const auto dq = stream.block(gradient.dq, shape.d_key, t, 0, count);
      const auto dk = stream.block(gradient.dk, shape.d_key, t, 0, count);
      const auto dv = stream.block(gradient.dv, shape.d_value, t, 0, count);
      if (has_ds) {  // dV = E K dS', dK = E V dS'^T
        multiply(straight, straight, scaled(k, stream.power(count - 1), -1), ds, Scalar{0}, dv);
        multiply(straight, turned, scaled(v, stream.power(count - 1), -1), ds, Scalar{0}, dk);
      }
      // the block that writes a row first overwrites it, from the last block to the first
      for (index_t first = (count - 1) / block_rows * block_rows; first >= 0; first -= block_rows) {
        const index_t rows = (std::min)(block_rows, count - first);
        const index_t reach = first + rows;
        const Scalar beta = has_ds || reach < count ? Scalar{1} : Scalar{0};
        const auto a = decayed_scores<Products>(form, stream, t, first, rows, in.q, in.k, shape.d_key,
                                                score_scratch.row(strand));
        const auto dp = decayed_scores<Products>(form, stream, t, first, rows, d_o, in.v, shape.d_value,
                                                 d_score_scratch.row(strand));
        multiply(turned, straight, a, d_out.rows(first, rows), beta, dv.rows(0, reach));
        multiply(turned, straight, dp, q.rows(first, rows), beta, dk.rows(0, reach));
        multiply(straight, straight, dp, k.rows(0, reach), Scalar{0}, dq.rows(first, rows));
      }
      if (has_state) {
        multiply(straight, turned, scaled(d_out, stream.power(1), 1), state, Scalar{1}, dq);  // G dO S^T
      }
      if (t > 0 || d_state.wanted) {  // dS = gamma^C dS' + (G Q)^T dO
        if (has_ds) loop_with(form, ScaledRows<Scalar>{ds, stream.power(count), 0, ds}, 0, shape.d_key);
        multiply(turned, straight, scaled(q, stream.power(1), 1), d_out, has_ds ? Scalar{1} : Scalar{0}, ds);
      }
    }
  });
  workspace.release(mark);
}

}  // namespace flashvideo::cpu_detail
