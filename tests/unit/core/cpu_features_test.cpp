// SPDX-License-Identifier: MIT
#include "flashvideo/core/cpu_features.hpp"

#include <fstream>
#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("best_instruction_set: what the operating system lists") {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0) {
  }
  if (line.rfind("flags", 0) != 0) {
    REQUIRE(best_instruction_set() >= InstructionSet::baseline);
    return;
  }
  line += ' ';
  const auto has = [&](const char* flag) {
    return line.find(std::string(" ") + flag + " ") != std::string::npos;
  };
  const bool avx2 = has("avx2") && has("fma") && has("f16c");
  const bool avx512 = has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl");
  const auto expected = avx512 ? InstructionSet::avx512
                        : avx2 ? InstructionSet::avx2
                               : InstructionSet::baseline;
  REQUIRE(best_instruction_set() == expected);
}

TEST_CASE("InstructionSet: wider forms compare greater") {
  REQUIRE(InstructionSet::baseline < InstructionSet::avx2);
  REQUIRE(InstructionSet::avx2 < InstructionSet::avx512);
}
