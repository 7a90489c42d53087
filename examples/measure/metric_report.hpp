// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "flashvideo/io/json.hpp"
#include "flashvideo/metrics/protocol.hpp"
#include "measure/paired_scores.hpp"

namespace example {

/// All numbers of one measurement, as a table, JSON, CSV and SVG.
struct MetricReport {
  flashvideo::MetricProtocol protocol;
  std::string real, made;  ///< what was compared
  index_t real_clips = 0;
  index_t made_clips = 0;
  index_t pairs = 0;
  std::string precision = "float32";  ///< of the networks' products
  std::optional<double> fvd{}, kvd{};
  std::vector<PairedScore> scores{};
  index_t first_frame = 0;              ///< of the curves
  std::vector<std::string> left_out{};  ///< one sentence for each metric that was not measured

  std::string table() const {
    std::string text = protocol.describe() + fmt::format("precision of the networks = {}\n", precision);
    text += fmt::format("real = {} ({} clips)\nmade = {} ({} clips, {} pairs)\n\n", real, real_clips, made,
                        made_clips, pairs);
    text += fmt::format("{:<8}{:>14}{:>14}\n", "metric", "mean", "deviation");
    if (fvd) text += fmt::format("{:<8}{:>14.4f}{:>14}\n", "FVD", *fvd, "");
    if (kvd) text += fmt::format("{:<8}{:>14.4f}{:>14}\n", "KVD", *kvd, "");
    for (const PairedScore& score : scores)
      text += fmt::format("{:<8}{:>14.6f}{:>14.6f}\n", score.name(), score.mean(), score.deviation());
    for (const std::string& sentence : left_out) text += sentence + '\n';
    return text;
  }

  std::string json() const {
    using flashvideo::Json;
    Json settings = Json::object();
    const std::string lines = protocol.describe();
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = lines.find('\n', begin), sign = lines.find(" = ", begin);
      settings.set(lines.substr(begin, sign - begin), lines.substr(sign + 3, end - sign - 3));
      begin = end + 1;
    }
    Json json = Json::object();
    json.set("protocol", std::move(settings)).set("precision", precision);
    json.set("real", real).set("made", made);
    json.set("real_clips", real_clips).set("made_clips", made_clips).set("pairs", pairs);
    if (fvd) json.set("fvd", number(*fvd));
    if (kvd) json.set("kvd", number(*kvd));
    for (const PairedScore& score : scores) {
      Json curve = Json::array();
      for (const double value : score.curve()) curve.push_back(number(value));
      json.set(score.name(), Json::object()
                                 .set("mean", number(score.mean()))
                                 .set("deviation", number(score.deviation()))
                                 .set("first_frame", first_frame)
                                 .set("per_frame", std::move(curve)));
    }
    return json.dump() + '\n';
  }

  /// frame (0 = the clip's first), then a column for each metric.
  std::string csv() const {
    std::string text = "frame";
    for (const PairedScore& score : scores) text += "," + score.name();
    text += '\n';
    const std::size_t frames = scores.empty() ? 0 : scores[0].curve().size();
    for (std::size_t t = 0; t < frames; ++t) {
      text += fmt::format("{}", first_frame + static_cast<index_t>(t));
      for (const PairedScore& score : scores) text += fmt::format(",{}", score.curve()[t]);
      text += '\n';
    }
    return text;
  }

  /// A panel for each metric over the frames of a clip.
  std::string svg() const {
    constexpr double width = 640, panel = 180, left = 70, right = 20, top = 30, bottom = 34;
    const double height = panel * static_cast<double>(std::max<std::size_t>(1, scores.size()));
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
        width, height);
    for (std::size_t m = 0; m < scores.size(); ++m) {
      std::vector<double> curve = scores[m].curve();
      const double begin = panel * static_cast<double>(m);
      text += fmt::format(
          "<text x=\"{}\" y=\"{}\" font-size=\"14\">{} of each frame, mean over videos ({})</text>\n", left,
          begin + 20, scores[m].name(), protocol.name);
      std::erase_if(curve, [](double value) { return !std::isfinite(value); });
      if (curve.empty()) continue;
      const auto [low_at, high_at] = std::minmax_element(curve.begin(), curve.end());
      const double low = *low_at, high = *high_at > low ? *high_at : low + 1;
      const auto y_of = [&](double value) {
        return begin + top + (panel - top - bottom) * (high - value) / (high - low);
      };
      const std::vector<double> whole = scores[m].curve();
      const double last = std::max<double>(1, static_cast<double>(whole.size()) - 1);
      const auto x_of = [&](std::size_t t) {
        return left + (width - left - right) * static_cast<double>(t) / last;
      };
      for (const double mark : {low, (low + high) / 2, high}) {
        text += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#ddd\"/>\n", left, y_of(mark), width - right);
        text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6,
                            y_of(mark) + 4, mark);
      }
      for (std::size_t t = 0; t < whole.size(); t += std::max<std::size_t>(1, whole.size() / 8)) {
        text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x_of(t),
                            begin + panel - 16, first_frame + static_cast<index_t>(t));
      }
      text += "<polyline fill=\"none\" stroke=\"#2a63c4\" stroke-width=\"2\" points=\"";
      for (std::size_t t = 0; t < whole.size(); ++t) {
        if (std::isfinite(whole[t])) text += fmt::format("{:.1f},{:.1f} ", x_of(t), y_of(whole[t]));
      }
      text += "\"/>\n";
    }
    return text + "</svg>\n";
  }

 private:
  /// JSON has no infinity: a text stands for it.
  static flashvideo::Json number(double value) {
    return std::isfinite(value) ? flashvideo::Json(value)
                                : flashvideo::Json(value > 0 ? "infinity" : "not a number");
  }
};

}  // namespace example
