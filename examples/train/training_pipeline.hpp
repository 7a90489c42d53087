// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/progress_bar.hpp"
#include "common/usage_error.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/data/clip_read_ahead.hpp"
#include "flashvideo/data/clip_source.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/io/fingerprint.hpp"
#include "flashvideo/io/json_difference.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_file.hpp"
#include "flashvideo/training/clip_sequences.hpp"
#include "flashvideo/training/decoder_objective.hpp"
#include "flashvideo/training/token_cache.hpp"
#include "flashvideo/training/trainer.hpp"
#include "train/caption_check.hpp"
#include "train/frame_pool.hpp"
#include "train/training_configuration.hpp"

namespace example {

/// Where a run reads and writes, besides its clips.
struct TrainingFiles {
  std::string output;           ///< the bundle
  std::string checkpoint;       ///< the folder
  std::string image_tokenizer;  ///< a bundle whose image tokenizer is taken instead of training one, or a
                                ///< file of icetk's; empty: none
  std::string
      start;  ///< a bundle whose decoder the run starts from, its words are kept; empty: random values
};

/// How a run ended.
struct TrainingOutcome {
  bool finished = false;
  bool bundle_written = false;
  std::string reached;  ///< "after 3 of 10 steps of the decoder"
};

/// The stages of a training run, each resumable: image tokenizer, tokenised clips, decoder, bundle. All files
/// but the bundle lie in the checkpoint folder. What can be wrong is found out before the first stage: by the
/// constructor what does not need the clips, by `take` the rest.
/// @tparam Parts of the model that is made
template <typename Parts, typename Backend>
class TrainingPipeline {
  using Model = flashvideo::VideoModel<Parts, flashvideo::Cpu>;
  using Picture = typename Model::Picture;
  using Sizes = typename Picture::Configuration;
  using Bundle = typename Model::Configuration;
  using VideoDecoder = flashvideo::Decoder<typename Parts::KeyPolicy, Backend>;
  using Configuration = TrainingConfiguration<Sizes>;

 public:
  /// @throws value_error, format_error when the bundles do not fit the configuration
  /// @throws usage_error when the image tokenizer is neither given nor one that is trained
  TrainingPipeline(const Backend& backend, Configuration configuration, TrainingFiles files)
      : backend_(backend),
        configuration_(std::move(configuration)),
        files_(std::move(files)),
        started_(std::chrono::steady_clock::now()) {
    if (!files_.image_tokenizer.empty()) {
      take_image_tokenizer();
    } else if (!Configuration::trains_pictures) {
      throw usage_error(fmt::format(
          "--image-tokenizer FILE is needed: the configuration's pictures ({}) are not trained here",
          Picture::kind));
    }
    if (!files_.start.empty()) {
      check_.words = flashvideo::BundleFile::open(files_.start).configuration<Parts>().text_tokenizer.words;
      const Bundle bundle = bundle_configuration();
      (void)start_values(bundle, VideoDecoder(bundle.key_frame_model).layout());
    }
  }

  /// Takes the clips. @return false when it was asked to stop
  /// @throws value_error, format_error when they do not fit the configuration, a caption has no word, or a
  /// checkpoint is of other clips, words or numbers
  bool take(flashvideo::AnyClipSource source, const std::stop_token& stop) {
    using namespace flashvideo;
    source_ = std::move(source);
    if (const auto size = source_->size()) {
      configuration_.clips = std::min(configuration_.clips, *size);
      configuration_.pictured_clips = std::min(configuration_.pictured_clips, *size);
    }
    check_clip_size(source_->clip_size());
    check_ = check_captions(*source_, configuration_.clips, check_.words, files_.start,
                            configuration_.decoder.text_length);
    for (const std::string& note : check_.notes) bar_.say("train: " + note);
    const auto show = [&](const Progress& progress) {
      bar_.show(progress);
      if (stop.stop_requested()) throw Stopped();
    };
    try {
      pictures_ = source_->fingerprint(show);
    } catch (const Stopped&) {
      bar_.wipe();
      return false;
    }
    bar_.wipe();
    const Bundle bundle = bundle_configuration();
    bundle.check();
    const VideoDecoder decoder(bundle.key_frame_model);
    if constexpr (Configuration::trains_pictures) {
      check_muon("image_tokenizer", configuration_.image_tokenizer.muon, picture_layout());
    }
    check_muon("decoder", configuration_.decoder.muon, decoder.layout());
    if (files_.image_tokenizer.empty()) check_checkpoint("image_tokenizer", image_tokenizer_run());
    check_checkpoint("decoder",
                     decoder_run(files_.image_tokenizer.empty() ? "" : print_of_image_tokenizer()));
    return true;
  }

