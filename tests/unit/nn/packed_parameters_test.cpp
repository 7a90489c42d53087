// SPDX-License-Identifier: MIT
#include "flashvideo/nn/packed_parameters.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/nn/glu.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "flashvideo/nn/parameter_writer.hpp"
#include "flashvideo/nn/rms_norm.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

struct Layers {
  ParameterLayout layout;
  RMSNorm<float> norm{layout, "norm", 21, 1e-6};
  SwiGLU<float> glu{layout, "ffn.", 21, 19};
  Linear<float> map{layout, "map", 21, 37, Initializer::normal(1)};
  Parameter<2> own = layout.add("own", Shape<2>{3, 5}, Initializer::normal(1));
  std::vector<float> values = test::normal_numbers<float>(layout.size(), 3, 0.5);
  ParameterView<const float> view() const { return ParameterView<const float>(values.data()); }
};

}  // namespace

TEST_CASE("PackedParameters: what is no product stays as it is, and a product's size is its storage's") {
  const Layers layers;
  for (const WeightStorage storage : weight_storages) {
    const PackedParameters<Cpu> packed(Cpu(1), layers.layout, layers.values, storage);
    const auto own = packed.view()[layers.own];
    CHECK(own.shape() == Shape<2>{3, 5});
    CHECK(std::memcmp(own.data(), layers.view()[layers.own].data(), 15 * sizeof(float)) == 0);
    CHECK(packed.storage() == storage);
  }
  const auto bytes = [&](WeightStorage storage, InstructionSet form = InstructionSet::baseline) {
    ParameterLayout layout;
    const Linear<float> map(layout, "map", 768, 1280, Initializer::normal(1));
    const auto values = initial_values<float>(layout, 1);
    return PackedParameters<Cpu>(Cpu(1, form), layout, values, storage).matrix_bytes();
  };
  CHECK(bytes(WeightStorage::float32) == 768 * 1280 * 4);
  CHECK(bytes(WeightStorage::bfloat16) == 768 * 1280 * 2);
  if (best_instruction_set() == InstructionSet::avx512)
    CHECK(bytes(WeightStorage::bfloat16, InstructionSet::avx512) == 768 * 1280 * 3 / 2 + 320 * 128);
  CHECK(bytes(WeightStorage::int8) == 768 * 1280 + 1280 * 4);
  CHECK(bytes(WeightStorage::int4) == 768 * 1280 * 9 / 16);
  CHECK_THROWS_WITH(PackedParameters<Cpu>(Cpu(1), layers.layout, std::vector<float>(3)),
                    "PackedParameters: 3 parameter values, expected " + std::to_string(layers.layout.size()));
}

TEST_CASE(
    "PackedParameters: layers give with float32 the bits of unpacked parameters, and close to them else") {
  const Layers layers;
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const std::vector<float> x = test::normal_numbers<float>(4 * 21, 5, 1.0);
  const auto run = [&](const auto& parameters) {
    std::vector<float> normed(x.size()), residual = x, y(4 * 37);
    layers.norm.forward(cpu, parameters, {x.data(), {4, 21}}, {normed.data(), {4, 21}}, nullptr);
    layers.glu.absorb(cpu, parameters, {normed.data(), {4, 21}}, {residual.data(), {4, 21}}, workspace);
    layers.map.absorb(cpu, parameters, {residual.data(), {4, 21}}, {y.data(), {4, 37}}, workspace);
    return y;
  };
  const std::vector<float> expected = run(layers.view());
  double norm = 0;
  for (const float value : expected) norm += static_cast<double>(value) * static_cast<double>(value);
  const double limits[] = {0, 0.01, 0.03, 0.3};
  for (const WeightStorage storage : weight_storages) {
    const PackedParameters<Cpu> packed(cpu, layers.layout, layers.values, storage);
    const std::vector<float> y = run(packed.view());
    double error = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double e = static_cast<double>(y[i]) - static_cast<double>(expected[i]);
      error += e * e;
    }
    INFO(weight_storage_name(storage));
    CHECK(std::sqrt(error / norm) <= limits[static_cast<std::size_t>(storage)]);
    CHECK((error > 0) == (storage != WeightStorage::float32));
  }
}

