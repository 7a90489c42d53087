// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/math.hpp"

namespace flashvideo {

/// The learning rate as a function of the step: a linear warm-up, then constant or half a cosine down to a
/// floor (Loshchilov and Hutter, "SGDR", ICLR 2017, eq. (5) without restarts).
///
///     s < w:   rate(s) = peak (s + 1) / w
///     s >= w:  rate(s) = floor + (peak - floor) (1 + cos(pi p)) / 2,  p = min(1, (s - w) / (total - w))
///
/// with s = 0 for the first update.
/// @code
/// auto schedule = LearningRateSchedule::cosine(1.5e-3, 100, 10000, 1e-5);
/// double rate = schedule.at(step);
/// @endcode
struct LearningRateSchedule {
  /// What follows the warm-up.
  enum class Kind { constant, cosine };
  Kind kind = Kind::constant;  ///< constant: `peak` to the end
  double peak = 1e-3;          ///< highest rate, > 0
  index_t warm_up_steps = 0;   ///< w
  index_t total_steps = 0;     ///< cosine only; 0: the trainer's number of steps
  double floor = 0;            ///< cosine only

  /// Warm-up, then `rate` to the end.
  static LearningRateSchedule constant(double rate, index_t warm_up_steps = 0) {
    return {Kind::constant, rate, warm_up_steps, 0, 0};
  }
  /// Warm-up, then half a cosine from `peak` to `floor`.
  static LearningRateSchedule cosine(double peak, index_t warm_up_steps, index_t total_steps = 0,
                                     double floor = 0) {
    return {Kind::cosine, peak, warm_up_steps, total_steps, floor};
  }

  /// Rate of the update that follows `step` updates.
  double at(index_t step) const {
    if (step < warm_up_steps) {
      return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up_steps);
    }
    if (kind == Kind::constant) return peak;
    const index_t span = std::max<index_t>(total_steps - warm_up_steps, 1);
    const double share =
        (std::min)(1.0, static_cast<double>(step - warm_up_steps) / static_cast<double>(span));
    return floor + (peak - floor) * 0.5 * (1.0 + math::sine_cosine(3.14159265358979323846 * share).cosine);
  }

  /// Without `total_steps`, which a resumed run may change.
  void visit(Fields& fields) {
    std::string name = kind == Kind::cosine ? "cosine" : "constant";
    fields.text("kind", name, {"cosine", "constant"}, "how the rate falls");
    kind = name == "cosine" ? Kind::cosine : Kind::constant;
    fields.real("peak", peak, above(0.0), "highest rate");
    fields.integer("warm_up_steps", warm_up_steps, at_least(0), "steps until the highest rate");
    if (fields.present("floor", kind == Kind::cosine))
      fields.real("floor", floor, at_least(0.0), "last rate");
  }
  /// @throws value_error naming the option out of range
  void check() const {
    check_fields("LearningRateSchedule", *this);
    require<value_error>(total_steps >= 0, "LearningRateSchedule: total_steps is {}, expected >= 0",
                         total_steps);
    require<value_error>(floor >= 0 && floor <= peak,
                         "LearningRateSchedule: floor is {}, expected 0 .. peak = {}", floor, peak);
  }
};

}  // namespace flashvideo