  /// Runs what is not done yet. The bundle is written as soon as the decoder has learnt anything, also when
  /// it is stopped.
  TrainingOutcome run(double minutes, const std::stop_token& stop) {
    minutes_ = minutes;
    TrainingOutcome outcome;
    if (!train_image_tokenizer(stop)) {
      outcome.reached = steps_text("image tokenizer", image_steps());
    } else if (!tokenise_clips(stop)) {
      outcome.reached = "while the clips were made tokens";
    } else {
      outcome.finished = train_decoder(stop);
      outcome.reached = steps_text("decoder", configuration_.decoder.steps);
      if (decoder_steps_ > 0) {
        write_bundle(files_.output);
        outcome.bundle_written = true;
      }
    }
    bar_.wipe();
    return outcome;
  }

 private:
  struct Stopped {};

  const Sizes& picture_sizes() const { return configuration_.image_tokenizer.sizes; }
  flashvideo::ParameterLayout picture_layout() const { return Picture::parameters(picture_sizes()); }
  index_t image_steps() const {
    if constexpr (Configuration::trains_pictures) return configuration_.image_tokenizer.steps;
    return 0;
  }

  std::string steps_text(const char* network, index_t steps) const {
    return fmt::format("after {} of {} steps of the {}", steps_done_, steps, network);
  }

  /// @throws format_error when the tokenizer has other sizes than the configuration
  void take_image_tokenizer() {
    using namespace flashvideo;
    const std::string& path = files_.image_tokenizer;
    if constexpr (std::is_same_v<Sizes, HvqVaeConfiguration>) {
      const SafetensorsFile own(path);
      if (!own.metadata().contains("configuration")) {  // no bundle: icetk's own tensors
        values_.image_tokenizer =
            Picture(flashvideo::Cpu(1), picture_sizes(), HvqVaeFile(own, picture_sizes())).host_values();
        return;
      }
    }
    const auto file = BundleFile::open(path);
    const std::string difference = json_difference(to_json(file.configuration<Parts>().image_tokenizer),
                                                   to_json(picture_sizes()), "the configuration");
    require<format_error>(difference.empty(), "{}: the image tokenizer is another: {}", path, difference);
    values_.image_tokenizer = read_parameters<float>(file.tensors(), "image_tokenizer.", picture_layout());
  }

  void check_clip_size(const flashvideo::ClipSize& clip) const {
    using namespace flashvideo;
    const Sizes& sizes = picture_sizes();
    require<value_error>(clip.height == sizes.image_height && clip.width == sizes.image_width,
                         "the clips are {} x {} pixels, the configuration's image_tokenizer.sizes {} x {}",
                         clip.width, clip.height, sizes.image_width, sizes.image_height);
    const DecoderTraining& decoder = configuration_.decoder;
    const index_t reach = (decoder.key_frames - 1) * decoder.key_spacing + 1;
    require<value_error>(decoder.interpolation_share == 1 || reach <= clip.num_frames,
                         "decoder: {} key_frames at key_spacing {} reach over {} frames, the clips have {}",
                         decoder.key_frames, decoder.key_spacing, reach, clip.num_frames);
    for (const TrainedGap& gap : decoder.gaps) {
      const index_t frames = (gap.between + 1) * gap.spacing + 1;
      require<value_error>(
          decoder.interpolation_share == 0 || frames <= clip.num_frames,
          "decoder.gaps: {} frames between at spacing {} reach over {} frames, the clips have {}",
          gap.between, gap.spacing, frames, clip.num_frames);
    }
  }

