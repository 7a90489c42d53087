// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include "flashvideo/sequence/key_frame_segments.hpp"
#include "flashvideo/sequence/serial_token_sequencer.hpp"
#include "flashvideo/sequence/trained_gap.hpp"
#include "flashvideo/training/data_order.hpp"
#include "flashvideo/training/token_cache.hpp"

namespace flashvideo {

/// What to cut from tokenised clips.
struct ClipSequencesOptions {
  index_t key_frames = 5;   ///< F, frames of a key-frame sequence
  index_t key_spacing = 4;  ///< frames of the clip from one key frame to the next
  double interpolation_share =
      0;  ///< probability that a sequence is an interpolation; 0: key frames alone; 1: gaps alone
  std::vector<TrainedGap> gaps{{3, 1}};  ///< drawn with equal probability
  std::uint64_t seed = 0;                ///< of the order of clips
  double text_dropout =
      0;  ///< probability that a sequence has no text (`VocabularyLayout::without_text`), in [0, 1)
  std::vector<index_t>
      given_frames{};  ///< prediction: how many first frames of the clip a key-frame sequence is given,
                       ///< drawn with equal probability; those of its key frames that lie among them
                       ///< carry no loss; none: 0
};

/// Training sequences out of a cache of tokenised clips: key frames at a fixed spacing, and gaps at the
/// spacings of every interpolation round. Where a clip is longer than needed, the first frame is
/// drawn.
/// @tparam Cache gives `size()` and `clip(i)` as `TokenCache` does
template <typename Cache = TokenCache>
class ClipSequences {
 public:
  /// @throws value_error for options out of range
  ClipSequences(const Cache& cache, const SerialTokenSequencer& sequencer,
                const ClipSequencesOptions& options)
      : cache_(cache), sequencer_(sequencer), options_(options), order_(options.seed, cache.size()) {
    require<value_error>(options.interpolation_share >= 0 && options.interpolation_share <= 1,
                         "ClipSequences: interpolation_share is {}, expected within [0, 1]",
                         options.interpolation_share);
    require<value_error>(options.interpolation_share == 0 || !options.gaps.empty(),
                         "ClipSequences: gaps is empty, expected at least one to interpolate");
    require<value_error>(options.text_dropout >= 0 && options.text_dropout < 1,
                         "ClipSequences: text_dropout is {}, expected within [0, 1)", options.text_dropout);
    require<value_error>(options.key_frames >= 1 && options.key_spacing >= 1,
                         "ClipSequences: {} key frames at spacing {}, expected at least 1 and 1",
                         options.key_frames, options.key_spacing);
    const index_t most = (options.key_frames - 1) * options.key_spacing;
    for (const index_t given : options.given_frames) {
      require<value_error>(
          given >= 0 && given <= most,
          "ClipSequences: given_frames has {}, expected 0 .. {}: a key frame is left to write", given, most);
    }
  }

  /// Sequence n of the run, with its labels: clip n of the order, cut at places that the address draws.
  /// @throws value_error for a clip that is too short
  TokenSequence sequence(index_t n, const RandomAddress& address) const {
    RandomStream random(address);
    const index_t index = order_.item(n);
    const auto clip = cache_.clip(index);
    const bool interpolate = random.uniform() < options_.interpolation_share;
    TrainedGap gap{options_.key_frames - 2, options_.key_spacing};  // the same reach as that many key frames
    if (interpolate) {
      gap = options_.gaps[static_cast<std::size_t>(random.below(static_cast<index_t>(options_.gaps.size())))];
    }
    const index_t frames = gap.between + 2;
    const index_t reach = (frames - 1) * gap.spacing + 1;
    require<value_error>(clip.frames.rows() >= reach,
                         "ClipSequences: clip {} has {} frames, expected at least {}", index,
                         clip.frames.rows(), reach);
    const index_t first = random.below(clip.frames.rows() - reach + 1);
    std::vector<token_t> codes;
    for (index_t f = 0; f < frames; ++f) {
      const token_t* frame = clip.frames.row(first + f * gap.spacing);
      codes.insert(codes.end(), frame, frame + clip.frames.width());
    }
    const std::vector<token_t> text(clip.caption.begin(), clip.caption.end());
    const SerialTokenSequencer::Texts texts(&text, 1);
    TokenSequence sequence = interpolate ? sequencer_.interpolation(texts, codes)
                                         : sequencer_.key_frames(texts, codes, given_key_frames(random));
    if (options_.text_dropout > 0 && random.uniform() < options_.text_dropout) {
      for (token_t& token : sequence.tokens) token = sequencer_.vocabulary().without_text(token);
    }
    return sequence;
  }

  /// What sequences of a batch are filled up with.
  token_t pad() const { return sequencer_.vocabulary().pad(); }

 private:
  // Of the next sequence: draws only where there is a choice.
  index_t given_key_frames(RandomStream& random) const {
    const std::vector<index_t>& choices = options_.given_frames;
    if (choices.empty()) return 0;
    const index_t frames =
        choices[static_cast<std::size_t>(random.below(static_cast<index_t>(choices.size())))];
    return key_frames_within(frames, options_.key_spacing);
  }

  const Cache& cache_;
  SerialTokenSequencer sequencer_;
  ClipSequencesOptions options_;
  DataOrder order_;
};

}  // namespace flashvideo
