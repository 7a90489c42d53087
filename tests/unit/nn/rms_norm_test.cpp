// SPDX-License-Identifier: MIT
#include "flashvideo/nn/rms_norm.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

namespace {

// Weights that are not one, an epsilon that shows.
template <typename Scalar>
struct Model {
  ParameterLayout layout;
  RMSNorm<Scalar> norm;
  std::vector<Scalar> values;
  explicit Model(index_t width, double epsilon)
      : norm(layout, "norm.weight", width, epsilon), values(static_cast<std::size_t>(layout.size())) {
    RandomStream random(1);
    for (Scalar& value : values) value = static_cast<Scalar>(random.uniform(-2, 2));
  }
  ParameterView<const Scalar> view() const { return ParameterView<const Scalar>(values.data()); }
};

}  // namespace

TEMPLATE_TEST_CASE("RMSNorm: y = x / sqrt(mean(x^2) + epsilon) w, in place too", "", float, double) {
  for (const double epsilon : {1e-6, 0.3}) {
    for (const index_t width : {1, 15, 16, 33, 192}) {
      const Model<TestType> model(width, epsilon);
      CHECK(model.norm.width() == width);
      RandomStream random(2);
      Matrix<TestType> x(7, width, random);
      Matrix<TestType> y(7, width);
      std::vector<TestType> inverse_rms(7);
      model.norm.forward(Cpu(2), model.view(), x.view(), y.view(), inverse_rms.data());
      for (index_t r = 0; r < 7; ++r) {
        double mean = 0;
        for (index_t c = 0; c < width; ++c) {
          mean += static_cast<double>(x(r, c)) * static_cast<double>(x(r, c)) / static_cast<double>(width);
        }
        const double inverse = 1 / std::sqrt(mean + epsilon);
        CHECK(static_cast<double>(inverse_rms[static_cast<std::size_t>(r)]) == Approx(inverse).epsilon(1e-5));
        for (index_t c = 0; c < width; ++c) {
          const double weight = static_cast<double>(model.values[static_cast<std::size_t>(c)]);
          CHECK(static_cast<double>(y(r, c)) ==
                Approx(static_cast<double>(x(r, c)) * inverse * weight).epsilon(1e-5).margin(1e-12));
        }
      }
      model.norm.forward(Cpu(1), model.view(), x.view(), x.view(), nullptr);
      CHECK(x.data == y.data);
    }
  }
}

TEST_CASE("RMSNorm: gradients agree with finite differences and may be added") {
  const Cpu cpu(2);
  for (const index_t width : {1, 17, 40}) {
    Model<double> model(width, 0.3);
    RandomStream random(3);
    Matrix<double> x(5, width, random);
    const Matrix<double> dy(5, width, random);
    const auto loss = [&] {
      Matrix<double> y(5, width);
      model.norm.forward(cpu, model.view(), x.view(), y.view(), nullptr);
      return oracle::inner(y.data, dy.data);
    };
    std::vector<double> inverse_rms(5);
    Matrix<double> y(5, width);
    model.norm.forward(cpu, model.view(), x.view(), y.view(), inverse_rms.data());
    Matrix<double> dx(5, width, random);
    std::vector<double> gradients(model.values.size());
    model.norm.backward(cpu, model.view(), x.view(), inverse_rms.data(), dy.view(), dx.view(),
                        ParameterView<double>(gradients.data()));
    CHECK(oracle::finite_difference_gap(x.data, dx.data, loss) < 1e-7);
    CHECK(oracle::finite_difference_gap(model.values, gradients, loss) < 1e-7);
    Matrix<double> sum(5, width);
    for (double& value : sum.data) value = 1;
    model.norm.backward(cpu, model.view(), x.view(), inverse_rms.data(), dy.view(), sum.view(),
                        ParameterView<double>(gradients.data()), true);
    for (std::size_t i = 0; i < dx.data.size(); ++i) CHECK(sum.data[i] == Approx(1 + dx.data[i]));
  }
}

TEST_CASE("RMSNorm: rows of another width and an epsilon that is not positive are refused") {
  const Model<float> model(4, 1e-6);
  Matrix<float> x(2, 5);
  CHECK_THROWS_WITH(model.norm.forward(Cpu(1), model.view(), x.view(), x.view(), nullptr),
                    "RMSNorm::forward: x is (2, 5), expected (R, 4)");
  ParameterLayout layout;
  CHECK_THROWS_WITH(RMSNorm<float>(layout, "w", 4, 0.0), "RMSNorm: epsilon is 0, expected > 0");
}
