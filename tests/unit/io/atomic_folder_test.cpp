// SPDX-License-Identifier: MIT
#include "flashvideo/io/atomic_folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

constexpr uid_t nobody = 65534;

void put(AtomicFolder& folder, const std::string& name, const std::string& content) {
  folder.write(name, std::as_bytes(std::span(content.data(), content.size())));
}

/// A run that writes `count` files 0, 1, ... with its own word in each.
void write_folder(const std::string& path, const std::string& word, int count) {
  AtomicFolder folder(path);
  for (int i = 0; i < count; ++i) put(folder, std::to_string(i), word);
  folder.commit();
}

/// Visible files with their content.
std::map<std::string, std::string> content(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const std::string& name : io_detail::names_in(path)) {
    if (name[0] != '.') files[name] = read_text(path + "/" + name);
  }
  return files;
}

std::map<std::string, std::string> files_of(const std::string& word, int count) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < count; ++i) files[std::to_string(i)] = word;
  return files;
}

std::string foreign(const std::string& path, const std::string& name) {
  return "cannot write " + path + ": the folder holds another file, " + name +
         "; only what an earlier run wrote is replaced";
}

/// Nothing in the folder but the files and their list.
bool is_clean(const std::string& path) {
  for (const std::string& name : io_detail::names_in(path)) {
    if (name[0] == '.' && name != WrittenFiles::list_name) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("AtomicFolder: a new folder appears at commit, not before, and nothing beside it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("new.folder");
  {
    AtomicFolder output(path + "/");
    put(output, "a", "1");
    CHECK_FALSE(std::filesystem::exists(path));
    output.commit();
  }
  CHECK(content(path) == std::map<std::string, std::string>{{"a", "1"}});
  CHECK(folder.names() == std::vector<std::string>{"new.folder"});
  { AtomicFolder forgotten(folder.file("other")); }
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFolder: what was there stays until commit, then all of it is replaced") {
  const TemporaryFolder folder;
  const std::string path = folder.file("f");
  write_folder(path, "first", 5);
  {
    AtomicFolder output(path);
    put(output, "0", "half");
    CHECK(content(path) == files_of("first", 5));
  }
  CHECK(content(path) == files_of("first", 5));
  CHECK(is_clean(path));
  write_folder(path, "second", 3);
  CHECK(content(path) == files_of("second", 3));
  CHECK(is_clean(path));
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFolder: the first file that no earlier run wrote is named, and all of them stay") {
  const TemporaryFolder folder;
  write_text(folder.file("photo.png"), "mine");
  write_text(folder.file("000000.png"), "mine");
  CHECK_THROWS_WITH(AtomicFolder(folder.path()), foreign(folder.path(), "000000.png"));
  CHECK(content(folder.path()).size() == 2);
  CHECK(is_clean(folder.path()));

  const std::string path = folder.file("f");
  write_folder(path, "ours", 3);
  write_text(path + "/1", "retouched");
  CHECK_THROWS_WITH(AtomicFolder(path), foreign(path, "1"));
  CHECK(read_text(path + "/1") == "retouched");
  std::filesystem::remove(path + "/1");  // taken out: no reason to refuse
  std::filesystem::create_directory(path + "/sub");
  CHECK_THROWS_WITH(AtomicFolder(path), foreign(path, "sub"));
}

TEST_CASE("AtomicFolder: hidden files and the system's neither block nor go away") {
  const TemporaryFolder folder;
  for (const char* name : {".DS_Store", "._0", ".gitkeep", "Thumbs.db", "desktop.ini"}) {
    write_text(folder.file(name), "kept");
  }
  std::filesystem::create_directory(folder.file("lost+found"));
  for (const int count : {3, 2}) write_folder(folder.path(), "ours", count);
  CHECK(read_text(folder.file(".DS_Store")) == "kept");
  CHECK(read_text(folder.file("Thumbs.db")) == "kept");
  CHECK(folder.names().size() == 6 + 2 + 1);
}

TEST_CASE(
    "AtomicFolder: a file put under a new one's name meanwhile is not overwritten, and no work is lost") {
  const TemporaryFolder folder;
  write_folder(folder.path(), "old", 1);
  {
    AtomicFolder output(folder.path());
    for (const char* name : {"0", "1", "2"}) put(output, name, "new");
    write_text(folder.file("1"), "mine");
    write_text(folder.file("notes"), "mine");  // in nobody's way
    CHECK_THROWS_WITH(output.commit(), foreign(folder.path(), "1"));
  }
  CHECK(read_text(folder.file("0")) == "old");
  CHECK(read_text(folder.file("1")) == "mine");
  std::filesystem::remove(folder.file("1"));
  std::filesystem::remove(folder.file("notes"));
  { AtomicFolder completed(folder.path()); }
  CHECK(content(folder.path()) == files_of("new", 3));
}

TEST_CASE(
    "AtomicFolder: of two runs at once the later one wins whole, in a new folder and in one that is there") {
  const TemporaryFolder folder;
  const std::string path = folder.file("f");
  for (const bool exists : {false, true}) {
    INFO(exists);
    AtomicFolder first(path);
    AtomicFolder second(path);
    for (int i = 0; i < 4; ++i) {
      put(first, std::to_string(i), "first");
      if (i < 3) put(second, std::to_string(i), "second");
    }
    first.commit();
    CHECK(content(path) == files_of("first", 4));
    second.commit();
    CHECK(content(path) == files_of("second", 3));
    CHECK(is_clean(path));
    CHECK(folder.names().size() == 1);
  }
}

TEST_CASE("AtomicFolder: many processes that commit at the same time leave one run's files") {
  const TemporaryFolder folder(fast_parent());
  const std::string path = folder.file("f");
  std::vector<pid_t> children;
  for (int run = 0; run < 8; ++run) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        for (int i = 0; i < 10; ++i)
          write_folder(path, std::string(1, static_cast<char>('a' + run)), 20 + run);
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    REQUIRE(child > 0);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  const auto files = content(path);
  const std::string word = files.at("0");
  CHECK(files == files_of(word, 20 + word[0] - 'a'));
  CHECK(is_clean(path));
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFolder: killed at any moment, the next run finds one run's files, and no leavings stay") {
  const TemporaryFolder folder(fast_parent());
  const std::string path = folder.file("f");
  write_folder(path, "start", 30);
  for (int turn = 0; turn < 60; ++turn) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0;; ++i) write_folder(path, i % 2 == 0 ? "even" : "odd", i % 2 == 0 ? 30 : 25);
    }
    REQUIRE(child > 0);
    ::usleep(static_cast<useconds_t>(1000 + 137 * turn));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    { AtomicFolder next(path); }
    const auto files = content(path);
    const std::string word = files.at("0");
    REQUIRE(files == files_of(word, word == "odd" ? 25 : 30));
    REQUIRE(is_clean(path));
  }
  CHECK(folder.names().size() == 1);
}

