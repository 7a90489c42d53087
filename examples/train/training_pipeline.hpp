// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
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
#include "flashvideo/data/mirrored_clips.hpp"
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
#include "train/chosen_clips.hpp"
#include "train/frame_pool.hpp"
#include "train/strips.hpp"
#include "train/training_configuration.hpp"
#include "train/training_stage.hpp"

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
  bool decoder_learnt = false;  ///< any step of it
  std::string reached;          ///< "after 3 of 10 steps of the decoder"
  std::string notes{};          ///< lines on which values the bundle holds
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
    const index_t found = source_->size().value_or(configuration_.clips);
    configuration_.clips = std::min(configuration_.clips, found);
    choose_clips();
    configuration_.pictured_clips =
        std::min(configuration_.pictured_clips, source_->size().value_or(configuration_.pictured_clips));
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

  /// Runs what is not done yet. The bundle is written as soon as the image tokenizer has learnt anything, also when it
  /// is stopped.
  /// @param minutes for all stages together; 0: any
  /// @param in_time the stages' steps follow from the minutes
  /// @param decoder_in_time those of the decoder, too
  TrainingOutcome run(double minutes, bool in_time, bool decoder_in_time, const std::stop_token& stop) {
    minutes_ = minutes;
    in_time_ = in_time;
    decoder_in_time_ = decoder_in_time;
    plan_ = TimePlan(files_.checkpoint + "/plan.json", minutes);
    TrainingOutcome outcome;
    bool has_pictures = true;
    if (!train_image_tokenizer(stop)) {
      outcome.reached = steps_text("image tokenizer", image_stage_);
      has_pictures = image_stage_.made > 0;
    } else if (!tokenise_clips(stop)) {
      outcome.reached = "while the clips were made tokens";
    } else {
      outcome.finished = train_decoder(stop);
      outcome.reached = steps_text("decoder", decoder_stage_);
    }
    outcome.decoder_learnt = decoder_stage_.made > 0;
    outcome.notes = notes("image tokenizer", image_stage_) + notes("decoder", decoder_stage_);
    if (has_pictures && (outcome.decoder_learnt || files_.image_tokenizer.empty())) {
      if (!outcome.decoder_learnt) values_.key_frame = first_decoder();
      write_bundle(files_.output);
      outcome.bundle_written = true;
      if (outcome.decoder_learnt && in_time_ && !stop.stop_requested()) look();
    }
    bar_.wipe();
    return outcome;
  }

 private:
  struct Stopped {};

  const Sizes& picture_sizes() const { return configuration_.image_tokenizer.sizes; }
  flashvideo::ParameterLayout picture_layout() const { return Picture::parameters(picture_sizes()); }
  static std::string steps_text(const char* network, const StageResult& stage) {
    return fmt::format("after {} of {} steps of the {}", stage.made, stage.steps, network);
  }
  /// Which values are kept, where that is not plain.
  static std::string notes(const char* network, const StageResult& stage) {
    if (!stage.held_out) return "";
    return fmt::format("{}: the values after step {} of {} are kept, loss on held-out clips {:.4f}\n",
                       network, stage.kept, stage.made, *stage.held_out);
  }

  /// Mirrored clips, and those that are held out.
  void choose_clips() {
    std::vector<index_t> originals;
    if (configuration_.mirror) {
      flashvideo::MirroredClips mirrored(*source_, configuration_.clips);
      originals = mirrored.originals();
      source_ = flashvideo::AnyClipSource(std::move(mirrored));
      configuration_.clips = *source_->size();
    } else {
      originals.resize(static_cast<std::size_t>(configuration_.clips));
      std::iota(originals.begin(), originals.end(), index_t{0});
    }
    split_ = split_clips(originals, configuration_.held_out, static_cast<std::uint64_t>(configuration_.seed));
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
    if (configuration_.held_out > 0) run.set("held_out", configuration_.held_out);
    if (configuration_.held_out > 0 || configuration_.mirror)  // which clips these are follows from them
      run.set("clips", configuration_.clips).set("captions", check_.fingerprint);
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
    if (configuration_.held_out > 0) run.set("held_out", configuration_.held_out);
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

  /// What the stages have in common.
  StageOptions stage_options(const char* name, const char* label, const char* unit,
                             flashvideo::Json run) const {
    StageOptions stage;
    stage.folder = files_.checkpoint;
    stage.name = name;
    stage.label = label;
    stage.unit = unit;
    stage.seed = static_cast<std::uint64_t>(configuration_.seed);
    stage.run = std::move(run);
    stage.minutes = minutes_left();
    return stage;
  }

  bool train_image_tokenizer(const std::stop_token& stop) {
    if (!files_.image_tokenizer.empty()) return true;
    if constexpr (Configuration::trains_pictures) {
      using Objective = flashvideo::ImageTokenizerObjective<typename Picture::Model, Backend,
                                                            std::reference_wrapper<const FramePool>>;
      std::vector<index_t> learnt;
      for (index_t clip = 0; clip < configuration_.pictured_clips || learnt.empty(); ++clip) {
        if (!std::binary_search(split_.held_out.begin(), split_.held_out.end(), clip)) learnt.push_back(clip);
      }
      FramePool pool(ChosenClips{*source_, learnt}, static_cast<index_t>(learnt.size()));
      Objective objective(backend_, picture_sizes(), std::cref(pool),
                          configuration_.image_tokenizer.learning());
      std::optional<FramePool> other_pool;
      std::optional<Objective> other;
      if (!split_.held_out.empty()) {
        std::vector<index_t> numbers = split_.held_out;
        numbers.resize(std::min<std::size_t>(numbers.size(), 64));
        const auto count = static_cast<index_t>(numbers.size());
        other_pool.emplace(ChosenClips{*source_, std::move(numbers)}, count);
        other.emplace(backend_, picture_sizes(), std::cref(*other_pool),
                      configuration_.image_tokenizer.learning());
      }
      StageOptions stage =
          stage_options("image_tokenizer", "image tokenizer", "images", image_tokenizer_run());
      stage.in_time = in_time_;
      // a decoder that has learnt its codes wants it as it is, also when the run goes on without minutes
      stage.planned = ::access((files_.checkpoint + "/decoder.checkpoint").c_str(), F_OK) == 0;
      if (in_time_) stage.minutes *= image_tokenizer_share;
      image_stage_ = run_stage(
          backend_, objective, other ? &*other : nullptr, configuration_.image_tokenizer, stage, plan_, bar_,
          stop, [&] { return pool.fill(bar_, stop) && (!other_pool || other_pool->fill(bar_, stop)); }, {});
      values_.image_tokenizer = image_stage_.values;
      if (in_time_ && image_stage_.out_of_time && image_stage_.made > 0) {
        plan_.set(stage.name,
                  image_stage_.made);  // its time is over: a run that goes on does not begin it again
        return true;
      }
      return image_stage_.finished;
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
      if (stop.stop_requested() || (in_time_ && minutes_left() <= 1e-3)) return false;
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
    for (const index_t given : configuration_.decoder.given_frames) {
      if (std::find(bundle.given_frames.begin(), bundle.given_frames.end(), given) ==
          bundle.given_frames.end())
        bundle.given_frames.push_back(given);
    }
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
    using Sequences = flashvideo::ClipSequences<ChosenTokens>;
    using Objective = flashvideo::DecoderObjective<VideoDecoder, flashvideo::Chunkwise<64>, Sequences>;
    const flashvideo::SerialTokenSequencer sequencer(bundle.vocabulary(), picture_sizes().tokens_per_image());
    const flashvideo::ClipSequencesOptions options = {
        .key_frames = configuration_.decoder.key_frames,
        .key_spacing = configuration_.decoder.key_spacing,
        .interpolation_share = configuration_.decoder.interpolation_share,
        .gaps = configuration_.decoder.gaps,
        .seed = static_cast<std::uint64_t>(configuration_.seed),
        .text_dropout = configuration_.decoder.text_dropout,
        .given_frames = configuration_.decoder.given_frames};
    const ChosenTokens learnt{cache, split_.training}, others{cache, split_.held_out};
    const Sequences sequences(learnt, sequencer, options);
    Objective objective(decoder, flashvideo::Chunkwise<64>{}, sequences, configuration_.decoder.batch);
    const std::vector<float> codebook = codebook_of_image_tokenizer();
    if (configuration_.decoder.codebook_start < 1) {
      objective.start_from({codebook, picture_sizes().num_codes, configuration_.decoder.codebook_start});
    }
    std::optional<Sequences> other_sequences;
    std::optional<Objective> other;
    if (!split_.held_out.empty()) {
      other_sequences.emplace(others, sequencer, options);
      other.emplace(decoder, flashvideo::Chunkwise<64>{}, *other_sequences, configuration_.decoder.batch);
    }
    StageOptions stage =
        stage_options("decoder", "decoder", "tokens", decoder_run(print_of_image_tokenizer()));
    stage.in_time = in_time_ && decoder_in_time_;
    stage.start = start_values(bundle, decoder.layout());
    stage.look_minutes = minutes_ > 0 ? std::clamp(minutes_ / 8, 0.5, 5.0) : 5;
    decoder_stage_ = run_stage(
        backend_, objective, other ? &*other : nullptr, configuration_.decoder, stage, plan_, bar_, stop,
        [] { return true; },
        [&](const StageResult& so_far) {
          decoder_stage_ = so_far;
          values_.key_frame = so_far.values;
          look();
        });
    values_.key_frame = decoder_stage_.values;
    return decoder_stage_.finished;
  }

  /// Writes a bundle of what is learnt so far into the checkpoint folder, where a killed run leaves it, and a strip of
  /// pictures: three clips of different captions, real, reconstructed and generated.
  void look() {
    if constexpr (std::is_same_v<Parts, flashvideo::FlashVideoParts>) {
      try {
        const std::string snapshot = files_.checkpoint + "/snapshot.safetensors";
        write_bundle(snapshot);
        const Picture tokenizer(
            flashvideo::Cpu(backend_.pool().size()), picture_sizes(),
            flashvideo::FlatParameters(picture_layout(), values_.image_tokenizer, "train"));
        std::vector<StripClip> clips;
        for (const index_t number : strip_clips()) {
          const flashvideo::Clip clip = source_->clip(number);
          StripClip strip{clip.caption, {}, {}};
          for (index_t t = 0; t < clip.size.num_frames; ++t) {
            const std::uint8_t* frame = clip.frame(t);
            strip.real.emplace_back(
                clip.size.height, clip.size.width,
                std::vector<std::uint8_t>(frame, frame + clip.size.height * clip.size.width * 3));
          }
          strip.reconstructed = tokenizer.decode(tokenizer.encode_bytes(clip.frames));
          clips.push_back(std::move(strip));
        }
        write_strip(strip_path(), snapshot, clips, backend_.pool().size());
        bar_.say("strip of pictures: " + strip_path());
      } catch (const flashvideo::error& failed) {  // it is a help: the training goes on without it
        bar_.say(std::string("no strip of pictures: ") + failed.what());
      }
    }
  }
  /// Three clips, of different captions as far as there are.
  std::vector<index_t> strip_clips() const {
    const auto& numbers = split_.held_out.size() >= 3 ? split_.held_out : split_.training;
    return different_clips(numbers, 3, [&](index_t number) { return source_->caption(number); });
  }
  std::string strip_path() const {
    return fmt::format("{}/strip_{:07}.png", files_.checkpoint, decoder_stage_.kept);
  }

  // The decoder before its first step.
  std::vector<float> first_decoder() const {
    const Bundle bundle = bundle_configuration();
    const VideoDecoder decoder(bundle.key_frame_model);
    const std::vector<float> given = start_values(bundle, decoder.layout());
    if (!given.empty()) return given;
    return flashvideo::initial_values<float>(decoder.layout(),
                                             static_cast<std::uint64_t>(configuration_.seed));
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
                                 ? fmt::format("{} steps, loss {:.6f}", image_stage_.kept, image_stage_.loss)
                                 : fmt::format("taken from {}", files_.image_tokenizer)},
         {"decoder_start", files_.start.empty() ? "random" : files_.start},
         {"decoder_steps", std::to_string(decoder_stage_.kept)},
         {"decoder_batch", std::to_string(configuration_.decoder.batch)},
         {"decoder_loss_nats_per_token", fmt::format("{:.4f}", decoder_stage_.loss)},
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
  bool in_time_ = false;
  bool decoder_in_time_ = false;
  TimePlan plan_;
  ClipSplit split_;
  StageResult image_stage_;
  StageResult decoder_stage_;
};

}  // namespace example
