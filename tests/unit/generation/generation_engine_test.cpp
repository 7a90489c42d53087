// SPDX-License-Identifier: MIT
#include "flashvideo/generation/generation_engine.hpp"

#include <cmath>
#include <map>
#include <set>

#include "support/catch.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;
using Tokens = std::vector<token_t>;

namespace {

using Trained = TrainedDecoder<FlashVideoPolicy, Cpu>;
using Engine = GenerationEngine<FlashVideoPolicy, FlashVideoPolicy, Cpu>;

/// log p of a token, plainly.
double log_p(const std::vector<float>& logits, token_t token) {
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - std::log(sum);
}

/// Continues a sequence token by token: absorbs what is known, samples where a code is missing (-1). A second
/// state reads the same with `<pad>` for each token of the text; its logits guide unless s is 1.
/// @param effect log p with the text - log p without of each sampled token is added
Tokens written_plainly(const Trained& model, Tokens sequence, const RandomAddress& address, float s,
                       double& effect) {
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  Sampler sampler;
  auto state = model.decoder.initial_state(cpu), textless = model.decoder.initial_state(cpu);
  std::vector<float> logits(5), without(5);
  const token_t pad = 5 + 262;  // image codes and text ids come before it
  using Span = Decoder<FlashVideoPolicy, Cpu>::LaneSpan;
  for (std::size_t p = 0; p + 1 < sequence.size(); ++p) {
    const auto absorb = [&](auto& of, const token_t& token, std::vector<float>& to) {
      const std::vector<Span> lanes{{&of, std::span<const token_t>(&token, 1), 1}};
      model.decoder.absorb(cpu, model.parameters(), lanes, {to.data(), {1, 5}}, workspace);
    };
    absorb(state, sequence[p], logits);
    absorb(textless, sequence[p] >= 5 && sequence[p] < pad ? pad : sequence[p], without);
    if (sequence[p + 1] >= 0) continue;
    RandomAddress at = address;
    at.position += p + 1;
    std::vector<float> guided = logits;
    for (std::size_t i = 0; i < 5 && s != 1; ++i) {
      guided[i] = std::fma(s, logits[i] - without[i], without[i]);
    }
    sequence[p + 1] = sampler.sample(guided, at);
    effect += log_p(logits, sequence[p + 1]) - log_p(without, sequence[p + 1]);
  }
  return sequence;
}

struct Setting {
  decltype(test::tiny_model(Cpu(2))) model;
  FrameLayout layout = model.model()->frame_layout();
  explicit Setting(bool one_network = true) : model(test::tiny_model(Cpu(2), one_network)) {}
  Engine engine() const { return {Cpu(2), model.model()->key_model(), model.model()->gap_model()}; }
};

std::vector<Tokens> frames_of(Engine& engine, Engine::Run& run) {
  std::vector<Tokens> frames;
  Engine::Run* const runs[] = {&run};
  while (engine.step(runs)) {
    while (auto frame = run.take_frame()) frames.push_back(*frame);
  }
  return frames;
}

void append(Tokens& tokens, const Tokens& more) { tokens.insert(tokens.end(), more.begin(), more.end()); }

}  // namespace

TEST_CASE("GenerationEngine: tokens are those of a plain loop, token by token, guided or not") {
  std::set<std::vector<Tokens>> videos;
  for (const auto& [one_network, s] :
       {std::pair{true, 1.0F}, {false, 1.0F}, {true, 2.5F}, {false, 0.0F}, {true, -1.5F}}) {
    CAPTURE(one_network, s);
    const Setting setting(one_network);
    const auto& sequencer = setting.layout.sequencer;
    const Tokens text{256, 260};
    GenerationOptions options;
    options.seed = 21;
    options.key_frames = 2;
    options.ring = 0;
    options.guidance = static_cast<double>(s);
    options.text_effect = true;
    Engine::Run run(setting.layout, {{text}, {}}, options);
    Engine engine = setting.engine();
    const auto frames = frames_of(engine, run);
    REQUIRE(frames.size() == 5);
    videos.insert(frames);
    double effect = 0;

    Tokens keys;
    for (index_t serial = 1; serial <= 2; ++serial) {
      append(keys, sequencer.frame_prefix(text, serial));
      keys.resize(keys.size() + 16, -1);
    }
    keys = written_plainly(*setting.model.model()->key_model(), keys, {21, 0, 0}, s, effect);
    const auto parsed = sequencer.parse(keys);
    CHECK(frames[0] == parsed[0].codes);
    CHECK(frames[4] == parsed[1].codes);

    Tokens gap;
    append(gap, sequencer.frame_prefix(text, 1));
    append(gap, frames[0]);
    append(gap, sequencer.frame_prefix(text, 5));
    append(gap, frames[4]);
    const InterpolationPlanner<> planner(4, 4, FixedShare{0.2}, 0);
    index_t inherited = 0;
    for (index_t j = 1; j <= 3; ++j) {
      append(gap, sequencer.frame_prefix(text, j + 1));
      const InterpolationPlan plan = planner.plan(frames[0], frames[4], 21, j, 3);
      inherited += plan.num_inherited;
      for (const InterpolationRun& part : plan.runs) {
        for (index_t cell = part.begin; cell < part.begin + part.length; ++cell) {
          gap.push_back(part.inherit ? frames[0][static_cast<std::size_t>(cell)] : -1);
        }
      }
    }
    CHECK(inherited > 0);
    const auto filled =
        sequencer.parse(written_plainly(*setting.model.model()->gap_model(), gap, {21, 1, 0}, s, effect));
    for (std::size_t j = 1; j <= 3; ++j) CHECK(frames[j] == filled[j + 1].codes);
    CHECK(std::abs(effect) > 0.1);
    CHECK(run.counts().text_effect == Approx(effect).margin(1e-4));

    options.text_effect = false;
    Engine::Run untold(setting.layout, {{text}, {}}, options);
    CHECK(frames_of(engine, untold) == frames);
    CHECK(untold.counts().text_effect == 0);
  }
  CHECK(videos.size() == 5);
}

