// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "flashvideo/generation/text_to_video.hpp"

namespace flashvideo {

/// Whether it is a `ModelList`, of parts alone.
template <typename List>
inline constexpr bool is_model_list = false;

/// It is one.
template <typename... Parts>
inline constexpr bool is_model_list<ModelList<Parts...>> = (ModelParts<Parts> && ...);

/// Videos being written by a model of any parts: `next` gives their frames one by one (see `VideoSession`).
class AnyVideoSession {
 public:
  /// Holds a session of any model.
  template <typename Session>
  requires(!std::same_as<Session, AnyVideoSession>) explicit AnyVideoSession(Session session)
      : self_(std::make_unique<Holder<Session>>(std::move(session))) {}

  /// The next finished frame; nothing when all are complete or a stop was requested.
  std::optional<GeneratedFrame> next(std::stop_token stop = {}) { return self_->next(std::move(stop)); }
  /// Tokens so far, of all videos.
  TokenCounts counts() const { return self_->counts(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::optional<GeneratedFrame> next(std::stop_token stop) = 0;
    virtual TokenCounts counts() const = 0;
  };
  template <typename Session>
  struct Holder final : Interface {
    explicit Holder(Session held) : session(std::move(held)) {}
    std::optional<GeneratedFrame> next(std::stop_token stop) override {
      return session.next(std::move(stop));
    }
    TokenCounts counts() const override { return session.counts(); }
    Session session;
  };

  std::unique_ptr<Interface> self_;
};

/// A text-to-video model whose parts are known only from its file: the same calls as `TextToVideo`, behind
/// one type.
/// @code
/// const VideoGenerator model = load_text_to_video("shapes.safetensors");
/// model.generate({{"a red star moves in a circle"}},
///                [](const GeneratedFrame& frame) { show(frame.image); });
/// @endcode
class VideoGenerator {
 public:
  /// Holds a model of any parts; copies share it.
  template <ModelParts Parts, ComputeBackend Backend>
  VideoGenerator(TextToVideo<Parts, Backend> model)
      : self_(std::make_shared<const Holder<TextToVideo<Parts, Backend>>>(std::move(model))) {}

  /// As TextToVideo::generate.
  GenerationReport generate(std::span<const VideoRequest> requests, const FrameCallback& on_frame,
                            std::stop_token stop = {}, const ProgressHook& progress = {}) const {
    return self_->generate(requests, on_frame, std::move(stop), progress);
  }
  /// The same for one video.
  GenerationReport generate(const VideoRequest& request, const FrameCallback& on_frame,
                            std::stop_token stop = {}, const ProgressHook& progress = {}) const {
    return generate(std::span<const VideoRequest>(&request, 1), on_frame, std::move(stop), progress);
  }

  /// The frames of one video as an input range, as TextToVideo::stream.
  FrameStream<AnyVideoSession> stream(const VideoRequest& request, std::stop_token stop = {}) const {
    return FrameStream<AnyVideoSession>(self_->session(std::span<const VideoRequest>(&request, 1)),
                                        std::move(stop));
  }

  /// As TextToVideo::encode_sentence.
  TextEncoding encode_sentence(std::string_view sentence) const { return self_->encode_sentence(sentence); }

  /// Of the model's file.
  const ModelConfiguration& configuration() const { return self_->configuration(); }
  /// @{
  /// Pixels of a frame.
  index_t frame_height() const { return self_->frame_height(); }
  index_t frame_width() const { return self_->frame_width(); }
  /// @}

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual AnyVideoSession session(std::span<const VideoRequest>) const = 0;
    virtual GenerationReport generate(std::span<const VideoRequest>, const FrameCallback&, std::stop_token,
                                      const ProgressHook&) const = 0;
    virtual TextEncoding encode_sentence(std::string_view) const = 0;
    virtual const ModelConfiguration& configuration() const = 0;
    virtual index_t frame_height() const = 0;
    virtual index_t frame_width() const = 0;
  };
  template <typename Model>
  struct Holder final : Interface {
    explicit Holder(Model held) : model(std::move(held)) {}
    GenerationReport generate(std::span<const VideoRequest> requests, const FrameCallback& on_frame,
                              std::stop_token stop, const ProgressHook& progress) const override {
      return model.generate(requests, on_frame, std::move(stop), progress);
    }
    AnyVideoSession session(std::span<const VideoRequest> requests) const override {
      return AnyVideoSession(model.session(requests));
    }
    TextEncoding encode_sentence(std::string_view sentence) const override {
      return model.encode_sentence(sentence);
    }
    const ModelConfiguration& configuration() const override { return model.configuration(); }
    index_t frame_height() const override { return model.configuration().image_tokenizer.image_height; }
    index_t frame_width() const override { return model.configuration().image_tokenizer.image_width; }
    Model model;
  };

  std::shared_ptr<const Interface> self_;
};

/// What `load_text_to_video` does for a list: the one function that a compiled generator instantiates
/// (cmake/compiled.cpp).
/// @throws format_error when the file names parts that the list has not
template <ComputeBackend Backend, typename... Parts>
VideoGenerator load_by_name(const BundleFile& file, const Backend& backend, WeightStorage storage,
                            ModelList<Parts...>) {
  std::shared_ptr<VideoGenerator> generator;
  std::string known;
  const auto try_parts = [&]<typename These>(std::type_identity<These>) {
    (known += known.empty() ? "" : " and ") += BundleFile::names_of<These>();
    if (generator == nullptr && file.is_of<These>()) {
      generator = std::make_shared<VideoGenerator>(
          TextToVideo<These, Backend>(VideoModel<These, Backend>::load(file, backend, storage)));
    }
  };
  (try_parts(std::type_identity<Parts>{}), ...);
  require<format_error>(generator != nullptr, "{}: is made of the parts {}, this program knows {}",
                        file.tensors().path(), file.parts(), known);
  return *generator;
}

/// The same from a path.
template <typename List, ComputeBackend Backend>
VideoGenerator load_by_name(const std::string& path, const Backend& backend, WeightStorage storage,
                            List list) {
  return load_by_name(BundleFile::open(path), backend, storage, list);
}

/// Loads a bundle, choosing its parts by their names in the file.
/// @tparam Models the `ModelList` to choose from
/// @param storage how the decoders' matrices are kept in memory (backend/weight_storage.hpp); any file serves
/// @throws format_error when the file names other parts or is not what it should be
/// @throws io_error when it cannot be opened
template <typename Models = NamedModels, ComputeBackend Backend = Cpu>
requires is_model_list<Models> VideoGenerator
load_text_to_video(const std::string& path, const Backend& backend = Backend(),
                   WeightStorage storage = WeightStorage::float32) {
  return load_by_name(path, backend, storage, Models{});
}
/// The same from a file that is open; it is not needed afterwards.
template <typename Models = NamedModels, ComputeBackend Backend = Cpu>
requires is_model_list<Models> VideoGenerator
load_text_to_video(const BundleFile& file, const Backend& backend = Backend(),
                   WeightStorage storage = WeightStorage::float32) {
  return load_by_name(file, backend, storage, Models{});
}

}  // namespace flashvideo
