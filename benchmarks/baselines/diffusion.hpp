// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/nn/pointwise.hpp"

namespace flashvideo::baselines {

/// How much of a clip is left at a step of the noise: abar_t for t = 0 .. T - 1.
///
///     f(u) = cos^2(pi/2 (u / T + s) / (1 + s)), s = 0.008;   beta_t = min(1 - f(t + 1) / f(t), 0.9999)
///     alpha_t = 1 - beta_t,   abar_t = alpha_0 .. alpha_t
///
/// Source: Nichol and Dhariwal, arXiv:2102.09672, eq. (17).
class CosineNoise {
 public:
  /// @throws value_error for no steps
  explicit CosineNoise(index_t steps) {
    require<value_error>(steps >= 1, "CosineNoise: steps is {}, expected >= 1", steps);
    const auto f = [steps](index_t u) {
      const double x = (static_cast<double>(u) / static_cast<double>(steps) + 0.008) / 1.008;
      const double cosine = std::cos(1.5707963267948966 * x);
      return cosine * cosine;
    };
    double left = 1;
    for (index_t t = 0; t < steps; ++t) {
      betas_.push_back(std::min(1 - f(t + 1) / f(t), 0.9999));
      left *= 1 - betas_.back();
      left_.push_back(left);
    }
  }

  index_t steps() const { return static_cast<index_t>(betas_.size()); }
  double beta(index_t t) const { return betas_[static_cast<std::size_t>(t)]; }
  /// abar_t; 1 for t = -1.
  double left(index_t t) const { return t < 0 ? 1 : left_[static_cast<std::size_t>(t)]; }

 private:
  std::vector<double> betas_;
  std::vector<double> left_;
};

namespace detail {

/// The `place`-th number of a standard normal field.
FLASHVIDEO_HOST_DEVICE inline double normal_at(const RandomAddress& place) {
  const double radius = math::sqrt(-2.0 * math::log(random_uniform(place, 0)));
  return radius * math::sine_cosine(6.283185307179586 * random_uniform(place, 1)).cosine;
}

/// One step back, a block of numbers per call:
///
///     x0 = x / sqrt(abar_t) - sqrt(1 / abar_t - 1) noise, clamped to [-1, 1]
///     x <- m0 x0 + mx x + sigma normal
template <typename Scalar>
struct AncestralStep {
  const Scalar* noise;  // the network's
  Scalar* x;
  index_t size;       // of all clips
  index_t clip_size;  // numbers of a clip: clip c draws with the seed seed + c
  double of_x, of_noise, m0, mx, sigma;
  std::uint64_t seed;
  std::uint32_t stream;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t block) const {
    const index_t begin = block * flashvideo::pointwise_block;
    const index_t rest = size - begin;
    const index_t count = rest < flashvideo::pointwise_block ? rest : flashvideo::pointwise_block;
    for (index_t i = begin; i < begin + count; ++i) {
      const index_t clip = i / clip_size;
      const auto at = static_cast<double>(x[i]);
      const double raw = of_x * at - of_noise * static_cast<double>(noise[i]);
      const double low = raw > -1 ? raw : -1;
      const double x0 = low < 1 ? low : 1;
      double next = m0 * x0 + mx * at;
      if (sigma > 0) {
        next += sigma * normal_at({seed + static_cast<std::uint64_t>(clip), stream,
                                   static_cast<std::uint64_t>(i - clip * clip_size)});
      }
      x[i] = static_cast<Scalar>(next);
    }
  }
};

/// x is normal noise, a block of numbers per call.
template <typename Scalar>
struct FillWithNoise {
  Scalar* x;
  index_t size;
  index_t clip_size;
  std::uint64_t seed;
  std::uint32_t stream;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t block) const {
    const index_t begin = block * flashvideo::pointwise_block;
    const index_t rest = size - begin;
    const index_t count = rest < flashvideo::pointwise_block ? rest : flashvideo::pointwise_block;
    for (index_t i = begin; i < begin + count; ++i) {
      const index_t clip = i / clip_size;
      x[i] = static_cast<Scalar>(normal_at({seed + static_cast<std::uint64_t>(clip), stream,
                                            static_cast<std::uint64_t>(i - clip * clip_size)}));
    }
  }
};

}  // namespace detail

/// Denoising diffusion, ancestral sampling: clips from noise in T passes of a network that finds the noise.
///
///     x ~ N(0, 1);   for t = T - 1 .. 0:  x0 = clamp((x - sqrt(1 - abar_t) e(x, t)) / sqrt(abar_t))
///     x <- sqrt(abar_t-1) beta_t / (1 - abar_t) x0 + sqrt(alpha_t) (1 - abar_t-1) / (1 - abar_t) x + sigma z
///     sigma^2 = beta_t (1 - abar_t-1) / (1 - abar_t),   z ~ N(0, 1), none at t = 0
///
/// Source: Ho et al., arXiv:2006.11239, eqs. (6), (7), (15), with clamping as its code has it. Every number
/// of noise has an address, so a clip is a function of its seed: clip c of a batch has the seed `seed + c`.
/// @param predict called as predict(t, x, noise): the noise in x, both (rows, channels)
/// @param x (rows, channels), dense, rows a multiple of clips; the clips in [-1, 1]
/// @param steps so many of the T steps are made, the noisiest first (for timing); 0: all
template <ComputeBackend Backend, typename Scalar, typename Predict>
void generate_diffusion(const Backend& backend, const CosineNoise& schedule, std::uint64_t seed,
                        index_t clips, MatrixView<Scalar> x, Workspace<Backend>& workspace,
                        const Predict& predict, index_t steps = 0) {
  require<shape_error>(clips >= 1 && x.rows() % clips == 0 && x.dense(),
                       "generate_diffusion: x is {}, expected dense rows of {} clips", shape_text(x.shape()),
                       clips);
  require<value_error>(steps >= 0 && steps <= schedule.steps(),
                       "generate_diffusion: {} steps, expected 0 to {}", steps, schedule.steps());
  const auto mark = workspace.mark();
  const auto noise = workspace.template take<Scalar>(x.shape());
  const index_t clip_size = x.size() / clips;
  const index_t all = schedule.steps();
  flashvideo::for_each_block(
      backend, x.size(),
      detail::FillWithNoise<Scalar>{x.data(), x.size(), clip_size, seed, static_cast<std::uint32_t>(all)});
  for (index_t t = all - 1; t >= (steps == 0 ? 0 : all - steps); --t) {
    predict(t, MatrixView<const Scalar>(x), noise);
    const double left = schedule.left(t);
    const double before = schedule.left(t - 1);
    const double beta = schedule.beta(t);
    const double variance = t == 0 ? 0 : beta * (1 - before) / (1 - left);
    flashvideo::for_each_block(
        backend, x.size(),
        detail::AncestralStep<Scalar>{noise.data(), x.data(), x.size(), clip_size, 1 / std::sqrt(left),
                                      std::sqrt(1 / left - 1), std::sqrt(before) * beta / (1 - left),
                                      std::sqrt(1 - beta) * (1 - before) / (1 - left), std::sqrt(variance),
                                      seed, static_cast<std::uint32_t>(t)});
  }
  workspace.release(mark);
}

}  // namespace flashvideo::baselines
