// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/tokenizer/image/codebook.hpp"

namespace flashvideo {

/// How a codebook learns.
struct CodebookAveragesOptions {
  double decay = 0.99;         ///< of the running averages
  double smoothing = 0;        ///< Laplace smoothing of the counts; 0: none
  double dead_count = 0.1;     ///< a code whose running count per step falls below is replaced
  index_t restart_every = 10;  ///< steps between replacements; 0: codes are never replaced

  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.real("decay", decay, within_below(0.0, 1.0), "of the running averages");
    fields.real("smoothing", smoothing, at_least(0.0), "of the counts; 0: none");
    fields.real("dead_count", dead_count, at_least(0.0), "a code used less often in a step is replaced");
    fields.integer("restart_every", restart_every, at_least(0), "steps between replacements; 0: never");
  }
  /// @throws value_error naming the option out of range
  /// @throws value_error naming the option out of range
  void check() const { check_fields("CodebookAveragesOptions", *this); }
};

namespace tokenizer_detail {

/// Adds the count and the sum of the latents of one code, rows in ascending order; one code per call.
template <typename Scalar>
struct CodeStatistics {
  MatrixView<const Scalar> latents;
  const token_t* ids;
  Scalar* counts;
  MatrixView<Scalar> sums;
  FLASHVIDEO_HOST_DEVICE void operator()(index_t k) const {
    const index_t rows = latents.extent(0);
    const index_t width = latents.extent(1);
    const token_t code = static_cast<token_t>(k);
    Scalar* sum = sums.row(k);
    constexpr index_t block = 64;
    index_t count = 0;
    for (index_t begin = 0; begin < rows; begin += block) {
      const index_t end = begin + block < rows ? begin + block : rows;
      int found = 0;
      for (index_t r = begin; r < end; ++r) found += ids[r] == code ? 1 : 0;
      if (found == 0) continue;
      count += found;
      for (index_t r = begin; r < end; ++r) {
        if (ids[r] != code) continue;
        const Scalar* z = latents.row(r);
        for (index_t c = 0; c < width; ++c) sum[c] = sum[c] + z[c];
      }
    }
    counts[k] = counts[k] + static_cast<Scalar>(count);
  }
};

/// Writes one candidate for a dead code: of eight random latents the one farthest from its code, and the
/// square of that distance; one slot per call.
template <typename Scalar>
struct PickCandidate {
  MatrixView<const Scalar> latents;
  MatrixView<const Scalar> codes;
  MatrixView<Scalar> candidates;  // (slots, width + 1)
  RandomAddress address;
  index_t first;  // this micro-batch fills the slots first, first + every, ...
  index_t every;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t i) const {
    const index_t slot = first + i * every;
    const index_t rows = latents.extent(0);
    const index_t width = latents.extent(1);
    if (rows == 0) return;
    Scalar* out = candidates.row(slot);
    Scalar farthest = -1;
    for (std::uint32_t attempt = 0; attempt < 8; ++attempt) {
      RandomAddress at = address;
      at.position += static_cast<std::uint64_t>(slot);
      const index_t r = static_cast<index_t>(
          (static_cast<std::uint64_t>(random_bits(at, attempt)) * static_cast<std::uint64_t>(rows)) >> 32);
      const Scalar* z = latents.row(r);
      const Scalar* e = codes.row(r);
      Scalar distance = 0;
      for (index_t c = 0; c < width; ++c) distance = math::fma(z[c] - e[c], z[c] - e[c], distance);
      if (distance <= farthest) continue;
      farthest = distance;
      for (index_t c = 0; c < width; ++c) out[c] = z[c];
      out[width] = distance;
    }
  }
};

/// Running averages of one code: n <- decay n + (1 - decay) count, s likewise, e = s / n. One code per call.
template <typename Scalar>
struct MoveCode {
  const Scalar* step_counts;
  MatrixView<const Scalar> step_sums;
  Scalar* counts;
  MatrixView<Scalar> sums;
  MatrixView<Scalar> vectors;
  Scalar decay;
  Scalar smoothing;
  Scalar total;  // sum of all running counts after the update
  FLASHVIDEO_HOST_DEVICE void operator()(index_t k) const {
    const Scalar rest = Scalar{1} - decay;
    const index_t width = vectors.extent(1);
    const Scalar count = math::fma(decay, counts[k], rest * step_counts[k]);
    counts[k] = count;
    Scalar* sum = sums.row(k);
    const Scalar* step_sum = step_sums.row(k);
    for (index_t c = 0; c < width; ++c) sum[c] = math::fma(decay, sum[c], rest * step_sum[c]);
    const Scalar codes = static_cast<Scalar>(vectors.extent(0));
    const Scalar size =
        smoothing > Scalar{0} ? (count + smoothing) / math::fma(codes, smoothing, total) * total : count;
    if (!(size > Scalar(1e-6))) return;
    Scalar* e = vectors.row(k);
    for (index_t c = 0; c < width; ++c) e[c] = sum[c] / size;
  }
};

