// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// A tokenised clip, lying in the cache's mapped file.
struct TokenClip {
  std::span<const token_t> caption;  ///< ids of the text
  MatrixView<const token_t> frames;  ///< (T, tokens of a frame)
};

/// Writes tokenised clips one after another; the file appears under its name at `commit`. Memory does not
/// grow with the tokens: they go to the disk at once. The file is a safetensors file with "tokens" (all
/// frames, tokens of a frame), "captions", "clip_frames" and "caption_lengths", all I32.
/// @throws io_error when the disk refuses
/// @code
/// TokenCacheWriter writer("clips.tokens", fingerprint, 64);
/// writer.append(caption_ids, clip_tokens);
/// writer.commit();
/// @endcode
class TokenCacheWriter {
 public:
  /// @param fingerprint names the tokenizers that made the ids (io/fingerprint.hpp)
  /// @throws value_error unless tokens_per_frame >= 1
  TokenCacheWriter(const std::string& path, std::string fingerprint, index_t tokens_per_frame)
      : file_(path), fingerprint_(std::move(fingerprint)), tokens_per_frame_(tokens_per_frame) {
    require<value_error>(tokens_per_frame >= 1, "TokenCacheWriter: tokens_per_frame is {}, expected >= 1",
                         tokens_per_frame);
    file_.write(std::string(header_bytes, ' '));
  }

  /// A clip more.
  /// @param caption ids of the text, any number
  /// @param tokens (T, tokens_per_frame), row-major, T >= 1
  /// @throws shape_error when they are no whole frames
  void append(std::span<const token_t> caption, std::span<const token_t> tokens) {
    const index_t count = static_cast<index_t>(tokens.size());
    require<shape_error>(count >= tokens_per_frame_ && count % tokens_per_frame_ == 0,
                         "TokenCacheWriter::append: {} tokens, expected a positive multiple of {}", count,
                         tokens_per_frame_);
    file_.write(std::as_bytes(tokens));
    frames_ += count / tokens_per_frame_;
    clip_frames_.push_back(static_cast<token_t>(count / tokens_per_frame_));
    caption_lengths_.push_back(static_cast<token_t>(caption.size()));
    captions_.insert(captions_.end(), caption.begin(), caption.end());
  }

  /// Clips so far.
  index_t size() const { return static_cast<index_t>(clip_frames_.size()); }

  /// Completes the file; nothing may be appended afterwards.
  void commit() {
    index_t offset = 0;
    Json header = Json::object();
    Json texts = Json::object();
    texts.set("kind", "flashvideo token cache");
    texts.set("version", "1");
    texts.set("fingerprint", fingerprint_);
    header.set("__metadata__", std::move(texts));
    const auto describe = [&](const char* name, std::vector<index_t> shape) {
      index_t bytes = static_cast<index_t>(sizeof(token_t));
      for (const index_t extent : shape) bytes *= extent;
      Json entry = Json::object();
      entry.set("dtype", "I32");
      entry.set("shape", Json::array_of(shape));
      entry.set("data_offsets", Json::array_of(std::vector<index_t>{offset, offset + bytes}));
      header.set(name, std::move(entry));
      offset += bytes;
    };
    describe("tokens", {frames_, tokens_per_frame_});
    describe("captions", {static_cast<index_t>(captions_.size())});
    describe("clip_frames", {size()});
    describe("caption_lengths", {size()});
    file_.write(std::as_bytes(std::span(captions_)));
    file_.write(std::as_bytes(std::span(clip_frames_)));
    file_.write(std::as_bytes(std::span(caption_lengths_)));

    const std::string json = header.dump();
    require<value_error>(json.size() <= header_bytes - 8,
                         "TokenCacheWriter: the fingerprint has {} characters", fingerprint_.size());
    std::string length(8, '\0');  // the header's, padding included
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>((header_bytes - 8) >> (8 * i) & 0xFF);
    file_.seek(0);
    file_.write(length + json);
    file_.commit();
  }

