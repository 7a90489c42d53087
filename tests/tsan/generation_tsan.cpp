// SPDX-License-Identifier: MIT
// Under ThreadSanitizer: eight threads generate on one model at once, whose own loops run on two threads, and
// get the frames of serial runs.
#include <cstdio>
#include <thread>
#include <vector>

#include "support/tiny_model.hpp"

namespace {

using namespace flashvideo;

VideoRequest request_of(std::uint64_t seed) {
  VideoRequest request;
  request.sentences = {"a red star moves"};
  request.options.seed = seed;
  request.options.ring = 0;
  return request;
}

}  // namespace

int main() {
  constexpr std::size_t count = 8;
  const auto model = test::tiny_model(Cpu(2));
  std::vector<std::vector<Image>> expected, frames(count);
  for (std::size_t seed = 0; seed < count; ++seed)
    expected.push_back(test::frames_of(model, request_of(seed)));
  std::vector<std::thread> threads;
  for (std::size_t seed = 0; seed < count; ++seed) {
    threads.emplace_back([&, seed] { frames[seed] = test::frames_of(model, request_of(seed)); });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t equal = 0;
  for (std::size_t seed = 0; seed < count; ++seed)
    equal += frames[seed] == expected[seed] && frames[seed].size() == 17;
  std::printf("%zu of %zu videos made side by side equal those made alone\n", equal, count);
  return equal == count && expected[0] != expected[1] ? 0 : 1;
}
