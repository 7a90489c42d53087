// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/generation/bundle_format.hpp"
#include "flashvideo/generation/generation_engine.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "flashvideo/tokenizer/image/vq_vae_tokenizer.hpp"
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

namespace flashvideo {

/// A loaded model: both tokenizers and both decoders. Immutable, so any number of threads share one.
///
/// File: one safetensors bundle with metadata "format" = "flashvideo bundle", "format_version" = "2",
/// "configuration" (JSON, generation/bundle_configuration.hpp; format 1 is read too, generation/bundle_format.hpp), and tensors under "image_tokenizer.",
/// "key_frame_model." and, unless one network serves both tasks, "interpolation_model."; floating-point
/// tensors in any type, converted on load.
/// @code
/// auto model = VideoModel<FlashVideoPolicy, FlashVideoPolicy, Cpu>::load("shapes.safetensors", Cpu());
/// @endcode
template <DecoderPolicy KeyPolicy, DecoderPolicy GapPolicy, ComputeBackend Backend>
class VideoModel {
 public:
  using KeyModel = TrainedDecoder<KeyPolicy, Backend>;  ///< of key frames, with its parameters
  using GapModel = TrainedDecoder<GapPolicy, Backend>;  ///< of interpolation, with its parameters
  using KeyDecoder = Decoder<KeyPolicy, Backend>;       ///< architecture of the key-frame model
  using GapDecoder = Decoder<GapPolicy, Backend>;       ///< architecture of the interpolation model

  /// Parameter values of the three networks, each as its layout's flat array; `interpolation` is empty for
  /// one network.
  struct Values {
    std::vector<float> image_tokenizer;  ///< (the layout's size)
    std::vector<float> key_frame;        ///< (the layout's size)
    std::vector<float> interpolation;    ///< (the layout's size), or none
  };

  /// @param storage how the decoders' matrices are kept in memory
  /// @throws value_error when the configuration breaks a rule
  /// @throws shape_error when values and configuration do not fit
  VideoModel(const Backend& backend, const BundleConfiguration& configuration, const Values& values,
             WeightStorage storage = WeightStorage::float32)
      : VideoModel(backend, configuration, ValueSources{values}, storage) {}

  /// Reads a bundle, whatever its tensors are stored in: from the mapped file each weight goes to the form in
  /// which it stays, with never more than one matrix in between.
  /// @throws io_error when it cannot be opened
  /// @throws format_error naming what is wrong with it
  static std::shared_ptr<const VideoModel> load(const std::string& path, const Backend& backend,
                                                WeightStorage storage = WeightStorage::float32) {
    const SafetensorsFile file(path);
    return load(file, read_configuration(file), backend, storage);
  }
  /// The same from a file that is open, with its configuration.
  static std::shared_ptr<const VideoModel> load(const SafetensorsFile& file,
                                                const BundleConfiguration& configuration,
                                                const Backend& backend,
                                                WeightStorage storage = WeightStorage::float32) {
    check_policies<format_error>(file.path() + ": ", configuration);
    std::shared_ptr<const VideoModel> model;
    try {
      model.reset(new VideoModel(backend, configuration, FileSources{file}, storage));
    } catch (const value_error& wrong) {
      throw format_error(formatted_message("{}: {}", file.path(), wrong.what()));
    }
    refuse_extra_tensors(file, "image_tokenizer.", model->image_tokenizer().model().layout());
    refuse_extra_tensors(file, "key_frame_model.", model->key_model()->decoder.layout());
    if (!configuration.one_network) {
      refuse_extra_tensors(file, "interpolation_model.", model->gap_model()->decoder.layout());
    }
    for (const std::string& name : file.names()) {
      const bool known = name.starts_with("image_tokenizer.") || name.starts_with("key_frame_model.") ||
                         (name.starts_with("interpolation_model.") && !configuration.one_network);
      require<format_error>(known, "{}: has the extra tensor \"{}\", which this model does not have",
                            file.path(), name);
    }
    return model;
  }

