// SPDX-License-Identifier: MIT
#include "flashvideo/nn/retention/multi_scale_retention.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

struct Sizes {
  index_t batch, length;
  MixerConfiguration mixer;
};
const Sizes all_sizes[] = {{1, 1, {4, 6, 1, 1e-6}}, {2, 17, {12, 15, 3, 1e-6}}, {2, 70, {8, 32, 2, 1e-2}}};

template <typename Scalar>
struct Model {
  ParameterLayout layout;
  MultiScaleRetention<Scalar> mixer;
  std::vector<Scalar> values;
  explicit Model(const MixerConfiguration& sizes, std::uint64_t seed = 1)
      : mixer(layout, "layers.0.retention.",
              sizes.theta.empty() ? sizes.with(Position::xpos(), Decay::retnet()) : sizes),
        values(initial_values<Scalar>(layout, seed)) {
    for (Scalar& value : values) value *= Scalar{3};
  }
  ParameterView<const Scalar> view() const { return ParameterView<const Scalar>(values.data()); }
  Matrix<double> expected(const Matrix<Scalar>& x, index_t batch, index_t length) const {
    return oracle::multi_scale_retention(layout, values, "layers.0.retention.", x, batch, length,
                                         mixer.sizes().num_heads, mixer.sizes().epsilon, mixer.sizes().theta,
                                         mixer.sizes().lambda);
  }
};

template <typename Scalar, typename Backend, typename Mode>
void check_forward(const Backend& backend, Mode mode) {
  for (const Sizes& sizes : all_sizes) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      const Model<Scalar> model(sizes.mixer, seed);
      RandomStream random(seed);
      const index_t rows = sizes.batch * sizes.length;
      const Matrix<Scalar> x(rows, sizes.mixer.d_model, random);
      Matrix<Scalar> y(rows, sizes.mixer.d_model, random);
      Workspace<Backend> workspace(backend);
      model.mixer.forward(backend, mode, model.view(), sizes.batch, sizes.length, x.view(), y.view(),
                          workspace);
      CHECK(oracle::difference(y.data, model.expected(x, sizes.batch, sizes.length).data) <
            oracle::tolerance<Scalar>());
    }
  }
}

template <typename Backend, typename Mode>
void check_gradients(const Backend& backend, Mode mode) {
  const Sizes sizes{2, 5, {8, 6, 2, 1e-3}};
  Model<double> model(sizes.mixer);
  RandomStream random(3);
  const index_t rows = sizes.batch * sizes.length;
  Matrix<double> x(rows, sizes.mixer.d_model, random);
  const Matrix<double> dy(rows, sizes.mixer.d_model, random);
  Workspace<Backend> workspace(backend);
  const auto loss = [&] {
    Matrix<double> y(rows, sizes.mixer.d_model);
    const auto mark = workspace.mark();
    model.mixer.forward(backend, mode, model.view(), sizes.batch, sizes.length, x.view(), y.view(),
                        workspace);
    workspace.release(mark);
    return oracle::inner(y.data, dy.data);
  };
  Matrix<double> y(rows, sizes.mixer.d_model);
  Matrix<double> dx(rows, sizes.mixer.d_model, random);
  const auto kept = model.mixer.forward(backend, mode, model.view(), sizes.batch, sizes.length, x.view(),
                                        y.view(), workspace);
  std::vector<double> gradients(model.values.size(), 0.0);
  model.mixer.backward(backend, mode, model.view(), sizes.batch, sizes.length, x.view(), kept, dy.view(),
                       dx.view(), ParameterView<double>(gradients.data()), workspace);
  CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-6);
  CHECK(oracle::finite_difference_gap(model.values, gradients, loss) < 1e-6);

  // gradients are added to what is there
  std::vector<double> twice = gradients;
  model.mixer.backward(backend, mode, model.view(), sizes.batch, sizes.length, x.view(), kept, dy.view(),
                       dx.view(), ParameterView<double>(twice.data()), workspace);
  for (double& gradient : gradients) gradient *= 2;
  CHECK(oracle::difference(twice, gradients) < 1e-13);
}

}  // namespace

TEMPLATE_TEST_CASE("MultiScaleRetention: forward equals the double loop in every mode", "", float, double) {
  check_forward<TestType>(Cpu(2), Parallel{});
  check_forward<TestType>(Cpu(2), Chunkwise<16>{});
  check_forward<TestType>(Cpu(1, InstructionSet::baseline), Chunkwise<16>{});
  check_forward<TestType>(oracle::PlainCpu(2), Recurrent{});
  check_forward<TestType>(oracle::PlainCpu(2), Chunkwise<16>{});
}

