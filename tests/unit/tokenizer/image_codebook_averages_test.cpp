// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/codebook_averages.hpp"

#include <map>
#include <string>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

namespace {

struct Run {
  index_t num_codes, width;
  Cpu cpu{2};
  CodebookAverages<double, Cpu> averages;
  std::vector<double> table;
  std::uint64_t seed = 7;

  Run(index_t codes, index_t d, const CodebookAveragesOptions& options)
      : num_codes(codes),
        width(d),
        averages(cpu, codes, d, options),
        table(test::normal_numbers<double>(codes * d, 1)) {}

  std::vector<token_t> ids_of(const std::vector<double>& latents) const {
    std::vector<token_t> ids;
    for (std::size_t r = 0; r < latents.size(); r += static_cast<std::size_t>(width))
      ids.push_back(static_cast<token_t>(oracle::nearest(table, width, latents.data() + r)));
    return ids;
  }
  void add(const std::vector<double>& latents, index_t step, index_t index = 0, index_t count = 1) {
    const auto ids = ids_of(latents);
    const index_t rows = static_cast<index_t>(ids.size());
    std::vector<double> codes;
    for (const token_t id : ids)
      codes.insert(codes.end(), table.begin() + id * width, table.begin() + (id + 1) * width);
    averages.accumulate(cpu, MatrixView<const double>(latents.data(), {rows, width}), ids.data(),
                        MatrixView<const double>(codes.data(), {rows, width}), {seed, 1, 100}, step, index,
                        count);
  }
  void update(index_t step) {
    averages.update(cpu, MatrixView<double>(table.data(), {num_codes, width}), {seed, 1, 5000}, step);
  }
  std::map<std::string, std::vector<double>> state() {
    std::map<std::string, std::vector<double>> arrays;
    averages.visit_state([&](std::string_view name, double* data, index_t size) {
      arrays[std::string(name)] = {data, data + size};
    });
    return arrays;
  }
};

}  // namespace

TEST_CASE("CodebookAverages: equal a plain oracle over many steps") {
  for (const double smoothing : {0.0, 0.01}) {
    Run run(6, 3, {.decay = 0.9, .smoothing = smoothing, .restart_every = 0});
    std::vector<double> counts(6), sums(18), table = run.table;
    for (index_t step = 0; step < 20; ++step) {
      const auto first = test::normal_numbers<double>(70 * 3, 10 + static_cast<std::uint64_t>(step));
      const auto second = test::normal_numbers<double>(33 * 3, 50 + static_cast<std::uint64_t>(step));
      std::vector<double> step_counts(6), step_sums(18);
      for (const auto* latents : {&first, &second}) {
        for (std::size_t r = 0; r < latents->size(); r += 3) {
          const auto k = static_cast<std::size_t>(oracle::nearest(table, 3, latents->data() + r));
          step_counts[k] += 1;
          for (std::size_t c = 0; c < 3; ++c) step_sums[3 * k + c] += (*latents)[r + c];
        }
      }
      double total = 0;
      for (std::size_t k = 0; k < 6; ++k) total += counts[k] = 0.9 * counts[k] + 0.1 * step_counts[k];
      for (std::size_t k = 0; k < 6; ++k) {
        const double size =
            smoothing > 0 ? (counts[k] + smoothing) / (total + 6 * smoothing) * total : counts[k];
        for (std::size_t c = 0; c < 3; ++c) {
          sums[3 * k + c] = 0.9 * sums[3 * k + c] + 0.1 * step_sums[3 * k + c];
          if (size > 1e-6) table[3 * k + c] = sums[3 * k + c] / size;
        }
      }
      run.add(first, step);
      run.add(second, step);
      run.update(step);
    }
    CHECK(test::largest_error(run.table, table) < 1e-12);
    CHECK(test::largest_error(run.state()["codebook.counts"], counts) < 1e-12);
    CHECK(test::largest_error(run.state()["codebook.sums"], sums) < 1e-12);
  }
}

TEST_CASE("CodebookAverages: dead codes move onto badly represented latents, living ones stay") {
  const std::uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  Run run(4, 2, {.dead_count = 0.1, .restart_every = 1});
  run.seed = seed;
  run.table = {0, 0, 100, 100, 200, 200, 300, 300};
  // most latents lie on code 0; a few far away, all of them nearest to code 0
  std::vector<double> latents(2 * 400);
  const double far[3][2] = {{30, 0}, {0, 40}, {35, 35}};
  for (std::size_t i = 0; i < 60; ++i) {
    latents[2 * i] = far[i % 3][0];
    latents[2 * i + 1] = far[i % 3][1];
  }
  run.add(latents, 0);
  run.update(0);
  CHECK(run.averages.restarted() == 3);
  // code 0 is the mean of all latents; the three dead ones sit on the three far places, each once
  CHECK(run.table[0] == Approx((30 + 35) * 20 / 400.0));
  std::map<std::pair<double, double>, int> places;
  for (std::size_t k = 1; k < 4; ++k) ++places[{run.table[2 * k], run.table[2 * k + 1]}];
  for (const auto& place : far) CHECK(places[{place[0], place[1]}] == 1);
  // the state agrees with the new vectors: without new latents they stay
  const auto before = run.table;
  run.add({}, 1);
  run.update(1);
  CHECK(test::largest_error(run.table, before) < 1e-12);
}

TEST_CASE("CodebookAverages: restarts are a function of data, seed and step") {
  const auto latents = test::normal_numbers<double>(300 * 2, 9);
  std::vector<std::vector<double>> tables;
  for (int turn = 0; turn < 2; ++turn) {
    Run run(40, 2, {.restart_every = 10});
    run.add(latents, 10, 0, 2);
    run.add(latents, 10, 1, 2);
    run.update(10);
    CHECK(run.averages.restarted() > 0);
    run.add(latents, 11);
    run.update(11);
    CHECK(run.averages.restarted() == 0);
    tables.push_back(run.table);
  }
  CHECK(tables[0] == tables[1]);
}

TEST_CASE("CodebookAverages: statistics of processes add up to those of one") {
  const auto first = test::normal_numbers<double>(90 * 2, 11);
  const auto second = test::normal_numbers<double>(90 * 2, 12);
  Run whole(16, 2, {.restart_every = 1}), left(16, 2, {.restart_every = 1}),
      right(16, 2, {.restart_every = 1});
  whole.add(first, 0, 0, 2);
  whole.add(second, 0, 1, 2);
  left.add(first, 0, 0, 2);
  right.add(second, 0, 1, 2);
  std::map<std::string, std::vector<double>> other;
  right.averages.visit_statistics([&](std::string_view name, const double* data, index_t size) {
    other[std::string(name)] = {data, data + size};
  });
  left.averages.visit_statistics([&](std::string_view name, double* data, index_t size) {
    for (index_t i = 0; i < size; ++i) data[i] += other[std::string(name)][static_cast<std::size_t>(i)];
  });
  whole.update(0);
  left.update(0);
  CHECK(test::largest_error(left.table, whole.table) < 1e-12);
}

TEST_CASE("CodebookAveragesOptions: values out of range are named") {
  CHECK_THROWS_WITH((Run(2, 2, {.decay = 1})), "CodebookAveragesOptions: decay is 1, expected within [0, 1)");
}
