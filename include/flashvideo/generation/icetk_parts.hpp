// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/generation/model_parts.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"

namespace flashvideo {

/// The parts of a model whose pictures are icetk's tokens, as the paper's are, and whose sentences are words (class
/// labels, say). By its own header: the library's list of named models leaves it out, and a program adds it.
/// @code
/// using Models = ModelList<FlashVideoParts, TransformerParts, IcetkParts>;
/// const VideoGenerator model = load_text_to_video<Models>("icetk.safetensors");
/// @endcode
template <DecoderPolicy KeyFramePolicy, DecoderPolicy InterpolationPolicy = KeyFramePolicy>
struct WordsAndHvqVae : WordsAndVqVae<KeyFramePolicy, InterpolationPolicy> {
  template <ComputeBackend Backend>
  using ImageTokenizer = HvqVaeTokenizer<Backend>;  ///< pictures to codes and back
};

/// The paper's model on icetk's pictures.
using IcetkParts = WordsAndHvqVae<FlashVideoPolicy>;

}  // namespace flashvideo
