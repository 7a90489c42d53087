// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// Sizes of a decoder. They are run-time values and stand in the model file.
struct DecoderConfiguration {
  index_t vocabulary = 0;        ///< rows of the embedding
  index_t first_output = 0;      ///< the head computes logits for ids [first_output, first_output + outputs)
  index_t outputs = 0;           ///< width of the head; 0: the whole vocabulary
  index_t d_model = 192;         ///< D
  index_t d_value = 384;         ///< width of all heads' values together, H Dv
  index_t d_feed_forward = 384;  ///< F
  index_t num_layers = 6;
  index_t num_heads = 3;           ///< H
  index_t longest_sequence = 512;  ///< longest sequence trained, in tokens; HorizonDecay's longest horizon
  double epsilon = 1e-6;           ///< of every norm
  bool scale_embedding = false;    ///< multiply embeddings by sqrt(d_model), as torchscale does
  std::vector<double> theta{};     ///< rotation angles as stored in a file, (Dk / 2); empty: the policy's
  std::vector<double> lambda{};    ///< log decays as stored in a file, (H); empty: the policy's

  index_t head_outputs() const { return outputs == 0 ? vocabulary : outputs; }
  index_t d_key() const { return d_model / num_heads; }

  /// @throws value_error naming the size that is out of range
  void check() const {
    const auto positive = [](index_t value, const char* what) {
      require<value_error>(value >= 1, "DecoderConfiguration: {} is {}, expected >= 1", what, value);
    };
    positive(vocabulary, "vocabulary");
    positive(d_model, "d_model");
    positive(d_value, "d_value");
    positive(d_feed_forward, "d_feed_forward");
    positive(num_layers, "num_layers");
    positive(num_heads, "num_heads");
    positive(longest_sequence, "longest_sequence");
    require<value_error>(d_model % (2 * num_heads) == 0,
                         "DecoderConfiguration: d_model is {}, expected a multiple of twice the {} heads",
                         d_model, num_heads);
    require<value_error>(d_value % num_heads == 0,
                         "DecoderConfiguration: d_value is {}, expected a multiple of the {} heads", d_value,
                         num_heads);
    require<value_error>(first_output >= 0 && outputs >= 0 && first_output + head_outputs() <= vocabulary,
                         "DecoderConfiguration: outputs [{}, {}) lie outside the vocabulary of {}",
                         first_output, first_output + head_outputs(), vocabulary);
    require<value_error>(epsilon > 0, "DecoderConfiguration: epsilon is {}, expected > 0", epsilon);
    require<value_error>(lambda.empty() || static_cast<index_t>(lambda.size()) == num_heads,
                         "DecoderConfiguration: {} stored decays for {} heads", lambda.size(), num_heads);
    require<value_error>(theta.empty() || static_cast<index_t>(theta.size()) == d_key() / 2,
                         "DecoderConfiguration: {} stored angles for d_key = {}", theta.size(), d_key());
  }
};

}  // namespace flashvideo
