// SPDX-License-Identifier: MIT
#include "flashvideo/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("AtomicFile: the file appears at commit, not before, and nothing else stays") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  AtomicFile file(path);
  file.write("hello ");
  file.write("world");
  CHECK_FALSE(std::filesystem::exists(path));
  file.commit();
  CHECK(read_text(path) == "hello world");
  CHECK(folder.names() == std::vector<std::string>{"a.bin"});
}

TEST_CASE("AtomicFile: without commit the earlier file stays and no partial one") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.bin");
  write_text(path, "before");
  try {
    AtomicFile file(path);
    file.write("half");
    throw std::runtime_error("stop");
  } catch (const std::runtime_error&) {
  }
  CHECK(read_text(path) == "before");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFile: a seek fills in what was left out") {
  const TemporaryFolder folder;
  AtomicFile file(folder.file("a"));
  file.write("....data");
  file.seek(0);
  file.write("head");
  CHECK(file.size() == 8);
  file.commit();
  CHECK(read_text(folder.file("a")) == "headdata");
}

TEST_CASE("AtomicFile: a dead process's partial file is reused, a live one's is left alone") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_text(path + ".flashvideo-partial", "leavings of a killed process");
  AtomicFile first(path);
  AtomicFile second(path);
  first.write("first");
  second.write("second");
  first.commit();
  CHECK(read_text(path) == "first");
  second.commit();
  CHECK(read_text(path) == "second");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFile: permissions of a replaced file and links to it stay") {
  const TemporaryFolder folder;
  write_text(folder.file("real"), "old");
  std::filesystem::permissions(folder.file("real"),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::create_symlink("real", folder.file("link"));
  write_file(folder.file("link"), "new");
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK(read_text(folder.file("real")) == "new");
  CHECK(std::filesystem::status(folder.file("real")).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("AtomicFile: a full disk is one sentence, and the earlier file stays") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_text(path, "before");
  std::string message;
  {
    const FullDisk limit(4096);
    message = message_of<io_error>([&] { write_file(path, std::string(10000, 'x')); });
  }
  CHECK(message == "cannot write " + path + ": File too large");
  CHECK(read_text(path) == "before");
  CHECK(folder.names().size() == 1);
  if (std::filesystem::exists("/dev/full")) {
    CHECK_THROWS_WITH(write_file("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  }
}

TEST_CASE("AtomicFile: a device is written in place and stays a device") {
  write_file("/dev/null", "gone");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("AtomicFile: a path that cannot be written is refused at once") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(AtomicFile(folder.file("no/such/file")),
                    "cannot create " + folder.file("no/such/file") + ": No such file or directory");
  CHECK_THROWS_WITH(AtomicFile(folder.path()), "cannot write " + folder.path() + ": Is a directory");
  write_text(folder.file("plain"), "");
  CHECK_THROWS_WITH(AtomicFile(folder.file("plain/file")),
                    "cannot create " + folder.file("plain/file") + ": Not a directory");
  CHECK_THROWS_AS(AtomicFile(folder.file("")), io_error);
  if (::geteuid() != 0) {  // root may write everywhere
    ::chmod(folder.path().c_str(), 0500);
    CHECK_THROWS_WITH(AtomicFile(folder.file("new")),
                      "cannot create " + folder.file("new") + ": Permission denied");
    ::chmod(folder.path().c_str(), 0700);
  } else {
    CHECK_THROWS_AS(AtomicFile("/proc/flashvideo"), io_error);
  }
}

TEST_CASE("AtomicFile: leavings of two runs killed side by side go with the next file") {
  const TemporaryFolder folder;
  for (const char* ending : {"", "1"}) write_text(folder.file("a.flashvideo-partial") + ending, "left");
  write_file(folder.file("a"), "x");
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("AtomicFile: a file of the user's that is called partial stays") {
  const TemporaryFolder folder;
  write_text(folder.file("a.partial"), "mine");
  write_file(folder.file("a"), "x");
  CHECK(read_text(folder.file("a.partial")) == "mine");
}

TEST_CASE("AtomicFile: a name of 255 bytes fits, also twice at once, a longer one is refused at once") {
  const TemporaryFolder folder;
  for (const std::size_t length : {std::size_t{235}, std::size_t{250}, std::size_t{255}}) {
    const std::string path = folder.file(std::string(length, 'n'));
    AtomicFile first(path);
    AtomicFile second(path);
    first.write("first");
    second.write("second");
    first.commit();
    second.commit();
    CHECK(read_text(path) == "second");
  }
  CHECK(folder.names().size() == 3);
  const std::string longer = folder.file(std::string(256, 'n'));
  CHECK_THROWS_WITH(AtomicFile(longer), "cannot create " + longer + ": File name too long");
  CHECK_THROWS_AS(AtomicFile(""), io_error);
}

TEST_CASE("AtomicFile: a link to a file that is not there yet stays, the file is made") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("later", folder.file("link"));
  write_file(folder.file("link"), "x");
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK(read_text(folder.file("later")) == "x");
}

TEST_CASE("AtomicFile: a replaced file keeps its owner where that is allowed") {
  const TemporaryFolder folder;
  write_text(folder.file("a"), "old");
  if (::chown(folder.file("a").c_str(), 12345, 54321) != 0) return;  // only root may
  write_file(folder.file("a"), "new");
  struct stat status {};
  ::stat(folder.file("a").c_str(), &status);
  CHECK(status.st_uid == 12345);
  CHECK(status.st_gid == 54321);
}

TEST_CASE("AtomicFile: standard output is written in place") {
  const TemporaryFolder folder;
  const int before = ::dup(STDOUT_FILENO);
  const int file = ::open(folder.file("out").c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(file, STDOUT_FILENO);
  {
    AtomicFile output = AtomicFile::standard_output();
    output.write("into the pipe");
    output.commit();
    CHECK_FALSE(output.is_seekable());
  }
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(file);
  CHECK(read_text(folder.file("out")) == "into the pipe");
}

TEST_CASE("AtomicFile: moved, only the new owner holds the file") {
  const TemporaryFolder folder;
  {
    AtomicFile first(folder.file("a"));
    AtomicFile second(std::move(first));
    second.write("x");
    second.commit();
  }
  CHECK(read_text(folder.file("a")) == "x");
}
