// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/generation/video_generator.hpp"
#include "flashvideo/tokenizer/text/sentencepiece_tokenizer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace {

struct Pieces : FlashVideoParts {
  using TextTokenizer = SentencePieceTokenizer;
};

}  // namespace

TEST_CASE("SentencePieceTokenizer: a SentencePiece model lies in the bundle and reads its sentences") {
  using Model = VideoModel<Pieces, Cpu>;
  const test::TemporaryFolder folder;
  const SentencePieceTokenizer text =
      SentencePieceTokenizer::load(FLASHVIDEO_SOURCE_DIR "/tests/golden/sentencepiece/test_model.model");
  auto c = test::tiny_configuration_of<Pieces>(text.vocabulary_size());
  c.text_tokenizer = text.configuration();
  const Model::Values values{
      initial_values<float>(VqVae<>(c.image_tokenizer).layout(), 7),
      initial_values<float>(Decoder<FlashVideoPolicy, Cpu>(c.key_frame_model).layout(), 3),
      {},
      std::string(text.model_bytes())};
  const std::string path = folder.file("pieces.safetensors");
  save_bundle<Model>(path, c, values, DType::F32);
  const auto model = load_text_to_video<ModelList<FlashVideoParts, Pieces>>(path, Cpu(1));
  const std::string sentence = "a man is riding a horse";
  const TextEncoding read = model.encode_sentence(sentence);
  CHECK(read.ids == text.fixed_length(text.encode(sentence), 4).ids);
  CHECK(read.ids.size() == 4);
  CHECK(test::frames_of(model, {{sentence}}) ==
        test::frames_of(TextToVideo<Pieces>(std::make_shared<const Model>(Cpu(1), c, values)), {{sentence}}));
  c.text_tokenizer.pieces += 1;
  CHECK_THROWS_WITH(Model(Cpu(1), c, values), Catch::Contains("SentencePieceTokenizer: the model has ") &&
                                                  Catch::Contains("expected "));
}
