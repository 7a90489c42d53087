// SPDX-License-Identifier: MIT
// make_icetk_bundle FILE: a tiny untrained model whose pictures are icetk's tokens, for scripts of tests.
// make_icetk_bundle CONFIGURATION FILE: untrained tensors as icetk's own, for a configuration of train.
#include "../../examples/train/training_configuration.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/icetk_parts.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/tiny_configuration.hpp"

int main(int argc, char** argv) {
  using namespace flashvideo;
  using Model = VideoModel<IcetkParts, Cpu>;
  if (argc == 3) {
    const Json json = parse_json(read_text_file(argv[1]), argv[1]);
    const auto training = example::training_configuration<HvqVaeConfiguration>(json, argv[1]);
    test::write_icetk_file(argv[2], training.image_tokenizer.sizes);
    return 0;
  }
  if (argc != 2) return 2;
  const std::vector<std::string> labels{"ApplyEyeMakeup", "YoYo"};
  const WordTokenizer words = WordTokenizer::from_sentences(labels);
  auto c = test::tiny_configuration_of<IcetkParts>(words.vocabulary_size());
  c.text_tokenizer.words = words.words();
  c.image_tokenizer = test::tiny_hvq_vae();
  c.key_frame_model.vocabulary = c.vocabulary().size();
  c.key_frame_model.outputs = c.image_tokenizer.num_codes;
  c.interpolation_model = c.key_frame_model;
  const HvqVaeTokenizer<Cpu> pictures(Cpu(1), c.image_tokenizer, test::HashedParameters{});
  const Decoder<FlashVideoPolicy, Cpu> decoder(c.key_frame_model);
  save_bundle<Model>(argv[1], c, {pictures.host_values(), initial_values<float>(decoder.layout(), 3), {}},
                     DType::F32);
  return 0;
}
