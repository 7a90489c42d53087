// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "flashvideo/backend/workspace.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/text_file.hpp"
#include "flashvideo/training/objective.hpp"

namespace example {

using flashvideo::index_t;

/// The losses of clips that are not learnt, after some of the steps; kept in a CSV file beside the checkpoint.
class HeldOutLosses {
 public:
  struct Row {
    index_t step = 0;
    double loss = 0;
  };

  /// Reads the file, if it is there, up to `step`: what a killed run has measured behind its checkpoint is measured again.
  HeldOutLosses(std::string path, index_t step) : path_(std::move(path)) {
    if (::access(path_.c_str(), F_OK) != 0) return;
    for (const flashvideo::TextLine& line : flashvideo::read_text_lines(path_)) {
      const std::string text(line.text);
      const std::size_t comma = text.find(',');
      if (comma == std::string::npos || text.starts_with("step")) continue;
      const Row row{std::atoll(text.c_str()), std::atof(text.c_str() + comma + 1)};
      if (row.step <= step) rows_.push_back(row);
    }
  }

  const std::vector<Row>& rows() const { return rows_; }
  /// The one with the least loss, of equal ones the first; there must be one.
  Row best() const {
    return *std::min_element(rows_.begin(), rows_.end(),
                             [](const Row& a, const Row& b) { return a.loss < b.loss; });
  }
  bool is_best(double loss) const { return rows_.empty() || loss < best().loss; }
  void add(const Row& row) {
    rows_.push_back(row);
    std::string text = "step,held_out_loss\n";
    for (const Row& each : rows_) text += fmt::format("{},{}\n", each.step, each.loss);
    flashvideo::write_file(path_, text);
  }

 private:
  std::string path_;
  std::vector<Row> rows_;
};

/// The mean loss of an objective's first samples: two micro-batches, the same ones each time.
template <typename Objective, typename Backend>
double loss_now(const Backend& backend, Objective& objective, std::uint64_t seed,
                flashvideo::ParameterView<const typename Objective::ScalarType> values) {
  using Scalar = typename Objective::ScalarType;
  const index_t size = std::as_const(objective).layout().size();
  auto unused = backend.template allocate<Scalar>(size);
  backend.fill(unused.data(), size, Scalar{0});
  flashvideo::Workspace<Backend> workspace(backend);
  flashvideo::StepLoss loss;
  for (index_t step = 0; step < 2; ++step) {
    workspace.release();
    loss += objective.accumulate(backend, values, flashvideo::ParameterView<Scalar>(unused.data()),
                                 {seed, step, 0, 1}, workspace);
  }
  return loss.mean();
}

}  // namespace example
