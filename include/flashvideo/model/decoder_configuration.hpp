// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/fields.hpp"
#include "flashvideo/nn/mixer.hpp"

namespace flashvideo {

/// Sizes, angles and decays of a decoder. They are run-time values and stand in the model file.
struct DecoderConfiguration {
  index_t vocabulary = 0;        ///< rows of the embedding
  index_t first_output = 0;      ///< the head computes logits for ids [first_output, first_output + outputs)
  index_t outputs = 0;           ///< width of the head; 0: the whole vocabulary
  index_t d_model = 192;         ///< D
  index_t d_value = 384;         ///< width of all heads' values together, H Dv
  index_t d_feed_forward = 384;  ///< F
  index_t num_layers = 6;        ///< blocks, one behind the other
  index_t num_heads = 3;         ///< H
  index_t longest_sequence = 512;  ///< longest sequence trained, in tokens; the longest horizon unless given
  double epsilon = 1e-6;           ///< of every norm
  bool scale_embedding = false;    ///< multiply embeddings by sqrt(d_model), as torchscale does
  Position position{};             ///< how positions turn queries and keys
  Decay decay{};                   ///< how fast each head forgets

  /// Ids that have logits.
  index_t head_outputs() const { return outputs == 0 ? vocabulary : outputs; }
  /// Dk, key width of a head.
  index_t d_key() const { return d_model / num_heads; }
  /// What the mixer of every layer is made from.
  MixerConfiguration mixer() const {
    return MixerConfiguration{d_model, d_value, num_heads, epsilon}.with(
        position, decay, static_cast<double>(longest_sequence));
  }

  /// The sizes that people choose; vocabulary and outputs follow from the tokenizers.
  void visit_sizes(Fields& fields) {
    const IntegerRange width = at_least(1, index_t{1} << 20);
    fields.integer("d_model", d_model, width, "width of the model, a multiple of twice the heads");
    fields.integer("d_value", d_value, width, "width of all heads' values together, a multiple of the heads");
    fields.integer("d_feed_forward", d_feed_forward, width, "width inside the feed-forward part");
    fields.integer("num_layers", num_layers, at_least(1, 4096), "layers");
    fields.integer("num_heads", num_heads, width, "heads of each layer");
    fields.integer("longest_sequence", longest_sequence, at_least(1),
                   "tokens that the slowest head remembers");
  }
  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("vocabulary", vocabulary, at_least(1), "rows of the embedding");
    fields.integer("first_output", first_output, at_least(0), "first id that the head has a logit for");
    fields.integer("outputs", outputs, at_least(0), "logits of the head; 0: the whole vocabulary");
    visit_sizes(fields);
    fields.real("epsilon", epsilon, above(0.0), "of every norm");
    fields.flag("scale_embedding", scale_embedding, "whether embeddings are multiplied by sqrt(d_model)");
    fields.part("position", position);
    fields.part("decay", decay);
  }

  /// @throws value_error unless the widths are multiples of the heads
  void check_heads() const {
    require<value_error>(d_model % (2 * num_heads) == 0,
                         "DecoderConfiguration: d_model is {}, expected a multiple of twice the {} heads",
                         d_model, num_heads);
    require<value_error>(d_value % num_heads == 0,
                         "DecoderConfiguration: d_value is {}, expected a multiple of the {} heads", d_value,
                         num_heads);
  }
  /// @throws value_error naming the size that is out of range
  template <typename = void>
  void check() const {
    check_fields("DecoderConfiguration", *this);
    check_heads();
    require<value_error>(first_output + head_outputs() <= vocabulary,
                         "DecoderConfiguration: outputs [{}, {}) lie outside the vocabulary of {}",
                         first_output, first_output + head_outputs(), vocabulary);
    mixer();  // the rules of position and decay
  }
};

}  // namespace flashvideo
