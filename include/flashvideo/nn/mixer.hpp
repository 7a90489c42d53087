// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/backend/archetype_backend.hpp"
#include "flashvideo/backend/chunk_schedule.hpp"
#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/nn/decay.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "flashvideo/nn/position.hpp"

namespace flashvideo {

/// Sizes, angles and decays of a sequence mixer. A mixer uses of it what it needs.
/// @code MixerConfiguration{192, 384, 3}.with(Position::xpos(), Decay::retnet()) @endcode
struct MixerConfiguration {
  index_t d_model = 0;           ///< D
  index_t d_value = 0;           ///< of all heads together
  index_t num_heads = 1;         ///< H
  double epsilon = 1e-6;         ///< of the norm inside the mixer
  std::vector<double> theta{};   ///< rotation in radians per position, (Dk / 2)
  std::vector<double> lambda{};  ///< log decay of each head, (H)

  /// The same sizes with the angles and decays of these rules.
  MixerConfiguration with(const Position& position, const Decay& decay, double longest_sequence = 0) const {
    return {d_model,
            d_value,
            num_heads,
            epsilon,
            position.angles(d_key_of_head()),
            decay.lambdas(num_heads, longest_sequence)};
  }

  /// Dk.
  index_t d_key_of_head() const { return d_model / num_heads; }
  /// Dv.
  index_t d_value_of_head() const { return d_value / num_heads; }
  /// @throws value_error naming the mixer, unless num_heads >= 1
  /// @throws shape_error naming the mixer, when the heads do not divide the widths
  void check(const char* mixer) const {
    require<value_error>(num_heads >= 1, "{}: num_heads is {}, expected >= 1", mixer, num_heads);
    require<shape_error>(d_model >= 1 && d_model % num_heads == 0,
                         "{}: d_model is {}, expected a positive multiple of num_heads = {}", mixer, d_model,
                         num_heads);
    require<shape_error>(d_value >= 1 && d_value % num_heads == 0,
                         "{}: d_value is {}, expected a positive multiple of num_heads = {}", mixer, d_value,
                         num_heads);
  }
  /// @throws shape_error naming the mixer
  void check_theta(const char* mixer) const {
    require<shape_error>(2 * static_cast<index_t>(theta.size()) == d_key_of_head(),
                         "{}: theta has {} angles, expected one for each pair of d_key = {}", mixer,
                         theta.size(), d_key_of_head());
  }
  /// @throws shape_error naming the mixer
  void check_lambda(const char* mixer) const {
    require<shape_error>(static_cast<index_t>(lambda.size()) == num_heads,
                         "{}: lambda has {} decays, expected one for each of {} heads", mixer, lambda.size(),
                         num_heads);
  }
};

/// A sequence mixer as the decoder uses it: constructed from a layout, a name prefix and a
/// `MixerConfiguration`; for training `forward` and `backward`; for generation a `State` that `absorb` moves on.
/// `MultiScaleRetention` and `Attention` are two, a user's own is a third. The verbs are asked for on a backend that has
/// the required verbs alone.
template <typename Mixer>
concept SequenceMixer =
    std::constructible_from<Mixer, ParameterLayout&, const std::string&, const MixerConfiguration&> &&
    requires {
  { Mixer::name } -> std::convertible_to<const char*>;
  typename Mixer::ScalarType;
  typename Mixer::Activations;
  typename Mixer::template State<ArchetypeBackend>;
  typename Mixer::template Lane<ArchetypeBackend>;
} && requires(const Mixer& mixer, const ArchetypeBackend& backend, Chunkwise<64> mode, index_t batch,
              index_t length, ParameterView<const typename Mixer::ScalarType> values,
              ParameterView<typename Mixer::ScalarType> gradients,
              MatrixView<const typename Mixer::ScalarType> x, MatrixView<typename Mixer::ScalarType> y,
              const typename Mixer::Activations& kept,
              std::span<const typename Mixer::template Lane<ArchetypeBackend>> lanes,
              Workspace<ArchetypeBackend>& workspace) {
  { mixer.d_model() } -> std::same_as<index_t>;
  {
    mixer.forward(backend, mode, values, batch, length, x, y, workspace)
    } -> std::same_as<typename Mixer::Activations>;
  mixer.backward(backend, mode, values, batch, length, x, kept, x, y, gradients, workspace);
  mixer.initial_state(backend);
  mixer.absorb(backend, values, lanes, x, y, workspace);
};

/// A span of rows of the packed matrix that belongs to one lane.
template <typename State>
struct MixerLane {
  State* state = nullptr;  ///< moved on by the rows that are no draft
  index_t first_row = 0;   ///< of the packed matrix
  index_t count = 0;       ///< rows, the draft's included
  index_t tentative = 0;   ///< the last so many rows are a draft: only `commit` makes them part of the state
};

/// What became of a lane's draft: its first `rows` rows were right.
template <typename State>
struct MixerCommit {
  State* state = nullptr;  ///< which kept the draft
  index_t rows = 0;        ///< of the draft, from its first on
};

/// A mixer that can take a draft back. `absorb` gives a draft's rows the outputs that they would have if they
/// were absorbed, leaves state and position before the draft, and keeps in the state what `commit` needs.
/// `commit` absorbs the first rows of the last draft with the bits of `absorb` and without the weights; the
/// rest, and a draft that is not committed, is forgotten. Mixers without `commit` are given no drafts.
template <typename Mixer>
concept DraftingMixer = SequenceMixer<Mixer> &&
    requires(const Mixer& mixer, const ArchetypeBackend& backend,
             std::span<const MixerCommit<typename Mixer::template State<ArchetypeBackend>>> commits) {
  mixer.commit(backend, commits);
};

namespace nn_detail {

/// The spans of all lanes lie within the rows and cover them.
/// @throws shape_error naming the mixer
template <typename Lanes>
void check_lanes(const char* mixer, const Lanes& lanes, index_t rows) {
  index_t covered = 0;
  for (const auto& lane : lanes) {
    require<shape_error>(lane.state != nullptr && lane.count >= 1 && lane.first_row >= 0 &&
                             lane.first_row + lane.count <= rows,
                         "{}::absorb: a span is rows {} to {}, expected within {} rows", mixer,
                         lane.first_row, lane.first_row + lane.count, rows);
    require<shape_error>(lane.tentative >= 0 && lane.tentative <= lane.count,
                         "{}::absorb: {} rows of a span of {} are a draft", mixer, lane.tentative,
                         lane.count);
    covered += lane.count;
  }
  require<shape_error>(covered == rows, "{}::absorb: the lanes cover {} of {} rows", mixer, covered, rows);
}

/// Items into groups that fit into a functor: `add(group, item)` for each, `body(group)` for each full group.
/// @param empty a group without items
template <typename Group, typename Items, typename Add, typename Body>
void for_each_group(const Group& empty, const Items& items, const Add& add, const Body& body) {
  for (std::size_t first = 0; first < items.size(); first += Group::capacity) {
    Group group = empty;
    const std::size_t end = (std::min)(items.size(), first + Group::capacity);
    for (std::size_t i = first; i < end; ++i) add(group, items[i]);
    body(group);
  }
}

/// The lanes' positions after `absorb`: behind what is no draft.
template <typename Lanes>
void advance(const Lanes& lanes) {
  for (const auto& lane : lanes) {
    lane.state->position += lane.count - lane.tentative;
    lane.state->drafted = lane.tentative;
  }
}

/// The same after `commit`.
template <typename Commits>
void advance_committed(const Commits& commits) {
  for (const auto& commit : commits) {
    commit.state->position += commit.rows;
    commit.state->drafted = 0;
  }
}

/// No more rows are kept than were drafted.
/// @throws value_error naming the mixer
template <typename Commits>
void check_commits(const char* mixer, const Commits& commits) {
  for (const auto& commit : commits) {
    require<value_error>(commit.rows >= 0 && commit.rows <= commit.state->drafted,
                         "{}::commit: {} rows are kept of a draft of {}", mixer, commit.rows,
                         commit.state->drafted);
  }
}

}  // namespace nn_detail

/// @throws shape_error naming the mixer unless x is (rows, width)
template <typename T>
void check_mixer_rows(const char* mixer, const char* function, const MatrixView<T>& x, index_t rows,
                      index_t width) {
  require<shape_error>(x.extent(0) == rows && x.extent(1) == width,
                       "{}::{}: rows are ({}, {}), expected ({}, {})", mixer, function, x.extent(0),
                       x.extent(1), rows, width);
}

}  // namespace flashvideo
