// SPDX-License-Identifier: MIT
#include "flashvideo/io/fingerprint.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

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

TEST_CASE("Fingerprint: of a file, its bytes and its end", "[io]") {
  const flashvideo::test::TemporaryFolder folder;
  const auto print = [&](const std::vector<std::string>& contents) {
    Fingerprint result;
    for (const std::string& content : contents) {
      flashvideo::test::write_text(folder.file("x"), content);
      result.add_file(folder.file("x"));
    }
    return result.text();
  };
  const std::string large(3'000'001, 'a');
  CHECK(print({large}) == print({large}));
  CHECK(print({large}) != print({large + 'a'}));
  CHECK(print({"ab", "c"}) != print({"a", "bc"}));
  CHECK(print({""}) != print({}));
  Fingerprint result;
  CHECK_THROWS_WITH(result.add_file(folder.file("absent")),
                    "cannot open " + folder.file("absent") + ": No such file or directory");
}