  /// The configuration of a bundle file.
  /// @throws format_error when it is no bundle, of another version, or its configuration is not what it should be
  static BundleConfiguration read_configuration(const SafetensorsFile& file) {
    const auto format = file.metadata().find("format");
    require<format_error>(format != file.metadata().end() && format->second == "flashvideo bundle",
                          "{}: the file is no flashvideo bundle (metadata \"format\")", file.path());
    const std::string& version = file.metadata("format_version");
    require<format_error>(version == "1" || version == "2", "{}: format version {}, expected 1 or 2",
                          file.path(), version);
    const std::string& text = file.metadata("configuration");
    try {
      const Json stored = parse_json(text);
      return bundle_from_json(version == "1" ? generation_detail::bundle_of_format_1(stored) : stored);
    } catch (const error& wrong) {
      throw format_error(formatted_message("{}: metadata \"configuration\": {}", file.path(), wrong.what()));
    }
  }

  /// How frames of this model become sequences.
  FrameLayout frame_layout() const {
    const VqVaeConfiguration& image = configuration_.image_tokenizer;
    return {SerialTokenSequencer(configuration_.vocabulary(), image.tokens_per_image()), image.grid_height(),
            image.grid_width(), configuration_.num_serials, configuration_.carried};
  }

  /// @throws value_error when the interpolation asked for is not among those the model was trained for
  void check_gaps(const GenerationOptions& options) const {
    const InterpolationSchedule schedule = options.schedule();
    std::string trained;
    for (const TrainedGap& gap : configuration_.gaps) {
      trained += formatted_message("{}({}, {})", trained.empty() ? "" : ", ", gap.between, gap.spacing);
    }
    for (index_t round = 1; round <= options.rounds; ++round) {
      const TrainedGap asked{options.between, schedule.spacing(round)};
      const bool known = std::find(configuration_.gaps.begin(), configuration_.gaps.end(), asked) !=
                         configuration_.gaps.end();
      require<value_error>(
          known,
          "TextToVideo: the model was not trained to interpolate {} frames at spacing {} (round {}); "
          "(between, spacing) it knows: {}",
          asked.between, asked.spacing, round, trained);
    }
    require<value_error>(
        options.rounds == 0 || schedule.stride() == configuration_.key_spacing,
        "TextToVideo: {} frames between in {} rounds put key frames {} frames apart, the model was "
        "trained at {}",
        options.between, options.rounds, schedule.stride(), configuration_.key_spacing);
  }

  /// A sentence as the decoders read it: its ids at the length that was trained, with a warning for each thing
  /// that the model does not know and for what is left out of a sentence that is longer: first unknown words, then
  /// its end.
  /// @throws value_error for a sentence without a known word
  TextEncoding encode_sentence(std::string_view sentence) const {
    TextEncoding text = text_tokenizer_.encode(sentence);
    const std::string note = configuration_.sentence_forms.note(sentence);
    if (!note.empty()) text.warnings.push_back(note);
    text = text_tokenizer_.cut_to(configuration_.text_length, std::move(text));
    text.ids = configuration_.fixed_length(std::move(text.ids));
    return text;
  }

  /// Where it computes.
  const Backend& backend() const { return backend_; }
  /// Of the model's file.
  const BundleConfiguration& configuration() const { return configuration_; }
  /// Sentences to ids.
  const WordTokenizer& text_tokenizer() const { return text_tokenizer_; }
  /// Pictures to codes and back.
  const VqVaeTokenizer<Backend>& image_tokenizer() const { return image_tokenizer_; }
  /// @{
  /// The decoders; one object where one network does both.
  const std::shared_ptr<const KeyModel>& key_model() const { return key_model_; }
  const std::shared_ptr<const GapModel>& gap_model() const { return gap_model_; }
  /// @}

