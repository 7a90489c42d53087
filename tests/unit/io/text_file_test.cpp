// SPDX-License-Identifier: MIT
#include "flashvideo/io/text_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE(
    "read_text_lines: the mark is passed over, every kind of line end ends a line, numbers count all lines") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  for (const char* text : {"one\n\ntwo\n", "one\r\n\r\ntwo", "one\r\rtwo\r", "\xEF\xBB\xBFone\r\n\ntwo\n"}) {
    write_text(path, text);
    const std::vector<TextLine> lines = read_text_lines(path);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].text == "one");
    CHECK(lines[1].text.empty());
    CHECK(lines[2].text == "two");
    CHECK(lines[2].number == 3);
  }
  write_text(path, "");
  CHECK(read_text_lines(path).empty());
  write_text(path, "\xEF\xBB\xBF");
  CHECK(read_text_file(path).empty());
  write_text(path, std::string(100'000, 'x'));
  CHECK(read_text_file(path) == std::string(100'000, 'x'));
}

TEST_CASE("read_text_file: what is no UTF-8 text is named with its line") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.txt");
  const auto reason_for = [&](const std::string& text) {
    write_text(path, text);
    const std::string message = message_of<format_error>([&] { read_text_file(path); });
    REQUIRE(message.rfind(path, 0) == 0);
    return message.substr(path.size());
  };
  CHECK(reason_for("a star\r\n\n\xE9toile\n") == ": line 3 is no UTF-8, expected a text in UTF-8");
  CHECK(reason_for("a star\rb\r\xE9") == ": line 3 is no UTF-8, expected a text in UTF-8");
  CHECK(reason_for("\xE9") == ": line 1 is no UTF-8, expected a text in UTF-8");
  CHECK(reason_for(std::string("a\nb\0c", 5)) == ": line 2 holds a NUL, expected a text in UTF-8");
  CHECK(reason_for(std::string("\xFF\xFE"
                               "a\0",
                               4)) == ": line 1: the text is UTF-16, expected UTF-8");
  CHECK(reason_for(std::string("\xFE\xFF\0a", 4)) == ": line 1: the text is UTF-16, expected UTF-8");
  CHECK(reason_for("\x89PNG\r\n\x1a\n") ==
        ": line 1 is no UTF-8: the file is a PNG picture, expected a text");
}

TEST_CASE("read_text_file: what the system refuses keeps its words") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_text_file(folder.file("none")),
                    "cannot open " + folder.file("none") + ": No such file or directory");
  CHECK_THROWS_WITH(read_text_file(folder.path()), "cannot read " + folder.path() + ": Is a directory");
  if (::geteuid() != 0) {
    write_text(folder.file("secret"), "x");
    ::chmod(folder.file("secret").c_str(), 0);
    CHECK_THROWS_AS(read_text_file(folder.file("secret")), io_error);
  }
}
