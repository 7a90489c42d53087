// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/generation/bundle_file.hpp"
#include "flashvideo/generation/generation_engine.hpp"
#include "flashvideo/nn/parameter_file.hpp"

namespace flashvideo {

/// A loaded model: both tokenizers and both decoders. Immutable, so any number of threads share one.
///
/// File: one bundle (generation/bundle_file.hpp) with tensors under "image_tokenizer.", "key_frame_model." and, unless
/// one network serves both tasks, "interpolation_model."; floating-point tensors in any type, converted on load. The
/// bytes of a text tokenizer that has some are the tensor "text_tokenizer.model".
/// @code
/// auto model = VideoModel<FlashVideoParts, Cpu>::load("shapes.safetensors", Cpu());
/// @endcode
/// @tparam Parts tokenizers and policies (generation/model_parts.hpp)
template <ModelParts Parts, ComputeBackend Backend>
requires ImageTokenizer<typename Parts::template ImageTokenizer<Backend>, Backend>
class VideoModel {
 public:
  using Text = typename Parts::TextTokenizer;                        ///< sentences to ids
  using Picture = typename Parts::template ImageTokenizer<Backend>;  ///< pictures to codes and back
  using Configuration = BundleConfigurationOf<Parts>;                ///< of its file
  using KeyPolicy = typename Parts::KeyPolicy;                       ///< of the key-frame model
  using GapPolicy = typename Parts::GapPolicy;                       ///< of the interpolation model
  using Computing = Backend;                                         ///< where it computes
  using KeyModel = TrainedDecoder<KeyPolicy, Backend>;               ///< of key frames, with its parameters
  using GapModel = TrainedDecoder<GapPolicy, Backend>;  ///< of interpolation, with its parameters
  using KeyDecoder = Decoder<KeyPolicy, Backend>;       ///< architecture of the key-frame model
  using GapDecoder = Decoder<GapPolicy, Backend>;       ///< architecture of the interpolation model
  static constexpr const char* text_tokenizer_tensor =
      "text_tokenizer.model";  ///< bytes of a text tokenizer that has some

  /// Parameter values of the three networks, each as its layout's flat array; `interpolation` is empty for
  /// one network.
  struct Values {
    std::vector<float> image_tokenizer;  ///< (the layout's size)
    std::vector<float> key_frame;        ///< (the layout's size)
    std::vector<float> interpolation;    ///< (the layout's size), or none
    std::string text_tokenizer{};        ///< bytes of a text tokenizer that has some
  };

  /// @param storage how the decoders' matrices are kept in memory
  /// @throws value_error when the configuration breaks a rule
  /// @throws shape_error when values and configuration do not fit
  VideoModel(const Backend& backend, const Configuration& configuration, const Values& values,
             WeightStorage storage = WeightStorage::float32)
      : VideoModel(backend, configuration, ValueSources{values}, storage) {}

  /// Reads a bundle, whatever its tensors are stored in: from the mapped file each weight goes to the form in
  /// which it stays, with never more than one matrix in between.
  /// @throws io_error when it cannot be opened
  /// @throws format_error naming what is wrong with it
  static std::shared_ptr<const VideoModel> load(const std::string& path, const Backend& backend,
                                                WeightStorage storage = WeightStorage::float32) {
    return load(BundleFile::open(path), backend, storage);
  }
  /// The same from a file that is open; it is not needed afterwards.
  static std::shared_ptr<const VideoModel> load(const BundleFile& bundle, const Backend& backend,
                                                WeightStorage storage = WeightStorage::float32) {
    const SafetensorsFile& file = bundle.tensors();
    const Configuration configuration = bundle.template configuration<Parts>();
    check_policies<format_error>(file.path() + ": ", configuration);
    std::shared_ptr<const VideoModel> model;
    try {
      model.reset(new VideoModel(backend, configuration, FileSources{file}, storage));
    } catch (const value_error& wrong) {
      throw format_error(formatted_message("{}: {}", file.path(), wrong.what()));
    }
    refuse_extra_tensors(file, "image_tokenizer.", Picture::parameters(configuration.image_tokenizer));
    refuse_extra_tensors(file, "key_frame_model.", model->key_model()->decoder.layout());
    if (!configuration.one_network) {
      refuse_extra_tensors(file, "interpolation_model.", model->gap_model()->decoder.layout());
    }
    for (const std::string& name : file.names()) {
      const bool known = name.starts_with("image_tokenizer.") || name.starts_with("key_frame_model.") ||
                         (name.starts_with("interpolation_model.") && !configuration.one_network) ||
                         (name == text_tokenizer_tensor && TextTokenizerWithBytes<Text>);
      require<format_error>(known, "{}: has the extra tensor \"{}\", which this model does not have",
                            file.path(), name);
    }
    return model;
  }

  /// How frames of this model become sequences.
  FrameLayout frame_layout() const {
    const auto& image = configuration_.image_tokenizer;
    const index_t height = image.grid_height(), width = image.grid_width();
    return {SerialTokenSequencer(configuration_.vocabulary(), height * width), height, width,
            configuration_.num_serials, configuration_.carried};
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
    const bool every_frame = options.rounds == 0 && options.between == 0;
    require<value_error>(!every_frame || configuration_.key_spacing == 1,
                         "TextToVideo: every frame in turn (between 0) needs a model whose key frames were "
                         "trained 1 frame apart, this one's lie {} apart",
                         configuration_.key_spacing);
  }

