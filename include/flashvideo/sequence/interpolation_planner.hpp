// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"

namespace flashvideo {

/// How a cell of the token grid changes between the two surrounding frames: its ids differ; they are equal
/// but a different cell lies within `ring`; or neither.
enum class CellKind : std::uint8_t { different, unstable, stable };

/// A stretch of cells in raster order that is copied from the surrounding frames, or written by the model.
struct InterpolationRun {
  bool inherit = false;  ///< copied; else written
  index_t begin = 0;     ///< first cell
  index_t length = 0;    ///< cells

  friend bool operator==(const InterpolationRun&, const InterpolationRun&) = default;
};

/// What to do with every cell of one interpolated frame.
struct InterpolationPlan {
  std::vector<InterpolationRun> runs;  ///< tile [0, height * width), neighbours differ in `inherit`
  index_t num_different = 0;           ///< cells of this kind (`CellKind`)
  index_t num_unstable = 0;            ///< the same
  index_t num_stable = 0;              ///< the same, those inherited included
  index_t num_inherited = 0;           ///< a subset of the stable cells

  /// Cells of the frame.
  index_t num_cells() const { return num_different + num_unstable + num_stable; }
  /// Cells that the model writes.
  index_t num_generated() const { return num_cells() - num_inherited; }
  friend bool operator==(const InterpolationPlan&, const InterpolationPlan&) = default;
};

/// Share of the stable cells that is inherited, in [0, 1], given the number of frames between.
template <typename Share>
concept InheritPolicy = std::copy_constructible<Share> && requires(const Share share, index_t between) {
  { share(between) } -> std::convertible_to<double>;
};

/// The same share whatever the number of frames ([FlashVideo] 3.3: 20 %).
struct FixedShare {
  double share = 0.2;  ///< within [0, 1]
  /// The share, whatever the number of frames.
  double operator()(index_t) const { return share; }
};

/// Stream of the random numbers that choose inherited cells; position = display index of the frame.
inline constexpr std::uint32_t inherit_stream = 0x40000000U;

/// Decides which tokens of an interpolated frame are copied instead of computed ([FlashVideo] 3.3, Figure 4):
/// *different* cells (ids differ), *unstable* cells (within Chebyshev distance `ring` of a different one) and
/// *stable* cells (the rest); exactly round(share * stable) of the stable ones, half upwards, are inherited.
/// Every stable cell draws one addressed number and the smallest win (ties to the lower cell), so a plan is a
/// pure function of the two frames, the seed and the frame's display index.
///
/// @tparam Share how much is inherited: FixedShare, or any InheritPolicy
/// @code
/// const InterpolationPlanner<> planner(8, 8);
/// InterpolationPlan plan = planner.plan(left, right, seed, display_frame, 3);
/// for (const InterpolationRun& run : plan.runs) { }   // absorb left[run], or sample
/// @endcode
template <InheritPolicy Share = FixedShare>
class InterpolationPlanner {
 public:
  /// A planner for grids of height x width cells.
  /// @throws value_error unless height, width >= 1 and ring >= 0
  InterpolationPlanner(index_t height, index_t width, Share share = {}, index_t ring = 1)
      : height_(height), width_(width), share_(std::move(share)), ring_(ring) {
    require<value_error>(height >= 1 && width >= 1,
                         "InterpolationPlanner: the grid is {} x {}, expected at least 1 x 1", height, width);
    require<value_error>(ring >= 0, "InterpolationPlanner: ring is {}, expected >= 0", ring);
  }

