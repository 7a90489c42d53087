// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/sequence/trained_gap.hpp"
#include "flashvideo/sequence/vocabulary.hpp"

namespace flashvideo {

/// What a model is, whatever its tokenizers are: its decoders and the sequences that they were trained on.
struct ModelConfiguration {
  std::string key_frame_policy;                ///< name of the key-frame model's policy
  DecoderConfiguration key_frame_model{};      ///< sizes of the key-frame model
  bool one_network = true;                     ///< the key-frame model interpolates too
  std::string interpolation_policy;            ///< name of the interpolation model's policy
  DecoderConfiguration interpolation_model{};  ///< equal to key_frame_model for one network
  index_t num_text_tokens = 0;                 ///< ids of the text tokenizer
  /// Text tokens before each frame (`TextTokenizer::fixed_length`); 0: as many as there are. A fixed length puts the
  /// same place of successive frames the same number of tokens apart, which retention learns far sooner than a
  /// distance that differs from sentence to sentence.
  index_t text_length = 0;
  index_t num_serials = 5;         ///< M
  index_t key_spacing = 4;         ///< display frames between the key frames that were trained
  index_t carried = 2;             ///< key frames that a segment takes over from the one before
  std::vector<TrainedGap> gaps{};  ///< what the interpolation was trained for
  double frames_per_second = 8;    ///< of the clips that were trained
  std::vector<index_t>
      given_frames{};       ///< prediction: how many first frames were given in training; none: any
  double text_dropout = 0;  ///< share of the training sequences that had no text; 0: it knows no guidance

  /// Names each field (core/fields.hpp). A template, as what follows: who does not use it compiles none of it.
  template <typename = void>
  void visit(Fields& fields) {
    fields.part("key_frame_model", [&] {
      fields.text("policy", key_frame_policy, {}, "name of the decoder's policy");
      key_frame_model.visit(fields);
    });
    one_network = fields.word("interpolation_model", "key_frame_model", one_network);
    if (one_network) {
      interpolation_policy = key_frame_policy;
      interpolation_model = key_frame_model;
    } else {
      fields.part("interpolation_model", [&] {
        fields.text("policy", interpolation_policy, {}, "name of the decoder's policy");
        interpolation_model.visit(fields);
      });
    }
    fields.integer("num_text_tokens", num_text_tokens, at_least(1), "ids of the text tokenizer");
    fields.integer("text_length", text_length, at_least(0, 1 << 20), "text tokens before each frame; 0: any");
    fields.integer("num_serials", num_serials, at_least(1, 1 << 20), "serial numbers M");
    fields.integer("key_spacing", key_spacing, at_least(1, 1 << 20), "frames from one key frame to the next");
    fields.integer("carried", carried, at_least(0, 1 << 20), "key frames that a later segment takes over");
    fields.list("gaps", gaps, at_least(0), "interpolations that were trained");
    fields.real("frames_per_second", frames_per_second, above(0.0), "of the clips that were trained");
    if (fields.present("text_dropout", text_dropout > 0)) {
      fields.real("text_dropout", text_dropout, within_below(0.0, 1.0),
                  "share of sequences trained without text");
    }
    if (fields.present("given_frames", !given_frames.empty())) {
      fields.integers("given_frames", given_frames, at_least(1, 1 << 20), at_least(0, 1 << 20),
                      "numbers of first frames that were given in training");
    }
  }

  /// The one id space of a model with so many image codes.
  VocabularyLayout vocabulary_with(index_t num_codes) const {
    return VocabularyLayout(num_codes, num_text_tokens, num_serials);
  }

  /// @param num_codes of the image tokenizer
  /// @throws value_error when a decoder does not fit the vocabulary
  template <typename = void>
  void check_decoders(index_t num_codes) const {
    const VocabularyLayout vocabulary = vocabulary_with(num_codes);
    for (const DecoderConfiguration* model : {&key_frame_model, &interpolation_model}) {
      model->check();
      require<value_error>(model->vocabulary == vocabulary.size() && model->first_output == 0 &&
                               model->head_outputs() == num_codes,
                           "a decoder has a vocabulary of {} and {} outputs, expected {} and {}",
                           model->vocabulary, model->head_outputs(), vocabulary.size(), num_codes);
    }
  }
};

}  // namespace flashvideo
