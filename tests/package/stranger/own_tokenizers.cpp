// SPDX-License-Identifier: MIT
// A stranger's program: a bundle of tokenizers that are his is written, read by the names in it, and makes a video.
#include "own_tokenizers.hpp"

#include <cstdio>
#include <flashvideo/generation/save_bundle.hpp>

int main() {
  using namespace flashvideo;
  using Model = VideoModel<stranger::Parts, Cpu>;
  Model::Configuration c;
  c.key_frame_policy = c.interpolation_policy = FlashVideoPolicy::name;
  c.num_text_tokens = 27;
  c.text_length = 4;
  c.gaps = {{3, 1}};
  DecoderConfiguration& decoder = c.key_frame_model;
  decoder.vocabulary = c.vocabulary().size();
  decoder.outputs = c.image_tokenizer.num_codes;
  decoder.d_model = decoder.d_value = decoder.d_feed_forward = 16;
  decoder.num_layers = decoder.num_heads = 1;
  c.interpolation_model = decoder;
  const auto layout = Decoder<FlashVideoPolicy, Cpu>(decoder).layout();
  save_bundle<Model>("own.safetensors", c, {{}, initial_values<float>(layout, 1), {}}, DType::F32);
  index_t frames = 0;
  load_text_to_video<ModelList<FlashVideoParts, stranger::Parts>>("own.safetensors")
      .generate({{"a star"}}, [&](const GeneratedFrame& frame) { frames += frame.image.width() == 16; });
  std::printf("%d frames\n", static_cast<int>(frames));
  return frames > 1 ? 0 : 1;
}
