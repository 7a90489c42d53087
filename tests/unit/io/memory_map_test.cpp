// SPDX-License-Identifier: MIT
#include "flashvideo/io/memory_map.hpp"

#include <type_traits>

#include "flashvideo/io/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/peak_memory.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("MemoryMap: shows the file's bytes, which do not move with it") {
  const TemporaryFolder folder;
  write_text(folder.file("a"), "content");
  MemoryMap first(folder.file("a"));
  const std::byte* address = first.bytes().data();
  MemoryMap second(std::move(first));
  CHECK(second.text() == "content");
  CHECK(second.bytes().data() == address);
  MemoryMap third(folder.file("a"));
  third = std::move(second);
  CHECK(third.text() == "content");
  static_assert(!std::is_copy_constructible_v<MemoryMap>);
}

TEST_CASE("MemoryMap: keeps its content while the file is replaced") {
  const TemporaryFolder folder;
  write_file(folder.file("a"), "before");
  const MemoryMap map(folder.file("a"));
  write_file(folder.file("a"), "after");
  CHECK(map.text() == "before");
}

TEST_CASE("MemoryMap: an empty file has no bytes, none and a folder are errors") {
  const TemporaryFolder folder;
  write_text(folder.file("empty"), "");
  CHECK(MemoryMap(folder.file("empty")).bytes().empty());
  CHECK_THROWS_WITH(MemoryMap(folder.file("none")),
                    "cannot open " + folder.file("none") + ": No such file or directory");
  CHECK_THROWS_WITH(MemoryMap(folder.path()), "cannot read " + folder.path() + ": Is a directory");
}

TEST_CASE("MemoryMap: pages that were released leave memory and are read again") {
  const TemporaryFolder folder;
  const std::string text(std::size_t{1} << 24, 'x');
  write_text(folder.file("a"), text);
  const MemoryMap map(folder.file("a"));
  CHECK(map.text() == text);
  const long before = resident_kib();
  map.release(map.bytes().subspan(100));
  CHECK(resident_kib() < before - 15000);
  map.release(map.bytes().subspan(5, 3));
  map.release(map.bytes().last(1));
  map.release({});
  CHECK(map.text() == text);
}
