// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "flashvideo/generation/draft.hpp"

namespace flashvideo {

/// The frames that a lane fills, in the order of its sequence: which cells are known, which are to be
/// written, and what stands in them so far.
/// @code
/// FrameCanvas canvas(8);
/// canvas.add(std::vector<token_t>(64), cells);   // a frame whose `cells` are to be written
/// canvas.write(0, token);                         // the first of them
/// @endcode
class FrameCanvas {
 public:
  using Codes = std::vector<token_t>;  ///< image codes of a frame, row by row

  /// @param width cells of a row
  /// @param before the frame before the first one added, or empty
  /// @param following interpolation: the key frame after all of them; else empty
  explicit FrameCanvas(index_t width = 0, Codes before = {}, Codes following = {})
      : width_(width), before_(std::move(before)), following_(std::move(following)) {}

  /// Appends a frame; `to_write` are its cells that the lane will write, in order.
  void add(Codes frame, std::span<const index_t> to_write) {
    for (const index_t cell : to_write) targets_.push_back({frames_.size(), cell});
    frames_.push_back(std::move(frame));
  }
  /// Appends a frame that is written whole.
  void add_blank(index_t cells) {
    for (index_t cell = 0; cell < cells; ++cell) targets_.push_back({frames_.size(), cell});
    frames_.emplace_back(static_cast<std::size_t>(cells));
  }

  /// The lane's `number`-th written token is known.
  void write(std::size_t number, token_t token) {
    if (number < targets_.size()) cell_of(targets_[number]) = token;
  }
  /// A guess of the `number`-th written token, or `no_guess`. It stands in its cell until the token is known,
  /// so that the guesses after it see it.
  /// @param redrawn as in DraftPlace
  token_t guess(std::size_t number, const Drafter& drafter, token_t redrawn = no_guess) {
    if (number >= targets_.size() || !drafter) return no_guess;
    const Target& target = targets_[number];
    const Codes& frame = frames_[target.frame];
    const Codes& previous = target.frame > 0 ? frames_[target.frame - 1] : before_;
    DraftPlace place{
        target.cell, width_,     std::span<const token_t>(frame).first(static_cast<std::size_t>(target.cell)),
        previous,    following_, {},
        redrawn};
    if (!following_.empty()) place.preceding = before_;
    const token_t token = drafter(place);
    if (token >= 0) cell_of(target) = token;
    return token;
  }

  /// In the order of the sequence, with what stands in them so far.
  const std::vector<Codes>& frames() const { return frames_; }

 private:
  struct Target {
    std::size_t frame;
    index_t cell;
  };
  token_t& cell_of(const Target& target) {
    return frames_[target.frame][static_cast<std::size_t>(target.cell)];
  }

  index_t width_;
  Codes before_;
  Codes following_;
  std::vector<Codes> frames_;
  std::vector<Target> targets_;  // of each token to be written, in order
};

}  // namespace flashvideo
