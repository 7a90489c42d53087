// SPDX-License-Identifier: MIT
#include "baselines/video_unet.hpp"

#include <array>
#include <cmath>
#include <map>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/oracle/retention.hpp"

using namespace flashvideo;
using namespace flashvideo::baselines;
using oracle::Matrix;

namespace {

constexpr index_t width = 6, heads = 2, d_head = 4, inner = heads * d_head;

/// The weights of one layer by name, and the plain steps that both attentions share.
struct Weights {
  ParameterLayout layout;
  std::vector<double> values;

  double at(const std::string& name, index_t i) const {
    for (const auto& entry : layout.entries()) {
      if (entry.name == name) return values.at(static_cast<std::size_t>(entry.offset + i));
    }
    throw std::logic_error(name);
  }
  /// Random numbers everywhere, so that no norm's weight is 1 and no bias 0.
  void draw() {
    RandomStream random(11);
    values.resize(static_cast<std::size_t>(layout.size()));
    for (double& value : values) value = random.uniform(-1, 1);
  }
  std::vector<double> normed(const Matrix<double>& x, index_t row) const {
    double mean = 0, square = 0;
    for (index_t c = 0; c < width; ++c) mean += x(row, c) / width;
    for (index_t c = 0; c < width; ++c) square += (x(row, c) - mean) * (x(row, c) - mean) / width;
    std::vector<double> y;
    for (index_t c = 0; c < width; ++c) {
      y.push_back((x(row, c) - mean) / std::sqrt(square + 1e-6) * at("norm.weight", c) + at("norm.bias", c));
    }
    return y;
  }
  /// q, k, v of every row.
  Matrix<double> projected(const Matrix<double>& x) const {
    Matrix<double> p(x.rows, 3 * inner);
    for (index_t r = 0; r < x.rows; ++r) {
      const auto row = normed(x, r);
      for (index_t o = 0; o < 3 * inner; ++o) {
        for (index_t c = 0; c < width; ++c)
          p(r, o) += at("to_qkv.weight", o * width + c) * row[static_cast<std::size_t>(c)];
      }
    }
    return p;
  }
};

double scalar(index_t n) { return static_cast<double>(n); }

}  // namespace

TEST_CASE("baselines: buckets of relative places") {
  CHECK(relative_bucket(5, 5) == 0);
  CHECK(relative_bucket(5, 4) == 1);
  CHECK(relative_bucket(9, 2) == 7);
  CHECK(relative_bucket(4, 5) == 17);
  CHECK(relative_bucket(8, 0) == 8);
  CHECK(relative_bucket(0, 8) == 24);
  CHECK(relative_bucket(15, 0) == 11);  // 8 + floor(8 log(15 / 8) / log(4))
  CHECK(relative_bucket(31, 0) == 15);
  CHECK(relative_bucket(500, 0) == 15);
  CHECK(relative_bucket(0, 500) == 31);
}

TEST_CASE("baselines: attention over frames and over pixels is the plain loops") {
  Weights weights;
  const VideoAttention<double> attention(weights.layout, "", width, heads, d_head);
  weights.draw();
  const VideoExtent video{2, 5, 3, 2};
  RandomStream random(3);
  const Matrix<double> x(video.rows(), width, random);
  Matrix<double> bias(heads, 25, random);
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  const ParameterView<const double> values(weights.values.data());
  const auto theta = Position::rope().angles(d_head);

  for (const bool over_frames : {true, false}) {
    CAPTURE(over_frames);
    const auto p = weights.projected(x);
    const auto frame_of = [](index_t r) { return r / 6 % 5; };
    // head h of q or k (from column `from`), turned by the row's frame
    const auto turned = [&](index_t r, index_t from, index_t h, index_t d) {
      const index_t even = from + h * d_head + d / 2 * 2;
      if (!over_frames) return p(r, even + d % 2);
      const double angle = scalar(frame_of(r)) * theta[static_cast<std::size_t>(d / 2)];
      return d % 2 == 0 ? p(r, even) * std::cos(angle) - p(r, even + 1) * std::sin(angle)
                        : p(r, even + 1) * std::cos(angle) + p(r, even) * std::sin(angle);
    };
    Matrix<double> expected = x;
    for (index_t r = 0; r < x.rows; ++r) {
      std::vector<double> o(inner);
      for (index_t h = 0; h < heads; ++h) {
        double total = 0;
        std::array<double, d_head> sum{};
        for (index_t m = 0; m < x.rows; ++m) {
          const bool seen = over_frames ? m / 30 == r / 30 && m % 6 == r % 6 : m / 6 == r / 6;
          if (!seen) continue;
          double score = over_frames ? bias(h, frame_of(r) * 5 + frame_of(m)) : 0;
          for (index_t d = 0; d < d_head; ++d) score += turned(r, 0, h, d) * turned(m, inner, h, d) / 2;
          total += std::exp(score);
          for (index_t d = 0; d < d_head; ++d)
            sum[static_cast<std::size_t>(d)] += std::exp(score) * p(m, 2 * inner + h * d_head + d);
        }
        for (index_t d = 0; d < d_head; ++d)
          o[static_cast<std::size_t>(h * d_head + d)] = sum[static_cast<std::size_t>(d)] / total;
      }
      for (index_t c = 0; c < width; ++c) {
        for (index_t i = 0; i < inner; ++i)
          expected(r, c) += weights.at("to_out.weight", c * inner + i) * o[static_cast<std::size_t>(i)];
      }
    }
    Matrix<double> y = x;
    if (over_frames) {
      Matrix<double> turns(5, d_head);
      for (index_t n = 0; n < 5; ++n) {
        for (index_t j = 0; j < d_head / 2; ++j) {
          turns(n, 2 * j) = std::cos(scalar(n) * theta[static_cast<std::size_t>(j)]);
          turns(n, 2 * j + 1) = std::sin(scalar(n) * theta[static_cast<std::size_t>(j)]);
        }
      }
      const FramePlaces<double> places{std::as_const(turns).view(), bias.data.data()};
      attention.over_frames(cpu, values, video, places, y.view(), workspace);
    } else {
      attention.over_pixels(cpu, values, video, y.view(), workspace);
    }
    CHECK(oracle::difference(y.data, expected.data) < 1e-12);
    CHECK(oracle::difference(y.data, x.data) > 0.1);
  }
  Matrix<double> large(257, width, random);
  CHECK_THROWS_AS(attention.over_pixels(cpu, values, {1, 1, 257, 1}, large.view(), workspace), value_error);
}

