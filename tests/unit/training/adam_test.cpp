// SPDX-License-Identifier: MIT
#include "flashvideo/training/adam.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/oracle/adam.hpp"

using namespace flashvideo;

namespace {

constexpr AdamOptions options{0.9, 0.98, 1e-3, 0.1};  // a large epsilon, so that its place shows

ParameterLayout odd_layout() {
  ParameterLayout layout;
  layout.add("matrix", Shape<2>{7, 5}, Initializer::normal(1));
  layout.add("scale", Shape<1>{3}, Initializer::normal(1));
  layout.add("column", Shape<2>{17, 1}, Initializer::normal(1));
  layout.add("bias", Shape<1>{1}, Initializer::normal(1));
  return layout;
}

/// Parameters after `steps` updates with gradients from a fixed stream.
template <typename Scalar, typename Backend>
std::vector<Scalar> trained(const Backend& backend, const ParameterLayout& layout, int steps) {
  Adam<Scalar, Backend> adam(backend, layout, options);
  std::vector<Scalar> host = initial_values<Scalar>(layout, 3);
  host.resize(static_cast<std::size_t>(adam.size()));
  auto values = backend.template allocate<Scalar>(adam.size());
  auto gradients = backend.template allocate<Scalar>(adam.size());
  backend.upload(values.data(), static_cast<const Scalar*>(host.data()), adam.size());
  for (int t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(layout.size()); ++i) {
      const double g =
          RandomStream(RandomAddress{4, 0, static_cast<std::uint64_t>(1000 * t) + i}).uniform(-1, 1);
      host[i] = static_cast<Scalar>(g);
    }
    backend.upload(gradients.data(), static_cast<const Scalar*>(host.data()), adam.size());
    adam.update(values.data(), gradients.data(), t, 0.01 * (t + 1), 0.5);
  }
  backend.download(host.data(), static_cast<const Scalar*>(values.data()), adam.size());
  return host;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Adam: equals the plain loop of the papers", "[training]", OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  const ParameterLayout layout = odd_layout();
  const std::size_t size = static_cast<std::size_t>(layout.size());
  std::vector<bool> decays(size, false);
  std::vector<bool> used(size, false);
  for (const auto& entry : layout.entries()) {
    for (index_t i = entry.offset; i < entry.offset + entry.size; ++i) {
      decays[static_cast<std::size_t>(i)] = entry.shape.size() > 1;
      used[static_cast<std::size_t>(i)] = true;
    }
  }
  std::vector<double> w = initial_values<double>(layout, 3);
  std::vector<double> m(size, 0);
  std::vector<double> v(size, 0);
  const int steps = 12;
  for (int t = 0; t < steps; ++t) {
    std::vector<double> g;
    for (std::size_t i = 0; i < size; ++i) {
      g.push_back(0.5 *
                  RandomStream(RandomAddress{4, 0, static_cast<std::uint64_t>(1000 * t) + i}).uniform(-1, 1));
    }
    oracle::adam(w, g, m, v, decays, t + 1, 0.01 * (t + 1), options.beta1, options.beta2, options.epsilon,
                 options.weight_decay);
  }
  const auto values = trained<Scalar>(test_backend<typename TestType::Backend>(), layout, steps);
  double worst = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (used[i]) worst = std::max(worst, std::abs(static_cast<double>(values[i]) - w[i]));
  }
  CAPTURE(worst);
  CHECK(worst < (sizeof(Scalar) == 4 ? 2e-6 : 1e-14));
}

TEMPLATE_TEST_CASE("Adam: every instruction set gives the same bits", "[training]", float, double) {
  const ParameterLayout layout = odd_layout();
  const auto plain = trained<TestType>(Cpu(1, InstructionSet::baseline), layout, 5);
  CHECK(plain == trained<TestType>(Cpu(2, InstructionSet::avx2), layout, 5));
  CHECK(plain == trained<TestType>(Cpu(3, InstructionSet::avx512), layout, 5));
}

TEST_CASE("Adam: gaps between parameters stay zero", "[training]") {
  ParameterLayout layout;
  layout.add("a", Shape<2>{1, 3}, Initializer::constant(1));
  layout.add("b", Shape<2>{1, 5}, Initializer::constant(1));
  const Cpu cpu(1);
  Adam<float, Cpu> adam(cpu, layout, {});
  CHECK(adam.size() == 32);
  auto values = cpu.allocate<float>(adam.size());
  auto gradients = cpu.allocate<float>(adam.size());
  adam.update(values.data(), gradients.data(), 0, 1);
  for (index_t i = 0; i < adam.size(); ++i) CHECK(values.data()[i] == 0.0F);
}

TEST_CASE("Adam: options out of range are refused", "[training]") {
  const ParameterLayout layout = odd_layout();
  using Tested = Adam<float, Cpu>;
  CHECK_THROWS_AS(Tested(Cpu(1), layout, AdamOptions{1.0, 0.9, 1e-8, 0}), value_error);
  CHECK_THROWS_AS(Tested(Cpu(1), layout, AdamOptions{0.9, -0.1, 1e-8, 0}), value_error);
  CHECK_THROWS_AS(Tested(Cpu(1), layout, AdamOptions{0.9, 0.9, 0, 0}), value_error);
  CHECK_THROWS_WITH(Tested(Cpu(1), layout, AdamOptions{0.9, 0.9, 1e-8, -1}),
                    "Adam: weight_decay is -1, expected >= 0");
}
