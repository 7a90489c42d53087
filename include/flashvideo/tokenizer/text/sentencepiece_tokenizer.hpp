// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Component SentencePiece; not part of the umbrella.

#include <fmt/format.h>

#pragma push_macro("Status")  // X11's
#undef Status
#include <sentencepiece_processor.h>
#pragma pop_macro("Status")

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/tokenizer/text/text_tokenizer.hpp"

namespace flashvideo {

/// What a model file says of a `SentencePieceTokenizer` beside its bytes.
struct SentencePieceConfiguration {
  index_t pieces = 1;  ///< of the model

  /// Names each field (core/fields.hpp).
  template <typename = void>
  void visit(Fields& fields) {
    fields.integer("pieces", pieces, at_least(1), "pieces of the SentencePiece model");
  }
};

/// A SentencePiece model (unigram, BPE, word or char), through libsentencepiece. Copies share the immutable
/// model. A piece that the model does not know becomes its `<unk>` id and yields one warning naming it; an
/// empty sentence has no ids.
/// @code
/// const SentencePieceTokenizer tokenizer = SentencePieceTokenizer::load("ice_text.model");
/// TextEncoding text = tokenizer.encode("a man is riding a horse");
/// std::string sentence = tokenizer.decode(text.ids);
/// @endcode
class SentencePieceTokenizer {
 public:
  using Configuration = SentencePieceConfiguration;     ///< what a model file says of it
  static constexpr const char* kind = "sentencepiece";  ///< in model files

  /// @param model_bytes of the SentencePiece model
  /// @throws format_error when they are no model
  /// @throws value_error for a model of another number of pieces
  SentencePieceTokenizer(const Configuration& configuration, std::string_view model_bytes)
      : SentencePieceTokenizer(from_bytes(model_bytes)) {
    require<value_error>(vocabulary_size() == configuration.pieces,
                         "SentencePieceTokenizer: the model has {} pieces, expected {}", vocabulary_size(),
                         configuration.pieces);
  }

  /// Reads a model file.
  /// @throws io_error when it cannot be read
  /// @throws format_error when it is no model
  static SentencePieceTokenizer load(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    require<io_error>(file.is_open() && !std::filesystem::is_directory(path), "{}: cannot be read",
                      path.string());
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    require<io_error>(!file.bad(), "{}: cannot be read to its end", path.string());
    return from_bytes(bytes, path.string());
  }

  /// Takes a serialised model (the bytes of a `.model` file). `name` stands at the beginning of errors.
  /// @throws format_error when they are no model
  static SentencePieceTokenizer from_bytes(std::string_view bytes,
                                           std::string_view name = "SentencePieceTokenizer") {
    require<format_error>(!bytes.empty(), "{}: the SentencePiece model is empty", name);
    require<format_error>(bytes.substr(0, 23) != "version https://git-lfs",
                          "{}: offset 0: this is a Git LFS pointer, not a SentencePiece model", name);
    auto model = std::make_shared<sentencepiece::SentencePieceProcessor>();
    const auto status = model->LoadFromSerializedProto(bytes);
    require<format_error>(status.ok(), "{}: {} bytes are not a SentencePiece model: {}", name, bytes.size(),
                          status.error_message());
    require<format_error>(model->GetPieceSize() > 0, "{}: the SentencePiece model has no pieces", name);
    return SentencePieceTokenizer(std::move(model), std::make_shared<const std::string>(bytes));
  }

  /// Its ids, with a warning for each piece that the model does not know.
  TextEncoding encode(std::string_view sentence) const {
    std::vector<int> ids;
    check(model_->Encode(sentence, &ids), "encode");
    TextEncoding encoding;
    encoding.ids.assign(ids.begin(), ids.end());
    const std::vector<std::string> surfaces = pieces(sentence);
    for (std::size_t i = 0; i < ids.size() && i < surfaces.size(); ++i)
      if (model_->IsUnknown(ids[i]))
        encoding.warnings.push_back(fmt::format("the text \"{}\" is unknown to the vocabulary", surfaces[i]));
    return encoding;
  }

  /// The pieces of a sentence, unknown ones as they stand in it.
  std::vector<std::string> pieces(std::string_view sentence) const {
    std::vector<std::string> pieces;
    check(model_->Encode(sentence, &pieces), "pieces");
    return pieces;
  }

  /// The sentence of its ids.
  /// @throws value_error for an id outside the vocabulary
  std::string decode(std::span<const token_t> ids) const {
    for (const token_t id : ids)
      require<value_error>(id >= 0 && id < vocabulary_size(),
                           "SentencePieceTokenizer::decode: id is {}, expected 0 .. {}", id,
                           vocabulary_size() - 1);
    std::string sentence;
    check(model_->Decode(std::vector<int>(ids.begin(), ids.end()), &sentence), "decode");
    return sentence;
  }

  /// Id of a piece, -1 if the model does not have it.
  token_t piece_id(std::string_view piece) const {
    const int id = model_->PieceToId(piece);
    return model_->IdToPiece(id) == piece ? id : -1;
  }

  /// A sentence for a model that reads `length` ids of one (0: any number): a shorter one is filled up with the
  /// padding piece (the unknown one of a model without padding), of a longer one the end is left out, with a warning
  /// that says so.
  TextEncoding fixed_length(TextEncoding text, index_t length) const {
    const auto count = static_cast<index_t>(text.ids.size());
    if (length == 0) return text;
    if (count > length) {
      text.warnings.push_back(fmt::format(
          "the model reads {} text tokens of a sentence, this one has {}: left out is \"{}\"", length, count,
          decode(std::span<const token_t>(text.ids).subspan(static_cast<std::size_t>(length)))));
    }
    text.ids.resize(static_cast<std::size_t>(length),
                    model_->pad_id() >= 0 ? model_->pad_id() : model_->unk_id());
    return text;
  }

  /// What a model file says of it.
  Configuration configuration() const { return {vocabulary_size()}; }
  /// The file of the SentencePiece model.
  std::string_view model_bytes() const { return *bytes_; }

  /// Pieces of the model.
  index_t vocabulary_size() const { return model_->GetPieceSize(); }

 private:
  SentencePieceTokenizer(std::shared_ptr<const sentencepiece::SentencePieceProcessor> model,
                         std::shared_ptr<const std::string> bytes)
      : model_(std::move(model)), bytes_(std::move(bytes)) {}

  static void check(const auto& status, const char* function) {
    require<value_error>(status.ok(), "SentencePieceTokenizer::{}: {}", function, status.ToString());
  }

  std::shared_ptr<const sentencepiece::SentencePieceProcessor> model_;
  std::shared_ptr<const std::string> bytes_;
};

static_assert(TextTokenizerWithBytes<SentencePieceTokenizer>);

}  // namespace flashvideo
