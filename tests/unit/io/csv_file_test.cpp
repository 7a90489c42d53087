// SPDX-License-Identifier: MIT
#include "flashvideo/io/csv_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("CsvFile: quotes, doubled quotes, empty values, line ends") {
  const TemporaryFolder folder(fast_parent());
  write_text(folder.file("t.csv"),
             "\xEF\xBB\xBF"
             "a,\"b\",c\r\n1,\"x, \"\"y\"\"\",\r\n\r\n,,3");
  const CsvFile table(folder.file("t.csv"));
  REQUIRE(table.rows().size() == 2);
  CHECK(table.rows()[0].values == std::vector<std::string>{"1", "x, \"y\"", ""});
  CHECK(table.rows()[0].line == 2);
  CHECK(table.rows()[1].values == std::vector<std::string>{"", "", "3"});
  CHECK(table.rows()[1].line == 4);
  CHECK(table.column("b") == 1);
  CHECK(table.column("d") == CsvFile::none);
  CHECK(table.needed_column("c") == 2);
  CHECK_THROWS_WITH(table.needed_column("d"), Catch::Contains("t.csv: line 1: names no column d"));
}

TEST_CASE("CsvFile: lines that are no row are refused") {
  const TemporaryFolder folder(fast_parent());
  write_text(folder.file("t.csv"), "a,b\n1,2,3\n");
  CHECK_THROWS_WITH(CsvFile(folder.file("t.csv")),
                    Catch::Contains("line 2 has 3 values, the first line names 2 columns"));
  write_text(folder.file("t.csv"), "a,b\n1,\"2\n");
  CHECK_THROWS_WITH(CsvFile(folder.file("t.csv")), Catch::Contains("line 2: a quote is not closed"));
  CHECK_THROWS_AS(CsvFile(folder.file("none.csv")), io_error);
}
