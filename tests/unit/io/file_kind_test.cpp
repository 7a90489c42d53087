// SPDX-License-Identifier: MIT
#include "flashvideo/io/file_kind.hpp"

#include "support/catch.hpp"

using namespace flashvideo;
using namespace std::string_view_literals;

TEST_CASE("file_kind: names files by their first bytes") {
  CHECK(file_kind("\x89PNG\r\n\x1a\n"sv) == "a PNG picture");
  CHECK(file_kind("PK\x03\x04rest"sv) == "a zip archive (PyTorch's .pt files are)");
  CHECK(file_kind("\x80\x04\x95"sv) == "a Python pickle");
  CHECK(file_kind("\x1f\x8b\x08"sv) == "gzip-compressed");
  CHECK(file_kind("<!DOCTYPE html>"sv) == "an HTML page");
  CHECK(file_kind("\0\0\0\x20"
                  "ftypisom"sv) == "an MP4 video");
  CHECK(file_kind("version https://git-lfs.github.com/spec/v1\n"sv).starts_with("a Git LFS pointer"));
  CHECK(file_kind("something else"sv).empty());
  CHECK(file_kind(""sv).empty());
  CHECK(file_kind("\x89PN"sv).empty());
}

TEST_CASE("refuse_empty_or_pointer: an empty file and a Git LFS pointer are named") {
  CHECK_THROWS_WITH(refuse_empty_or_pointer("m.bin", ""), "m.bin, byte 0: the file is empty");
  CHECK_THROWS_WITH(
      refuse_empty_or_pointer("m.bin", "version https://git-lfs.github.com/spec/v1\n"),
      "m.bin, byte 0: the file is a Git LFS pointer (fetch the file itself with `git lfs pull`)");
  CHECK_NOTHROW(refuse_empty_or_pointer("m.bin", "x"));
}
