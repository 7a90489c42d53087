// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/codebook.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/gradient_check.hpp"
#include "support/oracle/convolution.hpp"

using namespace flashvideo;

namespace {

template <typename Scalar, typename Product>
std::vector<token_t> nearest(const Cpu& cpu, Product kind, index_t num_codes, index_t width,
                             const std::vector<Scalar>& table, const std::vector<Scalar>& latents) {
  ParameterLayout layout;
  const Codebook<Scalar> codebook(layout, "codebook", num_codes, width);
  Workspace<Cpu> workspace(cpu);
  const index_t rows = static_cast<index_t>(latents.size()) / width;
  std::vector<token_t> ids(static_cast<std::size_t>(rows), -1);
  codebook.nearest(cpu, kind, ParameterView<const Scalar>(table.data()),
                   MatrixView<const Scalar>(latents.data(), {rows, width}), ids.data(), workspace);
  return ids;
}

}  // namespace

TEMPLATE_TEST_CASE("Codebook: the nearest code, whatever the number of codes", "", float, double) {
  for (const index_t num_codes : {1, 2, 15, 16, 17, 40, 512, 700}) {
    for (const index_t width : {1, 7, 32}) {
      const auto table = test::normal_numbers<TestType>(num_codes * width, 1);
      const auto latents = test::normal_numbers<TestType>(401 * width, 2);
      const auto ids = nearest(Cpu(2), RowsProduct{}, num_codes, width, table, latents);
      const auto by_gemm = nearest(Cpu(2), GemmProduct{}, num_codes, width, table, latents);
      index_t wrong = 0;
      for (std::size_t r = 0; r < ids.size(); ++r) {
        const std::vector<double> z(latents.begin() + static_cast<std::ptrdiff_t>(r) * width,
                                    latents.begin() + static_cast<std::ptrdiff_t>(r + 1) * width);
        const auto distance = [&](index_t k) {
          double sum = 0;
          for (std::size_t c = 0; c < z.size(); ++c) {
            const auto at = static_cast<std::size_t>(k * width) + c;
            sum += std::pow(z[c] - static_cast<double>(table[at]), 2);
          }
          return sum;
        };
        // another code than the oracle's only where the two are equally near to rounding
        const double least = distance(oracle::nearest({table.begin(), table.end()}, width, z.data()));
        const double rounding = sizeof(TestType) == 4 ? 2e-5 : 1e-12;
        wrong += distance(ids[r]) > least + rounding ? 1 : 0;
        wrong += distance(by_gemm[r]) > least + rounding ? 1 : 0;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("Codebook: equal codes give the lowest id") {
  for (const index_t num_codes : {5, 16, 33, 64}) {
    const std::vector<float> table(static_cast<std::size_t>(num_codes * 2), 0.5F);
    const std::vector<float> latents{1, 2, 0.5F, 0.5F};
    CHECK(nearest(Cpu(1), RowsProduct{}, num_codes, 2, table, latents) == std::vector<token_t>{0, 0});
  }
  std::vector<float> table(64 * 2, 9.0F);
  for (const std::size_t twin : {37U, 20U, 63U}) table[2 * twin] = table[2 * twin + 1] = 1;
  CHECK(nearest(Cpu(1), RowsProduct{}, 64, 2, table, std::vector<float>{1.25F, 1}) ==
        std::vector<token_t>{20});
}

TEST_CASE("Codebook: the same ids for any batch, threads and form") {
  const auto table = test::normal_numbers<float>(1024 * 32, 3);
  const auto latents = test::normal_numbers<float>(600 * 32, 4);
  const auto expected = nearest(Cpu(1, InstructionSet::baseline), RowsProduct{}, 1024, 32, table, latents);
  for (const auto form : {InstructionSet::avx2, InstructionSet::avx512})
    CHECK(nearest(Cpu(3, form), RowsProduct{}, 1024, 32, table, latents) == expected);
  const std::vector<float> few(latents.begin() + 100 * 32, latents.begin() + 103 * 32);
  CHECK(nearest(Cpu(2), RowsProduct{}, 1024, 32, table, few) ==
        std::vector<token_t>(expected.begin() + 100, expected.begin() + 103));
}

TEST_CASE("Codebook: look_up copies the codes' vectors") {
  ParameterLayout layout;
  const Codebook<float> codebook(layout, "codebook", 3, 2);
  CHECK_FALSE(layout.entries()[0].decays);
  const std::vector<float> table{0, 1, 10, 11, 20, 21};
  const std::vector<token_t> ids{2, 0, 2};
  std::vector<float> codes(6);
  codebook.look_up(Cpu(1), ParameterView<const float>(table.data()), ids.data(),
                   MatrixView<float>(codes.data(), {3, 2}));
  CHECK(codes == std::vector<float>{20, 21, 0, 1, 20, 21});
}
