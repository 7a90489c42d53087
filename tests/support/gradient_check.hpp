// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Random numbers in a backend's memory and gradients by central differences.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

namespace flashvideo::test {

/// n normal numbers, a function of the seed.
template <typename Scalar>
std::vector<Scalar> normal_numbers(index_t n, std::uint64_t seed, double scale = 1) {
  RandomStream random(seed, 0x7465U);
  std::vector<Scalar> numbers(static_cast<std::size_t>(n));
  for (Scalar& number : numbers) number = static_cast<Scalar>(scale * random.normal());
  return numbers;
}

template <typename Backend, typename T>
auto to_backend(const Backend& backend, const std::vector<T>& host) {
  auto buffer = backend.template allocate<T>(static_cast<index_t>(host.size()));
  backend.upload(buffer.data(), host.data(), static_cast<index_t>(host.size()));
  return buffer;
}

template <typename Backend, typename T>
std::vector<T> to_host(const Backend& backend, const T* data, index_t size) {
  std::vector<T> host(static_cast<std::size_t>(size));
  backend.download(host.data(), data, size);
  return host;
}

template <typename T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// Largest |a - b| relative to the largest |b|.
template <typename A, typename B>
double largest_error(const std::vector<A>& a, const std::vector<B>& b) {
  REQUIRE(a.size() == b.size());
  double error = 0;
  double largest = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return error / largest;
}

/// Checks d loss / d x by central differences at up to `most` places of x spread over it.
/// @param loss a function of x, in double
template <typename Loss>
void check_gradient(const Loss& loss, std::vector<double> x, const std::vector<double>& gradient,
                    double tolerance = 1e-7, std::size_t most = 60) {
  REQUIRE(x.size() == gradient.size());
  double largest = 1e-6;
  for (const double value : gradient) largest = std::max(largest, std::abs(value));
  const std::size_t stride = x.size() / most + 1;
  for (std::size_t i = 0; i < x.size(); i += stride) {
    const double before = x[i];
    const double step = 1e-5;
    x[i] = before + step;
    const double above = loss(x);
    x[i] = before - step;
    const double below = loss(x);
    x[i] = before;
    INFO("place " << i << " of " << x.size());
    CHECK(std::abs((above - below) / (2 * step) - gradient[i]) <= tolerance * largest);
  }
}

}  // namespace flashvideo::test
