// SPDX-License-Identifier: MIT
#include "flashvideo/io/fingerprint.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using flashvideo::Fingerprint;

TEST_CASE("Fingerprint: FNV-1a's published values", "[io]") {
  Fingerprint print;
  CHECK(print.text() == "cbf29ce484222325");
  print.add(std::string("a"));
  CHECK(print.text() == "af63dc4c8601ec8c");
  Fingerprint word;
  word.add(std::string("foo"));
  word.add(std::string("bar"));
  CHECK(word.text() == "85944171f73967e8");
}

TEST_CASE("Fingerprint: one changed number changes it", "[io]") {
  std::vector<float> codebook(100, 1.0F);
  Fingerprint before;
  before.add(codebook);
  codebook[57] += 1e-6F;
  Fingerprint after;
  after.add(codebook);
  CHECK(before.text() != after.text());
}
