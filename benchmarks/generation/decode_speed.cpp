// SPDX-License-Identifier: MIT
// decode_speed FILE                            float32, two threads
// decode_speed matched STORAGE [THREADS]       the matched model of common/matched_model.hpp, random weights
//
// Our side of benchmarks/peers/torchscale_decode.py (FILE) and llama_decode.py (matched): one sequence, up to
// 65,536 tokens (FILE: as many as it has). Reads lines and answers each with one line:
//   absorb N   takes the next N tokens as known, in spans of 64, no logits: seconds
//   prefill N  the next N tokens as known in one span, logits of the last: seconds
//   decode N   N times: absorbs the next token, computes logits and draws from them: seconds. The next token
//              is the given one all the same, so that both sides keep equal states.
//   new 0      begins another sequence: seconds
//   logits     of the last decoded token
//   bytes      what a token reads and writes: the matrices and two passes over the states
//   bandwidth  bytes per second that the threads read from memory
//   memory     peak resident size since loading, MiB
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "common/matched_model.hpp"
#include "common/read_bandwidth.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/sampler.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"
#include "peers/torchscale_file.hpp"

namespace {

using namespace flashvideo;
using Clock = std::chrono::steady_clock;

template <typename Policy>
class Sequence {
 public:
  using ModelDecoder = Decoder<Policy, Cpu>;

  Sequence(const ModelDecoder& decoder, std::span<const float> values, WeightStorage storage,
           std::vector<token_t> tokens, int threads)
      : decoder_(decoder),
        threads_(threads),
        cpu_(threads),
        values_(cpu_, decoder.layout(), values, storage),
        tokens_(std::move(tokens)),
        workspace_(cpu_),
        state_(decoder.initial_state(cpu_)),
        logits_(static_cast<std::size_t>(outputs())) {}

  void serve() {
    std::string word;
    index_t count = 0;
    while (std::cin >> word) {
      if (word == "memory") {
        peers::print_peak_memory();
      } else if (word == "logits") {
        for (const float logit : logits_) std::printf("%.7g ", static_cast<double>(logit));
        std::printf("\n");
      } else if (word == "bytes") {
        std::printf("%.0f\n", static_cast<double>(bytes()));
      } else if (word == "bandwidth") {
        std::printf("%.0f\n", benchmarks::read_bandwidth(threads_));
      } else if (!(std::cin >> count)) {
        throw value_error("decode_speed: " + word + " wants a number");
      } else {
        const auto begin = Clock::now();
        carry_out(word, count);
        std::printf("%.6f %d\n", std::chrono::duration<double>(Clock::now() - begin).count(),
                    static_cast<int>(drawn_));
      }
      std::fflush(stdout);
    }
  }

 private:
  index_t outputs() const { return decoder_.configuration().head_outputs(); }
  index_t bytes() const {
    index_t state_bytes = 0;
    for (const auto& layer : state_.layers())
      state_bytes += layer.size() * static_cast<index_t>(sizeof(float));
    return values_.matrix_bytes() + 2 * state_bytes;
  }
  void carry_out(const std::string& word, index_t count) {
    constexpr index_t span = 64;
    if (word == "absorb") {
      for (index_t left = count; left > 0; left -= span) absorb(std::min(left, span), 0);
    } else if (word == "prefill") {
      absorb(count, 1);
    } else if (word == "decode") {
      for (index_t i = 0; i < count; ++i) {
        absorb(1, 1);
        drawn_ ^= sampler_.sample(logits_, {1, 0, static_cast<std::uint64_t>(state_.position())});
      }
    } else {
      require<value_error>(word == "new", "decode_speed: \"{}\" is no command", word);
      state_ = decoder_.initial_state(cpu_);
    }
  }
  void absorb(index_t span, index_t logit_rows) {
    const auto position = static_cast<std::size_t>(state_.position());
    require<value_error>(position + static_cast<std::size_t>(span) <= tokens_.size(),
                         "decode_speed: the {} tokens are used up", tokens_.size());
    const typename ModelDecoder::LaneSpan lane{
        &state_, std::span<const token_t>(tokens_).subspan(position, static_cast<std::size_t>(span)),
        logit_rows};
    decoder_.absorb(cpu_, values_.view(), std::span<const typename ModelDecoder::LaneSpan>(&lane, 1),
                    {logits_.data(), {logit_rows, outputs()}}, workspace_);
  }

  const ModelDecoder& decoder_;
  int threads_;
  Cpu cpu_;
  PackedParameters<Cpu> values_;
  std::vector<token_t> tokens_;
  Workspace<Cpu> workspace_;
  typename ModelDecoder::State state_;
  Sampler sampler_;
  std::vector<float> logits_;
  token_t drawn_ = 0;
};

void serve_file(const std::string& path) {
  auto file = std::make_unique<SafetensorsFile>(path);
  const Decoder<FlashVideoPolicy, Cpu> decoder(peers::torchscale_configuration(*file));
  Sequence<FlashVideoPolicy> sequence(decoder, peers::torchscale_values(*file, decoder.layout()),
                                      WeightStorage::float32, peers::torchscale_tokens(*file), 2);
  file.reset();
  test::reset_peak_memory();
  sequence.serve();
}

void serve_matched(WeightStorage storage, int threads) {
  const Decoder<FlashVideoPolicy, Cpu> decoder(benchmarks::matched_sizes());
  const DecoderConfiguration& sizes = decoder.configuration();
  std::vector<token_t> tokens;
  for (index_t n = 0; n < sizes.longest_sequence; ++n)
    tokens.push_back(static_cast<token_t>(509 * n % sizes.vocabulary));
  Sequence<FlashVideoPolicy> sequence(decoder, initial_values<float>(decoder.layout(), 1), storage,
                                      std::move(tokens), threads);
  test::reset_peak_memory();
  sequence.serve();
}

}  // namespace

int main(int count, char** words) {
  try {
    require<value_error>(count >= 2, "decode_speed: expected FILE, or matched STORAGE [THREADS]");
    if (std::string(words[1]) != "matched") {
      serve_file(words[1]);
    } else {
      require<value_error>(count >= 3, "decode_speed: expected matched STORAGE [THREADS]");
      serve_matched(weight_storage_from_name(words[2]), count > 3 ? std::stoi(words[3]) : 2);
    }
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    return 1;
  }
}
