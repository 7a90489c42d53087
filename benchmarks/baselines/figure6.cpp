// SPDX-License-Identifier: MIT
// figure6 [--size matched|tiny] [--longest TOKENS] [--prefill ROWS] [--threads N] [--trials N]
//         [--batches 1,8] [--pixels 64,128,160] [--replayed PASSES] [--model BUNDLE] [--json FILE]
//
// The systems of [FlashVideo] Figure 6: seconds per frame from passes of the network and draws alone (no
// pixels), random weights, float32, all systems with one number of weights but diffusion, the same tokens,
// backend and threads. --size: `matched` (97.5M parameters) or `tiny` (a try of the program). Times are means
// of the trials (three by default); they mean nothing on a machine that does other work.
//   length/<system>/tokens:<n>   a sequence of n tokens (64 a frame), batch 1: seconds per frame
//   clip/<system>/batch:<B>/pixels:<side>   B clips of 16 frames (interpolated: 17), one token for 8 x 8
//     pixels (MaskViT: four): seconds per frame, and the peak memory beyond the weights
//   decoding of pixels/pixels:<side>   seconds per frame of the library's image decoder, for all token
//     systems
//   products/<system>   seconds in matrix products, FLOP/s, share of the highest rate of the sitting
//   bundled model/<drafts>   the bundled model's own seconds per frame at 64 pixels
// How they are found:
//   - A step of an autoregressive system (one token of every sequence) is timed at 64, 128, .. tokens:
//     absorbed, all logits computed, the next one drawn; a law of powers between the positions is integrated.
//     Positions of up to --prefill rows (default 1024) are reached by absorbing tokens, later ones with zeros
//     in the cache.
//   - No cache is timed up to 4,096 rows, and its values behind them are extrapolated. Masked generation of a
//     batch is timed up to 8,192 rows; behind them it takes as long as its clips one after another. One
//     masked sequence longer than those timed is extrapolated, never to less time per token. All are marked.
//   - The window is 1,024 tokens and slides by 256.
//   - Masked generation: one pass with the mean number of masked places, times the passes. Diffusion: 5 steps
//     of 256, 1 for a batch. Interpolation: every pass is counted, about --replayed (16) of a kind are made.
//   - The highest matrix rate of the sitting is that of a 1024^3 product by the library or a CBLAS, of any
//     system, or FLASHVIDEO_MATRIX_RATE (FLOP/s), if a peer showed more.
// MAGVIT and TATS have tokenizers of their own with a quarter of our tokens at equal pixels, so that their
// 128 pixels are our 64; the comparison gives all systems the same tokens.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "baselines/figure6/clip_systems.hpp"
#include "baselines/figure6/conclusions.hpp"
#include "baselines/figure6/interpolation.hpp"
#include "baselines/figure6/pictures.hpp"
#include "baselines/figure6/token_systems.hpp"
#ifdef FIGURE6_BLAS
#include "flashvideo/backend/cpu/blas_products.hpp"
#endif

extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace {

using namespace flashvideo;
using namespace flashvideo::baselines;
using namespace flashvideo::baselines::figure6;

// FLOP/s of a square product, the best of five.
template <typename Backend>
double matrix_rate(int threads, index_t side) {
  const Backend cpu(threads);
  std::vector<float> a(static_cast<std::size_t>(side * side), 0.5F), c(a.size());
  const MatrixView<const float> x(a.data(), {side, side});
  const MatrixView<float> y(c.data(), {side, side});
  double best = 0;
  for (int turn = 0; turn < 5; ++turn) {
    const double seconds = seconds_of([&] { cpu.gemm(Transpose::no, Transpose::yes, 1.0F, x, x, 0.0F, y); });
    best = std::max(best, 2 * static_cast<double>(side * side * side) / seconds);
  }
  return best;
}

void add_matrix_rates(const Setting& setting, Figures& figures) {
  const index_t side = setting.transformer.d_model >= 256 ? 1024 : 256;
  figures.reached(matrix_rate<Cpu>(setting.threads, side));
#ifdef FIGURE6_BLAS
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(setting.threads);
  figures.reached(matrix_rate<BlasCpu>(setting.threads, side));
#endif
  if (const char* named = std::getenv("FLASHVIDEO_MATRIX_RATE")) figures.reached(std::atof(named));
}

index_t number(const std::string& option, const std::string& text, index_t least) {
  const index_t value = std::atol(text.c_str());
  require<value_error>(value >= least, "{} is {}, expected >= {}", option, text, least);
  return value;
}

std::vector<index_t> numbers(const std::string& option, const std::string& text) {
  std::vector<index_t> values;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) values.push_back(number(option, part, 1));
  require<value_error>(!values.empty(), "{} is empty, expected numbers", option);
  return values;
}

