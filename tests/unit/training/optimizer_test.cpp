// SPDX-License-Identifier: MIT
#include "flashvideo/training/optimizer.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;

namespace {

using Regression = test::LinearRegression<float, Cpu>;

/// A user's own: the mean of gradients is followed, in host loops.
struct Momentum {
  struct Options {
    double kept = 0.5;
    void visit(Fields& fields) { fields.real("kept", kept, within_below(0.0, 1.0), "share of the mean"); }
    void check() const { check_fields("Momentum", *this); }
  };
  template <typename Scalar, ComputeBackend Backend>
  class On {
   public:
    On(const Backend& backend, const ParameterLayout& layout, const Options& options)
        : size_(layout.size()), kept_(options.kept), mean_(backend.template allocate<Scalar>(size_)) {
      options.check();
      backend.fill(mean_.data(), size_, Scalar{0});
    }
    index_t size() const { return size_; }
    void update(Scalar* values, const Scalar* gradients, index_t, double rate, double scale,
                Workspace<Backend>&) {
      for (index_t i = 0; i < size_; ++i) {
        Scalar& mean = mean_.data()[i];
        mean = static_cast<Scalar>(kept_ * mean + (1 - kept_) * scale * gradients[i]);
        values[i] -= static_cast<Scalar>(rate) * mean;
      }
    }
    template <typename Visitor>
    void visit_state(const Visitor& visitor) {
      visitor("momentum.", mean_.data());
    }

   private:
    index_t size_;
    double kept_;
    typename Backend::template Buffer<Scalar> mean_;
  };
};

struct NoState : Momentum {
  template <typename Scalar, ComputeBackend Backend>
  struct On {
    On(const Backend&, const ParameterLayout&, const Options&) {}
    index_t size() const { return 0; }
    void update(Scalar*, const Scalar*, index_t, double, double, Workspace<Backend>&) {}
  };
};

template <typename Method>
TrainerOptionsFor<Method> options_for(index_t steps, double rate) {
  TrainerOptionsFor<Method> options;
  options.steps = steps;
  options.schedule = LearningRateSchedule::constant(rate);
  options.seed = 11;
  return options;
}

}  // namespace

TEST_CASE("Optimizer: AdamW, Muon over it and a user's own, and each member is asked for") {
  STATIC_REQUIRE(Optimizer<AdamW, float, Cpu>);
  STATIC_REQUIRE(Optimizer<Muon<AdamW>, double, Cpu>);
  STATIC_REQUIRE(Optimizer<Momentum, float, Cpu>);
  STATIC_REQUIRE_FALSE(Optimizer<NoState, float, Cpu>);
  STATIC_REQUIRE_FALSE(Optimizer<int, float, Cpu>);
}

TEST_CASE("Optimizer: AdamW alone has the bits of Muon without matrices") {
  const Cpu cpu(1);
  Regression one(cpu, 4), two(cpu, 4);
  Trainer alone(cpu, one, options_for<AdamW>(20, 0.05));
  Trainer with(cpu, two, options_for<Muon<AdamW>>(20, 0.05));
  STATIC_REQUIRE(std::is_same_v<decltype(with), Trainer<Regression, Cpu>>);
  alone.run();
  with.run();
  CHECK(alone.host_values() == with.host_values());
}

TEST_CASE("Optimizer: a user's own trains, and a resumed run has the bits of an unbroken one") {
  const Cpu cpu(1);
  const test::TemporaryFolder folder;
  const std::string path = folder.file("own.checkpoint");
  Regression whole_objective(cpu, 16), first_objective(cpu, 16), second_objective(cpu, 16);
  Trainer whole(cpu, whole_objective, options_for<Momentum>(150, 0.3));
  whole.run();
  CHECK(whole.curve().back().loss < 0.1 * whole.curve().front().loss);
  Trainer first(cpu, first_objective, options_for<Momentum>(70, 0.3));
  first.run();
  first.save(path);
  Trainer second(cpu, second_objective, options_for<Momentum>(150, 0.3));
  second.resume(path);
  second.run();
  CHECK(second.host_values() == whole.host_values());

  auto other = options_for<Momentum>(150, 0.3);
  other.kept = 0.25;
  Regression other_objective(cpu, 16);
  Trainer refusing(cpu, other_objective, other);
  CHECK_THROWS_WITH(refusing.resume(path), Catch::Contains("trainer.kept"));
  other.kept = 1;
  CHECK_THROWS_WITH((Trainer(cpu, other_objective, other)), "Momentum: kept is 1, expected within [0, 1)");
}
