// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "flashvideo/backend/attention_step.hpp"
#include "flashvideo/backend/cpu/retention_kernels.hpp"
#include "flashvideo/backend/cpu/strands.hpp"

namespace flashvideo::cpu_detail {

/// One row of scores becomes its softmax over columns [0, first + r]; columns to the right become 0.
template <typename Scalar>
struct CausalSoftmax {
  MatrixView<Scalar> scores;    // (rows, first + rows)
  index_t first;                // position of row 0
  MatrixView<Scalar> log_sums;  // (rows, 1)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = scores.row(r);
    const index_t count = first + r + 1;
    Scalar lanes[canonical_lanes];
    for (int l = 0; l < canonical_lanes; ++l) lanes[l] = row[0];
    const index_t whole = count - count % canonical_lanes;
    for (index_t j = 0; j < whole; j += canonical_lanes) {
      for (int l = 0; l < canonical_lanes; ++l) lanes[l] = row[j + l] > lanes[l] ? row[j + l] : lanes[l];
    }
    Scalar largest = row[0];
    for (int l = 0; l < canonical_lanes; ++l) largest = lanes[l] > largest ? lanes[l] : largest;
    for (index_t j = whole; j < count; ++j) largest = row[j] > largest ? row[j] : largest;
    for (index_t j = 0; j < count; ++j) row[j] = math::exp(row[j] - largest);
    const Scalar total = canonical_dot<Scalar>(
        count, [row](index_t j) { return row[j]; }, [](index_t) { return Scalar{1}; });
    const Scalar share = Scalar{1} / total;
    for (index_t j = 0; j < count; ++j) row[j] = row[j] * share;
    for (index_t j = count; j < scores.extent(1); ++j) row[j] = 0;
    log_sums(r, 0) = largest + static_cast<Scalar>(math::log(static_cast<double>(total)));
  }
};

/// One row: p = exp(score - L) over columns [0, first + r], 0 to the right; ds = p (dp - delta), in place.
template <typename Scalar>
struct CausalSoftmaxGradient {
  MatrixView<Scalar> scores;          // (rows, first + rows): q . k, becomes P
  MatrixView<Scalar> d_scores;        // (rows, first + rows): dO . v, becomes dS
  index_t first;                      // position of row 0
  MatrixView<const Scalar> log_sums;  // (rows, 1)
  MatrixView<const Scalar> delta;     // (rows, 1)

  void operator()(index_t r) const {
    Scalar* p = scores.row(r);
    Scalar* ds = d_scores.row(r);
    const index_t count = first + r + 1;
    const Scalar log_sum = log_sums(r, 0);
    const Scalar mean = delta(r, 0);
    for (index_t j = 0; j < count; ++j) p[j] = math::exp(p[j] - log_sum);
    for (index_t j = 0; j < count; ++j) ds[j] = p[j] * (ds[j] - mean);
    for (index_t j = count; j < scores.extent(1); ++j) p[j] = ds[j] = 0;
  }
};

/// Causal attention on the host: blocks of query rows as matrix products against all earlier keys; scratch
/// memory score_rows x N for each thread.
template <typename Products, typename Host, typename Scalar>
void cpu_attention_forward(const Host& cpu, const AttentionInput<Scalar>& in,
                           std::type_identity_t<MatrixView<Scalar>> o,
                           std::type_identity_t<MatrixView<Scalar>> log_sums, Workspace<Host>& workspace) {
  const RetentionShape& shape = in.shape;
  const auto mark = workspace.mark();
  const index_t block = (std::min)(shape.length, score_rows);
  const index_t blocks = (shape.length + block - 1) / block;
  const auto scratch = workspace.template take<Scalar>(Shape<2>{cpu.pool().size(), block * shape.length});
  const InstructionSet form = cpu.form();
  for_each_on_strands(cpu.pool(), shape.batch * shape.heads * blocks, [&](index_t strand, index_t item) {
    const index_t h = item / blocks % shape.heads;
    const index_t start = item / blocks / shape.heads * shape.length;
    const index_t first = (blocks - 1 - item % blocks) * block;  // long rows first
    const index_t rows = (std::min)(block, shape.length - first);
    const MatrixView<Scalar> scores(scratch.row(strand), {rows, first + rows});
    serial_product<Products, Scalar>(form, Transpose::no, Transpose::yes, Scalar{1},
                                     in.q.rows(start + first, rows).columns(h * shape.d_key, shape.d_key),
                                     in.k.rows(start, first + rows).columns(h * shape.d_key, shape.d_key),
                                     Scalar{0}, scores);
    loop_with(form, CausalSoftmax<Scalar>{scores, first, log_sums.rows(start + first, rows).columns(h, 1)}, 0,
              rows);
    serial_product<Products, Scalar>(form, Transpose::no, Transpose::no, Scalar{1}, scores,
                                     in.v.rows(start, first + rows).columns(h * shape.d_value, shape.d_value),
                                     Scalar{0},
                                     o.rows(start + first, rows).columns(h * shape.d_value, shape.d_value));
  });
  workspace.release(mark);
}

