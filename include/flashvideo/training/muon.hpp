// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Which matrices Muon updates, and how.
struct MuonOptions {
  std::string prefix =
      "";                  ///< matrices whose names begin so are updated by Muon, e.g. "layers."; empty: none
  double momentum = 0.95;  ///< beta, within [0, 1)
  double rate_factor = 1;  ///< times the schedule's learning rate
  double weight_decay = 0;  ///< decoupled

  /// Whether an entry of the layout is one of its matrices.
  bool owns(const ParameterLayout::Entry& entry) const {
    return !prefix.empty() && entry.shape.size() == 2 && entry.name.starts_with(prefix);
  }
  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.text("prefix", prefix, {}, "matrices whose names begin so are updated by Muon");
    fields.real("momentum", momentum, within_below(0.0, 1.0), "share that the mean of gradients keeps");
    fields.real("rate_factor", rate_factor, above(0.0), "times the learning rate");
    fields.real("weight_decay", weight_decay, at_least(0.0), "decoupled");
  }
  /// @throws value_error naming the option out of range
  void check() const { check_fields("Muon", *this); }
};

namespace training_detail {

/// m <- beta m + g; u = g + beta m (Nesterov), element i.
template <typename Scalar>
struct MuonMomentum {
  const Scalar* gradient;
  Scalar gradient_scale;
  Scalar momentum;
  Scalar* mean;
  Scalar* update;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const Scalar g = gradient[i] * gradient_scale;
    const Scalar m = math::fma(momentum, mean[i], g);
    mean[i] = m;
    update[i] = math::fma(momentum, m, g);
  }
};

/// The square of element i.
template <typename Scalar>
struct SquareOf {
  const Scalar* x;
  FLASHVIDEO_HOST_DEVICE double operator()(index_t i) const {
    return static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
};

template <typename Scalar>
struct Scaled {
  Scalar* x;
  Scalar factor;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const { x[i] *= factor; }
};

/// w <- kept w - rate u, element i.
template <typename Scalar>
struct MuonUpdate {
  Scalar* value;
  const Scalar* update;
  Scalar kept;
  Scalar rate;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    value[i] = math::fma(-rate, update[i], kept * value[i]);
  }
};

/// Replaces x (r, c) by about U V^T of its singular value decomposition U S V^T: five steps of the quintic
/// Newton-Schulz iteration X <- a X + (b A + c A^2) X, A = X X^T, from x / |x|, which bring every singular
/// value near 1. The smaller Gram matrix is used. Source: Jordan et al., "Muon", 2024.
template <ComputeBackend Backend, typename Scalar>
void orthogonalise(const Backend& backend, MatrixView<Scalar> x, Workspace<Backend>& workspace) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  constexpr int steps = 5;
  const double length = math::sqrt(backend.sum(x.size(), SquareOf<Scalar>{x.data()}));
  if (length == 0) return;
  backend.for_each(x.size(), Scaled<Scalar>{x.data(), static_cast<Scalar>(1 / length)}, 1);
  const auto mark = workspace.mark();
  const bool tall = x.rows() > x.width();
  const index_t side = (std::min)(x.rows(), x.width());
  const auto gram = workspace.template take<Scalar>(Shape<2>{side, side});        // A
  const auto polynomial = workspace.template take<Scalar>(Shape<2>{side, side});  // b A + c A^2
  const auto next = workspace.template take<Scalar>(x.shape());
  MatrixView<Scalar> from = x;
  MatrixView<Scalar> to = next;
  for (int step = 0; step < steps; ++step) {
    backend.gemm(tall ? Transpose::yes : Transpose::no, tall ? Transpose::no : Transpose::yes, Scalar{1},
                 from, from, Scalar{0}, gram);
    backend.copy(polynomial.data(), gram.data(), gram.size());
    backend.gemm(Transpose::no, Transpose::no, static_cast<Scalar>(c), gram, gram, static_cast<Scalar>(b),
                 polynomial);
    backend.copy(to.data(), from.data(), from.size());
    const MatrixView<Scalar>& left = tall ? from : polynomial;
    const MatrixView<Scalar>& right = tall ? polynomial : from;
    backend.gemm(Transpose::no, Transpose::no, Scalar{1}, left, right, static_cast<Scalar>(a), to);
    std::swap(from, to);
  }
  if (from.data() != x.data()) backend.copy(x.data(), from.data(), x.size());
  workspace.release(mark);
}

}  // namespace training_detail