Setting read(int count, char** words) {
  std::vector<std::pair<std::string, std::string>> options;
  std::string size = "matched";
  for (int i = 1; i < count; i += 2) {
    require<value_error>(i + 1 < count, "{} has no value", words[i]);
    if (std::string(words[i]) == "--size") size = words[i + 1];
    options.emplace_back(words[i], words[i + 1]);
  }
  Setting setting = setting_of(size);
  for (const auto& [option, text] : options) {
    if (option == "--longest") {
      setting.longest = number(option, text, 512);
    } else if (option == "--prefill") {
      setting.prefill = number(option, text, 1);
    } else if (option == "--threads") {
      setting.threads = static_cast<int>(number(option, text, 1));
    } else if (option == "--trials") {
      setting.trials = static_cast<int>(number(option, text, 1));
      require<value_error>(setting.trials <= 60, "--trials is {}, expected at most 60", text);
    } else if (option == "--batches") {
      setting.batches = numbers(option, text);
      require<value_error>(setting.batches.front() == 1, "--batches is {}, expected 1 first", text);
    } else if (option == "--pixels") {
      setting.pixels = numbers(option, text);
      for (const index_t side : setting.pixels)
        require<value_error>(side % 16 == 0, "--pixels is {}, expected multiples of 16", text);
    } else if (option == "--replayed") {
      setting.replayed = number(option, text, 1);
    } else if (option == "--model") {
      setting.model = text;
    } else if (option == "--json") {
      setting.json = text;
    } else {
      require<value_error>(option == "--size", "{} is no option of figure6", option);
    }
  }
  return setting;
}

// The machine's part of the context comes from benchmarks/figure6.sh: key=value, with commas between.
Json context(const Setting& setting) {
  Json context = Json::object();
  context.set("figures", pictures(setting));
  context.set("comparison", comparison());
  context.set("source", "benchmarks/baselines/figure6.cpp");
  const char* given = std::getenv("FLASHVIDEO_BENCHMARK_CONTEXT");
  std::istringstream parts(given == nullptr ? "" : given);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t middle = part.find('=');
    if (middle != std::string::npos) context.set(part.substr(0, middle), part.substr(middle + 1));
  }
  return context;
}

}  // namespace

int main(int count, char** words) try {
  const Setting setting = read(count, words);
  Figures figures;
  std::vector<System> lengths;
  add_matrix_rates(setting, figures);
  add_transformers(setting, figures, lengths);
  add_masked(setting, figures, lengths);
  add_diffusion(setting, figures, lengths);
  {
    const Cpu cpu(setting.threads);
    const Ours decoder(setting.ours);
    const PackedParameters<Cpu> packed(cpu, decoder.layout(), initial_values<float>(decoder.layout(), 1));
    figures.note(fmt::format("Ours has {:.1f}M weights.",
                             static_cast<double>(decoder.layout().parameter_count()) / 1e6));
    add_recurrent(setting, cpu, decoder, packed.view(), figures, lengths);
    add_ours(setting, cpu, decoder, packed.view(), figures);
  }
  add_pixels(setting, figures);
  add_lengths(setting, lengths, figures);
  figures.close_products();
  note_overtaking(setting, lengths, figures);
  note_peers_that_win(setting, figures);
  figures.print();
  if (!setting.json.empty()) {
    std::ofstream file(setting.json, std::ios::binary);
    file << figures.json(context(setting)).dump() << "\n";
    file.close();
    require<io_error>(file.good(), "{}: cannot be written", setting.json);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "figure6: %s\n", error.what());
  return 1;
}
