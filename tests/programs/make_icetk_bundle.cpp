// SPDX-License-Identifier: MIT
// make_icetk_bundle FILE: a tiny untrained model whose pictures are icetk's tokens, for scripts of tests.
// make_icetk_bundle CONFIGURATION FILE: untrained tensors as icetk's own, for a configuration of train.
// make_icetk_bundle CONFIGURATION FILE BUNDLE: status 1 unless the bundle has every number of that file.
#include <cstring>
#include <vector>

#include "../../examples/train/training_configuration.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/icetk_parts.hpp"
#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/tiny_configuration.hpp"

namespace {

// Weights lie (d_out, d_in, k, k) in icetk's file and (d_out, k, k, d_in) in the bundle.
bool has_numbers_of(const char* icetk, const char* bundle, const flashvideo::ParameterLayout& layout) {
  using namespace flashvideo;
  const SafetensorsFile own(icetk);
  const auto file = BundleFile::open(bundle);
  const auto values = read_parameters<float>(file.tensors(), "image_tokenizer.", layout);
  for (const auto& entry : layout.entries()) {
    const auto bytes = own.find(entry.name).bytes;
    std::vector<float> numbers(static_cast<std::size_t>(entry.size));
    if (bytes.size() != numbers.size() * sizeof(float)) return false;
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    const index_t channels = entry.shape.size() == 4 ? entry.shape[3] : 1;
    const index_t taps = entry.shape.size() == 4 ? entry.shape[1] * entry.shape[2] : 1;
    for (index_t i = 0; i < entry.size; ++i) {
      const index_t tap = i / channels % taps, out = i / channels / taps;
      const index_t there = (out * channels + i % channels) * taps + tap;
      if (values[static_cast<std::size_t>(entry.offset + i)] != numbers[static_cast<std::size_t>(there)])
        return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace flashvideo;
  using Model = VideoModel<IcetkParts, Cpu>;
  if (argc == 3 || argc == 4) {
    const Json json = parse_json(read_text_file(argv[1]), argv[1]);
    const auto training = example::training_configuration<HvqVaeConfiguration>(json, argv[1]);
    const HvqVaeConfiguration& sizes = training.image_tokenizer.sizes;
    if (argc == 4) return has_numbers_of(argv[2], argv[3], HvqVae<>(sizes).layout()) ? 0 : 1;
    test::write_icetk_file(argv[2], sizes);
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
