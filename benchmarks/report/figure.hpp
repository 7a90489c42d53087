// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// A figure that one would show: what is ours thick and bold, the others thin, each named at its line's end;
/// what is extrapolated dashed, with circles instead of discs.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace flashvideo::report {

struct Point {
  double size, seconds;
  bool extrapolated = false;
};

struct FigureLine {
  std::string label;
  std::vector<Point> points;  ///< ascending

  bool ours() const { return label.starts_with("ours"); }
};

struct Figure {
  std::string title, subtitle, x, y;
  std::vector<FigureLine> lines;
};

/// Places for labels: `gap` apart at least, in the order of `wanted`, and as near to `wanted` as that allows
/// (least squares: neighbours that would be too near form a group around the mean of their wishes).
inline std::vector<double> spread_apart(const std::vector<double>& wanted, double gap) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  struct Group {
    double sum = 0;  // of where the first of the group would stand for each of its members
    std::size_t count = 0;
    double first() const { return sum / static_cast<double>(count); }
    double end(double step) const { return first() + static_cast<double>(count) * step; }
  };
  std::vector<Group> groups;
  for (const std::size_t i : order) {
    groups.push_back({wanted[i], 1});
    while (groups.size() > 1 && groups[groups.size() - 2].end(gap) > groups.back().first()) {
      const Group upper = groups.back();
      groups.pop_back();
      Group& lower = groups.back();
      lower.sum += upper.sum - static_cast<double>(upper.count * lower.count) * gap;
      lower.count += upper.count;
    }
  }
  std::vector<double> places(wanted.size());
  std::size_t next = 0;
  for (const Group& group : groups)
    for (std::size_t k = 0; k < group.count; ++k)
      places[order[next++]] = group.first() + static_cast<double>(k) * gap;
  return places;
}