 private:
  // Where the parameters of the three networks come from: flat arrays, or a file.
  struct ValueSources {
    const Values& values;
    FlatParameters image_tokenizer(const ParameterLayout& layout) const {
      return {layout, values.image_tokenizer, "VideoModel"};
    }
    FlatParameters key_frame(const ParameterLayout& layout) const {
      return {layout, values.key_frame, "VideoModel"};
    }
    FlatParameters interpolation(const ParameterLayout& layout) const {
      return {layout, values.interpolation, "VideoModel"};
    }
  };
  struct FileSources {
    const SafetensorsFile& file;
    FileParameters image_tokenizer(const ParameterLayout&) const { return {file, "image_tokenizer."}; }
    FileParameters key_frame(const ParameterLayout&) const { return {file, "key_frame_model."}; }
    FileParameters interpolation(const ParameterLayout&) const { return {file, "interpolation_model."}; }
  };

  template <typename Sources>
  VideoModel(const Backend& backend, const BundleConfiguration& configuration, const Sources& sources,
             WeightStorage storage)
      : backend_(backend),
        configuration_(configuration),
        text_tokenizer_(configuration.words),
        image_tokenizer_(make_image_tokenizer(backend, configuration.image_tokenizer, sources)) {
    check_policies<value_error>("", configuration);
    require<value_error>(text_tokenizer_.vocabulary_size() == configuration.num_text_tokens,
                         "the text tokenizer has {} ids, the decoders {}", text_tokenizer_.vocabulary_size(),
                         configuration.num_text_tokens);
    const auto key_frame = [&](const ParameterLayout& layout) { return sources.key_frame(layout); };
    const auto interpolation = [&](const ParameterLayout& layout) { return sources.interpolation(layout); };
    key_model_ = make_decoder<KeyPolicy>(backend, configuration.key_frame_model, key_frame, storage);
    if constexpr (std::is_same_v<KeyPolicy, GapPolicy>) {
      if (configuration.one_network) gap_model_ = key_model_;
    }
    if (gap_model_) return;
    gap_model_ =
        configuration.one_network
            ? make_decoder<GapPolicy>(backend, configuration.interpolation_model, key_frame, storage)
            : make_decoder<GapPolicy>(backend, configuration.interpolation_model, interpolation, storage);
  }

  template <typename Sources>
  static VqVaeTokenizer<Backend> make_image_tokenizer(const Backend& backend,
                                                      const VqVaeConfiguration& config,
                                                      const Sources& sources) {
    VqVae<> network(config);
    const auto source = sources.image_tokenizer(network.layout());
    return VqVaeTokenizer<Backend>(backend, std::move(network), source);
  }
  template <typename Policy, typename Source>
  static std::shared_ptr<const TrainedDecoder<Policy, Backend>> make_decoder(
      const Backend& backend, const DecoderConfiguration& sizes, const Source& source,
      WeightStorage storage) {
    Decoder<Policy, Backend> decoder(sizes);
    PackedParameters<Backend> packed(backend, decoder.layout(), source(decoder.layout()), storage);
    return std::make_shared<const TrainedDecoder<Policy, Backend>>(
        TrainedDecoder<Policy, Backend>{std::move(decoder), std::move(packed)});
  }
  template <typename Error>
  static void check_policies(const std::string& where, const BundleConfiguration& configuration) {
    const auto check = [&](const char* part, const std::string& stored, const char* expected) {
      require<Error>(stored == expected, "{}the {} has policy \"{}\", expected \"{}\"", where, part, stored,
                     expected);
    };
    check("key_frame_model", configuration.key_frame_policy, KeyPolicy::name);
    check("interpolation_model", configuration.interpolation_policy, GapPolicy::name);
  }

  Backend backend_;
  BundleConfiguration configuration_;
  WordTokenizer text_tokenizer_;
  VqVaeTokenizer<Backend> image_tokenizer_;
  std::shared_ptr<const KeyModel> key_model_;
  std::shared_ptr<const GapModel> gap_model_;
};

}  // namespace flashvideo
