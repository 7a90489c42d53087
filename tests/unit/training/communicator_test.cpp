// SPDX-License-Identifier: MIT
#include "flashvideo/training/communicator.hpp"

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/catch.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;

namespace {

/// What two "processes" share.
struct Meeting {
  std::barrier<> barrier{2};
  std::vector<double> shared[2];
};

/// Two threads that stand for two processes.
class TwoThreads {
 public:
  TwoThreads(std::shared_ptr<Meeting> meeting, index_t rank) : meeting_(std::move(meeting)), rank_(rank) {}
  index_t rank() const { return rank_; }
  index_t size() const { return 2; }
  template <typename Backend, typename T>
  void all_reduce(const Backend&, T* data, index_t size) {
    meeting_->shared[rank_].assign(data, data + size);
    meeting_->barrier.arrive_and_wait();
    for (index_t i = 0; i < size; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      data[i] = static_cast<T>(meeting_->shared[0][at] + meeting_->shared[1][at]);
    }
    meeting_->barrier.arrive_and_wait();
  }
  double all_reduce(double value) {
    all_reduce(0, &value, 1);
    return value;
  }

 private:
  std::shared_ptr<Meeting> meeting_;
  index_t rank_;
};

static_assert(Communicator<SingleProcess, Cpu>);
static_assert(Communicator<TwoThreads, Cpu>);
static_assert(!Communicator<Cpu, Cpu>);

}  // namespace

TEST_CASE("SingleProcess: sums over one", "[training]") {
  SingleProcess single;
  double data[] = {1, 2};
  single.all_reduce(Cpu(1), data, 2);
  CHECK(data[1] == 2);
  CHECK(single.all_reduce(3.5) == 3.5);
  CHECK(single.size() == 1);
}

TEST_CASE("Trainer: two processes make the updates of one with twice the micro-batches", "[training]") {
  using Objective = test::LinearRegression<double, Cpu>;
  TrainerOptions options;
  options.steps = 20;
  options.schedule = LearningRateSchedule::cosine(0.05, 3);
  options.accumulation = 4;
  const Cpu cpu(1);
  Objective alone(cpu, 3);
  alone.skip_some = true;
  Trainer single(cpu, alone, options);
  single.run();

  options.accumulation = 2;
  const auto meeting = std::make_shared<Meeting>();
  std::vector<double> values[2];
  LossCurve curves[2];
  const auto train = [&](index_t rank) {
    const Cpu own(1);
    Objective objective(own, 3);
    objective.skip_some = true;
    Trainer trainer(own, objective, options, TwoThreads(meeting, rank));
    trainer.run();
    values[rank] = trainer.host_values();
    curves[rank] = trainer.curve();
  };
  std::thread other(train, 1);
  train(0);
  other.join();
  CHECK(values[0] == values[1]);
  CHECK(curves[0] == curves[1]);
  const std::vector<double> expected = single.host_values();
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(values[0][i] == Approx(expected[i]).margin(1e-12));
}
