// SPDX-License-Identifier: MIT
#include "flashvideo/io/tf_record_file.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tf_records.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("TfRecordFile: records as they were written, also empty ones") {
  const TemporaryFolder folder;
  write_text(folder.file("a"), record("first") + record("") + record(std::string(1000, 'x')));
  const TfRecordFile file(folder.file("a"));
  REQUIRE(file.size() == 3);
  CHECK(file.record(0).size() == 5);
  CHECK(file.record(1).empty());
  CHECK(file.record(2).size() == 1000);
  CHECK_THROWS_AS(file.record(3), value_error);
}

TEST_CASE("TfRecordFile: both check sums are compared, a truncated file is refused") {
  const TemporaryFolder folder;
  const std::string good = record("first") + record("second");
  std::string length = good, content = good;
  length[0] ^= 1;
  content[record("first").size() + 13] ^= 1;
  write_text(folder.file("length"), length);
  CHECK_THROWS_WITH(TfRecordFile(folder.file("length")),
                    Catch::Contains("record 0: the check sum of its length is wrong"));
  write_text(folder.file("content"), content);
  const TfRecordFile damaged(folder.file("content"));
  CHECK_NOTHROW(damaged.record(0));
  CHECK_THROWS_WITH(damaged.record(1),
                    folder.file("content") + ", record 1: its check sum is wrong, the file is damaged");
  for (const std::size_t size : {std::size_t{1}, std::size_t{15}, good.size() - 1}) {
    write_text(folder.file("short"), good.substr(0, size));
    CHECK_THROWS_WITH(TfRecordFile(folder.file("short")), Catch::Contains("truncated"));
  }
}
