// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/progress_bar.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/json_difference.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "flashvideo/training/decoder_objective.hpp"

#include "flashvideo/training/token_cache.hpp"
#include "flashvideo/training/trainer.hpp"
#include "train/training_configuration.hpp"

namespace example {

/// Frames of a number of clips, read when the first batch is asked for and kept in memory.
class FramePool {
 public:
  FramePool(flashvideo::AnyClipSource source, index_t clips, ProgressBar& bar)
      : source_(std::move(source)), clips_(clips), bar_(bar) {}
  /// Batches for the image tokenizer: frames drawn evenly, a function of the micro-batch alone.
  void operator()(const flashvideo::MicroBatch& micro_batch, index_t batch, std::uint8_t* bytes) {
    const flashvideo::ClipSize size = source_.clip_size();
    const index_t frame_bytes = size.height * size.width * 3;
    for (index_t i = static_cast<index_t>(frames_.size()) / size.num_bytes(); i < clips_; ++i) {
      const flashvideo::Clip clip = source_.clip(i);
      frames_.insert(frames_.end(), clip.frames.begin(), clip.frames.end());
      bar_.show({.label = "reading clips", .done = i + 1, .total = clips_, .unit = "clips"});
    }
    for (index_t i = 0; i < batch; ++i) {
      flashvideo::RandomStream random(micro_batch.sample_address(batch, i));
      const index_t frame = random.below(clips_ * size.num_frames);
      std::copy_n(frames_.begin() + static_cast<std::ptrdiff_t>(frame * frame_bytes), frame_bytes,
                  bytes + i * frame_bytes);
    }
  }

 private:
  flashvideo::AnyClipSource source_;
  index_t clips_;
  ProgressBar& bar_;
  std::vector<std::uint8_t> frames_;
};

/// The stages of a training run, each resumable: image tokenizer, tokenised clips, decoder, bundle. All files
/// but the bundle lie in the checkpoint folder.
template <typename Backend>
class TrainingPipeline {
 public:
  TrainingPipeline(const Backend& backend, TrainingConfiguration configuration,
                   flashvideo::AnyClipSource source, std::string folder)
      : backend_(backend),
        configuration_(std::move(configuration)),
        source_(std::move(source)),
        folder_(std::move(folder)),
        started_(std::chrono::steady_clock::now()) {
    ::mkdir(folder_.c_str(), 0777);
    if (const auto size = source_.size()) {
      configuration_.clips = std::min(configuration_.clips, *size);
      configuration_.pictured_clips = std::min(configuration_.pictured_clips, *size);
    }
    const flashvideo::ClipSize extent = source_.clip_size();
    configuration_.image_tokenizer.sizes.image_height = extent.height;
    configuration_.image_tokenizer.sizes.image_width = extent.width;
  }

  /// Takes the image tokenizer of a bundle instead of training one.
  /// @throws format_error when the bundle's tokenizer has other sizes than the configuration
  void use_image_tokenizer(const std::string& path) {
    using namespace flashvideo;
    const SafetensorsFile file(path);
    const BundleConfiguration given = Model::read_configuration(file);
    const std::string difference = json_difference(
        to_json(given.image_tokenizer), to_json(configuration_.image_tokenizer.sizes), "the configuration");
    require<format_error>(difference.empty(), "{}: the image tokenizer is another: {}", path, difference);
    const VqVae<> model(configuration_.image_tokenizer.sizes);
    values_.image_tokenizer = read_parameters<float>(file, "image_tokenizer.", model.layout());
    given_tokenizer_ = path;
  }

  /// Starts the decoder from the one of a bundle, with moments and steps anew: to go on learning, or to learn
  /// other clips; its words are kept. Give the configuration another seed, or the run meets the same data in
  /// the same order. A bundle of other sizes is refused (format_error) before the first step.
  void start_from(const std::string& path) { start_ = path; }

  /// Runs what is not done yet. The bundle is written as soon as the decoder has learnt anything, also when
  /// it is stopped. @return whether everything is done
  bool run(const std::string& output, double minutes, std::stop_token stop) {
    minutes_ = minutes;
    if (!train_image_tokenizer(stop) || !tokenise_clips(stop)) return false;
    const bool finished = train_decoder(stop);
    if (decoder_steps_ > 0) write_bundle(output);
    return finished;
  }

 private:
  using Model =
      flashvideo::VideoModel<flashvideo::FlashVideoPolicy, flashvideo::FlashVideoPolicy, flashvideo::Cpu>;
  using VideoDecoder = flashvideo::Decoder<flashvideo::FlashVideoPolicy, Backend>;

  double minutes_left() const {
    if (minutes_ <= 0) return 0;
    const double used =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count() / 60;
    return std::max(minutes_ - used, 1e-3);
  }

  static double mean_of_last(const flashvideo::LossCurve& curve) {
    const std::size_t count = std::min<std::size_t>(curve.size(), 100);
    double sum = 0;
    for (std::size_t i = curve.size() - count; i < curve.size(); ++i) sum += curve[i].loss;
    return count > 0 ? sum / static_cast<double>(count) : 0;
  }

