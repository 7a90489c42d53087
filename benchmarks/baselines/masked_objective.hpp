// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "baselines/bidirectional_transformer.hpp"
#include "baselines/masked_generation.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/training/data_order.hpp"
#include "flashvideo/training/objective.hpp"

namespace flashvideo::baselines {

/// What sequences masked generation learns and finds: text, then the frames' tokens, in one vocabulary.
struct MaskedClips {
  index_t codes = 0;         ///< ids of pictures: 0 .. codes - 1; text's are behind them
  index_t words = 0;         ///< ids of text
  index_t text_length = 0;   ///< places of text; a shorter one is filled up with `pad`, a longer one is cut
  index_t frames = 16;       ///< T of a sequence
  index_t spacing = 1;       ///< frames of the clip from one of the sequence to the next
  index_t frame_tokens = 0;  ///< of each frame
  index_t given = 1;         ///< the first frames, which are known

  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.integer("codes", codes, at_least(1), "ids of pictures");
    fields.integer("words", words, at_least(0), "ids of text");
    fields.integer("text_length", text_length, at_least(0), "places of text");
    fields.integer("frames", frames, at_least(1), "of a sequence");
    fields.integer("spacing", spacing, at_least(1), "frames of the clip from one to the next");
    fields.integer("frame_tokens", frame_tokens, at_least(1), "of each frame");
    fields.integer("given", given, at_least(0), "first frames that are known");
  }
  /// Ids in all, [MASK] apart.
  index_t vocabulary() const { return codes + words + 1; }
  /// Fills up a text.
  token_t pad() const { return static_cast<token_t>(codes + words); }
  /// N of a sequence.
  index_t length() const { return text_length + frames * frame_tokens; }
  /// Places that are known before anything is found.
  index_t known() const { return text_length + given * frame_tokens; }

  /// The sequence of a clip from its frame `first` on. @param clip as of `TokenCache`
  template <typename Clip>
  std::vector<token_t> tokens(const Clip& clip, index_t first) const {
    std::vector<token_t> result(static_cast<std::size_t>(text_length), pad());
    const std::size_t text = (std::min)(result.size(), clip.caption.size());
    for (std::size_t i = 0; i < text; ++i) result[i] = static_cast<token_t>(codes + clip.caption[i]);
    for (index_t f = 0; f < frames; ++f) {
      const token_t* row = clip.frames.row(first + f * spacing);
      result.insert(result.end(), row, row + frame_tokens);
    }
    return result;
  }
  /// For `generate_masked`: the places of a clip whose later frames are to be found.
  template <typename Clip>
  std::vector<MaskedPlace> places(const Clip& clip, index_t first) const {
    const std::vector<token_t> all = tokens(clip, first);
    std::vector<MaskedPlace> result(all.size());
    for (index_t n = 0; n < known(); ++n) {
      result[static_cast<std::size_t>(n)].known = all[static_cast<std::size_t>(n)];
    }
    return result;
  }
};

/// Trains a `BidirectionalTransformer` for masked generation: of the places to be found a share cos(pi u / 2),
/// u uniform, shows [MASK], the others their true tokens; the loss is the cross entropy at the masked ones, in
/// nats. Source: MaskGIT, arXiv:2202.04200, and MAGVIT, arXiv:2212.05199: with a tokenizer of single frames no
/// place is half known, so of COMMIT's conditions the given frames' own tokens are left.
/// @tparam Cache gives `size()` and `clip(i)` as `TokenCache` does
template <ComputeBackend Backend, typename Cache, typename Scalar = float>
class MaskedObjective {
 public:
  using ScalarType = Scalar;
  using Model = BidirectionalTransformer<Backend, Scalar>;

  /// @param batch sequences of a micro-batch, >= 1
  /// @throws value_error when the sizes of model and clips do not fit
  MaskedObjective(const Model& model, const Cache& cache, const MaskedClips& clips, index_t batch,
                  std::uint64_t seed)
      : model_(model), cache_(cache), clips_(clips), batch_(batch), order_(seed, cache.size()) {
    require<value_error>(batch >= 1, "MaskedObjective: batch is {}, expected >= 1", batch);
    require<value_error>(model.length() == clips.length() && model.mask() == clips.vocabulary(),
                         "MaskedObjective: a model of {} places and {} ids for sequences of {} and {}",
                         model.length(), model.mask(), clips.length(), clips.vocabulary());
    require<value_error>(clips.known() < clips.length(),
                         "MaskedObjective: {} frames of {} are given, expected fewer", clips.given,
                         clips.frames);
  }

  const ParameterLayout& layout() const { return model_.layout(); }

  /// Adds the gradients of the loss summed over the micro-batch's masked places.
  StepLoss accumulate(const Backend& backend, ParameterView<const Scalar> values,
                      ParameterView<Scalar> gradients, const MicroBatch& micro_batch,
                      Workspace<Backend>& workspace) {
    tokens_.clear();
    labels_.clear();
    index_t items = 0;
    for (index_t i = 0; i < batch_; ++i) {
      items += append(micro_batch.sample_number(batch_, i), micro_batch.sample_address(batch_, i));
    }
    return {model_.loss(backend, values, tokens_, labels_, Scalar{1}, gradients, workspace), items};
  }

  /// What a resumed run must agree with.
  Json configuration() const {
    Json result = Json::object();
    result.set("kind", "masked").set("batch", batch_).set("parameters", layout().parameter_count());
    return result.set("clips", to_json(clips_));
  }

 private:
  // Sequence n of the run. @return the number of masked places
  index_t append(index_t n, const RandomAddress& address) {
    RandomStream random(address);
    const index_t index = order_.item(n);
    const auto clip = cache_.clip(index);
    const index_t reach = (clips_.frames - 1) * clips_.spacing + 1;
    require<value_error>(clip.frames.rows() >= reach,
                         "MaskedObjective: clip {} has {} frames, expected at least {}", index,
                         clip.frames.rows(), reach);
    const std::vector<token_t> all = clips_.tokens(clip, random.below(clip.frames.rows() - reach + 1));
    const index_t searched = clips_.length() - clips_.known();
    const double share = mask_ratio(MaskSchedule::cosine, random.uniform(), searched);
    const auto masked = (std::max)(index_t{1}, static_cast<index_t>(static_cast<double>(searched) * share));
    std::vector<index_t> places(static_cast<std::size_t>(searched));
    std::iota(places.begin(), places.end(), clips_.known());
    const auto begin = static_cast<std::ptrdiff_t>(tokens_.size());
    tokens_.insert(tokens_.end(), all.begin(), all.end());
    labels_.resize(tokens_.size(), no_label);
    for (index_t i = 0; i < masked; ++i) {  // the first of a random order
      std::swap(places[static_cast<std::size_t>(i)],
                places[static_cast<std::size_t>(i + random.below(searched - i))]);
      const index_t place = places[static_cast<std::size_t>(i)];
      labels_[static_cast<std::size_t>(begin + place)] = all[static_cast<std::size_t>(place)];
      tokens_[static_cast<std::size_t>(begin + place)] = model_.mask();
    }
    return masked;
  }

  const Model& model_;
  const Cache& cache_;
  MaskedClips clips_;
  index_t batch_;
  DataOrder order_;
  std::vector<token_t> tokens_;
  std::vector<token_t> labels_;
};

}  // namespace flashvideo::baselines
