// SPDX-License-Identifier: MIT
#pragma once
/// What a user writes to put a mixer of their own into the decoder.

#include <span>
#include <string>
#include <utility>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/model/policy.hpp"

namespace flashvideo::test {

/// s_n = s_(n-1) / 2 + x_n, y_n = w s_n, one column of a stretch of rows.
template <typename Scalar>
struct FadingColumn {
  MatrixView<const Scalar> x;
  const Scalar* weight;
  Scalar* last;             // (D), s before and after the rows
  MatrixView<Scalar> sums;  // (R, D), every s_n
  MatrixView<Scalar> y;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t c) const {
    Scalar s = last[c];
    for (index_t n = 0; n < x.rows(); ++n) {
      s = math::fma(Scalar(0.5), s, x(n, c));
      sums(n, c) = s;
      y(n, c) = weight[c] * s;
    }
    last[c] = s;
  }
};

/// dx_n = ds_n = w dy_n + ds_(n+1) / 2, dw += sum dy_n s_n, one column of one sequence.
template <typename Scalar>
struct FadingColumnGradient {
  MatrixView<const Scalar> sums;
  const Scalar* weight;
  MatrixView<const Scalar> dy;
  MatrixView<Scalar> dx;
  Scalar* dw;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t c) const {
    Scalar ds = 0;
    for (index_t n = dy.rows(); n-- > 0;) {
      ds = math::fma(Scalar(0.5), ds, weight[c] * dy(n, c));
      dw[c] = math::fma(dy(n, c), sums(n, c), dw[c]);
      dx(n, c) = ds;
    }
  }
};

/// A sequence mixer of a user: a fading sum of what came before, one weight for each column.
template <typename Scalar>
class FadingSum {
 public:
  using ScalarType = Scalar;
  static constexpr const char* name = "fading_sum";

  FadingSum(ParameterLayout& layout, const std::string& prefix, const MixerConfiguration& sizes)
      : weight_(layout.add(prefix + "weight", Shape<1>{sizes.d_model}, Initializer::uniform(1))) {}

  struct Activations {
    MatrixView<Scalar> sums;  // (B N, D)
  };

  template <ComputeBackend Backend, typename Mode>
  Activations forward(const Backend& backend, Mode, ParameterView<const Scalar> values, index_t batch,
                      index_t length, MatrixView<const Scalar> x, MatrixView<Scalar> y,
                      Workspace<Backend>& workspace) const {
    const Activations kept{workspace.template take<Scalar>(x.shape())};
    const auto mark = workspace.mark();
    const auto last = workspace.template take<Scalar>(Shape<1>{d_model()});
    for (index_t b = 0; b < batch; ++b) {
      backend.fill(last.data(), last.size(), Scalar{0});
      run(backend, values, rows_of(x, b * length, length), last.data(),
          rows_of(kept.sums, b * length, length), rows_of(y, b * length, length));
    }
    workspace.release(mark);
    return kept;
  }

  template <ComputeBackend Backend, typename Mode>
  void backward(const Backend& backend, Mode, ParameterView<const Scalar> values, index_t batch,
                index_t length, MatrixView<const Scalar>, const Activations& kept,
                MatrixView<const Scalar> dy, MatrixView<Scalar> dx, ParameterView<Scalar> gradients,
                Workspace<Backend>&) const {
    for (index_t b = 0; b < batch; ++b) {
      const MatrixView<const Scalar> sums = rows_of(kept.sums, b * length, length);
      backend.for_each(
          d_model(),
          FadingColumnGradient<Scalar>{sums, values[weight_].data(), rows_of(dy, b * length, length),
                                       rows_of(dx, b * length, length), gradients[weight_].data()},
          length);
    }
  }

  template <ComputeBackend Backend>
  struct State {
    index_t position = 0;
    typename Backend::template Buffer<Scalar> sum;  // (D)

    State clone(const Backend& backend) const {
      State copy{position, backend.template allocate<Scalar>(sum.size())};
      backend.copy(copy.sum.data(), sum.data(), sum.size());
      return copy;
    }
  };
  template <ComputeBackend Backend>
  using Lane = MixerLane<State<Backend>>;

  template <ComputeBackend Backend>
  State<Backend> initial_state(const Backend& backend) const {
    return {0, backend.template allocate<Scalar>(d_model())};
  }

  template <ComputeBackend Backend, typename Values>
  void absorb(const Backend& backend, const Values& values, std::span<const Lane<Backend>> lanes,
              MatrixView<const Scalar> x, MatrixView<Scalar> y, Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto sums = workspace.template take<Scalar>(x.shape());
    for (const auto& lane : lanes) {
      run(backend, values, rows_of(x, lane.first_row, lane.count), lane.state->sum.data(),
          rows_of(sums, lane.first_row, lane.count), rows_of(y, lane.first_row, lane.count));
      lane.state->position += lane.count;
    }
    workspace.release(mark);
  }

  index_t d_model() const { return weight_.shape[0]; }

 private:
  template <typename T>
  static MatrixView<T> rows_of(const MatrixView<T>& x, index_t first, index_t count) {
    return {x.data() + first * x.stride(0), Shape<2>{count, x.width()}, Shape<2>{x.stride(0), 1}};
  }
  template <typename Backend, typename Values>
  void run(const Backend& backend, const Values& values, MatrixView<const Scalar> x, Scalar* last,
           MatrixView<Scalar> sums, MatrixView<Scalar> y) const {
    backend.for_each(d_model(), FadingColumn<Scalar>{x, values[weight_].data(), last, sums, y}, 3 * x.rows());
  }

  Parameter<1> weight_;  // (D)
};

/// The decoder with that mixer.
struct OwnPolicy : FlashVideoPolicy {
  static constexpr const char* name = "own";
  template <typename Scalar>
  using mixer = FadingSum<Scalar>;
};

}  // namespace flashvideo::test
