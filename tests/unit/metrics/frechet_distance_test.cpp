// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/frechet_distance.hpp"

#include <cmath>
#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// `count` features; number i is drawn with deviation scales[i] around `mean`.
FeatureStatistics drawn(std::uint64_t seed, index_t count, const std::vector<double>& scales, double mean) {
  FeatureStatistics statistics(static_cast<index_t>(scales.size()));
  RandomStream random(RandomAddress{seed, 0, 0});
  for (index_t n = 0; n < count; ++n) {
    std::vector<float> feature;
    for (const double scale : scales) feature.push_back(static_cast<float>(mean + scale * random.normal()));
    statistics.add(feature);
  }
  return statistics;
}

}  // namespace

TEST_CASE("frechet_distance: in one dimension it is the distance of means and deviations") {
  FeatureStatistics a(1), b(1);
  for (const float x : {1.0F, 3.0F, 5.0F}) a.add(std::vector<float>{x});    // mean 3, variance 4
  for (const float x : {9.0F, 10.0F, 11.0F}) b.add(std::vector<float>{x});  // mean 10, variance 1
  for (const FrechetForm form : {FrechetForm::product, FrechetForm::symmetric})
    CHECK(frechet_distance(a, b, form) == Approx(49 + 4 + 1 - 2 * 2).epsilon(1e-12));
}

TEST_CASE("frechet_distance: nothing to itself, both forms agree, either order") {
  const auto a = drawn(1, 200, {1, 2, 0.5, 3}, 0), b = drawn(2, 150, {2, 1, 1, 1}, 0.7);
  CHECK(frechet_distance(a, a, FrechetForm::product) == Approx(0).margin(1e-9));
  CHECK(frechet_distance(a, a, FrechetForm::symmetric) == Approx(0).margin(1e-9));
  const double product = frechet_distance(a, b, FrechetForm::product);
  CHECK(product > 0.5);
  CHECK(frechet_distance(a, b, FrechetForm::symmetric) == Approx(product).epsilon(1e-10));
  CHECK(frechet_distance(b, a, FrechetForm::product) == Approx(product).epsilon(1e-10));
}

TEST_CASE("frechet_distance: the symmetric form keeps numbers below 1e-10 unrooted, as TF-GAN does") {
  FeatureStatistics a(1);
  for (const float x : {-1e-6F, 1e-6F}) a.add(std::vector<float>{x});  // variance 2e-12
  CHECK(frechet_distance(a, a, FrechetForm::symmetric) == Approx(4e-12).epsilon(1e-6));
  CHECK(frechet_distance(a, a, FrechetForm::product) == Approx(0).margin(1e-20));
}

TEST_CASE("frechet_distance: one feature on a side leaves the means, none or other widths are refused") {
  FeatureStatistics one(2), two(2);
  one.add(std::vector<float>{0, 0});
  two.add(std::vector<float>{2, 3});
  two.add(std::vector<float>{4, 5});
  CHECK(frechet_distance(one, two, FrechetForm::product) == 25);
  CHECK_THROWS_AS(frechet_distance(one, FeatureStatistics(2), FrechetForm::product), value_error);
  CHECK_THROWS_AS(frechet_distance(one, FeatureStatistics(3), FrechetForm::product), shape_error);
}
