// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/feature_statistics.hpp"

#include <vector>

#include "flashvideo/core/random.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

std::vector<std::vector<float>> features(index_t count, index_t width) {
  RandomStream random(RandomAddress{11, 0, 0});
  std::vector<std::vector<float>> all(static_cast<std::size_t>(count),
                                      std::vector<float>(static_cast<std::size_t>(width)));
  for (auto& feature : all) {
    for (float& number : feature) number = static_cast<float>(1000 + random.normal());
  }
  return all;
}

}  // namespace

TEST_CASE("FeatureStatistics: mean and unbiased covariance, also far from zero") {
  const auto all = features(50, 3);
  FeatureStatistics statistics(3);
  for (const auto& feature : all) statistics.add(feature);
  REQUIRE(statistics.count() == 50);
  const std::vector<double> covariance = statistics.covariance();
  for (std::size_t i = 0; i < 3; ++i) {
    double mean = 0;
    for (const auto& feature : all) mean += static_cast<double>(feature[i]) / 50;
    CHECK(statistics.mean()[i] == Approx(mean).epsilon(1e-13));
    for (std::size_t j = 0; j < 3; ++j) {
      double other = 0, sum = 0;
      for (const auto& feature : all) other += static_cast<double>(feature[j]) / 50;
      for (const auto& feature : all)
        sum += (static_cast<double>(feature[i]) - mean) * (static_cast<double>(feature[j]) - other) / 49;
      CHECK(covariance[i * 3 + j] == Approx(sum).epsilon(1e-9));
    }
  }
}

TEST_CASE("FeatureStatistics: halves merged are the whole, saved and loaded they are the same") {
  const auto all = features(31, 4);
  FeatureStatistics whole(4), left(4), right(4), empty(4);
  for (std::size_t i = 0; i < all.size(); ++i) {
    whole.add(all[i]);
    (i < 12 ? left : right).add(all[i]);
  }
  left.merge(right);
  left.merge(empty);
  empty.merge(left);
  CHECK(empty.count() == 31);
  for (std::size_t i = 0; i < 16; ++i)
    CHECK(empty.covariance()[i] == Approx(whole.covariance()[i]).margin(1e-9));

  const test::TemporaryFolder folder;
  whole.save(folder.file("real.safetensors"), "16 frames");
  const FeatureStatistics back = FeatureStatistics::load(folder.file("real.safetensors"), "16 frames");
  CHECK(back.count() == 31);
  CHECK(back.mean() == whole.mean());
  CHECK(back.covariance() == whole.covariance());
  CHECK_THROWS_WITH(
      FeatureStatistics::load(folder.file("real.safetensors"), "30 frames"),
      folder.file("real.safetensors") + ": was measured under \"16 frames\", expected \"30 frames\"");
}

TEST_CASE("FeatureStatistics: widths are checked, one feature has no covariance") {
  FeatureStatistics one(2);
  one.add(std::vector<float>{1, 2});
  CHECK(one.covariance() == std::vector<double>(4, 0.0));
  CHECK_THROWS_AS(one.add(std::vector<float>{1}), shape_error);
  CHECK_THROWS_AS(one.merge(FeatureStatistics(3)), shape_error);
  CHECK_THROWS_AS(FeatureStatistics(0), value_error);
}
