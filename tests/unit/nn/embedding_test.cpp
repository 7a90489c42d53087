// SPDX-License-Identifier: MIT
#include "flashvideo/nn/embedding.hpp"

#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using oracle::Matrix;

TEMPLATE_TEST_CASE("Embedding: a row of the table for each token, times sqrt(D) where scaled", "", float,
                   double) {
  for (const index_t width : {1, 17, 70}) {
    for (const bool scaled : {false, true}) {
      ParameterLayout layout;
      const Embedding<TestType> embedding(layout, "embed_tokens.weight", 9, width, scaled);
      CHECK(embedding.vocabulary() == 9);
      const auto values = initial_values<TestType>(layout, 1);
      const std::vector<token_t> tokens{8, 0, 3, 3, 5};
      Matrix<TestType> y(5, width);
      embedding.forward(Cpu(2), ParameterView<const TestType>(values.data()), tokens.data(), y.view());
      const auto table = oracle::parameter(layout, values, "embed_tokens.weight");
      const double scale = scaled ? std::sqrt(static_cast<double>(width)) : 1;
      for (index_t r = 0; r < 5; ++r) {
        for (index_t c = 0; c < width; ++c) {
          const double expected = scale * table(tokens[static_cast<std::size_t>(r)], c);
          CHECK(static_cast<double>(y(r, c)) == Approx(expected).epsilon(1e-6));
        }
      }
    }
  }
}

TEST_CASE("Embedding: the gradient agrees with finite differences, a token that comes twice counts twice") {
  const Cpu cpu(2);
  const std::vector<token_t> tokens{2, 0, 2, 4, 2, 0};
  for (const index_t width : {1, 33, 70}) {
    ParameterLayout layout;
    const Embedding<double> embedding(layout, "e", 5, width, true);
    auto values = initial_values<double>(layout, 2);
    RandomStream random(3);
    const Matrix<double> dy(6, width, random);
    const auto loss = [&] {
      Matrix<double> y(6, width);
      embedding.forward(cpu, ParameterView<const double>(values.data()), tokens.data(), y.view());
      return oracle::inner(y.data, dy.data);
    };
    std::vector<double> gradients(values.size());
    embedding.backward(cpu, tokens.data(), dy.view(), ParameterView<double>(gradients.data()));
    CHECK(oracle::finite_difference_gap(values, gradients, loss) < 1e-8);
    const std::vector<double> once = gradients;
    embedding.backward(cpu, tokens.data(), dy.view(), ParameterView<double>(gradients.data()));
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(gradients[i] == Approx(2 * once[i]));
  }
}
