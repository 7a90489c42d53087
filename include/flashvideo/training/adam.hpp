// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/nn/parameter.hpp"

namespace flashvideo {

/// Constants of `Adam`; the learning rate is the schedule's.
struct AdamOptions {
  double beta1 = 0.9;       ///< decay of the first moment, within [0, 1)
  double beta2 = 0.999;     ///< decay of the second moment, within [0, 1)
  double epsilon = 1e-8;    ///< added to the root of the second moment, > 0
  double weight_decay = 0;  ///< decoupled; only on entries of the layout that decay

  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.real("beta1", beta1, within_below(0.0, 1.0), "share that the mean of gradients keeps");
    fields.real("beta2", beta2, within_below(0.0, 1.0), "share that the mean of squares keeps");
    fields.real("epsilon", epsilon, above(0.0), "keeps the divisor from 0");
    fields.real("weight_decay", weight_decay, at_least(0.0), "decoupled");
  }
  /// @throws value_error naming the option out of range
  void check() const { check_fields("Adam", *this); }
};

namespace training_detail {

/// Elements of a flat parameter array that share one decay: the layout's alignment.
inline constexpr index_t parameter_block = 16;

/// One block of the update, everything in one pass over memory.
template <typename Scalar>
struct AdamBlock {
  Scalar* values;
  const Scalar* gradients;
  Scalar* means;
  Scalar* squares;
  const Scalar* decays;   // one for each block
  const index_t* blocks;  // the blocks to update
  Scalar gradient_scale;
  Scalar beta1;
  Scalar rest1;  // 1 - beta1
  Scalar beta2;
  Scalar rest2;         // 1 - beta2
  Scalar rate;          // eta
  Scalar mean_rate;     // eta / (1 - beta1^t)
  Scalar square_scale;  // 1 / sqrt(1 - beta2^t)
  Scalar epsilon;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t item) const {
    const index_t b = blocks[item];
    Scalar* __restrict__ value = values + b * parameter_block;
    const Scalar* __restrict__ gradient = gradients + b * parameter_block;
    Scalar* __restrict__ mean = means + b * parameter_block;
    Scalar* __restrict__ square = squares + b * parameter_block;
    const Scalar kept = math::fma(-rate, decays[b], Scalar{1});
    for (int i = 0; i < parameter_block; ++i) {
      const Scalar g = gradient[i] * gradient_scale;
      const Scalar m = math::fma(beta1, mean[i], rest1 * g);
      const Scalar v = math::fma(beta2, square[i], rest2 * (g * g));
      const Scalar length = math::fma(math::sqrt(v), square_scale, epsilon);
      value[i] = math::fma(-mean_rate, m / length, kept * value[i]);
      mean[i] = m;
      square[i] = v;
    }
  }
};

}  // namespace training_detail

/// Adam with decoupled weight decay over a flat parameter array (Kingma and Ba, ICLR 2015, Algorithm 1;
/// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, Algorithm 2).
///
///     m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
///     w <- (1 - eta lambda) w - eta (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// with t = 1 for the first update and lambda = 0 on entries that do not decay. Arrays lie in the backend's
/// memory and have `size()` elements: the layout's, rounded up to whole blocks of 16.
/// @code
/// Adam<float, Cpu> adam(backend, layout, {.beta2 = 0.98, .weight_decay = 0.01});
/// adam.update(values, gradients, step, rate, scale);
/// @endcode
/// @tparam Scalar float or double
template <typename Scalar, ComputeBackend Backend>
class Adam {
 public:
  /// What Adam updates: everything.
  struct Everything {
    /// Every entry.
    bool operator()(const ParameterLayout::Entry&) const { return true; }
  };

