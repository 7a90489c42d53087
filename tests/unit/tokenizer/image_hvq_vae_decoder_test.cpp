// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_decoder.hpp"

#include <set>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/hvq_vae_weights.hpp"

using namespace flashvideo;

namespace {

std::set<std::string> names_of(const HvqVaeConfiguration& configuration, std::size_t number) {
  ParameterLayout layout;
  const HvqVaeDecoder<float> decoder(layout, "decs." + std::to_string(number), configuration,
                                     configuration.decoders[number]);
  std::set<std::string> names;
  for (const auto& entry : layout.entries()) names.insert(entry.name);
  return names;
}

}  // namespace

TEST_CASE("HvqVaeDecoder: of icetk's decoders the coarsest alone has an attention within a level") {
  const HvqVaeConfiguration icetk = HvqVaeConfiguration::icetk();
  const auto coarsest = names_of(icetk, 0);
  CHECK(coarsest.contains("decs.0.up.4.attn.0.q.weight"));
  CHECK(coarsest.contains("decs.0.up.4.upsample.conv.weight"));
  CHECK_FALSE(coarsest.contains("decs.0.up.3.attn.0.q.weight"));
  CHECK(coarsest.contains("decs.0.up.3.block.0.nin_shortcut.weight"));
  CHECK_FALSE(coarsest.contains("decs.0.up.4.block.0.nin_shortcut.weight"));
  CHECK_FALSE(coarsest.contains("decs.0.up.0.upsample.conv.weight"));
  for (const std::size_t number : {1U, 2U}) {
    for (const std::string& name : names_of(icetk, number)) CHECK(name.find(".attn.") == std::string::npos);
  }
}

TEST_CASE("HvqVaeDecoder: pictures are as much larger as the levels say, and each is its own codes' alone") {
  const HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  const Cpu cpu(2);
  for (std::size_t number = 0; number < 2; ++number) {
    ParameterLayout layout;
    const HvqVaeDecoder<float> decoder(layout, "decs", configuration, configuration.decoders[number]);
    const auto values = test::normal_numbers<float>(layout.size(), 1, 0.3);
    const ImageExtent cells{2, 3, 2}, one{1, 3, 2};
    CHECK(decoder.images_of(cells) == (number == 0 ? ImageExtent{2, 12, 8} : ImageExtent{2, 6, 4}));
    const auto codes = test::normal_numbers<float>(cells.rows() * 5, 2);
    Workspace<Cpu> workspace(cpu);
    const auto decode = [&](const ImageExtent& extent, const float* from) {
      std::vector<float> pixels(static_cast<std::size_t>(3 * decoder.images_of(extent).rows()));
      decoder.forward(cpu, RowsProduct{}, ParameterView<const float>(values.data()), extent,
                      MatrixView<const float>(from, {extent.rows(), 5}),
                      MatrixView<float>(pixels.data(), {decoder.images_of(extent).rows(), 3}), workspace);
      return pixels;
    };
    auto apart = decode(one, codes.data());
    const auto second = decode(one, codes.data() + one.rows() * 5);
    apart.insert(apart.end(), second.begin(), second.end());
    CHECK(decode(cells, codes.data()) == apart);
  }
}