  /// What is given, and the key frames' distance where the model writes some.
  /// @param key_frames the first key frames, how many of them are given
  /// @param frames the first frames of the video, all of which are given; 0: not told
  /// @throws value_error for given frames or a distance that was not trained
  void check_given(const GenerationOptions& options, index_t key_frames, index_t frames) const {
    if (key_frames >= options.key_frame_count()) return;  // no key frame is written
    const index_t stride = options.schedule().stride();
    require<value_error>(
        options.rounds == 0 || stride == configuration_.key_spacing,
        "TextToVideo: {} frames between in {} rounds put key frames {} frames apart, the model was "
        "trained at {}",
        options.between, options.rounds, stride, configuration_.key_spacing);
    const std::vector<index_t>& trained = configuration_.given_frames;
    const bool exact = frames > 0 && stride == configuration_.key_spacing;
    const bool known = std::any_of(trained.begin(), trained.end(), [&](index_t k) {
      return key_frames_within(k, configuration_.key_spacing) == key_frames && (!exact || k == frames);
    });
    std::string list;
    for (const index_t k : trained) list += formatted_message("{}{}", list.empty() ? "" : ", ", k);
    require<value_error>(trained.empty() || known,
                         "TextToVideo: {} frames are given, the model was trained with {} given frames",
                         exact             ? frames
                         : key_frames == 0 ? 0
                                           : (key_frames - 1) * configuration_.key_spacing + 1,
                         list);
  }

  /// @throws value_error when guidance or the text's effect is asked of a model that was never trained without text
  void check_guidance(const GenerationOptions& options) const {
    require<value_error>(
        !options.needs_textless() || configuration_.text_dropout > 0,
        "TextToVideo: the model was never trained without its text (text_dropout), as {} needs",
        options.guidance != 1 ? formatted_message("guidance {}", options.guidance)
                              : std::string("the text's effect"));
  }

  /// A sentence as the decoders read it: its ids at the length that was trained, with a warning for each thing
  /// that the model does not know and for what is left out of a sentence that is longer.
  /// @throws value_error for a sentence that the text tokenizer refuses
  TextEncoding encode_sentence(std::string_view sentence) const {
    return text_tokenizer_.fixed_length(text_tokenizer_.encode(sentence), configuration_.text_length);
  }

  /// Where it computes.
  const Backend& backend() const { return backend_; }
  /// Of the model's file.
  const Configuration& configuration() const { return configuration_; }
  /// Sentences to ids.
  const Text& text_tokenizer() const { return text_tokenizer_; }
  /// Pictures to codes and back.
  const Picture& image_tokenizer() const { return image_tokenizer_; }
  /// @{
  /// The decoders; one object where one network does both.
  const std::shared_ptr<const KeyModel>& key_model() const { return key_model_; }
  const std::shared_ptr<const GapModel>& gap_model() const { return gap_model_; }
  /// @}

 private:
  // Where the parameters of the three networks come from: flat arrays, or a file.
  struct ValueSources {
    const Values& values;
    std::string_view text_tokenizer() const { return values.text_tokenizer; }
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
    std::string_view text_tokenizer() const {
      const std::span<const std::byte> bytes = file.find(text_tokenizer_tensor).bytes;
      return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    FileParameters image_tokenizer(const ParameterLayout&) const { return {file, "image_tokenizer."}; }
    FileParameters key_frame(const ParameterLayout&) const { return {file, "key_frame_model."}; }
    FileParameters interpolation(const ParameterLayout&) const { return {file, "interpolation_model."}; }
  };

  template <typename Sources>
  VideoModel(const Backend& backend, const Configuration& configuration, const Sources& sources,
             WeightStorage storage)
      : backend_(backend),
        configuration_(configuration),
        text_tokenizer_(make_text_tokenizer(configuration.text_tokenizer, sources)),
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
  static Text make_text_tokenizer(const typename Text::Configuration& configuration, const Sources& sources) {
    if constexpr (TextTokenizerWithBytes<Text>) {
      return Text(configuration, sources.text_tokenizer());
    } else {
      return Text(configuration);
    }
  }
  template <typename Sources>
  static Picture make_image_tokenizer(const Backend& backend, const typename Picture::Configuration& sizes,
                                      const Sources& sources) {
    const ParameterLayout layout = Picture::parameters(sizes);
    return Picture(backend, sizes, sources.image_tokenizer(layout));
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
  static void check_policies(const std::string& where, const ModelConfiguration& configuration) {
    const auto check = [&](const char* part, const std::string& stored, const char* expected) {
      require<Error>(stored == expected, "{}the {} has policy \"{}\", expected \"{}\"", where, part, stored,
                     expected);
    };
    check("key_frame_model", configuration.key_frame_policy, KeyPolicy::name);
    check("interpolation_model", configuration.interpolation_policy, GapPolicy::name);
  }

  Backend backend_;
  Configuration configuration_;
  Text text_tokenizer_;
  Picture image_tokenizer_;
  std::shared_ptr<const KeyModel> key_model_;
  std::shared_ptr<const GapModel> gap_model_;
};

}  // namespace flashvideo
