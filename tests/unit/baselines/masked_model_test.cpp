// SPDX-License-Identifier: MIT
#include "prediction/masked_model.hpp"

#include "flashvideo/tokenizer/text/word_tokenizer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_configuration.hpp"

using namespace flashvideo;
using namespace prediction;

TEST_CASE("MaskedModel: takes what a bundle's tokenizers make, and is in its file what it was") {
  const BundleConfiguration<> bundle = test::tiny_configuration("retention");
  MaskedConfiguration configuration = MaskedConfiguration::of_bundle(bundle);
  configuration.clips.frames = 3;
  configuration.clips.text_length = 6;
  const MaskedClips& clips = configuration.clips;
  CHECK(configuration.sizes.vocabulary == clips.vocabulary());

  // ids of words stand behind those of bytes
  const WordTokenizer words(bundle.text_tokenizer.words);
  struct Known {
    std::vector<token_t> caption;
    std::vector<token_t> memory;
    MatrixView<const token_t> frames;
  } clip{words.encode("a red star").ids,
         std::vector<token_t>(static_cast<std::size_t>(3 * clips.frame_tokens), 1),
         {}};
  clip.frames = MatrixView<const token_t>(clip.memory.data(), {3, clips.frame_tokens});
  REQUIRE(!clip.caption.empty());
  for (const token_t id : clips.tokens(clip, 0)) CHECK((id >= 0 && id < clips.vocabulary()));

  const auto values = initial_values<float>(MaskedModel::network(configuration).layout(), 4);
  const MaskedModel model(configuration, values);
  const test::TemporaryFolder folder;
  model.save(folder.file("masked.safetensors"));
  const MaskedModel again = MaskedModel::load(folder.file("masked.safetensors"));
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  const auto predicted = model.predict(cpu, clip, {}, workspace);
  CHECK(static_cast<index_t>(predicted.size()) == 3 * clips.frame_tokens);
  for (index_t n = 0; n < clips.frame_tokens; ++n) CHECK(predicted[static_cast<std::size_t>(n)] == 1);
  for (const token_t token : predicted) CHECK((token >= 0 && token < clips.codes));
  CHECK(again.predict(cpu, clip, {}, workspace) == predicted);
}
