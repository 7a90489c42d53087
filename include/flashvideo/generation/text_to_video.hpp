// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/default_backend.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/generation/video_session.hpp"

namespace flashvideo {

/// Receives frames as they are finished; frames of one video come in display order.
using FrameCallback = std::function<void(const GeneratedFrame&)>;

/// What a call of `generate` did.
struct GenerationReport {
  index_t frames = 0;     ///< frames handed out
  bool complete = false;  ///< false when stopped before the end
  TokenCounts tokens{};   ///< of all videos
  std::vector<double>
      text_effects{};  ///< of each video, in nats, where `GenerationOptions::text_effect` asks for it
  std::vector<std::string> warnings{};  ///< what the model does not know or leaves out, one sentence each
};

/// The frames of a session as an input range: `for (const GeneratedFrame& frame : model.stream(request))`.
/// @tparam Session a `VideoSession`
template <typename Session>
class FrameStream {
 public:
  /// @param session begun and not yet run
  /// @param stop ends the range within one step
  explicit FrameStream(Session session, std::stop_token stop = {})
      : session_(std::make_unique<Session>(std::move(session))), stop_(std::move(stop)) {}

  /// The place in the stream; `std::input_iterator`.
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;  ///< frames come once
    using value_type = GeneratedFrame;                 ///< what `*` gives
    using difference_type = std::ptrdiff_t;            ///< as every iterator has one

    iterator() = default;
    /// At the next frame, which is computed here.
    explicit iterator(FrameStream* stream) : stream_(stream) { ++*this; }
    /// The frame, until `++`.
    const GeneratedFrame& operator*() const { return *frame_; }
    /// The frame, until `++`.
    const GeneratedFrame* operator->() const { return &*frame_; }
    /// Computes the next frame.
    iterator& operator++() {
      frame_ = stream_->session_->next(stream_->stop_);
      return *this;
    }
    /// The same.
    void operator++(int) { ++*this; }
    /// Whether no frame is left, or a stop was requested.
    friend bool operator==(const iterator& it, std::default_sentinel_t) { return !it.frame_; }

   private:
    FrameStream* stream_ = nullptr;
    std::optional<GeneratedFrame> frame_;
  };

  /// Starts (or continues) the generation; call once.
  iterator begin() { return iterator(this); }
  /// Behind the last frame.
  std::default_sentinel_t end() const { return {}; }
  /// For its counts and warnings.
  const Session& session() const { return *session_; }

 private:
  std::unique_ptr<Session> session_;
  std::stop_token stop_;
};

/// From a sentence to a video ([FlashVideo] Figure 2): key frames, redundant-free interpolation, pixels.
///
/// The model is immutable: threads may share one object and call any member at once; equal seeds give equal
/// frames.
/// @code
/// const auto model = load_text_to_video<FlashVideoParts>("shapes.safetensors");
/// for (const GeneratedFrame& frame : model.stream({{"a red star moves in a circle"}})) show(frame.image);
/// @endcode
/// @tparam Parts tokenizers and policies of the two decoders (generation/model_parts.hpp)
/// @tparam Backend where it computes
template <ModelParts Parts = FlashVideoParts, ComputeBackend Backend = Cpu>
class TextToVideo {
 public:
  using Model = VideoModel<Parts, Backend>;  ///< what is shared
  using Session = VideoSession<Model>;       ///< a generation in the caller's hands

  /// @param model loaded, as `load_text_to_video` gives it
  explicit TextToVideo(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

  /// Begins videos without running them.
  Session session(std::span<const VideoRequest> requests) const { return Session(model_, requests); }

  /// Makes all videos, side by side on shared passes over the weights. An exception of a hook leaves through
  /// here; the model stays usable.
  /// @param progress called after each frame with frames done and total
  GenerationReport generate(std::span<const VideoRequest> requests, const FrameCallback& on_frame,
                            std::stop_token stop = {}, const ProgressHook& progress = {}) const {
    Session videos = session(requests);
    GenerationReport report;
    report.warnings = videos.warnings();
    Progress state;
    state.label = "generating";
    state.unit = "frames";
    state.total = videos.frame_count();
    while (const auto frame = videos.next(stop)) {
      if (on_frame) on_frame(*frame);
      state.done = ++report.frames;
      if (progress) progress(state);
    }
    report.tokens = videos.counts();
    for (std::size_t video = 0; video < requests.size(); ++video) {
      report.text_effects.push_back(videos.counts(video).text_effect);
    }
    report.complete = report.frames == videos.frame_count();
    return report;
  }
  /// The same for one video.
  GenerationReport generate(const VideoRequest& request, const FrameCallback& on_frame,
                            std::stop_token stop = {}, const ProgressHook& progress = {}) const {
    return generate(std::span<const VideoRequest>(&request, 1), on_frame, std::move(stop), progress);
  }

  /// The frames of one video, as an input range.
  FrameStream<Session> stream(const VideoRequest& request, std::stop_token stop = {}) const {
    return FrameStream<Session>(session(std::span<const VideoRequest>(&request, 1)), std::move(stop));
  }

  /// A sentence as the model reads it, with what is to be said of it before any work
  /// (`VideoModel::encode_sentence`).
  TextEncoding encode_sentence(std::string_view sentence) const { return model_->encode_sentence(sentence); }

  /// Of the model's file.
  const typename Model::Configuration& configuration() const { return model_->configuration(); }
  /// Shared by copies.
  const std::shared_ptr<const Model>& model() const { return model_; }

 private:
  std::shared_ptr<const Model> model_;
};

/// Loads a bundle whose parts are known at compile time.
/// @param storage how the decoders' matrices are kept in memory (backend/weight_storage.hpp); any file serves
/// @throws format_error when the file's parts are others, or the file is not what it should be
template <ModelParts Parts, ComputeBackend Backend = Cpu>
TextToVideo<Parts, Backend> load_text_to_video(const std::string& path, const Backend& backend = Backend(),
                                               WeightStorage storage = WeightStorage::float32) {
  return TextToVideo<Parts, Backend>(VideoModel<Parts, Backend>::load(path, backend, storage));
}
/// The same for the library's own tokenizers and these policies.
template <DecoderPolicy KeyPolicy, DecoderPolicy GapPolicy = KeyPolicy, ComputeBackend Backend = Cpu>
auto load_text_to_video(const std::string& path, const Backend& backend = Backend(),
                        WeightStorage storage = WeightStorage::float32) {
  return load_text_to_video<WordsAndVqVae<KeyPolicy, GapPolicy>>(path, backend, storage);
}

}  // namespace flashvideo
