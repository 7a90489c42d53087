// SPDX-License-Identifier: MIT
#include "flashvideo/generation/model_configuration.hpp"

#include "support/catch.hpp"
#include "support/tiny_configuration.hpp"

using namespace flashvideo;

TEST_CASE("ModelConfiguration: decoders have a row for every id and an output for every image code") {
  ModelConfiguration c = test::tiny_configuration("flashvideo");
  CHECK(c.vocabulary_with(5).size() == 5 + 262 + 1 + 5);
  CHECK_NOTHROW(c.check_decoders(5));
  CHECK_THROWS_WITH(c.check_decoders(6),
                    "a decoder has a vocabulary of 273 and 5 outputs, expected 274 and 6");
  c.interpolation_model.vocabulary = 9;
  CHECK_THROWS_WITH(c.check_decoders(5), "a decoder has a vocabulary of 9 and 5 outputs, expected 273 and 5");
}