 private:
  static constexpr std::size_t header_bytes = 1024;

  AtomicFile file_;
  std::string fingerprint_;
  index_t tokens_per_frame_;
  index_t frames_ = 0;
  std::vector<token_t> captions_;
  std::vector<token_t> clip_frames_;
  std::vector<token_t> caption_lengths_;
};

/// Tokenised clips in a mapped file, any of them in constant time; safe to read from many threads.
/// @code
/// TokenCache cache("clips.tokens", fingerprint);
/// TokenClip clip = cache.clip(17);
/// @endcode
class TokenCache {
 public:
  /// @param fingerprint what the file must have been made by; empty: anything
  /// @throws io_error when it cannot be opened
  /// @throws format_error for a file of another kind, one made by another tokenizer, or one that contradicts
  /// itself
  explicit TokenCache(const std::string& path, std::string_view fingerprint = "") : file_(path) {
    const auto& metadata = file_.metadata();
    const auto kind = metadata.find("kind");
    require<format_error>(kind != metadata.end() && kind->second == "flashvideo token cache",
                          "{}: the file is no cache of tokens", path);
    require<format_error>(fingerprint.empty() || fingerprint == this->fingerprint(),
                          "{}: the clips were made by tokenizers {}, expected {}", path, this->fingerprint(),
                          fingerprint);
    const auto& shape = file_.find("tokens").shape;
    require<format_error>(shape.size() == 2 && shape[1] >= 1,
                          "{}: tensor \"tokens\" has shape {}, expected (frames, tokens of a frame)", path,
                          shape_text(shape));
    tokens_per_frame_ = shape[1];
    tokens_ = file_.view<token_t>("tokens");
    captions_ = file_.view<token_t>("captions");
    frame_begins_ = sums("clip_frames", shape[0]);
    caption_begins_ = sums("caption_lengths", static_cast<index_t>(captions_.size()));
    require<format_error>(frame_begins_.size() == caption_begins_.size(), "{}: {} clips, but {} captions",
                          path, frame_begins_.size() - 1, caption_begins_.size() - 1);
  }

  /// Number of clips.
  index_t size() const { return static_cast<index_t>(frame_begins_.size()) - 1; }
  /// Tokens of a frame.
  index_t tokens_per_frame() const { return tokens_per_frame_; }
  /// Of the tokenizers that made the ids.
  const std::string& fingerprint() const { return file_.metadata("fingerprint"); }

  /// Clip i, in the file's memory.
  /// @throws value_error unless 0 <= i < size()
  TokenClip clip(index_t i) const {
    require<value_error>(i >= 0 && i < size(), "TokenCache::clip: clip {}, expected 0 .. {}", i, size() - 1);
    const std::size_t at = static_cast<std::size_t>(i);
    const index_t frames = frame_begins_[at + 1] - frame_begins_[at];
    return {captions_.subspan(static_cast<std::size_t>(caption_begins_[at]),
                              static_cast<std::size_t>(caption_begins_[at + 1] - caption_begins_[at])),
            {tokens_.data() + frame_begins_[at] * tokens_per_frame_, {frames, tokens_per_frame_}}};
  }

 private:
  /// Where each clip's part begins, and the end.
  std::vector<index_t> sums(std::string_view name, index_t total) const {
    std::vector<index_t> begins = {0};
    for (const token_t length : file_.view<token_t>(name)) {
      require<format_error>(length >= 0, "{}: \"{}\" holds {}, expected >= 0", file_.path(), name, length);
      begins.push_back(begins.back() + length);
    }
    require<format_error>(begins.back() == total, "{}: \"{}\" adds up to {}, expected {}", file_.path(), name,
                          begins.back(), total);
    return begins;
  }

  SafetensorsFile file_;
  index_t tokens_per_frame_ = 0;
  std::span<const token_t> tokens_;
  std::span<const token_t> captions_;
  std::vector<index_t> frame_begins_;
  std::vector<index_t> caption_begins_;
};

}  // namespace flashvideo
