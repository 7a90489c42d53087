// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace flashvideo::oracle {

/// The five quintic steps of Muon on g (r, c), in double: X <- a X + b (X X^T) X + c (X X^T)^2 X from g /
/// |g|.
inline std::vector<double> newton_schulz(std::vector<double> g, std::size_t r, std::size_t c) {
  double squares = 0;
  for (const double x : g) squares += x * x;
  if (squares == 0) return g;
  for (double& x : g) x /= std::sqrt(squares);
  const auto times = [](const std::vector<double>& p, const std::vector<double>& q, std::size_t m,
                        std::size_t k, std::size_t n) {
    std::vector<double> out(m * n, 0);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t l = 0; l < k; ++l)
        for (std::size_t j = 0; j < n; ++j) out[i * n + j] += p[i * k + l] * q[l * n + j];
    return out;
  };
  for (int step = 0; step < 5; ++step) {
    std::vector<double> transposed(g.size());
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < c; ++j) transposed[j * r + i] = g[i * c + j];
    const auto gram = times(g, transposed, r, c, r);
    const auto once = times(gram, g, r, r, c);
    const auto twice = times(gram, once, r, r, c);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] = 3.4445 * g[i] - 4.7750 * once[i] + 2.0315 * twice[i];
  }
  return g;
}

/// One update of Muon for one matrix (r, c).
inline void muon(std::vector<double>& w, const std::vector<double>& g, std::vector<double>& m, std::size_t r,
                 std::size_t c, double eta, double beta, double lambda) {
  std::vector<double> step(g.size());
  for (std::size_t i = 0; i < g.size(); ++i) {
    m[i] = beta * m[i] + g[i];
    step[i] = g[i] + beta * m[i];
  }
  step = newton_schulz(step, r, c);
  const double length = 0.2 * std::sqrt(static_cast<double>(r > c ? r : c));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = (1 - eta * lambda) * w[i] - eta * length * step[i];
}

}  // namespace flashvideo::oracle
