// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The one id space of a model: image codes first, then text ids, then `<pad>` and the Serial Number tokens
/// 1..M ([FlashVideo] 3.2):
///
///     [0, I)            image codes          I = num_image_codes
///     [I, I + X)        text ids             X = num_text_tokens
///     I + X             <pad>
///     I + X + m         serial(m), m = 1..M  M = num_serials
///
/// @code
/// const VocabularyLayout vocabulary(512, 300, 8);
/// token_t first = vocabulary.serial(1);            // 813
/// bool code = vocabulary.is_image(511);            // true
/// @endcode
class VocabularyLayout {
 public:
  /// @throws value_error unless every count is at least 1 and all ids fit in token_t
  VocabularyLayout(index_t num_image_codes, index_t num_text_tokens, index_t num_serials)
      : num_image_codes_(num_image_codes), num_text_tokens_(num_text_tokens), num_serials_(num_serials) {
    constexpr index_t limit = (std::numeric_limits<token_t>::max)();
    require<value_error>(num_image_codes >= 1 && num_image_codes <= limit,
                         "VocabularyLayout: num_image_codes is {}, expected 1 .. {}", num_image_codes, limit);
    require<value_error>(num_text_tokens >= 1 && num_text_tokens <= limit,
                         "VocabularyLayout: num_text_tokens is {}, expected 1 .. {}", num_text_tokens, limit);
    require<value_error>(num_serials >= 1 && num_serials <= limit,
                         "VocabularyLayout: num_serials is {}, expected 1 .. {}", num_serials, limit);
    require<value_error>(size() <= limit, "VocabularyLayout: size is {}, expected <= {}", size(), limit);
  }

  /// The icetk layout: 20,000 image codes, 130,000 text ids from 20,000, specials from 150,000. Special
  /// pieces that a peer has appended there (CogVideo: 3) count as text ids and come before `<pad>`.
  /// @throws value_error for a negative num_appended
  static VocabularyLayout icetk(index_t num_serials = 16, index_t num_appended = 0) {
    require<value_error>(num_appended >= 0, "VocabularyLayout::icetk: num_appended is {}, expected >= 0",
                         num_appended);
    return VocabularyLayout(20000, 130000 + num_appended, num_serials);
  }

  /// The token of an image code.
  /// @throws value_error unless 0 <= code < I
  token_t image(index_t code) const {
    require<value_error>(code >= 0 && code < num_image_codes_,
                         "VocabularyLayout::image: code is {}, expected 0 .. {}", code, num_image_codes_ - 1);
    return static_cast<token_t>(code);
  }
  /// The token of a text id.
  /// @throws value_error unless 0 <= id < X
  token_t text(index_t id) const {
    require<value_error>(id >= 0 && id < num_text_tokens_,
                         "VocabularyLayout::text: id is {}, expected 0 .. {}", id, num_text_tokens_ - 1);
    return static_cast<token_t>(num_image_codes_ + id);
  }
  /// `<pad>`, which fills sequences up and carries no loss.
  token_t pad() const { return static_cast<token_t>(num_image_codes_ + num_text_tokens_); }
  /// The token as it stands in a sequence without text: `<pad>` for a text id, else itself. So a sequence with its text
  /// and the same one without it are equally long, and every other token stands at the same place in both. Training
  /// with dropped texts and guidance (generation/guidance.hpp) both mean this.
  token_t without_text(token_t token) const { return is_text(token) ? pad() : token; }
  /// Serial Number token of the m-th frame, counted from 1.
  /// @throws value_error unless 1 <= m <= M
  token_t serial(index_t m) const {
    require<value_error>(m >= 1 && m <= num_serials_, "VocabularyLayout::serial: m is {}, expected 1 .. {}",
                         m, num_serials_);
    return static_cast<token_t>(pad() + m);
  }

  /// @{
  /// Of which kind a token is.
  bool is_image(token_t token) const { return token >= 0 && token < num_image_codes_; }
  bool is_text(token_t token) const { return token >= num_image_codes_ && token < pad(); }
  bool is_pad(token_t token) const { return token == pad(); }
  bool is_serial(token_t token) const { return token > pad() && token < size(); }
  /// @}

  /// @{
  /// The code, text id or serial number behind a token.
  /// @throws value_error for a token of another kind
  index_t image_code(token_t token) const {
    require<value_error>(is_image(token), "VocabularyLayout::image_code: token {} is not an image code",
                         token);
    return token;
  }
  index_t text_id(token_t token) const {
    require<value_error>(is_text(token), "VocabularyLayout::text_id: token {} is not a text token", token);
    return token - num_image_codes_;
  }
  index_t serial_number(token_t token) const {
    require<value_error>(is_serial(token),
                         "VocabularyLayout::serial_number: token {} is not a Serial Number token", token);
    return token - pad();
  }
  /// @}

  /// @{
  /// The counts I, X and M.
  index_t num_image_codes() const { return num_image_codes_; }
  index_t num_text_tokens() const { return num_text_tokens_; }
  index_t num_serials() const { return num_serials_; }
  /// @}
  /// Number of ids; the embedding has as many rows.
  index_t size() const { return num_image_codes_ + num_text_tokens_ + 1 + num_serials_; }

  friend bool operator==(const VocabularyLayout&, const VocabularyLayout&) = default;

 private:
  index_t num_image_codes_;
  index_t num_text_tokens_;
  index_t num_serials_;
};

}  // namespace flashvideo
