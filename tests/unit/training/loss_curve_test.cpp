// SPDX-License-Identifier: MIT
#include "flashvideo/training/loss_curve.hpp"

#include <cstdlib>
#include <sstream>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("loss_curve_csv: one line a step, numbers to the bit", "[training]") {
  const LossCurve curve = {{0.1, 1e-3, 2.5, 512}, {1.0 / 3, 1e-3 / 7, 0.25, 500}};
  std::istringstream lines(loss_curve_csv(curve));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "step,loss,learning_rate,gradient_norm,items");
  std::getline(lines, line);
  CHECK(line == "1,0.1,0.001,2.5,512");
  std::getline(lines, line);
  CHECK(line.substr(0, 2) == "2,");
  CHECK(std::strtod(line.c_str() + 2, nullptr) == 1.0 / 3);
  CHECK(line.substr(line.rfind(',')) == ",1012");
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("loss_curve_svg: a polyline inside the picture, for any curve", "[training]") {
  for (const std::size_t steps : {0, 1, 2, 399, 400, 401, 5000}) {
    LossCurve curve;
    for (std::size_t i = 0; i < steps; ++i) {
      curve.push_back({6.0 / static_cast<double>(i + 1) + 0.01, 1e-3, 1, 1});
    }
    const std::string svg = loss_curve_svg(curve, "a <b> & c");
    CHECK(svg.substr(0, 4) == "<svg");
    CHECK(svg.substr(svg.size() - 7) == "</svg>\n");
    CHECK(svg.find("a &lt;b> &amp; c") != std::string::npos);
    const std::string marker = " points=\"";
    const std::size_t begin = svg.find(marker) + marker.size();
    std::istringstream points(svg.substr(begin, svg.find('"', begin) - begin));
    std::string point;
    std::size_t count = 0;
    double last_x = 0;
    double last_y = 0;
    while (points >> point) {
      const double x = std::strtod(point.c_str(), nullptr);
      const double y = std::strtod(point.c_str() + point.find(',') + 1, nullptr);
      CHECK(x >= 64);
      CHECK(x <= 784);
      CHECK(y >= 32);
      CHECK(y <= 360);
      CHECK(x > last_x);
      CHECK(y >= last_y);  // a falling loss goes down the picture
      last_x = x;
      last_y = y;
      ++count;
    }
    CHECK(count <= 400);
    CHECK(count >= std::min<std::size_t>(steps, 200));
  }
}

TEST_CASE("loss_curve_svg: a constant or zero loss is drawn too", "[training]") {
  CHECK(loss_curve_svg(LossCurve(10, LossRecord{2, 1, 1, 1})).find("nan") == std::string::npos);
  CHECK(loss_curve_svg(LossCurve(10, LossRecord{})).find("nan") == std::string::npos);
}
