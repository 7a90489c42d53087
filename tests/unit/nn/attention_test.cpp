// SPDX-License-Identifier: MIT
#include "flashvideo/nn/attention/attention.hpp"

#include "flashvideo/backend/chunk_schedule.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

struct Sizes {
  index_t batch, length;
  MixerConfiguration mixer;
};
const Sizes all_sizes[] = {{1, 1, {4, 6, 1}}, {2, 17, {12, 15, 3}}, {2, 133, {8, 32, 2}}};

template <typename Scalar>
struct Model {
  ParameterLayout layout;
  Attention<Scalar> mixer;
  std::vector<Scalar> values;
  explicit Model(const MixerConfiguration& sizes, std::uint64_t seed = 1,
                 const Position& position = Position::rope())
      : mixer(layout, "layers.0.self_attn.", sizes.with(position, {}, 64)),
        values(initial_values<Scalar>(layout, seed)) {
    for (Scalar& value : values) value *= Scalar{3};
  }
  ParameterView<const Scalar> view() const { return ParameterView<const Scalar>(values.data()); }
  Matrix<double> expected(const Matrix<Scalar>& x, index_t batch, index_t length) const {
    return oracle::attention(layout, values, "layers.0.self_attn.", x, batch, length, mixer.sizes().num_heads,
                             mixer.sizes().theta);
  }
};

template <typename Scalar, typename Backend>
void check_forward(const Backend& backend, const Position& position = Position::rope()) {
  for (const Sizes& sizes : all_sizes) {
    for (const std::uint64_t seed : {1, 2}) {
      const Model<Scalar> model(sizes.mixer, seed, position);
      RandomStream random(seed);
      const index_t rows = sizes.batch * sizes.length;
      const Matrix<Scalar> x(rows, sizes.mixer.d_model, random);
      Matrix<Scalar> y(rows, sizes.mixer.d_model, random);
      Workspace<Backend> workspace(backend);
      model.mixer.forward(backend, Parallel{}, model.view(), sizes.batch, sizes.length, x.view(), y.view(),
                          workspace);
      CHECK(oracle::difference(y.data, model.expected(x, sizes.batch, sizes.length).data) <
            oracle::tolerance<Scalar>());
    }
  }
}

template <typename Backend>
std::vector<double> check_gradients(const Backend& backend, const Sizes& sizes, bool numerically) {
  Model<double> model(sizes.mixer);
  RandomStream random(3);
  const index_t rows = sizes.batch * sizes.length;
  Matrix<double> x(rows, sizes.mixer.d_model, random);
  const Matrix<double> dy(rows, sizes.mixer.d_model, random);
  Workspace<Backend> workspace(backend);
  const auto loss = [&] {
    Matrix<double> y(rows, sizes.mixer.d_model);
    const auto mark = workspace.mark();
    model.mixer.forward(backend, Parallel{}, model.view(), sizes.batch, sizes.length, x.view(), y.view(),
                        workspace);
    workspace.release(mark);
    return oracle::inner(y.data, dy.data);
  };
  Matrix<double> y(rows, sizes.mixer.d_model);
  Matrix<double> dx(rows, sizes.mixer.d_model, random);
  const auto kept = model.mixer.forward(backend, Parallel{}, model.view(), sizes.batch, sizes.length,
                                        x.view(), y.view(), workspace);
  std::vector<double> gradients(model.values.size(), 0.0);
  model.mixer.backward(backend, Parallel{}, model.view(), sizes.batch, sizes.length, x.view(), kept,
                       dy.view(), dx.view(), ParameterView<double>(gradients.data()), workspace);
  if (numerically) {
    CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-6);
    CHECK(oracle::finite_difference_gap(model.values, gradients, loss) < 1e-6);
  }
  gradients.insert(gradients.end(), dx.data.begin(), dx.data.end());
  return gradients;
}

}  // namespace

TEMPLATE_TEST_CASE("Attention: forward equals the double loop", "", float, double) {
  check_forward<TestType>(Cpu(2));
  check_forward<TestType>(Cpu(1, InstructionSet::baseline), Position::xpos());
  check_forward<TestType>(oracle::PlainCpu(2));
}

TEST_CASE("Attention: every gradient agrees with finite differences") {
  const Sizes sizes{2, 5, {8, 6, 2}};
  check_gradients(Cpu(2), sizes, true);
  check_gradients(oracle::PlainCpu(1), sizes, true);
}

TEST_CASE("Attention: gradients of many blocks equal the plain form's") {
  const Sizes sizes{2, 133, {8, 6, 2}};
  CHECK(oracle::difference(check_gradients(Cpu(2), sizes, false),
                           check_gradients(oracle::PlainCpu(1), sizes, false)) < 1e-12);
}

TEMPLATE_TEST_CASE("Attention: absorbing token by token equals forward", "", float, double) {
  const Model<TestType> model({12, 15, 3});
  RandomStream random(2);
  const Matrix<TestType> x(150, 12, random);
  Matrix<TestType> y(150, 12);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  auto state = model.mixer.initial_state(cpu);
  for (index_t n = 0; n < 150; ++n) {
    const typename Attention<TestType>::template Lane<Cpu> lane{&state, 0, 1};
    model.mixer.absorb(cpu, model.view(), {&lane, 1}, x.view().rows(n, 1), y.view().rows(n, 1), workspace);
  }
  CHECK(state.position == 150);
  CHECK(oracle::difference(y.data, model.expected(x, 1, 150).data) < oracle::tolerance<TestType>());
}

TEST_CASE("Attention: large scores do not overflow") {
  Model<float> model({12, 15, 3});
  for (float& value : model.values) value *= 30;
  RandomStream random(2);
  const Matrix<float> x(70, 12, random);
  Matrix<float> y(70, 12), z(70, 12);
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  model.mixer.forward(cpu, Parallel{}, model.view(), 1, 70, x.view(), y.view(), workspace);
  auto state = model.mixer.initial_state(cpu);
  const Attention<float>::Lane<Cpu> lane{&state, 0, 70};
  model.mixer.absorb(cpu, model.view(), {&lane, 1}, x.view(), z.view(), workspace);
  const auto expected = model.expected(x, 1, 70);
  CHECK(oracle::difference(y.data, expected.data) < 1e-3);
  CHECK(oracle::difference(z.data, expected.data) < 1e-3);
}

TEST_CASE("Attention: parameters have their names, wrong sizes and spans are named") {
  const Model<float> model({12, 15, 3});
  REQUIRE(model.layout.entries().size() == 4);
  CHECK(model.layout.entries()[2].name == "layers.0.self_attn.v_proj.weight");
  CHECK(model.layout.entries()[3].shape == std::vector<index_t>{12, 15});
  ParameterLayout layout;
  CHECK_THROWS_WITH(Attention<float>(layout, "a.", {10, 12, 3}),
                    "Attention: d_model is 10, expected a positive multiple of num_heads = 3");
  CHECK_THROWS_WITH(Attention<float>(layout, "a.", {12, 15, 3}),
                    "Attention: theta has 0 angles, expected one for each pair of d_key = 4");
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  auto state = model.mixer.initial_state(cpu);
  Matrix<float> x(3, 12);
  const Attention<float>::Lane<Cpu> lane{&state, 2, 2};
  CHECK_THROWS_AS(model.mixer.absorb(cpu, model.view(), {&lane, 1}, x.view(), x.view(), workspace),
                  shape_error);
}
