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

/// A list of policies, for choosing one by the name in a file.
template <DecoderPolicy... Policies>
struct PolicyList {};

/// Whether it is a `PolicyList`.
template <typename List>
inline constexpr bool is_policy_list = false;

/// It is.
template <typename... Policies>
inline constexpr bool is_policy_list<PolicyList<Policies...>> = true;

/// The named configurations of the library; a user's list may add to it.
using NamedPolicies = PolicyList<FlashVideoPolicy, TransformerPolicy>;

/// Videos being written by a model of any policy: `next` gives their frames one by one (see `VideoSession`).
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

/// A text-to-video model whose policies are known only from its file: the same calls as `TextToVideo`, behind
/// one type.
/// @code
/// const VideoGenerator model = load_text_to_video("shapes.safetensors");
/// model.generate({{"a red star moves in a circle"}},
///                [](const GeneratedFrame& frame) { show(frame.image); });
/// @endcode
class VideoGenerator {
 public:
  /// Holds a model of any policies; copies share it.
  template <DecoderPolicy KeyPolicy, DecoderPolicy GapPolicy, ComputeBackend Backend>
  VideoGenerator(TextToVideo<KeyPolicy, GapPolicy, Backend> model)
      : self_(std::make_shared<const Holder<TextToVideo<KeyPolicy, GapPolicy, Backend>>>(std::move(model))) {}

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
  const BundleConfiguration& configuration() const { return self_->configuration(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual AnyVideoSession session(std::span<const VideoRequest>) const = 0;
    virtual GenerationReport generate(std::span<const VideoRequest>, const FrameCallback&, std::stop_token,
                                      const ProgressHook&) const = 0;
    virtual TextEncoding encode_sentence(std::string_view) const = 0;
    virtual const BundleConfiguration& configuration() const = 0;
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
    const BundleConfiguration& configuration() const override { return model.configuration(); }
    Model model;
  };

  std::shared_ptr<const Interface> self_;
};

/// What `load_text_to_video` does for a list of policies: the one function that a compiled generator
/// instantiates (cmake/compiled.cpp).
/// @throws format_error when the file names a policy that the list has not
template <ComputeBackend Backend, DecoderPolicy... Policies>
VideoGenerator load_by_name(const std::string& path, const Backend& backend, WeightStorage storage,
                            PolicyList<Policies...>) {
  const SafetensorsFile file(path);
  const BundleConfiguration stored =
      VideoModel<FlashVideoPolicy, FlashVideoPolicy, Backend>::read_configuration(file);
  std::shared_ptr<VideoGenerator> generator;
  std::string known;
  const auto try_policy = [&]<typename Policy>(std::type_identity<Policy>) {
    known += std::string(known.empty() ? "" : ", ") + Policy::name;
    if (stored.key_frame_policy == Policy::name && stored.interpolation_policy == Policy::name) {
      using Model = VideoModel<Policy, Policy, Backend>;
      generator = std::make_shared<VideoGenerator>(
          TextToVideo<Policy, Policy, Backend>(Model::load(file, stored, backend, storage)));
    }
  };
  (try_policy(std::type_identity<Policies>{}), ...);
  require<format_error>(generator != nullptr,
                        "{}: has policies \"{}\" and \"{}\", this program knows both as one of {}", path,
                        stored.key_frame_policy, stored.interpolation_policy, known);
  return *generator;
}

/// Loads a bundle, choosing the policy by its name in the file.
/// @tparam Policies the policies to choose from
/// @param storage how the decoders' matrices are kept in memory (backend/weight_storage.hpp); any file serves
/// @throws format_error when the file names another policy or is not what it should be
/// @throws io_error when it cannot be opened
template <typename Policies = NamedPolicies, ComputeBackend Backend = Cpu>
requires is_policy_list<Policies> VideoGenerator
load_text_to_video(const std::string& path, const Backend& backend = Backend(),
                   WeightStorage storage = WeightStorage::float32) {
  return load_by_name(path, backend, storage, Policies{});
}

}  // namespace flashvideo
