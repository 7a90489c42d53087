// SPDX-License-Identifier: MIT
// A training run that is killed (SIGKILL) at any moment, the writing of a checkpoint included, and resumed,
// ends in the same files as one that was never stopped.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;

namespace {

constexpr index_t steps = 60;

/// Trains from the checkpoint, if there is one, to the end. Large enough that a checkpoint's write takes a
/// while.
void train(const std::string& path) {
  const Cpu cpu(2);
  test::LinearRegression<float, Cpu> objective(cpu, 4, 96, 64);
  objective.skip_some = true;
  TrainerOptions options;
  options.steps = steps;
  options.schedule = LearningRateSchedule::cosine(0.01, 5);
  options.adam.weight_decay = 0.01;
  options.accumulation = 2;
  options.checkpoint = path;
  options.checkpoint_steps = 2;
  options.curve = path + ".loss";
  Trainer trainer(cpu, objective, options);
  trainer.resume_if_exists(path);
  trainer.run();
}

/// Starts `train` in a process of its own.
pid_t start(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 0;
    try {
      train(path);
    } catch (...) {
      status = 1;
    }
    ::_exit(status);
  }
  return child;
}

/// True when it ended by itself, which must be without error.
bool has_ended(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) == 0) return false;
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  return true;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

struct Kills {
  int all = 0;
  int inside_write = 0;  // a partial file was left
};

/// Runs and kills until a run reaches the end. An even turn kills after a random time, an odd one as soon as
/// a checkpoint is being written.
Kills train_with_kills(const std::string& path, std::uint64_t seed) {
  Kills kills;
  RandomStream random(seed);
  const std::string partial = path + ".flashvideo-partial";
  for (int turn = 0; turn < 1000; ++turn) {
    const auto before = exists(partial);
    const pid_t child = start(path);
    REQUIRE(child > 0);
    const index_t microseconds = random.below(turn % 2 == 0 ? 40'000 + 2'000 * turn : 300 + 100 * turn);
    bool ended = false;
    if (turn % 2 == 1) {
      // The leavings of the last kill stand there from the start; the next write truncates them first.
      struct stat old {};
      ::stat(partial.c_str(), &old);
      struct stat now = old;
      while (!(ended = has_ended(child))) {
        const bool there = ::stat(partial.c_str(), &now) == 0;
        const bool fresh = there && (!before || now.st_mtim.tv_nsec != old.st_mtim.tv_nsec ||
                                     now.st_mtim.tv_sec != old.st_mtim.tv_sec);
        if (fresh) break;
      }
    }
    if (!ended) {
      ::usleep(static_cast<useconds_t>(microseconds));
      ended = has_ended(child);
    }
    if (ended) return kills;
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {  // it ended just before
      REQUIRE(WEXITSTATUS(status) == 0);
      return kills;
    }
    ++kills.all;
    kills.inside_write += exists(partial);
  }
  FAIL("no run reached the end");
  return kills;
}

}  // namespace

TEST_CASE("Trainer: killed at any moment and resumed, the files are those of the unbroken run",
          "[training]") {
  const test::TemporaryFolder folder;
  train(folder.file("unbroken"));
  Kills kills;
  int rounds = 0;
  for (std::uint64_t seed = 1; kills.all < 20 || kills.inside_write < 5; ++seed) {
    REQUIRE(++rounds < 100);
    const std::string path = folder.file("killed" + std::to_string(seed));
    const Kills more = train_with_kills(path, seed);
    kills.all += more.all;
    kills.inside_write += more.inside_write;
    CHECK(test::read_text(path) == test::read_text(folder.file("unbroken")));
    CHECK_FALSE(exists(path + ".flashvideo-partial"));
    CHECK(test::read_text(path + ".loss.csv") == test::read_text(folder.file("unbroken.loss.csv")));
    CHECK(test::read_text(path + ".loss.svg") == test::read_text(folder.file("unbroken.loss.svg")));
  }
  WARN(kills.all << " kills, " << kills.inside_write << " of them inside a checkpoint's write");
}
