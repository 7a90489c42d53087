// SPDX-License-Identifier: MIT
// A user's own mixer drops into the decoder, the trainer's loss and generation included, and a user's own
// list of policies into the loader.
#include "support/own_mixer.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"

using flashvideo::Cpu;
using Decoder = flashvideo::Decoder<flashvideo::test::OwnPolicy, Cpu>;
using Models = flashvideo::ModelList<flashvideo::FlashVideoParts,
                                     flashvideo::WordsAndVqVae<flashvideo::test::OwnPolicy>>;

double train(const Decoder& decoder, const flashvideo::TokenBatch& batch, float* values, float* gradients) {
  const Cpu cpu;
  flashvideo::Workspace<Cpu> workspace(cpu);
  return decoder.loss(cpu, flashvideo::Chunkwise<64>{}, flashvideo::ParameterView<const float>(values), batch,
                      1.0F, flashvideo::ParameterView<float>(gradients), workspace);
}

int main(int, char** argv) { flashvideo::load_text_to_video<Models>(argv[1]).generate({{"a star"}}, {}); }
