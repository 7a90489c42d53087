// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json_field_reader.hpp"
#include "flashvideo/model/decoder_configuration.hpp"
#include "flashvideo/sequence/trained_gap.hpp"
#include "flashvideo/sequence/vocabulary.hpp"
#include "flashvideo/tokenizer/image/vq_vae_configuration.hpp"
#include "flashvideo/tokenizer/text/sentence_forms.hpp"

namespace flashvideo {

/// What a model bundle says of itself, beside its tensors; the metadata "configuration" of the file, as JSON.
struct BundleConfiguration {
  std::vector<std::string> words;          ///< vocabulary of the word tokenizer
  SentenceForms sentence_forms{};          ///< of the captions that were trained, where the bundle says so
  VqVaeConfiguration image_tokenizer{};    ///< sizes of the image tokenizer
  std::string key_frame_policy;            ///< name of the key-frame model's policy
  DecoderConfiguration key_frame_model{};  ///< sizes of the key-frame model
  bool one_network = true;                 ///< the key-frame model interpolates too
  std::string interpolation_policy;        ///< name of the interpolation model's policy
  DecoderConfiguration interpolation_model{};  ///< equal to key_frame_model for one network
  index_t num_text_tokens = 0;                 ///< ids of the text tokenizer
  index_t text_length =
      0;  ///< text tokens before each frame: shorter sentences are filled up; 0: as many as there are
  index_t num_serials = 5;         ///< M
  index_t key_spacing = 4;         ///< display frames between the key frames that were trained
  index_t carried = 2;             ///< key frames that a segment takes over from the one before
  std::vector<TrainedGap> gaps{};  ///< what the interpolation was trained for
  double frames_per_second = 8;    ///< of the clips that were trained

  /// A sentence's ids at the length that the model was trained with. A fixed length puts the same place of
  /// successive frames the same number of tokens apart, which retention learns far sooner than a distance
  /// that differs from sentence to sentence. Id 0, a byte that no sentence contains, fills up; longer
  /// sentences stay as they are.
  std::vector<token_t> fixed_length(std::vector<token_t> ids) const {
    if (static_cast<index_t>(ids.size()) < text_length) ids.resize(static_cast<std::size_t>(text_length), 0);
    return ids;
  }

  /// The one id space of the model.
  VocabularyLayout vocabulary() const {
    return VocabularyLayout(image_tokenizer.num_codes, num_text_tokens, num_serials);
  }

  /// Names each field (core/fields.hpp). A template, as what follows: who does not use it compiles none of it.
  template <typename = void>
  void visit(Fields& fields) {
    fields.part("text_tokenizer", [&] {
      fields.constant("kind", "words");
      fields.texts("words", words, "vocabulary of the word tokenizer");
      if (fields.present("sentence_forms", sentence_forms.length > 0)) {
        fields.part("sentence_forms", sentence_forms);
      }
    });
    fields.part("image_tokenizer", image_tokenizer);
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
  }

  /// @throws value_error naming the number out of range, or what contradicts itself
  template <typename = void>
  void check() const {
    check_fields("BundleConfiguration", *this);
    flashvideo::check(image_tokenizer);
    for (const DecoderConfiguration* model : {&key_frame_model, &interpolation_model}) {
      model->check();
      require<value_error>(model->vocabulary == vocabulary().size() && model->first_output == 0 &&
                               model->head_outputs() == image_tokenizer.num_codes,
                           "a decoder has a vocabulary of {} and {} outputs, expected {} and {}",
                           model->vocabulary, model->head_outputs(), vocabulary().size(),
                           image_tokenizer.num_codes);
    }
  }
};

/// The configuration out of its JSON (`to_json` of io/json_field_writer.hpp writes it).
/// @throws value_error naming a member that is missing, unknown or out of range
template <std::same_as<Json> Object>
BundleConfiguration bundle_from_json(const Object& json) {
  BundleConfiguration c = from_json<BundleConfiguration>(json);
  c.check();
  return c;
}

}  // namespace flashvideo
