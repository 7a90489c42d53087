// SPDX-License-Identifier: MIT
#include "flashvideo/training/trainer_options.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("TrainerOptions: what changes the numbers is in the fingerprint, the rest is not", "[training]") {
  const TrainerOptions base;
  const auto differs = [&](auto change) {
    TrainerOptions other = base;
    change(other);
    return !(other.fingerprint() == base.fingerprint());
  };
  CHECK(differs([](TrainerOptions& o) { o.accumulation = 2; }));
  CHECK(differs([](TrainerOptions& o) { o.clipping_norm = 2; }));
  CHECK(differs([](TrainerOptions& o) { o.adam.beta1 = 0.5; }));
  CHECK(differs([](TrainerOptions& o) { o.adam.beta2 = 0.5; }));
  CHECK(differs([](TrainerOptions& o) { o.adam.epsilon = 0.5; }));
  CHECK(differs([](TrainerOptions& o) { o.adam.weight_decay = 0.5; }));
  CHECK(differs([](TrainerOptions& o) { o.schedule.peak = 2; }));
  CHECK(differs([](TrainerOptions& o) { o.schedule.warm_up_steps = 2; }));
  CHECK(differs([](TrainerOptions& o) { o.schedule.kind = LearningRateSchedule::Kind::cosine; }));
  CHECK(differs([](TrainerOptions& o) { o.seed = ~std::uint64_t{0}; }));
  CHECK_FALSE(differs([](TrainerOptions& o) { o.steps = 5; }));
  CHECK_FALSE(differs([](TrainerOptions& o) { o.minutes = 5; }));
  CHECK_FALSE(differs([](TrainerOptions& o) { o.checkpoint = "elsewhere"; }));
}

TEST_CASE("TrainerOptions: values out of range are refused", "[training]") {
  const auto refuses = [](auto change) {
    TrainerOptions options;
    change(options);
    CHECK_THROWS_AS(options.check(), value_error);
  };
  TrainerOptions().check();
  refuses([](TrainerOptions& o) { o.steps = -1; });
  refuses([](TrainerOptions& o) { o.minutes = -1; });
  refuses([](TrainerOptions& o) { o.accumulation = 0; });
  refuses([](TrainerOptions& o) { o.clipping_norm = -1; });
  refuses([](TrainerOptions& o) { o.checkpoint_steps = -1; });
  refuses([](TrainerOptions& o) { o.schedule.peak = 0; });
  refuses([](TrainerOptions& o) { o.adam.beta1 = 1; });
}

TEST_CASE("TrainerOptions: the fingerprint is that of checkpoints already written", "[training]") {
  TrainerOptions options;
  options.seed = ~std::uint64_t{0};
  CHECK(
      options.fingerprint().dump() ==
      R"({"seed":"18446744073709551615","accumulation":1,"clipping_norm":1.0,"adam":{"beta1":0.9,"beta2":0.999,)"
      R"("epsilon":1e-08,"weight_decay":0.0},"schedule":{"kind":"constant","peak":0.001,"warm_up_steps":0}})");
  options.muon.prefix = "layers.";
  options.schedule = LearningRateSchedule::cosine(0.5, 3, 10, 0.25);
  CHECK(
      options.fingerprint().dump() ==
      R"({"seed":"18446744073709551615","accumulation":1,"clipping_norm":1.0,"adam":{"beta1":0.9,"beta2":0.999,)"
      R"("epsilon":1e-08,"weight_decay":0.0},"muon":{"prefix":"layers.","momentum":0.95,"rate_factor":1.0,)"
      R"("weight_decay":0.0},"schedule":{"kind":"cosine","peak":0.5,"warm_up_steps":3,"floor":0.25}})");
}