  template <typename Objective>
  bool train(Objective& objective, const LearningConfiguration& learning, const std::string& name,
             const char* label, std::stop_token stop, std::vector<float>& values,
             const std::vector<float>& start = {}) {
    flashvideo::TrainerOptions options = learning.trainer_options();
    options.seed = static_cast<std::uint64_t>(configuration_.seed);
    options.minutes = minutes_left();
    options.checkpoint = folder_ + "/" + name + ".checkpoint";
    options.checkpoint_minutes = 5;
    options.curve = folder_ + "/" + name;
    options.label = label;
    flashvideo::Trainer trainer(backend_, objective, options);
    if (!trainer.resume_if_exists(options.checkpoint) && !start.empty()) trainer.set_values(start);
    const auto end = trainer.run(stop, [&](const flashvideo::TrainingProgress& progress) {
      bar_.show(progress,
                fmt::format("loss {:.4f}  {:.0f} {}/s", progress.smoothed_loss, progress.items_per_second,
                            name == "image_tokenizer" ? "images" : "tokens"));
    });
    values = trainer.host_values();
    steps_done_ = trainer.steps_done();
    loss_ = mean_of_last(trainer.curve());
    return end == flashvideo::TrainingEnd::finished;
  }

  bool train_image_tokenizer(std::stop_token stop) {
    if (!given_tokenizer_.empty()) return true;
    FramePool pool(source_, configuration_.pictured_clips, bar_);
    flashvideo::ImageTokenizerObjective<flashvideo::VqVae<>, Backend, FramePool> objective(
        backend_, configuration_.image_tokenizer.sizes, pool, configuration_.image_tokenizer.learning());
    const bool finished = train(objective, configuration_.image_tokenizer, "image_tokenizer",
                                "image tokenizer", stop, values_.image_tokenizer);
    image_loss_ = loss_;
    return finished;
  }

  bool tokenise_clips(std::stop_token stop) {
    const flashvideo::WordTokenizer words(vocabulary());
    words_ = words.words();
    flashvideo::Fingerprint print;
    print.add(values_.image_tokenizer);
    print.add(words.serialize());
    fingerprint_ =
        fmt::format("{}-{}-{}", print.text(), configuration_.clips, configuration_.decoder.text_length);
    const std::string path = folder_ + "/clips.tokens";
    if (cache_is_current(path)) return true;

    const flashvideo::Cpu cpu(backend_.pool().size());
    const flashvideo::VqVaeTokenizer<flashvideo::Cpu> tokenizer(
        cpu, flashvideo::VqVae<>(configuration_.image_tokenizer.sizes), values_.image_tokenizer);
    const flashvideo::BundleConfiguration bundle = bundle_configuration();
    flashvideo::TokenCacheWriter writer(path, fingerprint_,
                                        configuration_.image_tokenizer.sizes.tokens_per_image());
    for (index_t i = 0; i < configuration_.clips; ++i) {
      if (stop.stop_requested()) return false;
      const flashvideo::Clip clip = source_.clip(i);
      writer.append(bundle.fixed_length(words.encode(clip.caption).ids), tokenizer.encode_bytes(clip.frames));
      bar_.show({.label = "tokenising clips", .done = i + 1, .total = configuration_.clips, .unit = "clips"});
    }
    writer.commit();
    return true;
  }

  // The words of the captions, or of the bundle that the decoder starts from.
  std::vector<std::string> vocabulary() const {
    if (!start_.empty()) return Model::read_configuration(flashvideo::SafetensorsFile(start_)).words;
    std::vector<std::string> captions;
    for (index_t i = 0; i < std::min<index_t>(configuration_.clips, 4000); ++i)
      captions.push_back(source_.clip(i).caption);
    return flashvideo::WordTokenizer::from_sentences(captions).words();
  }

  bool cache_is_current(const std::string& path) const {
    try {
      flashvideo::TokenCache(path, fingerprint_);
      return true;
    } catch (const flashvideo::error&) {
      return false;  // absent, or of another tokenizer: it is made again
    }
  }