/// Backward on the host, block by block of query rows, the last first.
template <typename Products, typename Host, typename Scalar>
void cpu_attention_backward(const Host& cpu, const AttentionInput<Scalar>& in,
                            std::type_identity_t<MatrixView<const Scalar>> o,
                            std::type_identity_t<MatrixView<const Scalar>> log_sums,
                            std::type_identity_t<MatrixView<const Scalar>> d_o,
                            const AttentionGradient<Scalar>& gradient, Workspace<Host>& workspace) {
  const RetentionShape& shape = in.shape;
  const auto mark = workspace.mark();
  const auto delta = workspace.template take<Scalar>(Shape<2>{shape.batch * shape.length, shape.heads});
  cpu.for_each(shape.batch * shape.length * shape.heads,
               AttentionDelta<Scalar>{shape.heads, shape.d_value, o, d_o, delta}, shape.d_value);
  const index_t block = (std::min)(shape.length, score_rows);
  const auto scratch = workspace.template take<Scalar>(Shape<2>{cpu.pool().size(), 2 * block * shape.length});
  const InstructionSet form = cpu.form();
  constexpr auto straight = Transpose::no;
  constexpr auto turned = Transpose::yes;
  const auto multiply = [form](Transpose ta, Transpose tb, MatrixView<const Scalar> a,
                               MatrixView<const Scalar> b, Scalar beta, MatrixView<Scalar> c) {
    serial_product<Products, Scalar>(form, ta, tb, Scalar{1}, a, b, beta, c);
  };
  for_each_on_strands(cpu.pool(), shape.batch * shape.heads, [&](index_t strand, index_t bh) {
    const index_t h = bh % shape.heads;
    const index_t start = bh / shape.heads * shape.length;
    const auto head = [&](auto x, index_t width) {
      return x.rows(start, shape.length).columns(h * width, width);
    };
    const auto q = head(in.q, shape.d_key);
    const auto k = head(in.k, shape.d_key);
    const auto v = head(in.v, shape.d_value);
    const auto d_out = head(d_o, shape.d_value);
    for (index_t first = (shape.length - 1) / block * block; first >= 0; first -= block) {
      const index_t rows = (std::min)(block, shape.length - first);
      const index_t reach = first + rows;
      const Scalar beta = reach < shape.length ? Scalar{1} : Scalar{0};  // the last block overwrites
      const MatrixView<Scalar> p(scratch.row(strand), {rows, reach});
      const MatrixView<Scalar> ds(scratch.row(strand) + block * shape.length, {rows, reach});
      multiply(straight, turned, q.rows(first, rows), k.rows(0, reach), Scalar{0}, p);
      multiply(straight, turned, d_out.rows(first, rows), v.rows(0, reach), Scalar{0}, ds);
      loop_with(form,
                CausalSoftmaxGradient<Scalar>{
                    p, ds, first, log_sums.rows(start + first, rows).columns(h, 1),
                    MatrixView<const Scalar>(delta).rows(start + first, rows).columns(h, 1)},
                0, rows);
      multiply(turned, straight, p, d_out.rows(first, rows), beta,
               head(gradient.dv, shape.d_value).rows(0, reach));
      multiply(turned, straight, ds, q.rows(first, rows), beta,
               head(gradient.dk, shape.d_key).rows(0, reach));
      multiply(straight, straight, ds, k.rows(0, reach), Scalar{0},
               head(gradient.dq, shape.d_key).rows(first, rows));
    }
  });
  workspace.release(mark);
}

}  // namespace flashvideo::cpu_detail