TEST_CASE("baselines: linear attention is the plain loops") {
  Weights weights;
  const LinearAttention<double> attention(weights.layout, "", width, heads, d_head);
  weights.draw();
  const ImageExtent extent{3, 5, 7};
  RandomStream random(4);
  const Matrix<double> x(extent.rows(), width, random);
  const auto p = weights.projected(x);
  Matrix<double> expected = x;
  for (index_t r = 0; r < x.rows; ++r) {
    const index_t first = r / 35 * 35;
    for (index_t c = 0; c < width; ++c) expected(r, c) += weights.at("to_out.bias", c);
    for (index_t h = 0; h < heads; ++h) {
      double q_total = 0;
      for (index_t d = 0; d < d_head; ++d) q_total += std::exp(p(r, h * d_head + d));
      for (index_t e = 0; e < d_head; ++e) {
        double o = 0;
        for (index_t d = 0; d < d_head; ++d) {
          double k_total = 0, context = 0;
          for (index_t m = first; m < first + 35; ++m) {
            const double k = std::exp(p(m, inner + h * d_head + d));
            k_total += k;
            context += k * p(m, 2 * inner + h * d_head + e);
          }
          o += std::exp(p(r, h * d_head + d)) / q_total / 2 * context / k_total;
        }
        for (index_t c = 0; c < width; ++c)
          expected(r, c) += weights.at("to_out.weight", c * inner + h * d_head + e) * o;
      }
    }
  }
  const Cpu cpu(2);
  Workspace<Cpu> workspace(cpu);
  Matrix<double> y = x;
  attention.forward(cpu, ParameterView<const double>(weights.values.data()), extent, y.view(), workspace);
  CHECK(oracle::difference(y.data, expected.data) < 1e-12);
  CHECK(oracle::difference(y.data, x.data) > 0.1);
  ParameterLayout other;
  CHECK_THROWS_AS(LinearAttention<double>(other, "", width, 1, 129), value_error);
}

namespace {

VideoUnetConfiguration small_sizes() {
  VideoUnetConfiguration sizes;
  sizes.frames = 4;
  sizes.height = 8;
  sizes.width = 12;
  sizes.dim = 8;
  sizes.multipliers = {1, 2, 3};
  sizes.heads = 2;
  sizes.d_head = 4;
  sizes.norm_groups = 4;
  sizes.d_text = 5;
  return sizes;
}

/// A small network in double with what it is given.
struct Small {
  VideoUnet<Cpu, double> network;
  std::vector<double> values = initial_values<double>(network.layout(), 5);
  Cpu cpu{2};

  explicit Small(const VideoUnetConfiguration& sizes = small_sizes()) : network(sizes) {}
  Matrix<double> noise(const Matrix<double>& x, index_t clips, index_t t, const Matrix<double>& text) const {
    Workspace<Cpu> workspace(cpu);
    Matrix<double> y(x.rows, x.columns);
    network.predict(cpu, ParameterView<const double>(values.data()), clips, t, text.view(), x.view(),
                    y.view(), workspace);
    return y;
  }
};

}  // namespace