  /// Kind of every cell, raster order, (height, width). left, right: (height, width).
  /// @throws shape_error for grids of another size
  std::vector<CellKind> classify(std::span<const token_t> left, std::span<const token_t> right) const {
    const std::size_t cells = static_cast<std::size_t>(height_ * width_);
    require<shape_error>(left.size() == cells && right.size() == cells,
                         "InterpolationPlanner::classify: left has {} tokens and right {}, expected {} x {}",
                         left.size(), right.size(), height_, width_);
    std::vector<CellKind> kinds(cells, CellKind::stable);
    for (index_t y = 0; y < height_; ++y)
      for (index_t x = 0; x < width_; ++x) {
        if (left[at(y, x)] == right[at(y, x)]) continue;
        for (index_t v = (std::max)(y - ring_, index_t{0}); v <= (std::min)(y + ring_, height_ - 1); ++v)
          for (index_t u = (std::max)(x - ring_, index_t{0}); u <= (std::min)(x + ring_, width_ - 1); ++u)
            if (kinds[at(v, u)] == CellKind::stable) kinds[at(v, u)] = CellKind::unstable;
        kinds[at(y, x)] = CellKind::different;
      }
    return kinds;
  }

  /// Plan of the frame with display index `display_frame`, one of `between` frames between left and right.
  /// @throws shape_error for grids of another size
  /// @throws value_error unless between >= 1 and 0 <= share(between) <= 1
  template <typename = void>  // who plans nothing compiles none of it
  InterpolationPlan plan(std::span<const token_t> left, std::span<const token_t> right, std::uint64_t seed,
                         index_t display_frame, index_t between) const {
    return plan(classify(left, right), {seed, inherit_stream, static_cast<std::uint64_t>(display_frame)},
                between);
  }

  /// The same from cells already classified (they serve all frames of a gap) and any address.
  /// @throws shape_error for a grid of another size
  /// @throws value_error unless between >= 1 and 0 <= share(between) <= 1
  template <typename = void>
  InterpolationPlan plan(std::span<const CellKind> kinds, const RandomAddress& address,
                         index_t between) const {
    require<shape_error>(static_cast<index_t>(kinds.size()) == height_ * width_,
                         "InterpolationPlanner::plan: kinds has {} cells, expected {} x {}", kinds.size(),
                         height_, width_);
    require<value_error>(between >= 1, "InterpolationPlanner::plan: between is {}, expected >= 1", between);
    const double share = static_cast<double>(share_(between));
    require<value_error>(share >= 0.0 && share <= 1.0,
                         "InterpolationPlanner::plan: the inherited share is {}, expected 0 .. 1", share);
    InterpolationPlan plan;
    std::vector<std::pair<std::uint32_t, index_t>> stable;  // (random number, cell)
    for (index_t cell = 0; cell < static_cast<index_t>(kinds.size()); ++cell) {
      const CellKind kind = kinds[static_cast<std::size_t>(cell)];
      plan.num_different += kind == CellKind::different ? 1 : 0;
      plan.num_unstable += kind == CellKind::unstable ? 1 : 0;
      if (kind == CellKind::stable)
        stable.emplace_back(random_bits(address, static_cast<std::uint32_t>(cell)), cell);
    }
    plan.num_stable = static_cast<index_t>(stable.size());
    plan.num_inherited = static_cast<index_t>(std::floor(share * static_cast<double>(plan.num_stable) + 0.5));
    std::partial_sort(stable.begin(), stable.begin() + plan.num_inherited, stable.end());
    std::vector<bool> inherit(kinds.size(), false);
    for (index_t i = 0; i < plan.num_inherited; ++i)
      inherit[static_cast<std::size_t>(stable[static_cast<std::size_t>(i)].second)] = true;
    for (std::size_t cell = 0; cell < inherit.size(); ++cell) {
      if (plan.runs.empty() || plan.runs.back().inherit != inherit[cell])
        plan.runs.push_back({inherit[cell], static_cast<index_t>(cell), 0});
      ++plan.runs.back().length;
    }
    return plan;
  }

  /// @{
  /// Cells of the grid.
  index_t height() const { return height_; }
  index_t width() const { return width_; }
  /// @}
  /// How far, in cells, a difference reaches.
  index_t ring() const { return ring_; }

 private:
  std::size_t at(index_t y, index_t x) const { return static_cast<std::size_t>(y * width_ + x); }

  index_t height_;
  index_t width_;
  Share share_;
  index_t ring_;
};

}  // namespace flashvideo