  static void check_muon(const char* network, const flashvideo::MuonOptions& muon,
                         const flashvideo::ParameterLayout& layout) {
    const auto& entries = layout.entries();
    flashvideo::require<flashvideo::value_error>(
        muon.prefix.empty() ||
            std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return muon.owns(entry); }),
        "{}.muon.prefix is \"{}\", with which no matrix's name begins", network, muon.prefix);
  }

  /// A section of the configuration without the number of steps, which may change from one run to the next.
  template <typename Section>
  static flashvideo::Json without_steps(const Section& section) {
    const flashvideo::Json all = flashvideo::to_json(section);
    flashvideo::Json result = flashvideo::Json::object();
    for (std::size_t i = 0; i < all.keys().size(); ++i) {
      if (all.keys()[i] != "steps") result.set(all.keys()[i], all.values()[i]);
    }
    return result;
  }
  /// What a checkpoint of the image tokenizer must agree with.
  flashvideo::Json image_tokenizer_run() const {
    flashvideo::Json run = flashvideo::Json::object();
    run.set("seed", configuration_.seed).set("precision", configuration_.precision);
    run.set("image_tokenizer", without_steps(configuration_.image_tokenizer));
    run.set("pictured_clips", configuration_.pictured_clips).set("pictures", pictures_);
    return run;
  }
  /// What a checkpoint of the decoder must agree with.
  /// @param tokenizer the print of the image tokenizer; empty: not known yet
  flashvideo::Json decoder_run(const std::string& tokenizer) const {
    flashvideo::Json run = flashvideo::Json::object();
    run.set("words", flashvideo::Json::array_of(check_.words));
    run.set("seed", configuration_.seed).set("precision", configuration_.precision);
    run.set("decoder", without_steps(configuration_.decoder));
    run.set("clips", configuration_.clips).set("captions", check_.fingerprint).set("pictures", pictures_);
    if (!tokenizer.empty()) run.set("image tokenizer", tokenizer);
    return run;
  }
  std::string print_of_image_tokenizer() const {
    flashvideo::Fingerprint print;
    print.add(values_.image_tokenizer);
    return print.text();
  }

  /// Refuses a checkpoint that was written with something else.
  void check_checkpoint(const std::string& name, const flashvideo::Json& run) const {
    using namespace flashvideo;
    const std::string path = files_.checkpoint + "/" + name + ".checkpoint";
    if (::access(path.c_str(), F_OK) != 0) return;
    const Json configuration = checkpoint_configuration(path);
    const Json* stored = configuration.find("run");
    std::string difference = "no clips and words noted";
    if (stored != nullptr && stored->is_object() && !stored->keys().empty()) {
      Json known = *stored;
      if (const Json* tokenizer = stored->find("image tokenizer");
          tokenizer && !run.contains("image tokenizer")) {
        known = Json::object();
        for (std::size_t i = 0; i < stored->keys().size(); ++i) {
          if (stored->keys()[i] != "image tokenizer") known.set(stored->keys()[i], stored->values()[i]);
        }
      }
      difference = json_difference(known, run);
      if (difference.starts_with("captions ")) difference = "other captions";
      if (difference.starts_with("pictures ")) difference = "other videos";
    }
    require<format_error>(difference.empty(),
                          "{}: the checkpoint was written with {} (another --checkpoint folder begins anew; "
                          "--start takes what a bundle has learnt)",
                          path, difference);
  }

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

  /// @param prepare called when there are steps to make; false: it was asked to stop
  template <typename Objective, typename Prepare>
  bool train(Objective& objective, const LearningConfiguration& learning, const std::string& name,
             const char* label, const std::stop_token& stop, const flashvideo::Json& run,
             std::vector<float>& values, const std::vector<float>& start, const Prepare& prepare) {
    flashvideo::TrainerOptions options = learning.trainer_options();
    options.seed = static_cast<std::uint64_t>(configuration_.seed);
    options.minutes = minutes_left();
    options.checkpoint = files_.checkpoint + "/" + name + ".checkpoint";
    options.checkpoint_minutes = 5;
    options.curve = files_.checkpoint + "/" + name;
    options.label = label;
    options.configuration = run;
    flashvideo::Trainer trainer(backend_, objective, options);
    if (!trainer.resume_if_exists(options.checkpoint) && !start.empty()) trainer.set_values(start);
    steps_done_ = trainer.steps_done();
    if (steps_done_ < options.steps && !prepare()) return false;
    const auto end = trainer.run(stop, [&](const flashvideo::TrainingProgress& progress) {
      bar_.show(progress,
                fmt::format("loss {:.4f}  {:.0f} {}/s", progress.smoothed_loss, progress.items_per_second,
                            name == "image_tokenizer" ? "images" : "tokens"),
                progress.time_left);
    });
    values = trainer.host_values();
    steps_done_ = trainer.steps_done();
    loss_ = mean_of_last(trainer.curve());
    return end == flashvideo::TrainingEnd::finished;
  }

  bool train_image_tokenizer(const std::stop_token& stop) {
    if (!files_.image_tokenizer.empty()) return true;
    if constexpr (Configuration::trains_pictures) {
      FramePool pool(*source_, configuration_.pictured_clips);
      flashvideo::ImageTokenizerObjective<typename Picture::Model, Backend,
                                          std::reference_wrapper<const FramePool>>
          objective(backend_, picture_sizes(), std::cref(pool), configuration_.image_tokenizer.learning());
      const bool finished =
          train(objective, configuration_.image_tokenizer, "image_tokenizer", "image tokenizer", stop,
                image_tokenizer_run(), values_.image_tokenizer, {}, [&] { return pool.fill(bar_, stop); });
      image_loss_ = loss_;
      return finished;
    }
    return true;
  }

  bool tokenise_clips(const std::stop_token& stop) {
    const flashvideo::WordTokenizer words(check_.words);
    flashvideo::Fingerprint print;
    print.add(values_.image_tokenizer);
    print.add(words.serialize());
    print.add(check_.fingerprint);
    print.add(pictures_);
    fingerprint_ =
        fmt::format("{}-{}-{}", print.text(), configuration_.clips, configuration_.decoder.text_length);
    const std::string path = files_.checkpoint + "/clips.tokens";
    if (cache_is_current(path)) return true;

    const flashvideo::Cpu cpu(backend_.pool().size());
    const Picture tokenizer(cpu, picture_sizes(),
                            flashvideo::FlatParameters(picture_layout(), values_.image_tokenizer, "train"));
    const Bundle bundle = bundle_configuration();
    flashvideo::TokenCacheWriter writer(path, fingerprint_, picture_sizes().tokens_per_image());
    flashvideo::ClipReadAhead clips(*source_, 0, configuration_.clips);
    for (index_t i = 0; i < configuration_.clips; ++i) {
      if (stop.stop_requested()) return false;
      const flashvideo::Clip clip = clips.next();
      const auto text = words.fixed_length(words.encode(clip.caption), bundle.text_length);
      writer.append(text.ids, tokenizer.encode_bytes(clip.frames));
      bar_.show({.label = "tokenising clips", .done = i + 1, .total = configuration_.clips, .unit = "clips"});
    }
    writer.commit();
    return true;
  }

  bool cache_is_current(const std::string& path) const {
    try {
      flashvideo::TokenCache(path, fingerprint_);
      return true;
    } catch (const flashvideo::error&) {
      return false;  // absent, or of another tokenizer: it is made again
    }
  }

  Bundle bundle_configuration() const {
    Bundle bundle;
    bundle.text_tokenizer.words = check_.words;
    bundle.text_tokenizer.sentence_forms = check_.forms;
    bundle.image_tokenizer = picture_sizes();
    bundle.num_text_tokens = flashvideo::WordTokenizer(check_.words).vocabulary_size();
    bundle.text_length = configuration_.decoder.text_length;
    bundle.text_dropout = configuration_.decoder.text_dropout;
    for (const flashvideo::TrainedGap& gap : configuration_.decoder.gaps) {
      bundle.num_serials = std::max(bundle.num_serials, gap.between + 2);
      if (configuration_.decoder.interpolation_share > 0 &&
          std::find(bundle.gaps.begin(), bundle.gaps.end(), gap) == bundle.gaps.end())
        bundle.gaps.push_back(gap);
    }
    bundle.num_serials = std::max(bundle.num_serials, configuration_.decoder.key_frames);
    bundle.key_spacing = configuration_.decoder.key_spacing;
    bundle.carried = configuration_.decoder.carried;
    bundle.frames_per_second = configuration_.frames_per_second;
    bundle.key_frame_policy = bundle.interpolation_policy = Parts::KeyPolicy::name;
    bundle.key_frame_model = configuration_.decoder.sizes;
    bundle.key_frame_model.vocabulary = bundle.vocabulary().size();
    bundle.key_frame_model.outputs = picture_sizes().num_codes;
    if (configuration_.decoder.frame_harmonics()) {
      bundle.key_frame_model.position = flashvideo::Position::frame_harmonics(
          static_cast<double>(configuration_.decoder.text_length + 1 + picture_sizes().tokens_per_image()));
    }
    bundle.interpolation_model = bundle.key_frame_model;
    return bundle;
  }

  bool train_decoder(const std::stop_token& stop) {
    const Bundle bundle = bundle_configuration();
    const VideoDecoder decoder(bundle.key_frame_model);
    const flashvideo::TokenCache cache(files_.checkpoint + "/clips.tokens", fingerprint_);
    const flashvideo::ClipSequences<> sequences(
        cache, flashvideo::SerialTokenSequencer(bundle.vocabulary(), picture_sizes().tokens_per_image()),
        {.key_frames = configuration_.decoder.key_frames,
         .key_spacing = configuration_.decoder.key_spacing,
         .interpolation_share = configuration_.decoder.interpolation_share,
         .gaps = configuration_.decoder.gaps,
         .seed = static_cast<std::uint64_t>(configuration_.seed),
         .text_dropout = configuration_.decoder.text_dropout});
    flashvideo::DecoderObjective objective(decoder, flashvideo::Chunkwise<64>{}, sequences,
                                           configuration_.decoder.batch);
    const std::vector<float> codebook = codebook_of_image_tokenizer();
    if (configuration_.decoder.codebook_start < 1) {
      objective.start_from({codebook, picture_sizes().num_codes, configuration_.decoder.codebook_start});
    }
    const bool finished = train(objective, configuration_.decoder, "decoder", "decoder", stop,
                                decoder_run(print_of_image_tokenizer()), values_.key_frame,
                                start_values(bundle, decoder.layout()), [] { return true; });
    decoder_steps_ = steps_done_;
    return finished;
  }

  // The decoder that the run starts from; empty: from random values.
  std::vector<float> start_values(const Bundle& bundle, const flashvideo::ParameterLayout& layout) const {
    using namespace flashvideo;
    if (files_.start.empty()) return {};
    const auto file = BundleFile::open(files_.start);
    const Bundle given = file.configuration<Parts>();
    require<format_error>(given.text_tokenizer.words == bundle.text_tokenizer.words,
                          "{}: the bundle knows other words than these clips have", files_.start);
    const std::string difference =
        json_difference(to_json(given.key_frame_model), to_json(bundle.key_frame_model), "the configuration");
    require<format_error>(difference.empty(), "{}: the decoder is another: {}", files_.start, difference);
    return read_parameters<float>(file.tensors(), "key_frame_model.", layout);
  }

  std::vector<float> codebook_of_image_tokenizer() const {
    const typename Picture::Model model(picture_sizes());
    const auto& place = model.codebook().vectors();
    const auto begin = values_.image_tokenizer.begin() + static_cast<std::ptrdiff_t>(place.offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(place.shape[0] * place.shape[1])};
  }

  void write_bundle(const std::string& output) const {
    flashvideo::save_bundle<Model>(
        output, bundle_configuration(), values_, flashvideo::DType::I8,
        {{"seed", std::to_string(configuration_.seed)},
         {"clips", std::to_string(configuration_.clips)},
         {"image_tokenizer", files_.image_tokenizer.empty()
                                 ? fmt::format("{} steps, loss {:.6f}", image_steps(), image_loss_)
                                 : fmt::format("taken from {}", files_.image_tokenizer)},
         {"decoder_start", files_.start.empty() ? "random" : files_.start},
         {"decoder_steps", std::to_string(decoder_steps_)},
         {"decoder_batch", std::to_string(configuration_.decoder.batch)},
         {"decoder_loss_nats_per_token", fmt::format("{:.4f}", loss_)},
         {"precision", configuration_.precision}});
  }

  Backend backend_;
  Configuration configuration_;
  TrainingFiles files_;
  std::optional<flashvideo::AnyClipSource> source_;
  std::chrono::steady_clock::time_point started_;
  double minutes_ = 0;
  ProgressBar bar_;
  typename Model::Values values_;
  CaptionCheck check_;
  std::string pictures_;  // print of the clips' pictures
  std::string fingerprint_;
  index_t steps_done_ = 0;
  index_t decoder_steps_ = 0;
  double loss_ = 0;
  double image_loss_ = 0;
};

}  // namespace example
