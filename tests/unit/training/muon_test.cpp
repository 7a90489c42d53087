// SPDX-License-Identifier: MIT
#include "flashvideo/training/muon.hpp"

#include "flashvideo/training/adam.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/oracle/muon.hpp"

using namespace flashvideo;

namespace {

constexpr double momentum = 0.9;
constexpr double decay = 0.3;

MuonOptions options() {
  MuonOptions result;
  result.prefix = "layers.";
  result.momentum = momentum;
  result.rate_factor = 2;
  result.weight_decay = decay;
  return result;
}

/// Wide, tall and single-row matrices under the prefix; a matrix and a vector that are not Muon's.
ParameterLayout mixed_layout() {
  ParameterLayout layout;
  layout.add("embedding", Shape<2>{3, 5}, Initializer::normal(1));
  layout.add("layers.0.wide", Shape<2>{5, 17}, Initializer::normal(1));
  layout.add("layers.0.norm", Shape<1>{7}, Initializer::normal(1));
  layout.add("layers.0.tall", Shape<2>{19, 4}, Initializer::normal(1));
  layout.add("layers.1.row", Shape<2>{1, 6}, Initializer::normal(1));
  return layout;
}

double gradient(int step, std::size_t i) {
  return RandomStream(RandomAddress{4, 0, static_cast<std::uint64_t>(1000 * step) + i}).uniform(-1, 1);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Muon: equals the plain loops of the paper and leaves the rest alone", "[training]",
                        OnFloatAndDouble) {
  using Scalar = typename TestType::Scalar;
  using Backend = typename TestType::Backend;
  const Backend backend = test_backend<Backend>();
  const ParameterLayout layout = mixed_layout();
  const MuonMatrices<Scalar, Backend> muon(backend, layout, options());
  const auto size = static_cast<std::size_t>(layout.size());
  std::vector<double> expected = initial_values<double>(layout, 3);
  std::vector<double> means(size, 0);
  std::vector<Scalar> host(expected.begin(), expected.end());
  auto values = backend.template allocate<Scalar>(layout.size());
  auto gradients = backend.template allocate<Scalar>(layout.size());
  auto moments = backend.template allocate<Scalar>(layout.size());
  backend.upload(values.data(), host.data(), layout.size());
  backend.fill(moments.data(), layout.size(), Scalar{0});
  Workspace<Backend> workspace(backend);
  for (int step = 0; step < 4; ++step) {
    for (std::size_t i = 0; i < size; ++i) host[i] = static_cast<Scalar>(gradient(step, i));
    backend.upload(gradients.data(), host.data(), layout.size());
    muon.update(values.data(), gradients.data(), moments.data(), 0.01, 0.5, workspace);
    for (const auto& entry : layout.entries()) {
      if (!options().owns(entry)) continue;
      const auto begin = static_cast<std::ptrdiff_t>(entry.offset);
      const auto end = begin + static_cast<std::ptrdiff_t>(entry.size);
      std::vector<double> w(expected.begin() + begin, expected.begin() + end);
      std::vector<double> m(means.begin() + begin, means.begin() + end);
      std::vector<double> g;
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        g.push_back(0.5 * gradient(step, i));
      }
      oracle::muon(w, g, m, static_cast<std::size_t>(entry.shape[0]),
                   static_cast<std::size_t>(entry.shape[1]), 0.02, momentum, decay);
      std::copy(w.begin(), w.end(), expected.begin() + begin);
      std::copy(m.begin(), m.end(), means.begin() + begin);
    }
  }
  backend.download(host.data(), static_cast<const Scalar*>(values.data()), layout.size());
  double worst = 0;
  for (const auto& entry : layout.entries()) {
    for (index_t i = entry.offset; i < entry.offset + entry.size; ++i) {
      const auto at = static_cast<std::size_t>(i);
      worst = std::max(worst, std::abs(static_cast<double>(host[at]) - expected[at]));
    }
  }
  CAPTURE(worst);
  CHECK(worst < (sizeof(Scalar) == 4 ? 1e-5 : 1e-13));
}

TEST_CASE("Muon: a step's singular values lie near 1, whatever the gradient's", "[training]") {
  // the Gram matrix of a wide matrix with rows of lengths 1, 1/10, 1/100: its diagonal after the iteration
  const Cpu cpu(1);
  std::vector<double> x(3 * 40);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = gradient(0, i) * std::pow(10.0, -static_cast<double>(i / 40));
  Workspace<Cpu> workspace(cpu);
  training_detail::orthogonalise(cpu, MatrixView<double>(x.data(), {3, 40}), workspace);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      double dot = 0;
      for (std::size_t k = 0; k < 40; ++k) dot += x[40 * a + k] * x[40 * b + k];
      CHECK(dot == Approx(a == b ? 1.0 : 0.0).margin(0.55));
    }
  }
}

TEST_CASE("Muon: a matrix without gradient stays, and Adam leaves Muon's matrices alone", "[training]") {
  const ParameterLayout layout = mixed_layout();
  const Cpu cpu(2);
  const auto owns = [](const ParameterLayout::Entry& entry) { return !options().owns(entry); };
  Adam<float, Cpu> adam(cpu, layout, {.weight_decay = 0.5}, owns);
  std::vector<float> values(static_cast<std::size_t>(adam.size()), 1.0F);
  std::vector<float> gradients(values.size(), 1.0F);
  adam.update(values.data(), gradients.data(), 0, 0.1);
  for (const auto& entry : layout.entries()) {
    CAPTURE(entry.name);
    CHECK((values[static_cast<std::size_t>(entry.offset)] == 1.0F) == options().owns(entry));
  }
  MuonOptions still = options();
  still.weight_decay = 0;
  const MuonMatrices<float, Cpu> muon(cpu, layout, still);
  std::fill(gradients.begin(), gradients.end(), 0.0F);
  std::vector<float> means(values.size(), 0.0F);
  const std::vector<float> before = values;
  Workspace<Cpu> workspace(cpu);
  muon.update(values.data(), gradients.data(), means.data(), 0.1, 1, workspace);
  CHECK(values == before);
}

TEST_CASE("Muon: options out of range and a prefix without matrices are refused", "[training]") {
  const ParameterLayout layout = mixed_layout();
  using Tested = MuonMatrices<float, Cpu>;
  MuonOptions wrong = options();
  wrong.prefix = "blocks.";
  CHECK_THROWS_WITH(Tested(Cpu(1), layout, wrong), "Muon: no matrix has a name that begins with \"blocks.\"");
  wrong = options();
  wrong.momentum = 1;
  CHECK_THROWS_WITH(Tested(Cpu(1), layout, wrong), "Muon: momentum is 1, expected within [0, 1)");
  wrong = options();
  wrong.rate_factor = 0;
  CHECK_THROWS_AS(Tested(Cpu(1), layout, wrong), value_error);
  wrong = options();
  wrong.weight_decay = -1;
  CHECK_THROWS_AS(Tested(Cpu(1), layout, wrong), value_error);
}
