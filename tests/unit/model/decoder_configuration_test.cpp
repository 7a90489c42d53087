// SPDX-License-Identifier: MIT
#include "flashvideo/model/decoder_configuration.hpp"

#include <string>

#include <cmath>
#include "kernels/small_decoder.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// The complaint about the small decoder after a change.
template <typename Change>
std::string complaint(const Change& change) {
  DecoderConfiguration sizes = kernels::small_decoder();
  change(sizes);
  try {
    sizes.check();
  } catch (const value_error& wrong) {
    return wrong.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("DecoderConfiguration: outputs are the whole vocabulary unless a range is given") {
  DecoderConfiguration sizes = kernels::small_decoder();
  CHECK(sizes.head_outputs() == 20);
  CHECK(sizes.d_key() == 4);
  sizes.first_output = sizes.outputs = 0;
  CHECK(sizes.head_outputs() == 29);
  CHECK_NOTHROW(sizes.check());
}

TEST_CASE("DecoderConfiguration: a size out of range is named") {
  using C = DecoderConfiguration;
  CHECK(complaint([](C&) {}) == "nothing");
  CHECK(complaint([](C& c) { c.vocabulary = 0; }) == "DecoderConfiguration: vocabulary is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.d_model = 0; }) == "DecoderConfiguration: d_model is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.d_value = -3; }) == "DecoderConfiguration: d_value is -3, expected >= 1");
  CHECK(complaint([](C& c) { c.d_feed_forward = 0; }) ==
        "DecoderConfiguration: d_feed_forward is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.num_layers = 0; }) == "DecoderConfiguration: num_layers is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.num_heads = 0; }) == "DecoderConfiguration: num_heads is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.longest_sequence = 0; }) ==
        "DecoderConfiguration: longest_sequence is 0, expected >= 1");
  CHECK(complaint([](C& c) { c.d_model = 15; }) ==
        "DecoderConfiguration: d_model is 15, expected a multiple of twice the 3 heads");
  CHECK(complaint([](C& c) { c.d_value = 16; }) ==
        "DecoderConfiguration: d_value is 16, expected a multiple of the 3 heads");
  CHECK(complaint([](C& c) { c.first_output = 10; }) ==
        "DecoderConfiguration: outputs [10, 30) lie outside the vocabulary of 29");
  CHECK(complaint([](C& c) { c.first_output = -1; }) ==
        "DecoderConfiguration: first_output is -1, expected >= 0");
  CHECK(complaint([](C& c) { c.epsilon = 0; }) == "DecoderConfiguration: epsilon is 0, expected > 0");
  CHECK(complaint([](C& c) { c.decay = Decay::stored({-0.1}); }) == "Decay: 1 stored decays for 3 heads");
  CHECK(complaint([](C& c) { c.position = Position::stored({1.0}); }) ==
        "Position: 1 stored angles for d_key = 4");
  CHECK(complaint([](C& c) {
          c.decay = Decay::stored({-0.1, NAN, -0.2});
        }) == "DecoderConfiguration: decay.lambda[1] is nan, expected a finite number");
  CHECK(complaint([](C& c) {
          c.decay = Decay::stored({-0.1, -0.1, 0.2});
        }) == "DecoderConfiguration: decay.lambda[2] is 0.2, expected <= 0");
  CHECK(complaint([](C& c) {
          c.position = Position::stored({1.0, INFINITY});
        }) == "DecoderConfiguration: position.theta[1] is inf, expected a finite number");
  CHECK(complaint([](C& c) { c.epsilon = INFINITY; }) ==
        "DecoderConfiguration: epsilon is inf, expected a finite number > 0");
}

TEST_CASE("DecoderConfiguration: angles and decays are its rules', horizons reach the longest sequence") {
  DecoderConfiguration sizes = kernels::small_decoder();
  sizes.longest_sequence = 640;
  const auto horizon = [](double lambda) { return 1 / (1 - std::exp(lambda)); };
  const MixerConfiguration mixer = sizes.mixer();
  CHECK(mixer.theta == Position::xpos().angles(4));
  REQUIRE(mixer.lambda.size() == 3);
  CHECK(horizon(mixer.lambda.front()) == Approx(32));
  CHECK(horizon(mixer.lambda.back()) == Approx(640));
  sizes.longest_sequence = 5;  // shorter than the shortest horizon
  CHECK(horizon(sizes.mixer().lambda.back()) == Approx(32));
  sizes.position = Position::frame_harmonics(80);
  sizes.decay = Decay::retnet();
  CHECK(sizes.mixer().theta == Position::frame_harmonics(80).angles(4));
  CHECK(sizes.mixer().lambda == Decay::retnet().lambdas(3));
}