/// Momentum whose step is made orthogonal, for the matrices between embedding and head: every direction of a
/// matrix learns equally fast, whatever the gradient's spectrum (Jordan et al., "Muon: an optimizer for
/// hidden layers in neural networks", 2024; the factor 0.2 sqrt(max(r, c)), which gives the step the root
/// mean square of Adam's, so that both share a schedule, is of Liu et al., arXiv:2502.16982).
///
///     m <- beta m + g        w <- (1 - eta lambda) w - 0.2 sqrt(max(r, c)) eta orthogonal(g + beta m)
///
/// The momentum m lies in the array that Adam uses for its first moments; `Adam` leaves these matrices out.
/// @code
/// MuonMatrices<float, Cpu> muon(backend, layout, {.prefix = "layers."});
/// muon.update(values, gradients, adam.means(), rate, scale, workspace);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar, ComputeBackend Backend>
class MuonMatrices {
 public:
  /// @throws value_error for options out of range or a prefix that no matrix has
  MuonMatrices(const Backend& backend, const ParameterLayout& layout, const MuonOptions& options)
      : backend_(backend), options_(options) {
    options_.check();
    for (const auto& entry : layout.entries()) {
      if (options_.owns(entry) && entry.size > 0) {
        matrices_.push_back({entry.offset, {entry.shape[0], entry.shape[1]}});
      }
    }
    require<value_error>(options_.prefix.empty() || !matrices_.empty(),
                         "Muon: no matrix has a name that begins with \"{}\"", options_.prefix);
  }

  /// One update.
  /// @param values changed; as `gradients` and `means` the flat array of the layout in the backend's memory
  /// @param rate of the schedule
  /// @param gradient_scale factor of the gradients
  void update(Scalar* values, const Scalar* gradients, Scalar* means, double rate, double gradient_scale,
              Workspace<Backend>& workspace) const {
    for (const Parameter<2>& matrix : matrices_) {
      const auto mark = workspace.mark();
      const auto step = workspace.template take<Scalar>(matrix.shape);
      backend_.for_each(step.size(),
                        training_detail::MuonMomentum<Scalar>{
                            gradients + matrix.offset, static_cast<Scalar>(gradient_scale),
                            static_cast<Scalar>(options_.momentum), means + matrix.offset, step.data()},
                        1);
      training_detail::orthogonalise(backend_, step, workspace);
      const double eta = rate * options_.rate_factor;
      const double longest = static_cast<double>((std::max)(matrix.shape[0], matrix.shape[1]));
      backend_.for_each(
          step.size(),
          training_detail::MuonUpdate<Scalar>{values + matrix.offset, step.data(),
                                              static_cast<Scalar>(1 - eta * options_.weight_decay),
                                              static_cast<Scalar>(0.2 * math::sqrt(longest) * eta)},
          1);
      workspace.release(mark);
    }
  }

  /// As they were given.
  const MuonOptions& options() const { return options_; }

 private:
  Backend backend_;
  MuonOptions options_;
  std::vector<Parameter<2>> matrices_;
};

/// Muon for the matrices that its options name, another optimiser for the rest, as an `Optimizer`. Muon's momentum
/// lies in the other's array of means.
/// @tparam Rest `AdamW`, or another `Optimizer` whose `On` has `means()` and leaves out what it does not own
template <typename Rest>
struct Muon {
  /// Numbers of both.
  struct Options : Rest::Options {
    MuonOptions muon = {};  ///< for the matrices it names; none unless told

    /// Names each field (core/fields.hpp).
    void visit(Fields& fields) {
      Rest::Options::visit(fields);
      if (fields.present("muon", !muon.prefix.empty())) fields.part("muon", muon);
    }
    /// @throws value_error naming the option out of range
    void check() const {
      Rest::Options::check();
      muon.check();
    }
  };

  /// What updates.
  template <typename Scalar, ComputeBackend Backend>
  class On {
   public:
    /// @throws value_error for options out of range or a prefix that no matrix has
    On(const Backend& backend, const ParameterLayout& layout, const Options& options)
        : rest_(backend, layout, options,
                [&](const ParameterLayout::Entry& entry) { return !options.muon.owns(entry); }),
          muon_(backend, layout, options.muon) {}

    /// One update of each.
    void update(Scalar* values, const Scalar* gradients, index_t step, double rate, double gradient_scale,
                Workspace<Backend>& workspace) {
      rest_.update(values, gradients, step, rate, gradient_scale, workspace);
      muon_.update(values, gradients, rest_.means(), rate, gradient_scale, workspace);
    }
    /// The other's arrays, Muon's momentum among them.
    template <typename Visitor>
    void visit_state(const Visitor& visitor) {
      rest_.visit_state(visitor);
    }
    /// Elements of each array.
    index_t size() const { return rest_.size(); }

   private:
    typename Rest::template On<Scalar, Backend> rest_;
    MuonMatrices<Scalar, Backend> muon_;
  };
};

}  // namespace flashvideo
