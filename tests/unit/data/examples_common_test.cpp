// SPDX-License-Identifier: MIT
#include <pty.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../../examples/common/interrupt.hpp"
#include "../../../examples/common/progress_bar.hpp"
#include "support/catch.hpp"
#include "support/few_threads.hpp"

TEST_CASE("Interrupt: the first Ctrl-C asks to stop, the program goes on") {
  example::Interrupt interrupt;
  REQUIRE(!interrupt.requested());
  bool called = false;
  const std::stop_callback callback(interrupt.token(), [&] { called = true; });
  kill(getpid(), SIGINT);
  for (int i = 0; i < 200 && !interrupt.requested(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(interrupt.requested());
  for (int i = 0; i < 200 && !called; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(called);
}

TEST_CASE("Interrupt: where the system starts no thread, a sentence says so") {
  const auto start = [] {
    std::vector<std::unique_ptr<example::Interrupt>> many;
    for (int i = 0; i < 8; ++i) many.push_back(std::make_unique<example::Interrupt>());
  };
  REQUIRE(flashvideo::test::thrown_with_few_threads(start) ==
          "cannot start the thread that waits for signals: Resource temporarily unavailable");
}

TEST_CASE("Interrupt: a hang-up asks to stop, unless it is ignored") {
  {
    example::Interrupt interrupt;
    kill(getpid(), SIGHUP);
    for (int i = 0; i < 200 && !interrupt.requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(interrupt.requested());
  }
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    example::Interrupt interrupt;
    kill(getpid(), SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK_FALSE(interrupt.requested());
  }
  std::signal(SIGHUP, before);
}

namespace {

/// What `work` writes to stderr when that is `end`; `other` is where it can be read.
template <typename Work>
std::string written(int end, int other, const Work& work) {
  const int before = dup(STDERR_FILENO);
  dup2(end, STDERR_FILENO);
  close(end);
  std::string text;
  std::thread reader([&] {
    char bytes[4096];
    for (ssize_t count = 0; (count = read(other, bytes, sizeof(bytes))) > 0;)
      text.append(bytes, static_cast<std::size_t>(count));
  });
  work();
  dup2(before, STDERR_FILENO);  // the last writer goes: the reader ends
  close(before);
  reader.join();
  close(other);
  return text;
}
template <typename Work>
std::string written_to_pipe(const Work& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  return written(ends[1], ends[0], work);
}
template <typename Work>
std::string written_to_terminal(unsigned short columns, const Work& work) {
  int master = 0, slave = 0;
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 24;
  REQUIRE(openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  return written(slave, master, work);
}

std::vector<std::string> split(std::string text, const std::string& separator) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; (end = text.find(separator)) != std::string::npos;
       text.erase(0, end + separator.size()))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

}  // namespace

TEST_CASE("cut_to_columns: wide characters count twice, joined ones not, none is cut in two") {
  CHECK(example::cut_to_columns("abc", 3) == "abc");
  CHECK(example::cut_to_columns("abcd", 3) == "abc");
  CHECK(example::cut_to_columns("a\u661f\u661f", 3) == "a\u661f");
  CHECK(example::cut_to_columns("a\u661f\u661f", 4) == "a\u661f");
  CHECK(example::cut_to_columns("e\u0301e\u0301x", 2) == "e\u0301e\u0301");
  CHECK(example::cut_to_columns("\U0001F600\U0001F600", 3) == "\U0001F600");
  CHECK(example::cut_to_columns("\u00e9\u00e9", 1) == "\u00e9");
}

TEST_CASE("ProgressBar: on a terminal one line, never as wide as it, wiped before anything else") {
  for (const std::uint16_t columns : std::vector<std::uint16_t>{80, 40, 200}) {
    const std::string text = written_to_terminal(columns, [] {
      example::ProgressBar bar;
      for (int i = 0; i <= 3; ++i) {
        bar.show(
            {.label = i < 2 ? "image tokenizer" : "decoder",
             .done = i,
             .total = 3,
             .unit = "steps",
             .units_per_second = 1.5},
            "loss 0.1234  81234 images/s and much that nobody can read on one line of a narrow terminal");
      }
      bar.say("a word");
      bar.show({.label = "decoder", .done = 3, .total = 3});
    });
    const std::vector<std::string> draws = split(text, "\r\033[K");
    REQUIRE(draws.size() ==
            7);  // three (the second comes too soon), wiped for the word, one, wiped at the end
    CHECK(draws[0].empty());
    CHECK(draws[4] == "a word\r\n");
    CHECK(draws[6].empty());
    for (const std::size_t i : {1, 2, 3, 5}) {
      CHECK(draws[i].size() < columns);
      CHECK(draws[i].find('\n') == std::string::npos);
    }
    if (columns < 100) CHECK(draws[1].size() == columns - 1U);
  }
}

TEST_CASE(
    "ProgressBar: without a terminal plain lines, the first soon, then at the interval, also while nothing "
    "is told") {
  using std::chrono::milliseconds;
  const std::string text = written_to_pipe([] {
    example::ProgressBar bar(milliseconds(600));
    bar.show({.label = "decoder", .done = 1, .total = 9, .unit = "steps"}, "loss 5.1");
    std::this_thread::sleep_for(milliseconds(1500));
    bar.show({.label = "decoder", .done = 9, .total = 9, .unit = "steps"}, "loss 4.1");
    std::this_thread::sleep_for(milliseconds(700));
  });
  const std::vector<std::string> lines = split(text, "\n");
  REQUIRE(lines.size() >= 5);  // after 40 ms, 600, 1200, at the end, and what follows the last line
  CHECK(lines.size() <= 7);
  CHECK(lines.back().empty());
  for (std::size_t i = 0; i + 2 < lines.size(); ++i) {
    CHECK(lines[i].starts_with("decoder  11 % 1/9 steps"));
    CHECK(lines[i].ends_with("  loss 5.1"));
  }
  CHECK(lines[lines.size() - 2].starts_with("decoder 100 % 9/9 steps"));
  for (const char c : text) CHECK((c == '\n' || c >= ' '));
}

TEST_CASE("ProgressBar: without a terminal a stage that is over at once has no line") {
  CHECK(written_to_pipe([] {
          example::ProgressBar bar;
          for (int i = 0; i <= 10; ++i)
            bar.hook()({.label = "work", .done = i, .total = 10, .unit = "clips"});
        }).empty());
}
