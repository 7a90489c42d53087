// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include "flashvideo/generation/model_configuration.hpp"
#include "flashvideo/generation/model_parts.hpp"
#include "flashvideo/io/json_field_reader.hpp"

namespace flashvideo {

/// What a model bundle says of itself, beside its tensors; the metadata "configuration" of the file, as JSON.
/// @tparam Text, Picture the tokenizers that it describes; which backend is without meaning
template <TextTokenizer Text = WordTokenizer, typename Picture = VqVaeTokenizer<ArchetypeBackend>>
struct BundleConfiguration : ModelConfiguration {
  typename Text::Configuration text_tokenizer{};      ///< what the text tokenizer is made from
  typename Picture::Configuration image_tokenizer{};  ///< what the image tokenizer is made from

  /// The one id space of the model.
  VocabularyLayout vocabulary() const { return vocabulary_with(image_tokenizer.num_codes); }

  /// Names each field (core/fields.hpp).
  void visit(Fields& fields) {
    fields.part("text_tokenizer", [&] {
      fields.constant("kind", Text::kind);
      text_tokenizer.visit(fields);
    });
    fields.part("image_tokenizer", [&] {
      fields.constant("kind", Picture::kind);
      image_tokenizer.visit(fields);
    });
    ModelConfiguration::visit(fields);
  }

  /// @throws value_error naming the number out of range, or what contradicts itself
  void check() const {
    check_fields("BundleConfiguration", *this);
    image_tokenizer.check();
    check_decoders(image_tokenizer.num_codes);
  }
};

/// The configuration of a bundle of these parts.
template <ModelParts Parts>
using BundleConfigurationOf = BundleConfiguration<typename Parts::TextTokenizer,
                                                  typename Parts::template ImageTokenizer<ArchetypeBackend>>;

/// The configuration out of its JSON (`to_json` of io/json_field_writer.hpp writes it).
/// @throws value_error naming a member that is missing, unknown or out of range
template <typename Configuration = BundleConfiguration<>, std::same_as<Json> Object>
Configuration bundle_from_json(const Object& json) {
  auto c = from_json<Configuration>(json);
  c.check();
  return c;
}

}  // namespace flashvideo