  flashvideo::BundleConfiguration bundle_configuration() const {
    flashvideo::BundleConfiguration bundle;
    bundle.words = words_;
    bundle.image_tokenizer = configuration_.image_tokenizer.sizes;
    bundle.num_text_tokens = flashvideo::WordTokenizer(words_).vocabulary_size();
    bundle.text_length = configuration_.decoder.text_length;
    for (const flashvideo::TrainedGap& gap : configuration_.decoder.gaps) {
      bundle.num_serials = std::max(bundle.num_serials, gap.between + 2);
      if (std::find(bundle.gaps.begin(), bundle.gaps.end(), gap) == bundle.gaps.end())
        bundle.gaps.push_back(gap);
    }
    bundle.num_serials = std::max(bundle.num_serials, configuration_.decoder.key_frames);
    bundle.key_spacing = configuration_.decoder.key_spacing;
    bundle.carried = configuration_.decoder.carried;
    bundle.frames_per_second = configuration_.frames_per_second;
    bundle.key_frame_policy = bundle.interpolation_policy = flashvideo::FlashVideoPolicy::name;
    bundle.key_frame_model = configuration_.decoder.sizes;
    bundle.key_frame_model.vocabulary = bundle.vocabulary().size();
    bundle.key_frame_model.outputs = configuration_.image_tokenizer.sizes.num_codes;
    if (configuration_.decoder.frame_harmonics()) {
      bundle.key_frame_model.position = flashvideo::Position::frame_harmonics(static_cast<double>(
          configuration_.decoder.text_length + 1 + configuration_.image_tokenizer.sizes.tokens_per_image()));
    }
    bundle.interpolation_model = bundle.key_frame_model;
    return bundle;
  }

  bool train_decoder(std::stop_token stop) {
    const flashvideo::BundleConfiguration bundle = bundle_configuration();
    const VideoDecoder decoder(bundle.key_frame_model);
    const flashvideo::TokenCache cache(folder_ + "/clips.tokens", fingerprint_);
    const flashvideo::ClipSequences<> sequences(
        cache,
        flashvideo::SerialTokenSequencer(bundle.vocabulary(),
                                         configuration_.image_tokenizer.sizes.tokens_per_image()),
        {.key_frames = configuration_.decoder.key_frames,
         .key_spacing = configuration_.decoder.key_spacing,
         .interpolation_share = configuration_.decoder.interpolation_share,
         .gaps = configuration_.decoder.gaps,
         .seed = static_cast<std::uint64_t>(configuration_.seed)});
    flashvideo::DecoderObjective objective(decoder, flashvideo::Chunkwise<64>{}, sequences,
                                           configuration_.decoder.batch);
    const std::vector<float> codebook = codebook_of_image_tokenizer();
    if (configuration_.decoder.codebook_start < 1) {
      objective.start_from(
          {codebook, configuration_.image_tokenizer.sizes.num_codes, configuration_.decoder.codebook_start});
    }
    const bool finished = train(objective, configuration_.decoder, "decoder", "decoder", stop,
                                values_.key_frame, start_values(bundle, decoder.layout()));
    decoder_steps_ = steps_done_;
    return finished;
  }

  // The decoder that the run starts from; empty: from random values.
  std::vector<float> start_values(const flashvideo::BundleConfiguration& bundle,
                                  const flashvideo::ParameterLayout& layout) const {
    using namespace flashvideo;
    if (start_.empty()) return {};
    const SafetensorsFile file(start_);
    const BundleConfiguration given = Model::read_configuration(file);
    require<format_error>(given.words == bundle.words,
                          "{}: the bundle knows other words than these clips have", start_);
    const std::string difference =
        json_difference(to_json(given.key_frame_model), to_json(bundle.key_frame_model), "the configuration");
    require<format_error>(difference.empty(), "{}: the decoder is another: {}", start_, difference);
    return read_parameters<float>(file, "key_frame_model.", layout);
  }

  std::vector<float> codebook_of_image_tokenizer() const {
    const flashvideo::VqVae<> model(configuration_.image_tokenizer.sizes);
    const auto& place = model.codebook().vectors();
    const auto begin = values_.image_tokenizer.begin() + static_cast<std::ptrdiff_t>(place.offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(place.shape[0] * place.shape[1])};
  }

  void write_bundle(const std::string& output) const {
    flashvideo::save_bundle<Model>(
        output, bundle_configuration(), values_, flashvideo::DType::I8,
        {{"seed", std::to_string(configuration_.seed)},
         {"clips", std::to_string(configuration_.clips)},
         {"image_tokenizer",
          given_tokenizer_.empty()
              ? fmt::format("{} steps, loss {:.6f}", configuration_.image_tokenizer.steps, image_loss_)
              : fmt::format("taken from {}", given_tokenizer_)},
         {"decoder_start", start_.empty() ? "random" : start_},
         {"decoder_steps", std::to_string(decoder_steps_)},
         {"decoder_batch", std::to_string(configuration_.decoder.batch)},
         {"decoder_loss_nats_per_token", fmt::format("{:.4f}", loss_)},
         {"precision", configuration_.precision}});
  }

  Backend backend_;
  TrainingConfiguration configuration_;
  flashvideo::AnyClipSource source_;
  std::string folder_;
  std::chrono::steady_clock::time_point started_;
  double minutes_ = 0;
  ProgressBar bar_;
  Model::Values values_;
  std::string given_tokenizer_;
  std::string start_;
  std::vector<std::string> words_;
  std::string fingerprint_;
  index_t steps_done_ = 0;
  index_t decoder_steps_ = 0;
  double loss_ = 0;
  double image_loss_ = 0;
};

}  // namespace example