/// Term of a sum of counts.
template <typename Scalar>
struct CountTerm {
  const Scalar* counts;
  FLASHVIDEO_HOST_DEVICE double operator()(index_t k) const { return static_cast<double>(counts[k]); }
};

}  // namespace tokenizer_detail

/// Moves a codebook after the latents that it stands for: exponential averages of the number and the sum of
/// the latents nearest to each code (van den Oord et al., arXiv:1711.00937, appendix A.1). Codes that die are
/// replaced by latents that are poorly represented, drawn one after another with probability proportional to
/// the squared distance to the nearest code (k-means++, Arthur and Vassilvitskii 2007); so the first step
/// also places the whole codebook.
///
/// All state is a function of (data, seed, step): sums run in ascending order, random numbers have addresses.
/// @tparam Scalar float or double
template <typename Scalar, ComputeBackend Backend>
class CodebookAverages {
 public:
  /// Starts without averages; the first step places the codebook.
  CodebookAverages(const Backend& backend, index_t num_codes, index_t width,
                   const CodebookAveragesOptions& options = {})
      : num_codes_(num_codes),
        width_(width),
        options_(options),
        counts_(backend.template allocate<Scalar>(num_codes)),
        sums_(backend.template allocate<Scalar>(num_codes * width)),
        step_counts_(backend.template allocate<Scalar>(num_codes)),
        step_sums_(backend.template allocate<Scalar>(num_codes * width)),
        slots_((std::max)(num_codes, fewest_slots)),
        candidates_(backend.template allocate<Scalar>(slots_ * (width + 1))) {
    options.check();
  }

  /// Adds a micro-batch's latents (R, width), their ids and their code vectors.
  /// @param index,count which micro-batch of the step this is, and of how many
  void accumulate(const Backend& backend, MatrixView<const Scalar> latents, const token_t* ids,
                  MatrixView<const Scalar> codes, const RandomAddress& address, index_t step, index_t index,
                  index_t count) {
    backend.for_each(
        num_codes_,
        tokenizer_detail::CodeStatistics<Scalar>{latents, ids, step_counts_.data(), matrix(step_sums_)},
        latents.rows() / 8);
    if (!restarts_at(step)) return;
    const index_t places = (slots_ - index + count - 1) / count;
    backend.for_each(
        places,
        tokenizer_detail::PickCandidate<Scalar>{latents, codes, candidate_matrix(), address, index, count},
        8 * width_);
  }

  /// Moves the codebook's vectors (num_codes, width) and forgets the step.
  void update(const Backend& backend, MatrixView<Scalar> vectors, const RandomAddress& address,
              index_t step) {
    const Scalar decay = static_cast<Scalar>(options_.decay);
    const double before = backend.sum(num_codes_, tokenizer_detail::CountTerm<Scalar>{counts_.data()});
    const double now = backend.sum(num_codes_, tokenizer_detail::CountTerm<Scalar>{step_counts_.data()});
    backend.for_each(num_codes_,
                     tokenizer_detail::MoveCode<Scalar>{
                         step_counts_.data(), matrix(step_sums_), counts_.data(), matrix(sums_), vectors,
                         decay, static_cast<Scalar>(options_.smoothing),
                         static_cast<Scalar>(options_.decay * before + (1 - options_.decay) * now)},
                     width_);
    restarted_ = 0;
    if (restarts_at(step)) restart(backend, vectors, address);
    backend.fill(step_counts_.data(), step_counts_.size(), Scalar{0});
    backend.fill(step_sums_.data(), step_sums_.size(), Scalar{0});
    backend.fill(candidates_.data(), candidates_.size(), Scalar{0});
  }

  /// visitor(name, data, size) for the arrays that a checkpoint keeps.
  template <typename Visitor>
  void visit_state(Visitor&& visitor) {
    visitor(std::string_view("codebook.counts"), counts_.data(), counts_.size());
    visitor(std::string_view("codebook.sums"), sums_.data(), sums_.size());
  }
  /// The arrays that a step fills, to be summed over processes before `update`.
  template <typename Visitor>
  void visit_statistics(Visitor&& visitor) {
    visitor(std::string_view("codebook.step_counts"), step_counts_.data(), step_counts_.size());
    visitor(std::string_view("codebook.step_sums"), step_sums_.data(), step_sums_.size());
    visitor(std::string_view("codebook.candidates"), candidates_.data(), candidates_.size());
  }

