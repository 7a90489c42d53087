// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/memory_map.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// What a row of CogVideo's training files holds.
struct CogVideoRow {
  index_t text = 64;            ///< text ids, filled up at their end
  index_t frames = 5;           ///< frames behind them
  index_t frame_tokens = 400;   ///< image codes of a frame
  token_t image_codes = 20000;  ///< image codes are below, text ids from here on
  token_t pad = 20003;          ///< what texts are filled up with

  /// Ids of a row.
  index_t size() const { return text + frames * frame_tokens; }
};

/// A row as a clip.
struct CogVideoClip {
  std::vector<token_t> caption;      ///< ids of the text, counted from 0: icetk's piece ids
  MatrixView<const token_t> frames;  ///< (T, tokens of a frame), in the file's memory
};

/// The tokenised clips of CogVideo's training (THUDM/CogVideo, cogdata; SwissArmyTransformer's BinaryDataset): int32, low
/// byte first, rows of 2,064 ids without a header: 64 of the text ("4.0秒<n>" and the sentence, in icetk's ids) and 5
/// frames of 400. A source of clips for `ClipSequences<CogVideoTokens>`; rows are checked when they are read.
/// @throws io_error when it cannot be opened
/// @throws format_error for a file that is no whole number of rows
/// @code
///   CogVideoTokens rows("train.bin");
///   const ClipSequences<CogVideoTokens> sequences(rows, sequencer, {.key_frames = 5, .key_spacing = 1});
/// @endcode
class CogVideoTokens {
 public:
  /// Maps the file.
  explicit CogVideoTokens(std::string path, CogVideoRow row = {})
      : path_(std::move(path)), row_(row), map_(path_) {
    static_assert(std::endian::native == std::endian::little && sizeof(token_t) == 4,
                  "flashvideo::CogVideoTokens: ids are read where they lie.");
    require<value_error>(row.text >= 0 && row.frames >= 1 && row.frame_tokens >= 1,
                         "CogVideoTokens: rows of {} text ids and {} frames of {}, expected >= 0, 1 and 1",
                         row.text, row.frames, row.frame_tokens);
    refuse_empty_or_pointer(path_, map_.text());
    const auto bytes = static_cast<index_t>(map_.bytes().size());
    require<format_error>(bytes % (4 * row.size()) == 0,
                          "{}: {} bytes are no whole rows of {} ids of 4 bytes", path_, bytes, row.size());
  }

  /// Number of rows.
  index_t size() const { return static_cast<index_t>(map_.bytes().size()) / (4 * row_.size()); }
  /// Image codes of a frame.
  index_t tokens_per_frame() const { return row_.frame_tokens; }

  /// Row i.
  /// @throws value_error unless 0 <= i < size()
  /// @throws format_error naming row and place of an id that is out of range
  CogVideoClip clip(index_t i) const {
    require<value_error>(i >= 0 && i < size(), "CogVideoTokens::clip: row {}, expected 0 .. {}", i,
                         size() - 1);
    const auto* ids = reinterpret_cast<const token_t*>(map_.bytes().data()) + i * row_.size();
    index_t length = row_.text;
    while (length > 0 && ids[length - 1] == row_.pad) --length;
    CogVideoClip clip{{}, {ids + row_.text, {row_.frames, row_.frame_tokens}}};
    for (index_t place = 0; place < row_.size(); ++place) {
      const bool is_text = place < row_.text;
      const bool fits =
          is_text ? ids[place] >= row_.image_codes : ids[place] >= 0 && ids[place] < row_.image_codes;
      require<format_error>(fits, "{}: row {}, place {}: {} is no {}", path_, i, place, ids[place],
                            is_text ? "text id" : "image code");
      if (place < length) clip.caption.push_back(ids[place] - row_.image_codes);
    }
    return clip;
  }

 private:
  std::string path_;
  CogVideoRow row_;
  MemoryMap map_;
};

}  // namespace flashvideo