TEST_CASE("baselines: the video U-Net's output depends on the clip, the step and the text") {
  const Small small;
  RandomStream random(6);
  const Matrix<double> x(2 * 4 * 96, 3, random);
  const Matrix<double> text(2, 5, random);
  const auto y = small.noise(x, 2, 7, text);
  for (const double value : y.data) REQUIRE(std::isfinite(value));
  CHECK(small.noise(x, 2, 7, text).data == y.data);
  CHECK(oracle::difference(small.noise(x, 2, 8, text).data, y.data) > 1e-3);
  const Matrix<double> other(2, 5, random);
  CHECK(oracle::difference(small.noise(x, 2, 7, other).data, y.data) > 1e-3);

  // each clip of a batch alone
  Matrix<double> second(4 * 96, 3), second_text(1, 5), second_y(4 * 96, 3);
  std::copy(x.data.begin() + 4 * 96 * 3, x.data.end(), second.data.begin());
  std::copy(text.data.begin() + 5, text.data.end(), second_text.data.begin());
  std::copy(y.data.begin() + 4 * 96 * 3, y.data.end(), second_y.data.begin());
  CHECK(oracle::difference(small.noise(second, 1, 7, second_text).data, second_y.data) < 1e-12);

  CHECK_THROWS_AS(small.noise(second, 2, 7, text), shape_error);
  CHECK_THROWS_AS(small.noise(x, 2, 7, second_text), shape_error);
}

TEST_CASE("baselines: without attention over frames, frames of the video U-Net may change places") {
  RandomStream random(8);
  const Matrix<double> x(4 * 96, 3, random);
  const Matrix<double> text(1, 5, random);
  const std::array<index_t, 4> order{2, 0, 3, 1};
  const auto permuted = [&](const Matrix<double>& from) {
    Matrix<double> to(from.rows, from.columns);
    for (index_t r = 0; r < from.rows; ++r) {
      for (index_t c = 0; c < 3; ++c)
        to(r, c) = from(order[static_cast<std::size_t>(r / 96)] * 96 + r % 96, c);
    }
    return to;
  };
  for (const bool temporal : {false, true}) {
    VideoUnetConfiguration sizes = small_sizes();
    sizes.temporal_attention = temporal;
    const Small small(sizes);
    const auto y = small.noise(permuted(x), 1, 3, text);
    const double gap = oracle::difference(y.data, permuted(small.noise(x, 1, 3, text)).data);
    if (temporal) {
      CHECK(gap > 1e-3);
    } else {
      CHECK(gap < 1e-11);
    }
  }
}

TEST_CASE("baselines: the video U-Net's last block sees what entered beside what came up") {
  Small small;
  RandomStream random(9);
  const Matrix<double> x(4 * 96, 3, random);
  const Matrix<double> other(4 * 96, 3, random);
  const Matrix<double> text(1, 5, random);
  // without its first 8 channels, which came up, nothing depends on the step
  for (const auto& entry : small.network.layout().entries()) {
    if (!entry.name.starts_with("final_conv.0.") || entry.shape.size() != 4 || entry.shape[3] != 16) continue;
    for (index_t i = 0; i < entry.size; ++i) {
      if (i % 16 < 8) small.values[static_cast<std::size_t>(entry.offset + i)] = 0;
    }
  }
  const auto y = small.noise(x, 1, 7, text);
  CHECK(small.noise(x, 1, 90, text).data == y.data);
  CHECK(oracle::difference(small.noise(other, 1, 7, text).data, y.data) > 1e-2);
}

TEST_CASE("baselines: the video U-Net has Video Diffusion's tensors") {
  const VideoUnet<Cpu> network{VideoUnetConfiguration{}};
  std::map<std::string, std::vector<index_t>> shapes;
  for (const auto& entry : network.layout().entries()) shapes[entry.name] = entry.shape;
  using Extents = std::vector<index_t>;
  CHECK(shapes.at("init_conv.weight") == Extents{64, 7, 7, 3});
  CHECK(shapes.at("downs.0.0.block1.proj.weight") == Extents{64, 3, 3, 64});
  CHECK(shapes.at("downs.3.1.block2.proj.weight") == Extents{512, 3, 3, 512});
  CHECK(shapes.at("downs.2.downsample.weight") == Extents{256, 4, 4, 256});
  CHECK(shapes.count("downs.3.downsample.weight") == 0);
  CHECK(shapes.at("downs.1.2.to_qkv.weight") == Extents{768, 128});
  CHECK(shapes.at("mid_spatial_attn.to_out.weight") == Extents{512, 256});
  CHECK(shapes.at("ups.0.0.block1.proj.weight") == Extents{256, 3, 3, 1024});
  CHECK(shapes.at("ups.3.0.block1.proj.weight") == Extents{64, 3, 3, 128});
  CHECK(shapes.count("ups.3.upsample.weight") == 0);
  CHECK(shapes.at("final_conv.1.weight") == Extents{3, 1, 1, 64});
  CHECK(shapes.at("time_rel_pos_bias.weight") == Extents{32, 8});

  const auto broken = [](auto change) {
    VideoUnetConfiguration sizes;
    change(sizes);
    return sizes;
  };
  using Unet = VideoUnet<Cpu>;
  CHECK_THROWS_AS(Unet(broken([](auto& c) { c.height = 60; })), value_error);
  CHECK_THROWS_AS(Unet(broken([](auto& c) { c.dim = 12; })), value_error);
  CHECK_THROWS_AS(Unet(broken([](auto& c) { c.frames = 0; })), value_error);
  CHECK_THROWS_AS(Unet(broken([](auto& c) { c.d_head = 3; })), value_error);
  CHECK_THROWS_AS(Unet(broken([](auto& c) { c.multipliers.clear(); })), value_error);
}