  /// @param owns whether an entry of the layout is updated; the others are left to another optimiser
  /// @throws value_error naming the option out of range
  template <typename Owns = Everything>
  Adam(const Backend& backend, const ParameterLayout& layout, const AdamOptions& options,
       const Owns& owns = {})
      : backend_(backend), options_(options), blocks_((layout.size() + block - 1) / block) {
    options_.check();
    means_ = backend_.template allocate<Scalar>(size());
    squares_ = backend_.template allocate<Scalar>(size());
    decays_ = backend_.template allocate<Scalar>(blocks_);
    std::vector<Scalar> decays(static_cast<std::size_t>(blocks_), Scalar{0});
    std::vector<index_t> owned;
    for (const auto& entry : layout.entries()) {
      if (entry.size == 0 || !owns(entry)) continue;
      for (index_t b = entry.offset / block; b <= (entry.offset + entry.size - 1) / block; ++b) {
        if (entry.decays) decays[static_cast<std::size_t>(b)] = static_cast<Scalar>(options_.weight_decay);
        if (owned.empty() || owned.back() != b) owned.push_back(b);  // parts of a stack share a block
      }
    }
    backend_.upload(decays_.data(), decays.data(), blocks_);
    owned_count_ = static_cast<index_t>(owned.size());
    owned_ = backend_.template allocate<index_t>(owned_count_);
    backend_.upload(owned_.data(), owned.data(), owned_count_);
  }

  /// One update.
  /// @param values (size()), changed
  /// @param gradients (size()), multiplied by `gradient_scale` first
  /// @param step updates made before
  /// @param rate learning rate eta
  void update(Scalar* values, const Scalar* gradients, index_t step, double rate, double gradient_scale = 1) {
    const double t = static_cast<double>(step + 1);
    const double correction1 = 1.0 - std::pow(options_.beta1, t);
    const double correction2 = 1.0 - std::pow(options_.beta2, t);
    const auto scalar = [](double x) { return static_cast<Scalar>(x); };
    backend_.for_each(
        owned_count_,
        training_detail::AdamBlock<Scalar>{
            values, gradients, means_.data(), squares_.data(), decays_.data(), owned_.data(),
            scalar(gradient_scale), scalar(options_.beta1), scalar(1 - options_.beta1),
            scalar(options_.beta2), scalar(1 - options_.beta2), scalar(rate), scalar(rate / correction1),
            scalar(1 / std::sqrt(correction2)), scalar(options_.epsilon)},
        block);
  }

  /// Elements of each array.
  index_t size() const { return blocks_ * block; }
  /// First moments m, (size()).
  Scalar* means() const { return means_.data(); }
  /// Second moments v, (size()).
  Scalar* squares() const { return squares_.data(); }
  /// As they were given.
  const AdamOptions& options() const { return options_; }

 private:
  static constexpr index_t block = training_detail::parameter_block;

  Backend backend_;
  AdamOptions options_;
  index_t blocks_;
  typename Backend::template Buffer<Scalar> means_;
  typename Backend::template Buffer<Scalar> squares_;
  typename Backend::template Buffer<Scalar> decays_;
  index_t owned_count_ = 0;
  typename Backend::template Buffer<index_t> owned_;
};

/// Adam with decoupled weight decay, as an `Optimizer`.
struct AdamW {
  /// Its numbers.
  struct Options {
    AdamOptions adam = {};  ///< for every parameter

    /// Names each field (core/fields.hpp).
    void visit(Fields& fields) { fields.part("adam", adam); }
    /// @throws value_error naming the option out of range
    void check() const { adam.check(); }
  };

  /// What updates.
  template <typename Scalar, ComputeBackend Backend>
  class On : public Adam<Scalar, Backend> {
   public:
    /// @param owns whether an entry of the layout is updated; the others are left to another optimiser
    /// @throws value_error naming the option out of range
    template <typename Owns = typename Adam<Scalar, Backend>::Everything>
    On(const Backend& backend, const ParameterLayout& layout, const Options& options, const Owns& owns = {})
        : Adam<Scalar, Backend>(backend, layout, options.adam, owns) {}

    /// One update.
    void update(Scalar* values, const Scalar* gradients, index_t step, double rate, double gradient_scale,
                Workspace<Backend>&) {
      Adam<Scalar, Backend>::update(values, gradients, step, rate, gradient_scale);
    }
    /// Calls `visitor(name, data)` for the moments.
    template <typename Visitor>
    void visit_state(const Visitor& visitor) {
      visitor("adam.means.", this->means());
      visitor("adam.squares.", this->squares());
    }
  };
};

}  // namespace flashvideo
