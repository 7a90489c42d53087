// SPDX-License-Identifier: MIT
#include "flashvideo/training/codebook_start.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/decoder_objective.hpp"
#include "kernels/small_decoder.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

constexpr index_t codes = 40, width = 3, d_model = 64;

/// Codes 2 i and 2 i + 1 are neighbours.
std::vector<float> paired_codebook() {
  std::vector<float> codebook;
  for (index_t i = 0; i < codes; ++i) {
    for (index_t j = 0; j < width; ++j) {
      RandomStream random(RandomAddress{7, 0, static_cast<std::uint64_t>((i / 2) * width + j)});
      codebook.push_back(static_cast<float>(5 + random.normal() + 0.001 * static_cast<double>(i % 2)));
    }
  }
  return codebook;
}

ParameterLayout table_layout() {
  ParameterLayout layout;
  layout.add("other", Shape<2>{2, 3}, Initializer::normal(1));
  layout.add("table", Shape<2>{codes + 5, d_model}, Initializer::normal(0.2));
  return layout;
}

std::vector<double> started(double own) {
  const ParameterLayout layout = table_layout();
  std::vector<double> values = initial_values<double>(layout, 1);
  const std::vector<float> codebook = paired_codebook();
  CodebookStart{codebook, codes, own}.apply(layout, "table", std::span<double>(values), 9);
  return values;
}

double cosine(const std::vector<double>& values, index_t a, index_t b) {
  const index_t begin = table_layout().entries()[1].offset;
  double dot = 0, of_a = 0, of_b = 0;
  for (index_t d = 0; d < d_model; ++d) {
    const double x = values[static_cast<std::size_t>(begin + a * d_model + d)];
    const double y = values[static_cast<std::size_t>(begin + b * d_model + d)];
    dot += x * y;
    of_a += x * x;
    of_b += y * y;
  }
  return dot / std::sqrt(of_a * of_b);
}

}  // namespace

TEST_CASE("CodebookStart: neighbouring codes start alike, the share of its own keeps them apart") {
  const auto alike = started(0.1);
  const auto apart = started(1);
  for (index_t i = 0; i < codes; i += 2) {
    CHECK(cosine(alike, i, i + 1) > 0.9);
    CHECK(std::abs(cosine(apart, i, i + 1)) < 0.6);
  }
  CHECK(apart == initial_values<double>(table_layout(), 1));
}

TEST_CASE("CodebookStart: rows keep their deviation, other rows and matrices their values") {
  const ParameterLayout layout = table_layout();
  const auto before = initial_values<double>(layout, 1);
  const auto after = started(0.3);
  const index_t begin = layout.entries()[1].offset;
  double squares = 0;
  for (index_t i = 0; i < layout.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool changed = i >= begin && i < begin + codes * d_model;
    if (changed) {
      squares += after[at] * after[at];
    } else {
      CHECK(after[at] == before[at]);
    }
  }
  CHECK(std::sqrt(squares / static_cast<double>(codes * d_model)) == Approx(0.2).epsilon(0.2));
}

TEST_CASE("CodebookStart: wrong sizes, shares and names are refused") {
  const ParameterLayout layout = table_layout();
  std::vector<double> values = initial_values<double>(layout, 1);
  const std::span<double> all(values);
  const std::vector<float> codebook = paired_codebook();
  CHECK_THROWS_WITH((CodebookStart{codebook, codes, 2}.apply(layout, "table", all, 0)),
                    "CodebookStart: own is 2, expected within [0, 1]");
  CHECK_THROWS_WITH((CodebookStart{codebook, 7, 0}.apply(layout, "table", all, 0)),
                    "CodebookStart: 120 numbers are no 7 code vectors");
  CHECK_THROWS_WITH((CodebookStart{codebook, 60, 0}.apply(layout, "table", all, 0)),
                    "CodebookStart: table has 45 rows, expected at least 60");
  CHECK_THROWS_WITH((CodebookStart{codebook, codes, 0}.apply(layout, "tables", all, 0)),
                    "CodebookStart: the layout has no matrix \"tables\"");
}

namespace {

struct NoSequences {
  TokenSequence sequence(index_t, const RandomAddress&) const { return {}; }
  token_t pad() const { return 0; }
};

}  // namespace

TEST_CASE(
    "DecoderObjective: starts embedding and head from the codebook, each with a projection of its own") {
  DecoderConfiguration sizes = kernels::small_decoder();
  sizes.vocabulary = codes + 9;
  sizes.first_output = 0;
  sizes.outputs = codes;
  using Model = Decoder<FlashVideoPolicy, Cpu>;
  const Model decoder(sizes);
  const NoSequences source;
  const Cpu cpu(1);
  DecoderObjective<Model, Chunkwise<8>, NoSequences> objective(decoder, {}, source, 1);
  const std::string before = objective.configuration().dump();
  const std::vector<float> codebook = paired_codebook();
  objective.start_from({codebook, codes, 0.25});
  CHECK(objective.configuration().dump() != before);  // a checkpoint of the other start is refused
  std::vector<float> values = initial_values<float>(decoder.layout(), 5);
  std::vector<float> expected = values;
  const CodebookStart start{codebook, codes, 0.25};
  start.apply(decoder.layout(), "embed_tokens.weight", std::span<float>(expected), 0);
  start.apply(decoder.layout(), "output_projection.weight", std::span<float>(expected), 1);
  Workspace<Cpu> workspace(cpu);
  objective.initialize(cpu, ParameterView<float>(values.data()), workspace);
  CHECK(values == expected);

  sizes.first_output = 1;
  const Model shifted(sizes);
  DecoderObjective<Model, Chunkwise<8>, NoSequences> wrong(shifted, {}, source, 1);
  CHECK_THROWS_WITH(wrong.start_from(start),
                    "DecoderObjective::start_from: the head's outputs begin at id 1, expected 0");
}
