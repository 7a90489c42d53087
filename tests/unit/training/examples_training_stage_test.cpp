// SPDX-License-Identifier: MIT
#include "train/training_stage.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

/// The square of one number's distance from 3; its data may be asked only when it was read.
struct Square {
  using ScalarType = float;
  explicit Square(const bool& is_read) : read(is_read) {
    weight = places.add("weight", Shape<1>{1}, Initializer::normal(1));
  }
  const ParameterLayout& layout() const { return places; }
  StepLoss accumulate(const Cpu&, ParameterView<const float> values, ParameterView<float> gradients,
                      const MicroBatch&, Workspace<Cpu>&) {
    if (!read) throw std::logic_error("the data is asked before it is read");
    const float distance = values[weight].data()[0] - 3;
    gradients[weight].data()[0] += 2 * distance;
    return {static_cast<double>(distance * distance), 1};
  }

  const bool& read;
  ParameterLayout places;
  Parameter<1> weight;
};

struct Run {
  test::TemporaryFolder folder{};
  bool read = false;

  example::StageResult operator()(index_t steps, const std::stop_token& stop, bool prepares = true) {
    read = false;
    Square objective(read), held_out(read);
    example::LearningConfiguration learning;
    learning.steps = steps;
    learning.warm_up_steps = 1;
    example::StageOptions stage;
    stage.folder = folder.path();
    stage.name = "square";
    stage.label = "square";
    example::TimePlan plan;
    example::ProgressBar bar;
    return example::run_stage(Cpu(1), objective, &held_out, learning, stage, plan, bar, stop,
                              [&] { return read = prepares; }, {});
  }
};

}  // namespace

TEST_CASE("A stage that is stopped before its clips are read measures nothing") {
  Run run;
  CHECK(run(45, {}).made == 45);
  std::stop_source asked;
  asked.request_stop();
  const example::StageResult stopped = run(90, asked.get_token(), false);
  CHECK(stopped.made == 45);
  CHECK(stopped.held_out.has_value());  // the best of those that were measured
}

TEST_CASE("A stage whose last step was not measured reads its clips before it measures it") {
  Run run;
  CHECK(run(45, {}).held_out.has_value());
  std::filesystem::remove(run.folder.file("square_held_out.csv"));
  const example::StageResult again = run(45, {});
  CHECK(again.made == 45);
  CHECK(again.kept == 45);
  CHECK(again.held_out.has_value());
}
