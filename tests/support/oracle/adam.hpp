// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace flashvideo::oracle {

/// One update of AdamW for all elements, in double, as the papers write it; t = 1 for the first.
inline void adam(std::vector<double>& w, const std::vector<double>& g, std::vector<double>& m,
                 std::vector<double>& v, const std::vector<bool>& decays, int t, double eta, double beta1,
                 double beta2, double epsilon, double lambda) {
  for (std::size_t i = 0; i < w.size(); ++i) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    const double m_hat = m[i] / (1 - std::pow(beta1, t));
    const double v_hat = v[i] / (1 - std::pow(beta2, t));
    w[i] -= eta * (m_hat / (std::sqrt(v_hat) + epsilon) + (decays[i] ? lambda * w[i] : 0.0));
  }
}

}  // namespace flashvideo::oracle
