// SPDX-License-Identifier: MIT
#include <csignal>
#include <memory>
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

TEST_CASE("ProgressBar: silent when stderr is no terminal") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  {
    example::ProgressBar bar;
    for (int i = 0; i <= 10; ++i) bar.hook()({.label = "work", .done = i, .total = 10, .unit = "clips"});
  }
  dup2(before, STDERR_FILENO);
  close(before);
  close(ends[1]);
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 0);
  close(ends[0]);
}
