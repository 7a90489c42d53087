// SPDX-License-Identifier: MIT
#include "report/figure.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "baselines/figure6/pictures.hpp"
#include "support/catch.hpp"

using namespace flashvideo;
using report::figure_program;
using report::spread_apart;

TEST_CASE("report: labels of a figure stand apart, in order, and as near to their lines as that allows") {
  CHECK(spread_apart({}, 10).empty());
  CHECK(spread_apart({50, 0, 20}, 10) == std::vector<double>{50, 0, 20});
  CHECK(spread_apart({7, 7}, 10) == std::vector<double>{2, 12});
  CHECK(spread_apart({10, 0, 8}, 10) == std::vector<double>{16, -4, 6});
  const std::vector<double> wanted{5, 3, 90, 4, 91, 40, 3.5, 89.5};
  const std::vector<double> places = spread_apart(wanted, 10);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t j = 0; j < wanted.size(); ++j) {
      CAPTURE(i, j);
      if (wanted[i] < wanted[j]) CHECK(places[j] - places[i] >= 10 - 1e-9);
    }
  }
  CHECK(places[5] == 40);
}

TEST_CASE("report: a figure draws ours thick and above the others, and dashed what is extrapolated") {
  const report::Figure figure{"A title",
                              "what it's of",
                              "pixels",
                              "seconds per frame",
                              {{"ours, a_b", {{64, 1}, {128, 2}}},
                               {"peer", {{64, 3}, {128, 30, true}}},
                               {"none", {}},
                               {"short", {{64, 4}}}}};
  const std::string program = figure_program(figure, "file.svg");
  const auto has = [&](const std::string& part) { return program.find(part) != std::string::npos; };
  for (const char* part :
       {"'{/:Bold A title}'", "'what it''s of'", "set ylabel 'seconds per frame'", "'{/:Bold ours, a\\_b}'",
        "set label 'peer' at graph", "set label 'short' at 64,", "$measured2 << EOD\n64 1 7\n128 2 7\nEOD\n",
        "$measured0 << EOD\n64 3 7\nEOD\n", "$dashed0 << EOD\n64 3 7\n128 30 6\nEOD\n",
        "$dashed0 using 1:2:3 with linespoints lw 1.5 dt 2",
        "$measured0 using 1:2:3 with linespoints lw 1.5 dt 1",
        "$measured2 using 1:2:3 with linespoints lw 4 dt 1"}) {
    CAPTURE(part, program);
    CHECK(has(part));
  }
  CHECK(!has("none"));
  CHECK(!has("$dashed2"));
  CHECK(program.find("$measured2 using") > program.find("$measured1 using"));
}

TEST_CASE("report: each picture of figure6 names its lines once, ours among them") {
  auto setting = baselines::figure6::setting_of("tiny");
  setting.batches = {1, 3};
  const Json pictures = baselines::figure6::pictures(setting);
  REQUIRE(pictures.as_array().size() == 3);
  for (const Json& picture : pictures.as_array()) {
    CHECK(picture.at("y").as_string() == "seconds per frame");
    std::vector<std::string> labels;
    for (const Json& label : picture.at("lines").values()) labels.push_back(label.as_string());
    CHECK(std::count(labels.begin(), labels.end(), "ours, recurrent") == 1);
    std::sort(labels.begin(), labels.end());
    CHECK(std::adjacent_find(labels.begin(), labels.end()) == labels.end());
  }
  CHECK(pictures.as_array()[1].at("lines").keys().front() == "clip/transformer, no cache/batch:3");
}