TEST_CASE("AtomicFolder: leavings of killed runs beside a new folder are reused and removed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("f");
  for (const char* ending : {"", "1"}) {
    std::filesystem::create_directory(path + ".flashvideo-partial" + ending);
    write_text(path + ".flashvideo-partial" + ending + "/9", "of a killed run");
  }
  write_folder(path, "new", 2);
  CHECK(content(path) == files_of("new", 2));
  CHECK(folder.names() == std::vector<std::string>{"f"});
}

TEST_CASE("AtomicFolder: a symbolic link stays one, its target is filled, also one that is not there yet") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("target"));
  std::filesystem::create_symlink("target", folder.file("link"));
  std::filesystem::create_symlink("later", folder.file("early"));
  for (const char* link : {"link", "early"}) {
    write_folder(folder.file(link), "x", 2);
    CHECK(std::filesystem::is_symlink(folder.file(link)));
  }
  CHECK(content(folder.file("target")) == files_of("x", 2));
  CHECK(content(folder.file("later")) == files_of("x", 2));
}

TEST_CASE("AtomicFolder: an existing folder stays the same one with its mode") {
  const TemporaryFolder folder;
  struct stat before {};
  struct stat after {};
  ::chmod(folder.path().c_str(), 0750);
  ::stat(folder.path().c_str(), &before);
  for (const int count : {3, 2}) write_folder(folder.path(), "x", count);
  ::stat(folder.path().c_str(), &after);
  CHECK((after.st_mode & 07777) == 0750);
  CHECK(after.st_ino == before.st_ino);
}

TEST_CASE("AtomicFolder: a name of 255 bytes fits, a longer one is refused at once") {
  const TemporaryFolder folder;
  const std::string path = folder.file(std::string(255, 'n'));
  for (const int count : {3, 2}) write_folder(path, "x", count);
  CHECK(content(path) == files_of("x", 2));
  CHECK(folder.names().size() == 1);
  CHECK_THROWS_WITH(AtomicFolder(path + "n"), "cannot create " + path + "n: File name too long");
}

TEST_CASE("AtomicFolder: a folder whose parent may not be written to is written into") {
  const TemporaryFolder folder;
  const std::string path = folder.file("f");
  std::filesystem::create_directory(path);
  ::chmod(folder.path().c_str(), 0555);
  if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(nobody) != 0) ::_exit(2);  // root may write everywhere
    try {
      for (const int count : {3, 2}) write_folder(path, "x", count);
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::chmod(folder.path().c_str(), 0700);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(content(path) == files_of("x", 2));
}

TEST_CASE("AtomicFolder: a path that is no folder, or has none above it, is one sentence") {
  const TemporaryFolder folder;
  write_text(folder.file("plain"), "x");
  CHECK_THROWS_WITH(AtomicFolder(folder.file("plain")),
                    "cannot write " + folder.file("plain") + ": Not a directory");
  CHECK_THROWS_WITH(AtomicFolder(folder.file("no/f")),
                    "cannot create " + folder.file("no/f") + ": No such file or directory");
  CHECK(read_text(folder.file("plain")) == "x");
}
