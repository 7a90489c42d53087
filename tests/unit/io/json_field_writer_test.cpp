// SPDX-License-Identifier: MIT
#include "flashvideo/io/json_field_writer.hpp"

#include "flashvideo/io/json_field_reader.hpp"
#include "support/catch.hpp"
#include "support/sample_fields.hpp"

using namespace flashvideo;
using test::Sample;

TEST_CASE("to_json: the fields are members in their order, what is optional and absent is left out") {
  CHECK(
      to_json(Sample{}).dump() ==
      R"({"kind":"sample","steps":10,"rate":0.5,"loud":false,"mode":"fast","widths":[4,8],"words":["a","b"],)"
      R"("inner":{"spacing":1},"items":[{"spacing":1},{"spacing":2}],"other":"inner"})");
  Sample sample;
  sample.angles = {1, 0.25};
  sample.same = false;
  sample.other.spacing = 5;
  CHECK(
      to_json(sample).dump() ==
      R"({"kind":"sample","steps":10,"rate":0.5,"loud":false,"mode":"fast","widths":[4,8],"angles":[1.0,0.25],)"
      R"("words":["a","b"],"inner":{"spacing":1},"items":[{"spacing":1},{"spacing":2}],"other":{"spacing":5}})");
}

TEST_CASE("to_json: what is written reads back as it was, a change of any field shows") {
  const auto comes_back = [](const auto& change) {
    Sample sample;
    sample.angles = {0.5};
    sample.same = false;
    const Sample before = sample;
    change(sample);
    CHECK(from_json<Sample>(to_json(sample)) == sample);
    CHECK(to_json(sample) != to_json(before));
  };
  comes_back([](Sample& s) { s.steps = 11; });
  comes_back([](Sample& s) { s.rate = 1e-300; });
  comes_back([](Sample& s) { s.loud = true; });
  comes_back([](Sample& s) { s.mode = "exact"; });
  comes_back([](Sample& s) { s.widths = {1}; });
  comes_back([](Sample& s) { s.angles.clear(); });
  comes_back([](Sample& s) { s.words.push_back("\n\"c"); });
  comes_back([](Sample& s) { s.inner.spacing = 3; });
  comes_back([](Sample& s) { s.items.pop_back(); });
  comes_back([](Sample& s) { s.other.spacing = 3; });
}
