// SPDX-License-Identifier: MIT
#pragma once
/// Plain double loops in the papers' letters: what retention, the rotation and MultiScaleRetention must
/// equal.

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/nn/parameter.hpp"
#include "flashvideo/tensor/tensor_view.hpp"
#include "support/required_verbs.hpp"

namespace oracle {

using flashvideo::index_t;

/// The host with every optional verb in its plain form.
using PlainCpu = flashvideo::test::RequiredVerbs<flashvideo::Cpu>;

/// A dense matrix of numbers in (-1, 1).
template <typename Scalar>
struct Matrix {
  index_t rows = 0;
  index_t columns = 0;
  std::vector<Scalar> data;

  Matrix(index_t r, index_t c) : rows(r), columns(c), data(static_cast<std::size_t>(r * c)) {}
  Matrix(index_t r, index_t c, flashvideo::RandomStream& random) : Matrix(r, c) {
    for (Scalar& x : data) x = static_cast<Scalar>(random.uniform(-1, 1));
  }
  Scalar& operator()(index_t r, index_t c) { return data[static_cast<std::size_t>(r * columns + c)]; }
  const Scalar& operator()(index_t r, index_t c) const {
    return data[static_cast<std::size_t>(r * columns + c)];
  }
  flashvideo::MatrixView<Scalar> view() { return {data.data(), {rows, columns}}; }
  flashvideo::MatrixView<const Scalar> view() const { return {data.data(), {rows, columns}}; }
};

/// Largest |a - b| over the largest |b|.
template <typename A, typename B>
double difference(const A& a, const B& b) {
  double worst = 0;
  double largest = 1e-300;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double gap = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(gap <= worst)) worst = gap;  // keeps a NaN
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return worst / largest;
}

template <typename Scalar>
constexpr double tolerance() {
  return sizeof(Scalar) == 8 ? 1e-12 : 1e-5;
}

/// o_n = sum_{m<=n} gamma^(n-m) (q_n . k_m) v_m for sequences of rows b N + n, heads in columns.
template <typename Scalar>
Matrix<double> retention(const Matrix<Scalar>& q, const Matrix<Scalar>& k, const Matrix<Scalar>& v,
                         index_t batch, index_t length, index_t heads, const std::vector<double>& lambda) {
  const index_t d_key = q.columns / heads;
  const index_t d_value = v.columns / heads;
  Matrix<double> o(batch * length, v.columns);
  for (index_t b = 0; b < batch; ++b) {
    for (index_t h = 0; h < heads; ++h) {
      const double gamma = std::exp(lambda[static_cast<std::size_t>(h)]);
      for (index_t n = 0; n < length; ++n) {
        for (index_t m = 0; m <= n; ++m) {
          double score = 0;
          for (index_t d = 0; d < d_key; ++d) {
            score += static_cast<double>(q(b * length + n, h * d_key + d)) *
                     static_cast<double>(k(b * length + m, h * d_key + d));
          }
          score *= std::pow(gamma, static_cast<double>(n - m));
          for (index_t c = 0; c < d_value; ++c) {
            o(b * length + n, h * d_value + c) +=
                score * static_cast<double>(v(b * length + m, h * d_value + c));
          }
        }
      }
    }
  }
  return o;
}

/// S_d,c = sum_n gamma^(N-1-n) k_n,d v_n,c of head h of one sequence.
template <typename Scalar>
std::vector<double> final_state(const Matrix<Scalar>& k, const Matrix<Scalar>& v, index_t heads,
                                const std::vector<double>& lambda) {
  const index_t d_key = k.columns / heads;
  const index_t d_value = v.columns / heads;
  std::vector<double> s(static_cast<std::size_t>(heads * d_key * d_value));
  for (index_t h = 0; h < heads; ++h) {
    for (index_t n = 0; n < k.rows; ++n) {
      const double decay =
          std::exp(static_cast<double>(k.rows - 1 - n) * lambda[static_cast<std::size_t>(h)]);
      for (index_t d = 0; d < d_key; ++d) {
        for (index_t c = 0; c < d_value; ++c) {
          s[static_cast<std::size_t>((h * d_key + d) * d_value + c)] +=
              decay * static_cast<double>(k(n, h * d_key + d)) * static_cast<double>(v(n, h * d_value + c));
        }
      }
    }
  }
  return s;
}

/// Interleaved pairs (2j, 2j+1) of every head turned by n theta_j; row r stands at position r mod length.
template <typename Scalar>
Matrix<double> rotated(const Matrix<Scalar>& x, index_t length, index_t heads,
                       const std::vector<double>& theta) {
  Matrix<double> y(x.rows, x.columns);
  const index_t d_key = x.columns / heads;
  for (index_t r = 0; r < x.rows; ++r) {
    for (index_t c = 0; c < x.columns; c += 2) {
      const double phi = static_cast<double>(r % length) * theta[static_cast<std::size_t>(c % d_key / 2)];
      const double even = static_cast<double>(x(r, c));
      const double odd = static_cast<double>(x(r, c + 1));
      y(r, c) = even * std::cos(phi) - odd * std::sin(phi);
      y(r, c + 1) = odd * std::cos(phi) + even * std::sin(phi);
    }
  }
  return y;
}

