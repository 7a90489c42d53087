// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "flashvideo/io/json.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/training/objective.hpp"

namespace flashvideo::test {

/// y = x W^T + offset against y* = x A^T + mean, squared error: a small objective with everything that a
/// checkpoint must hold. `mean` is an exponential mean of the inputs seen, kept by `after_step`: it changes
/// the targets, so a run that forgets it ends elsewhere.
template <typename Scalar, typename Backend>
class LinearRegression {
 public:
  using ScalarType = Scalar;

  LinearRegression(const Backend& backend, index_t batch, index_t d_in = 5, index_t d_out = 3)
      : map_(layout_, "map.weight", d_in, d_out, Initializer::uniform(0.3)),
        offset_(layout_.add("map.offset", Shape<1>{d_out}, Initializer::constant(0.1))),
        batch_(batch),
        sums_(backend.template allocate<double>(d_in)),
        mean_(backend.template allocate<double>(d_in)),
        seen_(backend.template allocate<index_t>(1)) {}

  const ParameterLayout& layout() const { return layout_; }
  Json configuration() const { return Json::object().set("d_in", map_.d_in()).set("d_out", map_.d_out()); }

  StepLoss accumulate(const Backend& backend, ParameterView<const Scalar> values,
                      ParameterView<Scalar> gradients, const MicroBatch& micro_batch,
                      Workspace<Backend>& workspace) {
    const index_t d_in = map_.d_in();
    const index_t d_out = map_.d_out();
    std::vector<double> mean(static_cast<std::size_t>(d_in));
    std::vector<double> sums(static_cast<std::size_t>(d_in));
    backend.download(mean.data(), static_cast<const double*>(mean_.data()), d_in);
    backend.download(sums.data(), static_cast<const double*>(sums_.data()), d_in);
    std::vector<Scalar> host_x;
    std::vector<Scalar> host_target;
    index_t rows = 0;
    for (index_t i = 0; i < batch_; ++i) {
      RandomStream random(micro_batch.sample_address(batch_, i));
      if (skip_some && random.below(3) == 0) continue;  // micro-batches of unequal size
      ++rows;
      std::vector<double> x;
      for (index_t c = 0; c < d_in; ++c) {
        x.push_back(random.normal());
        host_x.push_back(static_cast<Scalar>(x.back()));
        sums[static_cast<std::size_t>(c)] += x.back();
      }
      for (index_t r = 0; r < d_out; ++r) {
        double y = mean[static_cast<std::size_t>(r % d_in)];
        for (index_t c = 0; c < d_in; ++c) {
          y += x[static_cast<std::size_t>(c)] * (static_cast<double>(r - c) / static_cast<double>(d_in));
        }
        host_target.push_back(static_cast<Scalar>(y));
      }
    }
    backend.upload(sums_.data(), sums.data(), d_in);

    auto x = workspace.template take<Scalar>(Shape<2>{rows, d_in});
    auto y = workspace.template take<Scalar>(Shape<2>{rows, d_out});
    auto dx = workspace.template take<Scalar>(Shape<2>{rows, d_in});
    backend.upload(x.data(), static_cast<const Scalar*>(host_x.data()), x.size());
    map_.forward(backend, GemmProduct{}, values, x, y);
    std::vector<Scalar> host_y(host_target.size());
    std::vector<Scalar> offset(static_cast<std::size_t>(d_out));
    backend.download(host_y.data(), static_cast<const Scalar*>(y.data()), y.size());
    backend.download(offset.data(), values[offset_].data(), d_out);
    StepLoss loss{0, rows};
    for (std::size_t i = 0; i < host_y.size(); ++i) {
      host_y[i] += offset[i % offset.size()] - host_target[i];
      loss.sum += 0.5 * static_cast<double>(host_y[i]) * static_cast<double>(host_y[i]);
    }
    backend.upload(y.data(), static_cast<const Scalar*>(host_y.data()), y.size());
    map_.backward(backend, values, x, y, dx, gradients);
    backend.add_column_sums(MatrixView<const Scalar>(y), gradients[offset_].data());
    return loss;
  }

  void after_step(const Backend& backend, ParameterView<Scalar>, const MicroBatch& micro_batch,
                  Workspace<Backend>&) {
    std::vector<double> mean(static_cast<std::size_t>(map_.d_in()));
    std::vector<double> sums = mean;
    backend.download(mean.data(), static_cast<const double*>(mean_.data()), map_.d_in());
    backend.download(sums.data(), static_cast<const double*>(sums_.data()), map_.d_in());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] = 0.9 * mean[i] + 0.1 * sums[i] / static_cast<double>(batch_ * micro_batch.count);
    }
    backend.upload(mean_.data(), static_cast<const double*>(mean.data()), map_.d_in());
    backend.fill(sums_.data(), map_.d_in(), 0.0);
    index_t seen = 0;
    backend.download(&seen, static_cast<const index_t*>(seen_.data()), 1);
    seen += micro_batch.count * batch_;
    backend.upload(seen_.data(), static_cast<const index_t*>(&seen), 1);
  }

  template <typename Visitor>
  void visit_state(Visitor&& visitor) {
    visitor("mean", mean_.data(), mean_.size());
    visitor("seen", seen_.data(), seen_.size());
  }
  template <typename Visitor>
  void visit_statistics(Visitor&& visitor) {
    visitor("sums", sums_.data(), sums_.size());
  }

  const Parameter<1>& offset() const { return offset_; }
  const Linear<Scalar>& map() const { return map_; }

  bool skip_some = false;

 private:
  ParameterLayout layout_;
  Linear<Scalar> map_;
  Parameter<1> offset_;
  index_t batch_;
  typename Backend::template Buffer<double> sums_;  // statistics of a step
  typename Backend::template Buffer<double> mean_;
  typename Backend::template Buffer<index_t> seen_;
};

}  // namespace flashvideo::test
