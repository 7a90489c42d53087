// SPDX-License-Identifier: MIT
// Which backend has which optional verb in a form of its own: the table of docs/policies/backend.md.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "flashvideo/backend/cpu/blas_products.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/cpu/eigen_products.hpp"
#include "flashvideo/backend/cpu/mixed_products.hpp"
#include "flashvideo/backend/thrust/thrust.hpp"
#include "flashvideo/backend/verbs.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

template <ComputeBackend... Backends>
std::string table_of(const char* head) {
  const auto names = verbs::forms<Cpu>();
  std::string table = std::string(head) + "\n| --- |";
  for (std::size_t b = 0; b < sizeof...(Backends); ++b) table += " --- |";
  for (std::size_t verb = 0; verb < names.size(); ++verb) {
    table += "\n| `" + std::string(names[verb].verb) + "` |";
    ((table += verbs::forms<Backends>()[verb].own ? " own |" : " plain |"), ...);
  }
  return table;
}

}  // namespace

TEST_CASE("verbs: the page of backends says which forms each backend has of its own") {
  const std::string table = table_of<Cpu, MixedCpu, EigenCpu, BlasCpu, ThrustCpp, ThrustOmp>(
      "| verb | `Cpu` | `MixedCpu` | `EigenCpu` | `BlasCpu` | `ThrustCpp` | `ThrustOmp` |");
  std::printf("%s\n", table.c_str());
  std::ifstream page(FLASHVIDEO_SOURCE_DIR "/docs/policies/backend.md");
  std::stringstream text;
  text << page.rdbuf();
  INFO("docs/policies/backend.md should have this table:\n" << table);
  CHECK(text.str().find(table + "\n") != std::string::npos);
}
