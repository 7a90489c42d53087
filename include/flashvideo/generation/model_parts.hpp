// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/backend/archetype_backend.hpp"
#include "flashvideo/model/policy.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

namespace flashvideo {

/// The parts that make a text-to-video model, code alone: how sentences and pictures become tokens, and the policies
/// of the two decoders. What is numbers is data (`BundleConfiguration`).
/// @code
/// struct Mine : FlashVideoParts { using TextTokenizer = MyTokenizer; };
/// const auto model = load_text_to_video<Mine>("mine.safetensors");
/// @endcode
template <typename Parts>
concept ModelParts = requires {
  typename Parts::TextTokenizer;
  typename Parts::template ImageTokenizer<ArchetypeBackend>;
  typename Parts::KeyPolicy;
  typename Parts::GapPolicy;
}
&&TextTokenizer<typename Parts::TextTokenizer>&&
    ImageTokenizer<typename Parts::template ImageTokenizer<ArchetypeBackend>, ArchetypeBackend>&&
        DecoderPolicy<typename Parts::KeyPolicy>&& DecoderPolicy<typename Parts::GapPolicy>;

/// The parts of the library's own models: words, a VQ-VAE, decoders of any policies.
template <DecoderPolicy KeyFramePolicy, DecoderPolicy InterpolationPolicy = KeyFramePolicy>
struct WordsAndVqVae {
  using TextTokenizer = WordTokenizer;  ///< sentences to ids
  template <ComputeBackend Backend>
  using ImageTokenizer = VqVaeTokenizer<Backend>;  ///< pictures to codes and back
  using KeyPolicy = KeyFramePolicy;                ///< of the key-frame model
  using GapPolicy = InterpolationPolicy;           ///< of the interpolation model
};

/// The paper's model.
using FlashVideoParts = WordsAndVqVae<FlashVideoPolicy>;
/// The autoregressive transformer that the paper compares with.
using TransformerParts = WordsAndVqVae<TransformerPolicy>;

/// A list of parts (`ModelParts`), for choosing one by the names in a file.
template <typename... Parts>
struct ModelList {};

/// The models of the library; a user's list may add to it.
using NamedModels = ModelList<FlashVideoParts, TransformerParts>;

}  // namespace flashvideo
