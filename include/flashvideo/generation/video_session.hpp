// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "flashvideo/generation/video_model.hpp"
#include "flashvideo/io/image.hpp"

namespace flashvideo {

/// One video to make.
struct VideoRequest {
  std::vector<std::string> sentences;  ///< one, or one for each key frame (a storyboard)
  std::vector<Image> first_frames{};   ///< the first key frames if given; absorbed instead of sampled
  GenerationOptions options{};         ///< how it is made
  std::vector<Image>
      given_frames{};       ///< prediction: the first frames of the video, each of them; in place of
                            ///< first_frames. The frames between key frames are not made again
  bool keep_given = false;  ///< show given frames as they are, not as the tokenizer returns them
};

/// One finished frame.
struct GeneratedFrame {
  index_t video = 0;  ///< index of its request
  index_t index = 0;  ///< place in the video, from 0; frames of a video come in this order
  Image image;        ///< in the model's extents
};

/// Videos being written: gives frames one by one, each as soon as it is finished. It owns all that changes;
/// the model is shared. It can be stopped, continued, and copied midway (`clone`), and gives the same frames
/// whatever else runs.
/// @code
/// VideoSession session(model, {{.sentences = {"a red star moves in a circle"}}});
/// while (auto frame = session.next()) show(frame->image);
/// @endcode
/// @tparam Model a `VideoModel`
template <typename Model>
class VideoSession {
 public:
  /// @throws value_error for options out of range, an interpolation or a guidance that was not trained, a sentence without a
  /// known word, sentences that are neither one nor one for each key frame, more first frames than key frames, more given
  /// frames than frames, as many as were not trained
  /// @throws shape_error for first frames of another size
  VideoSession(std::shared_ptr<const Model> model, std::span<const VideoRequest> requests)
      : VideoSession(std::move(model)) {
    require<value_error>(!requests.empty(), "VideoSession: no video is requested");
    for (const VideoRequest& request : requests) add(request);
  }

  /// The next finished frame of any video; nothing when all are complete or a stop was requested.
  std::optional<GeneratedFrame> next(std::stop_token stop = {}) {
    while (ready_.empty()) {
      if (stop.stop_requested()) return std::nullopt;
      collect();
      if (!ready_.empty()) break;
      std::vector<typename Engine::Run*> open;
      for (auto& run : runs_) {
        if (!run.finished()) open.push_back(&run);
      }
      if (open.empty() || !engine_.step(std::span<typename Engine::Run* const>(open))) return std::nullopt;
    }
    GeneratedFrame frame = std::move(ready_.front());
    ready_.pop_front();
    return frame;
  }

  /// Frames of all videos together.
  index_t frame_count() const {
    index_t count = 0;
    for (const auto& run : runs_) count += run.frame_count();
    return count;
  }
  /// Tokens so far, of all videos.
  TokenCounts counts() const {
    TokenCounts total;
    for (const auto& run : runs_) total += run.counts();
    return total;
  }
  /// Tokens so far, of one video, counted as the requests.
  TokenCounts counts(std::size_t video) const { return runs_.at(video).counts(); }
  /// One sentence for each thing that the model does not know or leaves out (`VideoModel::encode_sentence`).
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// A copy that continues on its own and gives the same frames.
  VideoSession clone() const {
    VideoSession copy(model_);
    for (const auto& run : runs_) copy.runs_.push_back(run.clone(model_->backend()));
    copy.kept_ = kept_;
    copy.ready_ = ready_;
    copy.warnings_ = warnings_;
    return copy;
  }

 private:
  using Engine =
      GenerationEngine<typename Model::KeyPolicy, typename Model::GapPolicy, typename Model::Computing>;

  explicit VideoSession(std::shared_ptr<const Model> model)
      : model_(std::move(model)),
        engine_(model_->backend(), model_->key_model(), model_->gap_model()),
        picture_workspace_(model_->backend()) {}