TEST_CASE("GenerationEngine: runs that share steps give the frames that each gives alone") {
  const Setting setting;
  const auto run_of = [&](std::uint64_t seed, index_t key_frames, index_t longest_span = 64) {
    GenerationOptions options;
    options.seed = seed;
    options.key_frames = key_frames;
    options.longest_span = longest_span;
    return Engine::Run(setting.layout, {{{257, 258}}, {}}, options);
  };
  Engine engine = setting.engine();
  // short spans: lanes that sample stand beside lanes that only absorb
  Engine::Run first = run_of(1, 3, 5), second = run_of(2, 2, 3);
  Engine::Run* const runs[] = {&first, &second};
  std::vector<Tokens> one, two;
  while (engine.step(runs)) {
    while (auto frame = first.take_frame()) one.push_back(*frame);
    while (auto frame = second.take_frame()) two.push_back(*frame);
  }
  Engine::Run again = run_of(1, 3), other = run_of(2, 2);
  CHECK(one == frames_of(engine, again));
  CHECK(two == frames_of(engine, other));
  CHECK_FALSE(engine.step(runs));  // nothing is left to write
  CHECK(first.finished());
  CHECK(again.counts().passes > 0);
  CHECK(first.counts().passes > again.counts().passes);
}

TEST_CASE("GenerationEngine: drafts leave the states of every position as they are without") {
  const Setting setting;
  const Cpu cpu(1);
  const auto memory = [&](const auto& state) {
    std::vector<float> all;
    for (const auto& layer : state.layers()) {
      std::vector<float> host(static_cast<std::size_t>(layer.size()));
      layer.save(cpu, host);
      all.insert(all.end(), host.begin(), host.end());
    }
    return all;
  };
  using Place = std::pair<std::size_t, index_t>;  // lane, position
  const auto states = [&](index_t speculation) {
    GenerationOptions options;
    options.guidance = 1.5;  // both states of a lane
    options.seed = 5;
    options.key_frames = 2;
    options.ring = 0;
    options.sampling.temperature = 0.5;
    options.speculation = speculation;
    options.draft_length = DraftLength::fixed;
    Engine::Run run(setting.layout, {{{257, 258}}, {}}, options);
    Engine engine = setting.engine();
    Engine::Run* const runs[] = {&run};
    std::map<Place, std::vector<float>> seen;
    while (engine.step(runs)) {
      std::size_t number = 0;
      const auto see = [&](auto& lane) {
        REQUIRE(lane.without_text()->position() == lane.state().position());
        std::vector<float>& both = seen[{number++, lane.state().position()}];
        both = memory(lane.state());
        const std::vector<float> textless = memory(*lane.without_text());
        CHECK(textless != both);
        both.insert(both.end(), textless.begin(), textless.end());
      };
      if (auto* lane = run.key_lane()) see(*lane);
      number = 1;
      run.visit_gap_lanes(see);
    }
    CHECK((run.counts().accepted > 0) == (speculation > 0));
    return seen;
  };
  const auto plain = states(0);
  for (const index_t speculation : {1, 3, 16}) {
    std::size_t compared = 0;
    for (const auto& [place, state] : states(speculation)) {
      const auto same = plain.find(place);
      if (same == plain.end()) continue;
      CAPTURE(speculation, place.first, place.second);
      CHECK(same->second == state);
      ++compared;
    }
    CHECK(compared > 5);
  }
}

TEST_CASE("GenerationEngine: longer spans need fewer passes over the weights") {
  const Setting setting;
  const auto passes = [&](index_t longest) {
    GenerationOptions options;
    options.key_frames = 2;
    options.longest_span = longest;
    Engine::Run run(setting.layout, {{{257, 258}}, {}}, options);
    Engine engine = setting.engine();
    frames_of(engine, run);
    return run.counts().passes;
  };
  CHECK(passes(64) < passes(2));
  CHECK(passes(2) < passes(1));
}
