// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "baselines/masked_objective.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/io/json_field_reader.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "flashvideo/nn/parameter_writer.hpp"

namespace prediction {

using flashvideo::index_t, flashvideo::token_t;
using flashvideo::baselines::MaskedClips;

/// What a file of a masked model says of it.
struct MaskedConfiguration {
  MaskedClips clips;
  flashvideo::DecoderConfiguration sizes;  ///< vocabulary and outputs are the clips'

  /// The ids, text and sizes of a bundle's clips and key-frame decoder.
  /// @param bundle a `BundleConfiguration`
  template <typename Bundle>
  static MaskedConfiguration of_bundle(const Bundle& bundle) {
    MaskedConfiguration result;
    result.clips.codes = bundle.image_tokenizer.num_codes;
    result.clips.words = bundle.num_text_tokens;
    result.clips.text_length = bundle.text_length;
    result.clips.frame_tokens = bundle.image_tokenizer.tokens_per_image();
    result.sizes = bundle.key_frame_model;
    result.sizes.vocabulary = result.clips.vocabulary();
    result.sizes.first_output = 0;
    result.sizes.outputs = result.clips.codes;
    return result;
  }

  void visit(flashvideo::Fields& fields) {
    fields.part("clips", clips);
    fields.part("sizes", sizes);
  }
};

/// A trained model of masked generation (COMMIT), in one safetensors file.
class MaskedModel {
 public:
  using Network = flashvideo::baselines::BidirectionalTransformer<flashvideo::Cpu>;

  MaskedModel(MaskedConfiguration configuration, std::vector<float> values)
      : configuration_(std::move(configuration)), values_(std::move(values)) {}

  /// @throws io_error, format_error for a file that cannot be read or is none
  static MaskedModel load(const std::string& path) {
    using namespace flashvideo;
    const SafetensorsFile file(path);
    require<format_error>(file.metadata().contains("masked"), "{}: is no model of masked generation", path);
    auto configuration =
        from_json<MaskedConfiguration>(parse_json(std::string(file.metadata("masked")), path));
    auto values = read_parameters<float>(file, "", network(configuration).layout());
    return {std::move(configuration), std::move(values)};
  }
  /// @throws io_error when it cannot be written
  void save(const std::string& path) const {
    using namespace flashvideo;
    SafetensorsWriter writer;
    writer.set_metadata("masked", to_json(configuration_).dump());
    add_parameters<float>(writer, "", network(configuration_).layout(), values_, DType::F32);
    writer.write(path);
  }

  /// The network of a configuration; every token sees every other.
  static Network network(const MaskedConfiguration& configuration) {
    return Network(configuration.sizes,
                   {flashvideo::baselines::whole_sequence(configuration.clips.length())});
  }

  /// Tokens of the frames (T, frame_tokens) of a clip whose first frames are known.
  template <typename Clip>
  std::vector<token_t> predict(const flashvideo::Cpu& cpu, const Clip& clip,
                               const flashvideo::baselines::MaskedOptions& options,
                               flashvideo::Workspace<flashvideo::Cpu>& workspace) const {
    using namespace flashvideo;
    const Network model = network(configuration_);
    const MaskedClips& clips = configuration_.clips;
    std::vector<token_t> all = baselines::generate_masked(
        cpu, clips.places(clip, 0), model.mask(), clips.codes, options,
        [&](auto tokens, auto rows, MatrixView<float> logits) {
          model.logits(cpu, ParameterView<const float>(values_.data()), tokens, rows, logits, workspace);
        });
    all.erase(all.begin(), all.begin() + clips.text_length);
    return all;
  }

  const MaskedConfiguration& configuration() const { return configuration_; }

 private:
  MaskedConfiguration configuration_;
  std::vector<float> values_;
};

}  // namespace prediction