TEST_CASE("PackedParameters: from a file they are what they are from memory") {
  const Layers layers;
  const test::TemporaryFolder folder;
  SafetensorsWriter writer;
  add_parameters<float>(writer, "model.", layers.layout, layers.values, DType::F32);
  writer.write(folder.file("a.safetensors"));
  const SafetensorsFile file(folder.file("a.safetensors"));
  const Cpu cpu(1);
  for (const WeightStorage storage : weight_storages) {
    const PackedParameters<Cpu> expected(cpu, layers.layout, layers.values, storage);
    const PackedParameters<Cpu> packed(cpu, layers.layout, FileParameters(file, "model."), storage);
    REQUIRE(packed.matrix_bytes() == expected.matrix_bytes());
    const auto own = packed.view()[layers.own];
    CHECK(std::memcmp(own.data(), expected.view()[layers.own].data(), 15 * sizeof(float)) == 0);
    for (std::size_t i = 0; i < layers.layout.products().size(); ++i) {
      const ProductParameter product{layers.layout.products()[i].matrix, static_cast<index_t>(i)};
      const PackedMatrix& ours = packed.view()[product];
      CHECK(std::memcmp(ours.data, expected.view()[product].data, static_cast<std::size_t>(ours.bytes())) ==
            0);
    }
  }
}

TEST_CASE("PackedParameters: a matrix that a file stores as int8 is kept as the same int8") {
  const std::vector<float> w = test::normal_numbers<float>(20 * 33, 8, 0.7);
  const nn_detail::Int8Rows<float> stored(w, 20);
  std::vector<float> read;
  for (std::size_t i = 0; i < w.size(); ++i)
    read.push_back(static_cast<float>(stored.values[i]) * stored.scales[i / 33]);
  const PackedMatrix shape{PanelLayout::int8, nullptr, 20, 33, 1};
  const HostBuffer<std::byte> packed(shape.bytes());
  pack_matrix({read.data(), {20, 33}}, shape, packed.data());
  PackedMatrix matrix = shape;
  matrix.data = packed.data();
  for (index_t m = 0; m < 20; ++m) {
    index_t j = 0;
    const std::byte* panel = matrix.panel_of<Int8Weights>(m, j);
    CHECK(Int8Weights::scales(panel, 33)[j] ==
          Approx(stored.scales[static_cast<std::size_t>(m)]).epsilon(1e-6));
    for (index_t k = 0; k < 33; ++k)
      REQUIRE(Int8Weights::code(panel, j, k) - Int8Weights::offset ==
              static_cast<int>(stored.values[static_cast<std::size_t>(m * 33 + k)]));
  }
}

TEST_CASE("PackedParameters: bfloat16 matrices are compact where AVX-512 is and their exponents allow it") {
  const Layers layers;
  const Cpu cpu(1);
  const auto check = [&](const std::vector<float>& values, PanelLayout expected) {
    const PackedParameters<Cpu> packed(cpu, layers.layout, values, WeightStorage::bfloat16);
    const auto& products = layers.layout.products();
    for (std::size_t i = 0; i < products.size(); ++i)
      CHECK(packed.view()[ProductParameter{products[i].matrix, static_cast<index_t>(i)}].layout == expected);
  };
  const bool wide = cpu.form() == InstructionSet::avx512;
  check(layers.values, wide ? PanelLayout::compact_bfloat16 : PanelLayout::bfloat16);
  auto wild = layers.values;  // every exponent that a float has
  for (std::size_t i = 0; i < wild.size(); ++i)
    wild[i] = std::ldexp(1.0F, static_cast<int>(i * 37 % 250) - 125);
  check(wild, PanelLayout::bfloat16);
}
