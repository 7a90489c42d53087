// SPDX-License-Identifier: MIT
// Prints what each unit computed, and fails if they differ.
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

using Results = std::vector<std::pair<const char*, std::uint64_t>>;
Results plain_unit();
Results fast_unit();

int main() {
  const Results plain = plain_unit();
  const Results fast = fast_unit();
  bool equal = plain.size() == fast.size();
  for (std::size_t i = 0; i < plain.size() && i < fast.size(); ++i) {
    const bool same = plain[i].second == fast[i].second;
    std::printf("%-24s %016llx %016llx%s\n", plain[i].first, static_cast<unsigned long long>(plain[i].second),
                static_cast<unsigned long long>(fast[i].second), same ? "" : "  differs");
    equal = equal && same;
  }
  return equal ? 0 : 1;
}