  void add(const VideoRequest& request) {
    request.options.check();
    model_->check_gaps(request.options);
    model_->check_guidance(request.options);
    const std::map<index_t, const Image*> given = given_images(request);
    const index_t stride = request.options.schedule().stride();
    model_->check_given(
        request.options,
        static_cast<index_t>(std::count_if(given.begin(), given.end(),
                                           [&](const auto& at) { return at.first % stride == 0; })),
        static_cast<index_t>(request.given_frames.size()));
    require<value_error>(!request.sentences.empty(), "VideoSession: a request has no sentence");
    VideoTokens tokens;
    for (const std::string& sentence : request.sentences) {
      TextEncoding encoding = model_->encode_sentence(sentence);
      for (const std::string& warning : encoding.warnings) warnings_.push_back(warning);
      tokens.texts.push_back(std::move(encoding.ids));
    }
    const std::vector<Image>& images =
        request.given_frames.empty() ? request.first_frames : request.given_frames;
    if (!images.empty()) {
      const std::vector<token_t> codes = model_->image_tokenizer().encode_bytes(
          pixels_of(images, model_->configuration().image_tokenizer, "VideoSession"));
      const auto cells = static_cast<std::ptrdiff_t>(codes.size() / images.size());
      auto begin = codes.begin();
      for (const auto& [index, image] : given) {
        std::vector<token_t> frame(begin, begin + cells);
        begin += cells;
        if (index % stride == 0) {
          tokens.given.push_back(std::move(frame));
        } else {
          tokens.given_between[index] = std::move(frame);
        }
      }
    }
    runs_.emplace_back(model_->frame_layout(), std::move(tokens), request.options);
    kept_.emplace_back();
    if (!request.keep_given) return;
    for (const auto& [index, image] : given) kept_.back().emplace(index, *image);
  }

  // What is given, by display index; in the order in which it was given.
  static std::map<index_t, const Image*> given_images(const VideoRequest& request) {
    require<value_error>(request.first_frames.empty() || request.given_frames.empty(),
                         "VideoSession: both first_frames and given_frames are given, expected one of them");
    const auto given = static_cast<index_t>(request.given_frames.size());
    const index_t frames = request.options.frame_count();
    require<value_error>(given <= frames, "VideoSession: {} frames are given, the video has {}", given,
                         frames);
    std::map<index_t, const Image*> images;
    for (const Image& image : request.first_frames) {
      images[static_cast<index_t>(images.size()) * request.options.schedule().stride()] = &image;
    }
    for (const Image& image : request.given_frames) images[static_cast<index_t>(images.size())] = &image;
    return images;
  }

  // Decodes the frames that are finished, all at once.
  void collect() {
    std::vector<token_t> codes;
    std::vector<GeneratedFrame> frames;
    for (std::size_t video = 0; video < runs_.size(); ++video) {
      for (index_t index = runs_[video].position();; ++index) {
        const auto frame = runs_[video].take_frame();
        if (!frame) break;
        codes.insert(codes.end(), frame->begin(), frame->end());
        frames.push_back({static_cast<index_t>(video), index, {}});
      }
    }
    if (frames.empty()) return;
    std::vector<Image> images = images_of(decoded(codes), model_->configuration().image_tokenizer);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto& kept = kept_[static_cast<std::size_t>(frames[i].video)];
      const auto given = kept.find(frames[i].index);
      frames[i].image = given == kept.end() ? std::move(images[i]) : given->second;
      ready_.push_back(std::move(frames[i]));
    }
  }

  std::vector<std::uint8_t> decoded(std::span<const token_t> codes) {
    const auto& tokenizer = model_->image_tokenizer();
    if constexpr (requires { tokenizer.decode_bytes(codes, picture_workspace_); }) {
      return tokenizer.decode_bytes(codes, picture_workspace_);
    } else {
      return tokenizer.decode_bytes(codes);
    }
  }

  std::shared_ptr<const Model> model_;
  Engine engine_;
  Workspace<typename Model::Computing>
      picture_workspace_;  // one for all frames: asked for once, memory stays in one piece
  std::deque<typename Engine::Run> runs_;
  std::vector<std::map<index_t, Image>> kept_;  // of each run: given frames to be shown as they are
  std::deque<GeneratedFrame> ready_;
  std::vector<std::string> warnings_;
};

}  // namespace flashvideo