TEST_CASE("MultiScaleRetention: every gradient agrees with finite differences") {
  check_gradients(Cpu(2), Parallel{});
  check_gradients(Cpu(2), Chunkwise<2>{});
  check_gradients(oracle::PlainCpu(1), Chunkwise<3>{});
}

TEMPLATE_TEST_CASE("MultiScaleRetention: absorbing token by token equals forward", "", float, double) {
  const Model<TestType> model({12, 15, 3, 1e-6});
  RandomStream random(2);
  const Matrix<TestType> x(37, 12, random);
  Matrix<TestType> y(37, 12);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  auto state = model.mixer.initial_state(cpu);
  for (index_t n = 0; n < 37; ++n) {
    const typename MultiScaleRetention<TestType>::template Lane<Cpu> lane{&state, 0, 1};
    model.mixer.absorb(cpu, model.view(), {&lane, 1}, x.view().rows(n, 1), y.view().rows(n, 1), workspace);
  }
  CHECK(state.position == 37);
  CHECK(oracle::difference(y.data, model.expected(x, 1, 37).data) < oracle::tolerance<TestType>());
}

TEST_CASE("MultiScaleRetention: parameters have torchscale's names and places") {
  const Model<float> model({12, 15, 3, 1e-6});
  const auto& entries = model.layout.entries();
  REQUIRE(entries.size() == 5);
  const std::vector<std::string> names{"q_proj", "k_proj", "v_proj", "g_proj", "out_proj"};
  const std::vector<std::vector<index_t>> shapes{{12, 12}, {12, 12}, {15, 12}, {15, 12}, {12, 15}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(entries[i].name == "layers.0.retention." + names[i] + ".weight");
    CHECK(entries[i].shape == shapes[i]);
  }
  CHECK(entries[2].initializer.scale == Approx(std::pow(2.0, -2.5) * std::sqrt(6.0 / 27)));
  CHECK(entries[4].initializer.scale == Approx(0.5 * std::sqrt(6.0 / 27)));
}

TEST_CASE("MultiScaleRetention: sizes and spans that do not fit are named") {
  ParameterLayout layout;
  using Mixer = MultiScaleRetention<float>;
  CHECK_THROWS_WITH(Mixer(layout, "a.", {10, 12, 3}),
                    "MultiScaleRetention: d_model is 10, expected a positive multiple of num_heads = 3");
  CHECK_THROWS_AS(Mixer(layout, "a.", {12, 10, 3}), shape_error);
  CHECK_THROWS_AS(Mixer(layout, "a.", {9, 12, 3, 1e-6, {0.1}}), shape_error);  // odd head width
  const Model<float> model({12, 15, 3, 1e-6});
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  auto state = model.mixer.initial_state(cpu);
  Matrix<float> x(3, 12);
  const Mixer::Lane<Cpu> lane{&state, 0, 2};
  CHECK_THROWS_WITH(model.mixer.absorb(cpu, model.view(), {&lane, 1}, x.view(), x.view(), workspace),
                    "MultiScaleRetention::absorb: the lanes cover 2 of 3 rows");
  CHECK(state.position == 0);
}

TEST_CASE("MultiScaleRetention: stored angles and decays are used as stored") {
  const Model<double> model({8, 6, 2, 1e-6, {0.3, 0.7}, {-0.1, -0.5}});
  RandomStream random(2);
  const Matrix<double> x(9, 8, random);
  Matrix<double> y(9, 8);
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  model.mixer.forward(cpu, Parallel{}, model.view(), 1, 9, x.view(), y.view(), workspace);
  CHECK(oracle::difference(y.data, model.expected(x, 1, 9).data) < 1e-12);
  ParameterLayout layout;
  const auto make = [&](const MixerConfiguration& sizes) { MultiScaleRetention<float>(layout, "a.", sizes); };
  CHECK_THROWS_WITH(make({8, 6, 2, 1e-6, {0.3}, {-0.1, -0.5}}),
                    "MultiScaleRetention: theta has 1 angles, expected one for each pair of d_key = 4");
  CHECK_THROWS_WITH(make({8, 6, 2, 1e-6, {0.3, 0.7}, {-0.1}}),
                    "MultiScaleRetention: lambda has 1 decays, expected one for each of 2 heads");
}