  /// As it was given.
  const CodebookAveragesOptions& options() const { return options_; }
  /// Codes that the last `update` replaced.
  index_t restarted() const { return restarted_; }
  /// Running counts (num_codes), in the backend's memory.
  const Scalar* counts() const { return counts_.data(); }

 private:
  using Buffer = typename Backend::template Buffer<Scalar>;
  static constexpr index_t fewest_slots = 256;  // candidates of a step, at least

  bool restarts_at(index_t step) const {
    return options_.restart_every > 0 && step % options_.restart_every == 0;
  }
  MatrixView<Scalar> matrix(const Buffer& buffer) const { return {buffer.data(), {num_codes_, width_}}; }
  MatrixView<Scalar> candidate_matrix() const { return {candidates_.data(), {slots_, width_ + 1}}; }

  /// On the host: dead codes take candidates, each drawn with probability proportional to its squared
  /// distance to the nearest code, those just placed included.
  void restart(const Backend& backend, MatrixView<Scalar> vectors, const RandomAddress& address) {
    std::vector<Scalar> counts(static_cast<std::size_t>(num_codes_));
    backend.download(counts.data(), static_cast<const Scalar*>(counts_.data()), num_codes_);
    const Scalar limit = static_cast<Scalar>(options_.dead_count);
    if (std::none_of(counts.begin(), counts.end(), [&](Scalar count) { return count < limit; })) return;
    std::vector<Scalar> candidates(static_cast<std::size_t>(candidates_.size()));
    backend.download(candidates.data(), static_cast<const Scalar*>(candidates_.data()), candidates_.size());
    RandomStream random(address);
    for (index_t k = 0; k < num_codes_; ++k) {
      if (!(counts[static_cast<std::size_t>(k)] < limit)) continue;
      const Scalar* chosen = draw(candidates, random.uniform());
      if (chosen == nullptr) break;
      const Scalar count = Scalar(1.5) * limit;  // 40 steps of grace at decay 0.99
      std::vector<Scalar> vector(chosen, chosen + width_);
      backend.upload(vectors.row(k), vector.data(), width_);
      shorten(candidates, vector);
      for (Scalar& value : vector) value *= count;
      backend.upload(sums_.data() + k * width_, vector.data(), width_);
      backend.upload(counts_.data() + k, &count, 1);
      ++restarted_;
    }
  }

  /// The candidate at quantile u of the squared distances; null when all are zero.
  const Scalar* draw(const std::vector<Scalar>& candidates, double u) const {
    double total = 0;
    for (index_t i = 0; i < slots_; ++i) total += static_cast<double>(distance_of(candidates, i));
    if (!(total > 0)) return nullptr;
    double left = u * total;
    index_t last = 0;
    for (index_t i = 0; i < slots_; ++i) {
      const double distance = static_cast<double>(distance_of(candidates, i));
      if (distance <= 0) continue;
      last = i;
      left -= distance;
      if (left < 0) break;
    }
    return candidates.data() + last * (width_ + 1);
  }

  Scalar distance_of(const std::vector<Scalar>& candidates, index_t i) const {
    return candidates[static_cast<std::size_t>(i * (width_ + 1) + width_)];
  }

  /// Distances to the nearest code once `vector` is one.
  void shorten(std::vector<Scalar>& candidates, const std::vector<Scalar>& vector) const {
    for (index_t i = 0; i < slots_; ++i) {
      Scalar* candidate = candidates.data() + i * (width_ + 1);
      Scalar distance = 0;
      for (index_t c = 0; c < width_; ++c) {
        const Scalar difference = candidate[c] - vector[static_cast<std::size_t>(c)];
        distance = math::fma(difference, difference, distance);
      }
      candidate[width_] = (std::min)(candidate[width_], distance);
    }
  }

  index_t num_codes_;
  index_t width_;
  CodebookAveragesOptions options_;
  Buffer counts_;       // (num_codes), running
  Buffer sums_;         // (num_codes, width), running
  Buffer step_counts_;  // (num_codes), of the step
  Buffer step_sums_;    // (num_codes, width)
  index_t slots_;
  Buffer candidates_;  // (slots, width + 1): latent, squared distance
  index_t restarted_ = 0;
};

}  // namespace flashvideo