/// y = x w^T.
template <typename Scalar>
Matrix<double> linear(const Matrix<Scalar>& x, const Matrix<double>& w) {
  Matrix<double> y(x.rows, w.rows);
  for (index_t r = 0; r < x.rows; ++r) {
    for (index_t m = 0; m < w.rows; ++m) {
      for (index_t k = 0; k < w.columns; ++k) y(r, m) += static_cast<double>(x(r, k)) * w(m, k);
    }
  }
  return y;
}

/// A parameter by name, as doubles.
template <typename Scalar>
Matrix<double> parameter(const flashvideo::ParameterLayout& layout, const std::vector<Scalar>& values,
                         const std::string& name) {
  for (const auto& entry : layout.entries()) {
    if (entry.name != name) continue;
    Matrix<double> w(entry.shape[0], entry.size / entry.shape[0]);
    for (index_t i = 0; i < entry.size; ++i) {
      w.data[static_cast<std::size_t>(i)] =
          static_cast<double>(values[static_cast<std::size_t>(entry.offset + i)]);
    }
    return w;
  }
  throw std::out_of_range(name);
}

/// torchscale's MultiScaleRetention (parallel form, without the clamp z_n).
template <typename Scalar>
Matrix<double> multi_scale_retention(const flashvideo::ParameterLayout& layout,
                                     const std::vector<Scalar>& values, const std::string& prefix,
                                     const Matrix<Scalar>& x, index_t batch, index_t length, index_t heads,
                                     double epsilon, const std::vector<double>& theta,
                                     const std::vector<double>& lambda) {
  const auto project = [&](const char* name) {
    return linear(x, parameter(layout, values, prefix + name + ".weight"));
  };
  const Matrix<double> q = rotated(project("q_proj"), length, heads, theta);
  Matrix<double> k = project("k_proj");
  const double scale = 1.0 / std::sqrt(static_cast<double>(k.columns / heads));
  for (double& value : k.data) value *= scale;
  k = rotated(k, length, heads, theta);
  const Matrix<double> v = project("v_proj");
  const Matrix<double> g = project("g_proj");
  Matrix<double> r = retention(q, k, v, batch, length, heads, lambda);
  const index_t d_value = v.columns / heads;
  for (index_t row = 0; row < r.rows; ++row) {
    for (index_t h = 0; h < heads; ++h) {
      double sigma = 0;
      for (index_t m = 0; m <= row % length; ++m) {
        sigma += std::exp(static_cast<double>(m) * lambda[static_cast<std::size_t>(h)]);
      }
      double mean = 0;
      for (index_t c = h * d_value; c < (h + 1) * d_value; ++c) {
        r(row, c) /= std::sqrt(sigma);
        mean += r(row, c) * r(row, c) / static_cast<double>(d_value);
      }
      for (index_t c = h * d_value; c < (h + 1) * d_value; ++c) {
        r(row, c) *= g(row, c) / (1 + std::exp(-g(row, c))) / std::sqrt(mean + epsilon);
      }
    }
  }
  return linear(r, parameter(layout, values, prefix + "out_proj.weight"));
}

/// Causal softmax attention with the same projections, rotation and key scale.
template <typename Scalar>
Matrix<double> attention(const flashvideo::ParameterLayout& layout, const std::vector<Scalar>& values,
                         const std::string& prefix, const Matrix<Scalar>& x, index_t batch, index_t length,
                         index_t heads, const std::vector<double>& theta) {
  const auto project = [&](const char* name) {
    return linear(x, parameter(layout, values, prefix + name + ".weight"));
  };
  const Matrix<double> q = rotated(project("q_proj"), length, heads, theta);
  const Matrix<double> k = rotated(project("k_proj"), length, heads, theta);
  const Matrix<double> v = project("v_proj");
  const index_t d_key = k.columns / heads;
  const index_t d_value = v.columns / heads;
  Matrix<double> o(batch * length, v.columns);
  for (index_t row = 0; row < o.rows; ++row) {
    for (index_t h = 0; h < heads; ++h) {
      std::vector<double> scores;
      double largest = -1e300;
      for (index_t m = row - row % length; m <= row; ++m) {
        double score = 0;
        for (index_t d = h * d_key; d < (h + 1) * d_key; ++d) score += q(row, d) * k(m, d);
        scores.push_back(score / std::sqrt(static_cast<double>(d_key)));
        largest = std::max(largest, scores.back());
      }
      double total = 0;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        const index_t m = row - row % length + static_cast<index_t>(i);
        const double weight = std::exp(scores[i] - largest);
        total += weight;
        for (index_t c = h * d_value; c < (h + 1) * d_value; ++c) o(row, c) += weight * v(m, c);
      }
      for (index_t c = h * d_value; c < (h + 1) * d_value; ++c) o(row, c) /= total;
    }
  }
  return linear(o, parameter(layout, values, prefix + "out_proj.weight"));
}

/// Largest gap between `gradient` and central differences of `loss` by `at`, over the largest gradient.
template <typename Loss>
double finite_difference_gap(std::vector<double>& at, const std::vector<double>& gradient, const Loss& loss,
                             double step = 1e-5) {
  std::vector<double> numeric(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double kept = at[i];
    at[i] = kept + step;
    const double above = loss();
    at[i] = kept - step;
    const double below = loss();
    at[i] = kept;
    numeric[i] = (above - below) / (2 * step);
  }
  return difference(gradient, numeric);
}

/// sum of a_i b_i.
template <typename Scalar>
double inner(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace oracle