namespace figure_parts {

constexpr int width = 1000, height = 560, left = 92, right = 292, top = 84, bottom = 72;

/// 65536 as "65,536".
inline std::string with_commas(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

/// Text in gnuplot's single quotes.
inline std::string in_single_quotes(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? std::string("''") : std::string(1, letter);
  return result + "'";
}

struct Style {
  int size;
  bool bold;
  std::string_view colour;
};

inline std::string label(std::string_view text, std::string_view place, const Style& style) {
  std::string marked;  // bold is only to be had in gnuplot's enhanced text, whose own signs are escaped
  for (const char letter : text) {
    if (style.bold && std::string_view("{}^_@&~\\").find(letter) != std::string_view::npos) marked += '\\';
    marked += letter;
  }
  return fmt::format("set label {} at {} left {} font 'sans,{}' tc rgb '{}'\n",
                     in_single_quotes(style.bold ? "{/:Bold " + marked + "}" : marked), place,
                     style.bold ? "enhanced" : "noenhanced", style.size, style.colour);
}

/// A block of data; gnuplot takes no empty ones, so there is nothing of no points.
inline std::string block(std::string_view name, const std::vector<Point>& points) {
  std::string text = fmt::format("${} << EOD\n", name);
  for (const Point& point : points)
    text += fmt::format("{} {} {}\n", point.size, point.seconds, point.extrapolated ? 6 : 7);
  return points.empty() ? "" : text + "EOD\n";
}

}  // namespace figure_parts

/// The gnuplot program that draws the figure into an SVG file. Lines without points are left out.
inline std::string figure_program(const Figure& figure, std::string_view file) {
  using namespace figure_parts;
  constexpr std::array ours_colours{"#c92a2a", "#e8590c", "#d97706"};
  constexpr std::array peer_colours{"#343a40", "#1864ab", "#1098ad", "#2b8a3e", "#862e9c",
                                    "#5f3dc4", "#7f4f24", "#6c757d", "#66a80f", "#4c6ef5"};
  std::vector<const FigureLine*> lines;  // ours last, so that they lie above
  for (const bool ours : {false, true})
    for (const FigureLine& line : figure.lines)
      if (line.ours() == ours && !line.points.empty()) lines.push_back(&line);
  std::vector<double> sizes;
  double least = 1e300, most = 0;
  for (const FigureLine* line : lines) {
    for (const Point& point : line->points) {
      sizes.push_back(point.size);
      least = (std::min)(least, point.seconds);
      most = (std::max)(most, point.seconds);
    }
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  least *= 0.6;
  most *= 1.7;
  std::string tics;
  for (const double size : sizes)
    tics += fmt::format("{}'{}' {}", tics.empty() ? "" : ", ", with_commas(size), size);
  const double begin = 0.9 * sizes.front(), end = 1.03 * sizes.back();
  std::string program = fmt::format(
      "set terminal svg size {},{} font 'sans,15' background 'white'\nset output '{}'\nunset key\n"
      "set lmargin at screen {}\nset rmargin at screen {}\nset tmargin at screen {}\nset bmargin at screen "
      "{}\n"
      "set logscale xy\nset border 3 lc rgb '#868e96'\nset grid ytics lt 1 lw 1 lc rgb '#e9ecef'\n"
      "set tics nomirror tc rgb '#343a40'\nset mytics 1\nset format y '%g'\nset xtics ({})\n"
      "set xrange [{}:{}]\nset yrange [{}:{}]\nset xlabel {} noenhanced offset 0, 0.3\nset ylabel {} "
      "noenhanced offset 0.8, 0\n",
      width, height, file, 1.0 * left / width, 1 - 1.0 * right / width, 1 - 1.0 * top / height,
      1.0 * bottom / height, tics, begin, end, least, most, in_single_quotes(figure.x),
      in_single_quotes(figure.y));
  const std::string first_row = fmt::format("screen {}, screen {}", 16.0 / width, 1 - 28.0 / height);
  const std::string second_row = fmt::format("screen {}, screen {}", 16.0 / width, 1 - 54.0 / height);
  program += label(figure.title, first_row, {20, true, "#212529"});
  program += label(figure.subtitle, second_row, {14, false, "#495057"});

  const double pixels = height - top - bottom;
  const auto high = [&](double seconds) {
    return std::log(seconds / least) / std::log(most / least) * pixels;
  };
  std::vector<double> wanted;
  for (const FigureLine* line : lines)
    if (line->points.back().size == sizes.back()) wanted.push_back(high(line->points.back().seconds));
  const std::vector<double> places = spread_apart(wanted, 19);
  std::string plot;
  std::size_t named = 0, ours = 0, peers = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const FigureLine& line = *lines[i];
    const std::string_view colour = line.ours() ? ours_colours[ours++ % ours_colours.size()]
                                                : peer_colours[peers++ % peer_colours.size()];
    const Style style{line.ours() ? 15 : 14, line.ours(), colour};
    const Point& last = line.points.back();
    if (last.size == sizes.back()) {
      const double place = places[named] / pixels, from = wanted[named] / pixels;
      ++named;
      program += fmt::format(
          "set arrow from graph 1.006, graph {:.4f} to graph 1.026, graph {:.4f} nohead lw 1 lc rgb '{}'\n",
          from, place, colour);
      program += label(line.label, fmt::format("graph 1.032, graph {:.4f}", place), style);
    } else {  // ends within the figure
      const std::string place =
          fmt::format("{}, graph {:.4f}", last.size, (high(last.seconds) - 15) / pixels);
      program += label(line.label, place + " offset 0.6, 0", style);
    }
    std::vector<Point> measured, dashed;
    for (const Point& point : line.points) (point.extrapolated ? dashed : measured).push_back(point);
    if (!dashed.empty() && !measured.empty()) dashed.insert(dashed.begin(), measured.back());
    program += block(fmt::format("measured{}", i), measured) + block(fmt::format("dashed{}", i), dashed);
    for (const auto& [name, points, dash] :
         {std::tuple("dashed", &dashed, 2), std::tuple("measured", &measured, 1)}) {
      if (points->empty()) continue;
      plot += fmt::format("{}${}{} using 1:2:3 with linespoints lw {} dt {} pt variable ps {} lc rgb '{}'",
                          plot.empty() ? "plot " : ", ", name, i, line.ours() ? 4 : 1.5, dash,
                          line.ours() ? 0.7 : 0.5, colour);
    }
  }
  return program + plot + "\n";
}

}  // namespace flashvideo::report
