// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/progress.hpp"

namespace flashvideo {

/// Extent of every clip of a source, in frames and pixels.
struct ClipSize {
  index_t num_frames = 0;  ///< T
  index_t height = 0;      ///< px
  index_t width = 0;       ///< px

  /// Number of bytes of a clip's RGB frames.
  index_t num_bytes() const { return num_frames * height * width * 3; }
  friend bool operator==(const ClipSize&, const ClipSize&) = default;
};

/// A captioned clip: RGB bytes, row-major (T, height, width, 3).
struct Clip {
  std::string caption;               ///< what it shows
  std::vector<std::uint8_t> frames;  ///< (T, height, width, 3)
  ClipSize size;                     ///< its extents

  /// @{
  /// First byte of frame t.
  std::uint8_t* frame(index_t t) { return frames.data() + t * size.height * size.width * 3; }
  const std::uint8_t* frame(index_t t) const { return frames.data() + t * size.height * size.width * 3; }
  /// @}
};

/// Something that clips come from: `clip(i)` is a pure function of i, safe to call from several threads;
/// `caption(i)` is its caption without the work of its pictures; `size()` is the number of distinct clips,
/// nothing for a source without end (drawn on the fly). `fingerprint(progress)` names what the pictures of all
/// clips are made of, captions aside: sources whose pictures differ have different ones. A source may have
/// `caption_place(i)`, where people find the caption: "captions.tsv: line 4".
template <typename Source>
concept ClipSource = requires(const Source& source, index_t i) {
  { source.clip(i) } -> std::convertible_to<Clip>;
  { source.caption(i) } -> std::convertible_to<std::string>;
  { source.fingerprint(ProgressHook()) } -> std::convertible_to<std::string>;
  { source.size() } -> std::convertible_to<std::optional<index_t>>;
  { source.clip_size() } -> std::convertible_to<ClipSize>;
};

/// Any clip source behind one type, for programs that choose the source at run time.
/// @code AnyClipSource source = MovingShapes({.seed = 1}); Clip clip = source.clip(0); @endcode
class AnyClipSource {
 public:
  /// Holds a source of any kind; copies share it.
  template <ClipSource Source>
  requires(!std::same_as<Source, AnyClipSource>) AnyClipSource(Source source)
      : self_(std::make_shared<const Model<Source>>(std::move(source))) {}

  /// @{
  /// As the source has it, see `ClipSource`.
  Clip clip(index_t i) const { return self_->clip(i); }
  std::string caption(index_t i) const { return self_->caption(i); }
  std::string fingerprint(const ProgressHook& progress = {}) const { return self_->fingerprint(progress); }
  std::optional<index_t> size() const { return self_->size(); }
  ClipSize clip_size() const { return self_->clip_size(); }
  /// @}
  /// As the source has it, else "clip i".
  std::string caption_place(index_t i) const { return self_->caption_place(i); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual Clip clip(index_t i) const = 0;
    virtual std::string caption(index_t i) const = 0;
    virtual std::string caption_place(index_t i) const = 0;
    virtual std::string fingerprint(const ProgressHook& progress) const = 0;
    virtual std::optional<index_t> size() const = 0;
    virtual ClipSize clip_size() const = 0;
  };
  template <typename Source>
  struct Model final : Interface {
    explicit Model(Source source) : source_(std::move(source)) {}
    Clip clip(index_t i) const override { return source_.clip(i); }
    std::string caption(index_t i) const override { return source_.caption(i); }
    std::string caption_place(index_t i) const override {
      if constexpr (requires { source_.caption_place(i); }) return source_.caption_place(i);
      return "clip " + std::to_string(i);
    }
    std::string fingerprint(const ProgressHook& progress) const override {
      return source_.fingerprint(progress);
    }
    std::optional<index_t> size() const override { return source_.size(); }
    ClipSize clip_size() const override { return source_.clip_size(); }
    Source source_;
  };

  std::shared_ptr<const Interface> self_;
};

}  // namespace flashvideo
