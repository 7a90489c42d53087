// SPDX-License-Identifier: MIT
// decode_speed FILE
//
// Our side of benchmarks/peers/torchscale_decode.py: one sequence, two threads, float32. Reads lines and
// answers each with one line:
//   absorb N   takes the file's next N tokens as known, in spans of 64, no logits: seconds
//   decode N   N times: absorbs the file's next token, computes logits and draws from them: seconds. The next
//              token is the file's all the same, so that both sides keep equal states.
//   logits     of the last decoded token
//   memory     peak resident size since loading, MiB
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/sampler.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"
#include "peers/torchscale_file.hpp"

namespace {

using namespace flashvideo;
using Clock = std::chrono::steady_clock;
using ModelDecoder = Decoder<RetNetPolicy, Cpu>;

void serve(const std::string& path) {
  auto file = std::make_unique<SafetensorsFile>(path);
  const ModelDecoder decoder(peers::torchscale_configuration(*file));
  const Cpu cpu(2);
  const PackedParameters<Cpu> values(cpu, decoder.layout(),
                                     peers::torchscale_values(*file, decoder.layout()));
  const std::vector<token_t> tokens = peers::torchscale_tokens(*file);
  file.reset();
  test::reset_peak_memory();

  Workspace<Cpu> workspace(cpu);
  auto state = decoder.initial_state(cpu);
  Sampler sampler;
  std::vector<float> logits(static_cast<std::size_t>(decoder.configuration().head_outputs()));
  const auto absorb = [&](index_t span, index_t logit_rows) {
    const auto position = static_cast<std::size_t>(state.position());
    require<value_error>(position + static_cast<std::size_t>(span) <= tokens.size(),
                         "decode_speed: the file's {} tokens are used up", tokens.size());
    const ModelDecoder::LaneSpan lane{
        &state, std::span<const token_t>(tokens).subspan(position, static_cast<std::size_t>(span)),
        logit_rows};
    decoder.absorb(cpu, values.view(), std::span<const ModelDecoder::LaneSpan>(&lane, 1),
                   {logits.data(), {logit_rows, decoder.configuration().head_outputs()}}, workspace);
  };

  std::string word;
  index_t count = 0;
  token_t drawn = 0;
  while (std::cin >> word) {
    if (word == "memory") {
      peers::print_peak_memory();
    } else if (word == "logits") {
      for (const float logit : logits) std::printf("%.7g ", static_cast<double>(logit));
      std::printf("\n");
    } else if (!(std::cin >> count)) {
      throw value_error("decode_speed: " + word + " wants a number");
    } else {
      require<value_error>(word == "absorb" || word == "decode", "decode_speed: \"{}\" is no command", word);
      constexpr index_t span = 64;
      const auto begin = Clock::now();
      if (word == "absorb") {
        for (index_t left = count; left > 0; left -= span) absorb(std::min(left, span), 0);
      } else {
        for (index_t i = 0; i < count; ++i) {
          absorb(1, 1);
          drawn ^= sampler.sample(logits, {1, 0, static_cast<std::uint64_t>(state.position())});
        }
      }
      std::printf("%.6f %d\n", std::chrono::duration<double>(Clock::now() - begin).count(),
                  static_cast<int>(drawn));
    }
    std::fflush(stdout);
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    require<value_error>(count == 2, "decode_speed: expected FILE");
    serve(words[1]);
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 1;
  }
}
