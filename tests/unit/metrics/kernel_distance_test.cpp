// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/kernel_distance.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

using Features = std::vector<std::vector<float>>;

Features drawn(std::uint64_t seed, std::size_t count, std::size_t width, double mean) {
  RandomStream random(RandomAddress{seed, 0, 0});
  Features all(count, std::vector<float>(width));
  for (auto& feature : all) {
    for (float& number : feature) number = static_cast<float>(mean + random.normal());
  }
  return all;
}

double kernel(const std::vector<float>& x, const std::vector<float>& y) {
  double dot = 0;
  for (std::size_t i = 0; i < x.size(); ++i) dot += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  const double value = dot / static_cast<double>(x.size()) + 1;
  return value * value * value;
}

KernelMoments moments(const Features& features) {
  KernelMoments sums(static_cast<index_t>(features[0].size()));
  for (const auto& feature : features) sums.add(feature);
  return sums;
}

}  // namespace

TEST_CASE("kernel_distance: the sums of moments give the mean of the kernel over all pairs") {
  for (const std::size_t width : {1U, 2U, 3U, 7U}) {
    const Features a = drawn(1, 6, width, 0.3), b = drawn(2, 9, width, -0.2);
    double aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < 6; ++i) {
      for (std::size_t j = 0; j < 6; ++j) aa += i == j ? 0 : kernel(a[i], a[j]);
      for (std::size_t j = 0; j < 9; ++j) ab += kernel(a[i], b[j]);
    }
    for (std::size_t i = 0; i < 9; ++i) {
      for (std::size_t j = 0; j < 9; ++j) bb += i == j ? 0 : kernel(b[i], b[j]);
    }
    CHECK(kernel_distance(moments(a), moments(b)) == Approx(aa / 30 + bb / 72 - 2 * ab / 54).margin(1e-11));
  }
}

TEST_CASE("kernel_distance: two features on each side at least, of one width") {
  const Features a = drawn(1, 2, 3, 0), one = drawn(2, 1, 3, 0), wide = drawn(3, 2, 4, 0);
  CHECK_THROWS_AS(kernel_distance(moments(a), moments(one)), value_error);
  CHECK_THROWS_AS(kernel_distance(moments(a), moments(wide)), shape_error);
  CHECK_THROWS_AS(moments(a).add(wide[0]), shape_error);
  CHECK_THROWS_AS(KernelMoments(0), value_error);
}

TEST_CASE("KernelMoments: saved and read they are the same, of another width they are refused") {
  const test::TemporaryFolder folder;
  const KernelMoments a = moments(drawn(1, 6, 5, 0.3)), b = moments(drawn(2, 9, 5, -0.2));
  SafetensorsWriter writer;
  a.put(writer);
  writer.write(folder.file("sums.safetensors"));
  const SafetensorsFile file(folder.file("sums.safetensors"));
  REQUIRE(KernelMoments::stands_in(file));
  const KernelMoments back = KernelMoments::read(file, 5);
  CHECK(back.count() == 6);
  CHECK(back.diagonal() == a.diagonal());
  CHECK(kernel_distance(back, b) == kernel_distance(a, b));
  CHECK_THROWS_WITH(
      KernelMoments::read(file, 4),
      folder.file("sums.safetensors") + ": tensor \"kernel.first\" has shape (5), expected (4)");
}
