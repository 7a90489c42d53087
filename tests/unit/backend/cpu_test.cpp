// SPDX-License-Identifier: MIT
#include "flashvideo/backend/cpu/cpu.hpp"

#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/oracle/matrix_product.hpp"

using namespace flashvideo;
using oracle::StridedMatrix;

namespace {

struct AddIndex {
  index_t* y;
  void operator()(index_t i) const { y[i] += i; }
};

struct Reciprocal {
  double operator()(index_t i) const { return 1.0 / static_cast<double>(i + 1); }
};

}  // namespace

TEST_CASE("Cpu: for_each visits every index once, whatever the work per item") {
  for (const int threads : {1, 2, 3}) {
    const Cpu cpu(threads);
    for (const index_t n : {0, 1, 5, 1000, 100000}) {
      for (const index_t work : {0, 1, 100, 1 << 20}) {
        std::vector<index_t> y(static_cast<std::size_t>(n));
        cpu.for_each(n, AddIndex{y.data()}, work);
        for (index_t i = 0; i < n; ++i) {
          if (y[static_cast<std::size_t>(i)] != i) FAIL("item " << i << " of " << n);
        }
      }
    }
  }
}

TEST_CASE("Cpu: sum has one order whatever the threads") {
  for (const index_t n : {0, 1, 4096, 4097, 100000}) {
    const double expected = Cpu(1).sum(n, Reciprocal{});
    for (const int threads : {2, 3, 8}) REQUIRE(Cpu(threads).sum(n, Reciprocal{}) == expected);
    double plain = 0;
    for (index_t i = 0; i < n; ++i) plain += 1.0 / static_cast<double>(i + 1);
    REQUIRE(expected == Approx(plain).epsilon(1e-12));
  }
}

TEST_CASE("Cpu: add_column_sums adds rows in ascending order to what is there") {
  for (const int threads : {1, 3}) {
    const Cpu cpu(threads);
    for (const index_t columns : {1, 63, 64, 65, 300}) {
      StridedMatrix<float> x(77, columns, 3, 1);
      std::vector<float> y(static_cast<std::size_t>(columns), 0.5F);
      cpu.add_column_sums(x.view(), y.data());
      for (index_t c = 0; c < columns; ++c) {
        float expected = 0.5F;
        for (index_t r = 0; r < 77; ++r) expected += x.view()(r, c);
        REQUIRE(y[static_cast<std::size_t>(c)] == expected);
      }
    }
  }
}

TEST_CASE("Cpu: memory verbs move what they say") {
  const Cpu cpu(1);
  std::vector<int> host(10);
  std::iota(host.begin(), host.end(), 0);
  auto buffer = cpu.allocate<int>(10);
  cpu.upload(buffer.data(), host.data(), 10);
  cpu.copy(buffer.data() + 2, buffer.data(), 4);  // overlapping
  cpu.fill(buffer.data() + 8, 2, 7);
  cpu.download(host.data(), buffer.data(), 10);
  REQUIRE(host == std::vector<int>{0, 1, 0, 1, 2, 3, 6, 7, 7, 7});
  cpu.copy<int>(nullptr, nullptr, 0);
}

TEST_CASE("Cpu: a form is never wider than the machine's") {
  REQUIRE(Cpu(1, InstructionSet::baseline).form() == InstructionSet::baseline);
  REQUIRE(Cpu(1, InstructionSet::avx512).form() == best_instruction_set());
  REQUIRE_THROWS_AS(Cpu(-2), value_error);
}
