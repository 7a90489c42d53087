// SPDX-License-Identifier: MIT
// benchmark_report PAGES PLOTS RESULT.json...: each result of benchmarks/run.sh becomes PAGES/<suite>.md, and
// what was measured at three sizes or more becomes a gnuplot program PLOTS/<suite>_<size>.gp that draws
// PAGES/<suite>_<size>.svg (or several, <suite>_<size>_<label>.svg, where the curves are many): time against
// size, with the exponent p of time ~ size^p that fits best (least squares of the logarithms). Runs with a
// counter "extrapolated" that is 1 are drawn as circles and do not count for p; sentences in the context's
// array "notes" stand above the tables. Where the context has "figures" (name, title, subtitle, size, x, y, and
// "lines" with the label of each curve), these are drawn by report/figure.hpp instead of all curves; where it has
// "comparison" (folder, size, columns, reference), the page opens with a table for each size. benchmarks/report.sh calls it and then gnuplot.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "report/figure.hpp"

namespace {

using namespace flashvideo;
namespace fs = std::filesystem;

using report::Point;

/// One benchmark at several sizes.
struct Curve {
  std::string name;
  std::string size;  // what is varied: N, frames, context ..
  std::vector<Point> points;
  std::string fitted;  // Google Benchmark's own fit

  /// Points that were measured, or all where fewer than two were.
  std::size_t fitting() const {
    const auto measured =
        std::count_if(points.begin(), points.end(), [](const Point& point) { return !point.extrapolated; });
    return measured < 2 ? points.size() : static_cast<std::size_t>(measured);
  }
  /// p of time ~ size^p over the points from `first` on; extrapolated ones come last and are left out.
  double exponent(std::size_t first = 0) const {
    double x = 0, y = 0, xx = 0, xy = 0, n = 0;
    for (std::size_t i = first; i < fitting(); ++i) {
      const double a = std::log(points[i].size), b = std::log(points[i].seconds);
      x += a;
      y += b;
      xx += a * a;
      xy += a * b;
      ++n;
    }
    return (n * xy - x * y) / (n * xx - x * x);
  }
};

/// One line of the table of times.
struct Line {
  std::string name;
  double seconds;
  std::vector<std::pair<std::string, double>> counters;
};

struct Fault {
  std::string name, message;
};

struct Suite {
  std::string name;
  Json context;
  std::vector<Line> lines;
  std::vector<Curve> curves;
  std::vector<Fault> faults;

  std::vector<std::string> sizes() const {
    std::vector<std::string> found;
    for (const Curve& curve : curves) {
      if (std::find(found.begin(), found.end(), curve.size) == found.end()) found.push_back(curve.size);
    }
    return found;
  }
};

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  require<io_error>(file.is_open(), "{}: cannot be read", path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  require<io_error>(file.good(), "{}: cannot be written", path.string());
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

std::string text_of(const Json& context, std::string_view key) {
  const Json* value = context.find(key);
  return value == nullptr ? "unknown" : value->is_string() ? value->as_string() : value->dump();
}

/// The name without what Google Benchmark adds about the clock.
std::string bare(std::string name) {
  for (const std::string_view addition : {"/real_time", "/process_time", "/manual_time"})
    replace_all(name, addition, "");
  return name;
}

/// Splits "retention/parallel/cpu/f32/N:64" or ".../N/64" into the curve's name, N and 64.
bool split_size(const std::string& name, std::string& rest, std::string& size, double& value) {
  const std::size_t number = name.find_last_not_of("0123456789") + 1;
  if (number >= name.size() || number < 2) return false;
  const std::size_t slash =
      name[number - 1] == ':' || name[number - 1] == '/' ? name.rfind('/', number - 2) : std::string::npos;
  if (slash == std::string::npos) return false;
  rest = name.substr(0, slash);
  size = name.substr(slash + 1, number - slash - 2);
  value = std::stod(name.substr(number));
  return value > 0 && size.find_first_not_of("0123456789") != std::string::npos;
}

double seconds_of(const Json& run, std::string_view key) {
  const std::string unit = run.at("time_unit").as_string();
  const double scale = unit == "ns" ? 1e-9 : unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : 1;
  return run.at(key).as_number() * scale;
}

bool is_counter(const std::string& key) {
  constexpr std::string_view own[] = {"family_index", "per_family_instance_index",
                                      "repetitions",  "repetition_index",
                                      "threads",      "iterations",
                                      "real_time",    "cpu_time"};
  return std::find(std::begin(own), std::end(own), key) == std::end(own);
}

void add_run(Suite& suite, const Json& run) {
  Line line{bare(run.at("name").as_string()), seconds_of(run, "real_time"), {}};
  for (std::size_t i = 0; i < run.keys().size(); ++i) {
    if (run.values()[i].is_number() && is_counter(run.keys()[i]))
      line.counters.emplace_back(run.keys()[i], run.values()[i].as_number());
  }
  Point point{0, line.seconds};
  const Json* extrapolated = run.find("extrapolated");
  point.extrapolated = extrapolated != nullptr && extrapolated->as_number() != 0;
  Curve curve;
  if (split_size(line.name, curve.name, curve.size, point.size)) {
    auto same = std::find_if(suite.curves.begin(), suite.curves.end(), [&](const Curve& known) {
      return known.name == curve.name && known.size == curve.size;
    });
    if (same == suite.curves.end()) same = suite.curves.insert(same, curve);
    same->points.push_back(point);
  }
  suite.lines.push_back(std::move(line));
}

void add_fit(Suite& suite, const Json& fit) {
  const std::string name = bare(fit.at("run_name").as_string());
  for (Curve& curve : suite.curves) {
    if (curve.name != name) continue;
    if (fit.at("aggregate_name").as_string() == "BigO") curve.fitted = fit.at("big_o").as_string();
    if (fit.at("aggregate_name").as_string() == "RMS" && fit.at("rms").is_number())
      curve.fitted += fmt::format(", rms {:.0f} %", 100 * fit.at("rms").as_number());
  }
}

Suite read_suite(const fs::path& path) {
  std::string text = read_text(path);
  replace_all(text, ": NaN", ": null");  // which Google Benchmark writes, and JSON does not have
  const Json json = parse_json(text, path.string());
  Suite suite{path.stem().string(), json.at("context"), {}, {}, {}};
  for (const Json& run : json.at("benchmarks").as_array()) {
    if (run.contains("error_message")) {
      suite.faults.push_back({bare(run.at("name").as_string()), run.at("error_message").as_string()});
    } else if (run.at("run_type").as_string() == "aggregate") {
      add_fit(suite, run);
    } else {
      add_run(suite, run);
    }
  }
  std::erase_if(suite.curves, [](const Curve& curve) { return curve.points.size() < 3; });
  for (Curve& curve : suite.curves) {
    std::sort(curve.points.begin(), curve.points.end(),
              [](const Point& a, const Point& b) { return a.size < b.size; });
  }
  return suite;
}

/// Three digits and a prefix.
std::string with_prefix(double value, const char* unit) {
  struct Prefix {
    double scale;
    const char* letter;
  };
  constexpr Prefix prefixes[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}, {1e-3, "m"}, {1e-6, "u"}};
  for (const Prefix& prefix : prefixes) {
    if (std::abs(value) < prefix.scale) continue;
    const double scaled = value / prefix.scale;
    return fmt::format("{:.{}f} {}{}", scaled,
                       scaled < 9.995   ? 2
                       : scaled < 99.95 ? 1
                                        : 0,
                       prefix.letter, unit);
  }
  return unit[0] == '\0' ? fmt::format("{:.3g}", value) : fmt::format("{:.3g} n{}", value * 1e9, unit);
}

/// Rates get a prefix, shares and errors stay as they are.
std::string counter_text(const std::string& name, double value) {
  return name.ends_with("/s") ? with_prefix(value, "") : fmt::format("{:.3g}", value);
}

std::string head_of(const Suite& suite) {
  const std::string source = text_of(suite.context, "source");
  std::string page = fmt::format(
      "Written by `benchmarks/report.sh`. What the names mean, and how the results are checked "
      "before the"
      "\nclock starts, stands at the top of [{}](../../{}).\n\n| what | |\n| --- | --- |\n",
      source, source);
  for (const char* key : {"machine", "compiler", "date", "commit", "command", "load"})
    page += fmt::format("| {} | {} |\n", key[0] == 'l' ? "load before" : key, text_of(suite.context, key));
  const std::string load = text_of(suite.context, "load");
  if (std::strtod(load.c_str(), nullptr) > 0.5) {
    page +=
        "\n**Other programs were computing meanwhile:** read these times as upper bounds, and compare none "
        "of them.\n";
  }
  if (text_of(suite.context, "quick") == "yes")
    page += "\n**A quick run** (`--quick`): few turns, the largest sizes left out.\n";
  if (const Json* notes = suite.context.find("notes")) {
    page += "\n";
    for (const Json& sentence : notes->as_array()) page += "- " + sentence.as_string() + "\n";
  }
  return page + "\n";
}

/// What one plot shows: time against a size.
struct Picture {
  std::string name;   // of the file, without its ending
  std::string size;   // what is varied
  std::string label;  // the last part of its curves' names, where many curves are shared out among pictures
  std::vector<const Curve*> curves;
};

/// "threads:2" of "rows/cpu/plain/f32/768x192/threads:2".
std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

/// One picture for each size that is varied; more than eight curves are shared out by the last part of their
/// names, those whose last part is theirs alone are in all of these pictures.
std::vector<Picture> pictures_of(const Suite& suite) {
  constexpr std::size_t most_curves = 8;
  std::vector<Picture> pictures;
  for (const std::string& size : suite.sizes()) {
    Picture all{suite.name + "_" + size, size, "", {}};
    for (const Curve& curve : suite.curves)
      if (curve.size == size) all.curves.push_back(&curve);
    const auto same_part = [&](const Curve* curve) {
      return std::count_if(all.curves.begin(), all.curves.end(), [&](const Curve* other) {
        return last_part(other->name) == last_part(curve->name);
      });
    };
    std::vector<std::string> labels;
    for (const Curve* curve : all.curves) {
      const std::string part = last_part(curve->name);
      if (same_part(curve) > 1 && std::find(labels.begin(), labels.end(), part) == labels.end())
        labels.push_back(part);
    }
    if (all.curves.size() <= most_curves || labels.size() < 2) {
      pictures.push_back(std::move(all));
      continue;
    }
    for (const std::string& label : labels) {
      Picture picture{all.name + "_" + label, size, label, {}};
      replace_all(picture.name, ":", "");
      for (const Curve* curve : all.curves)
        if (last_part(curve->name) == label || same_part(curve) == 1) picture.curves.push_back(curve);
      pictures.push_back(std::move(picture));
    }
  }
  return pictures;
}

/// The folder that all curves' names begin with, its slash included.
std::string common_folder(const std::vector<const Curve*>& curves) {
  std::string common = curves.front()->name;
  for (const Curve* curve : curves) {
    const auto differs = std::mismatch(common.begin(), common.end(), curve->name.begin(), curve->name.end());
    common.erase(differs.first, common.end());
  }
  return common.substr(0, common.rfind('/') + 1);
}

/// A figure that the results themselves describe.
struct DescribedFigure {
  std::string name;  // of the file, without its ending
  report::Figure figure;
};

/// All times of one name at several sizes, ascending.
std::vector<Point> points_of(const Suite& suite, const std::string& curve, const std::string& size) {
  std::vector<Point> points;
  for (const Line& line : suite.lines) {
    std::string name, varied;
    Point point{0, line.seconds};
    if (!split_size(line.name, name, varied, point.size) || name != curve || varied != size) continue;
    for (const auto& [counter, value] : line.counters)
      if (counter == "extrapolated") point.extrapolated = value != 0;
    points.push_back(point);
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.size < b.size; });
  return points;
}

/// @throws key_error unless each figure has all of its parts
std::vector<DescribedFigure> figures_of(const Suite& suite) {
  std::vector<DescribedFigure> figures;
  const Json* described = suite.context.find("figures");
  if (described == nullptr) return figures;
  for (const Json& one : described->as_array()) {
    const auto text = [&](const char* key) { return one.at(key).as_string(); };
    report::Figure figure{text("title"), text("subtitle"), text("x"), text("y"), {}};
    const Json& lines = one.at("lines");
    for (std::size_t i = 0; i < lines.keys().size(); ++i) {
      report::FigureLine line{lines.values()[i].as_string(), points_of(suite, lines.keys()[i], text("size"))};
      if (!line.points.empty()) figure.lines.push_back(std::move(line));
    }
    if (!figure.lines.empty()) figures.push_back({suite.name + "_" + text("name"), std::move(figure)});
  }
  return figures;
}

/// Three digits, never a power of ten.
std::string digits_of(double value) {
  return fmt::format("{:.{}f}", value, value < 0.995 ? 3 : value < 9.95 ? 2 : value < 99.5 ? 1 : 0);
}

/// One table for each size: seconds and how many times those of the reference, a pair of columns for each batch.
std::string comparison_of(const Suite& suite) {
  const Json* asked = suite.context.find("comparison");
  if (asked == nullptr) return "";
  const std::string folder = asked->at("folder").as_string() + "/", size = asked->at("size").as_string(),
                    columns = asked->at("columns").as_string(),
                    reference = asked->at("reference").as_string();
  struct Cell {
    std::string system;
    double size, column, seconds;
    bool extrapolated;
  };
  std::vector<Cell> cells;
  std::vector<double> sizes, batches;
  std::vector<std::string> systems;
  const auto remember = [](auto& known, const auto& value) {
    if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
  };
  for (const Line& line : suite.lines) {
    std::string curve, system, varied, column;
    Cell cell{"", 0, 0, line.seconds, false};
    if (!line.name.starts_with(folder) || !split_size(line.name, curve, varied, cell.size) ||
        varied != size || !split_size(curve, system, column, cell.column) || column != columns)
      continue;
    cell.system = system.substr(folder.size());
    for (const auto& [counter, value] : line.counters)
      if (counter == "extrapolated") cell.extrapolated = value != 0;
    remember(sizes, cell.size);
    remember(batches, cell.column);
    remember(systems, cell.system);
    cells.push_back(std::move(cell));
  }
  const auto cell_of = [&](const std::string& system, double at, double column) -> const Cell* {
    for (const Cell& cell : cells)
      if (cell.system == system && cell.size == at && cell.column == column) return &cell;
    return nullptr;
  };
  std::sort(sizes.begin(), sizes.end());
  std::string page;
  for (const double at : sizes) {
    std::string head = fmt::format("## {:.0f} {}\n\n| seconds per frame |", at, size), rule = "\n| --- |";
    for (const double column : batches) {
      head += fmt::format(" {} {:.0f} | times ours |", columns, column);
      rule += " ---: | ---: |";
    }
    page += head + rule + "\n";
    for (const std::string& system : systems) {
      const std::string mark = system.starts_with("ours") ? "**" : "";
      std::string row = fmt::format("| {}{}{} |", mark, system, mark);
      bool any = false;
      for (const double column : batches) {
        const Cell* cell = cell_of(system, at, column);
        const Cell* ours = cell_of(reference, at, column);
        any = any || cell != nullptr;
        row += cell == nullptr
                   ? " |"
                   : fmt::format(" {}{} |", digits_of(cell->seconds), cell->extrapolated ? "*" : "");
        row += cell == nullptr || ours == nullptr
                   ? " |"
                   : fmt::format(" {} |", digits_of(cell->seconds / ours->seconds));
      }
      if (any) page += row + "\n";
    }
    page += "\n";
  }
  return page +
         fmt::format("\"Times ours\" is the time divided by that of \"{}\"; *: extrapolated.\n\n", reference);
}

std::string growth_of(const Suite& suite) {
  std::string page;
  const std::vector<DescribedFigure> described = figures_of(suite);
  for (const DescribedFigure& one : described)
    page += fmt::format("![{}]({}.svg)\n\n", one.figure.title, one.name);
  if (described.empty())
    for (const Picture& picture : pictures_of(suite))
      page += fmt::format("![time against {}]({}.svg)\n\n", picture.size, picture.name);
  page +=
      "Time ~ size^p, p fitted to all sizes and to the larger half of them; beside it the law that Google "
      "Benchmark"
      "\nfinds.\n\n| what | sizes | p | p, larger half | Google Benchmark |\n| --- | --- | ---: | ---: | --- "
      "|\n";
  for (const Curve& curve : suite.curves) {
    const std::size_t half = std::min(curve.fitting() / 2, curve.fitting() - 2);
    page += fmt::format("| {} | {} = {:.0f} .. {:.0f} | {:.2f} | {:.2f} | {} |\n", curve.name, curve.size,
                        curve.points.front().size, curve.points[curve.fitting() - 1].size, curve.exponent(),
                        curve.exponent(half), curve.fitted);
  }
  return page + "\n";
}

std::string times_of(const Suite& suite) {
  std::vector<std::string> columns;
  for (const Line& line : suite.lines)
    for (const auto& [name, value] : line.counters)
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  std::string page = "| what | time |", rule = "| --- | ---: |";
  for (const std::string& column : columns) {
    page += fmt::format(" {} |", column);
    rule += " ---: |";
  }
  page += "\n" + rule + "\n";
  for (const Line& line : suite.lines) {
    page += fmt::format("| {} | {} |", line.name, with_prefix(line.seconds, "s"));
    for (const std::string& column : columns) {
      const auto found = std::find_if(line.counters.begin(), line.counters.end(),
                                      [&](const auto& counter) { return counter.first == column; });
      page += found == line.counters.end() ? " |" : fmt::format(" {} |", counter_text(column, found->second));
    }
    page += "\n";
  }
  for (const Fault& fault : suite.faults)
    page += fmt::format("\nNot measured: {}: {}.\n", fault.name, fault.message);
  return page;
}

/// The values at which the curves have points, ascending.
std::vector<double> sizes_of(const Picture& picture) {
  std::vector<double> values;
  for (const Curve* curve : picture.curves)
    for (const Point& point : curve->points) values.push_back(point.size);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::string plot_of(const Picture& picture, const fs::path& file) {
  const std::string common = common_folder(picture.curves);
  const std::vector<double> sizes = sizes_of(picture);
  std::string tics;
  for (const double value : sizes) tics += fmt::format("{}{}", tics.empty() ? "" : ", ", value);
  std::string plot = fmt::format(
      "set terminal svg size 1200,{} font 'sans,13' background 'white'\nset output '{}'\n"
      "set title '{}{}' noenhanced\nset logscale xy\nset grid\nset key outside right top vertical Left "
      "reverse\n"
      "set xlabel '{}'\nset ylabel 'seconds'\nset format y '10^{{%L}}'\nset xrange [{}:{}]\nset xtics ({})\n",
      std::max<std::size_t>(480, 60 + 20 * picture.curves.size()), file.string(), common, picture.label,
      picture.size, 0.8 * sizes.front(), 1.25 * sizes.back(), tics);
  std::string lines;
  for (std::size_t i = 0; i < picture.curves.size(); ++i) {
    const Curve& curve = *picture.curves[i];
    std::string title = curve.name.substr(common.size());
    if (!picture.label.empty() && title.ends_with("/" + picture.label))
      title.resize(title.size() - picture.label.size() - 1);
    plot += fmt::format("$curve{} << EOD\n", i);
    // discs are measured, circles extrapolated
    for (const Point& point : curve.points)
      plot += fmt::format("{} {} {}\n", point.size, point.seconds, point.extrapolated ? 6 : 7);
    plot += "EOD\n";
    lines += fmt::format(
        "{}$curve{} using 1:2:3 with linespoints lw 2 dt {} pt variable ps 0.6 title '{}: {}^{:.2f}' "
        "noenhanced",
        i == 0 ? "" : ", ", i, i / 8 + 1, title, picture.size, curve.exponent());  // 8 colours
  }
  return plot + "plot " + lines + "\n";
}

void write_report(const fs::path& pages, const fs::path& plots, const fs::path& result) {
  const Suite suite = read_suite(result);
  std::string page = fmt::format("# {}\n\n", suite.name) + comparison_of(suite) + head_of(suite);
  if (!suite.curves.empty()) page += growth_of(suite);
  write_text(pages / (suite.name + ".md"), page + times_of(suite));
  const std::vector<DescribedFigure> described = figures_of(suite);
  for (const DescribedFigure& one : described) {
    write_text(plots / (one.name + ".gp"),
               report::figure_program(one.figure, fs::absolute(pages / (one.name + ".svg")).string()));
  }
  if (described.empty())
    for (const Picture& picture : pictures_of(suite)) {
      const fs::path file = fs::absolute(pages / (picture.name + ".svg"));
      write_text(plots / (picture.name + ".gp"), plot_of(picture, file));
    }
  std::printf("%s: %d times, %d curves, %d not measured\n", (pages / (suite.name + ".md")).c_str(),
              static_cast<int>(suite.lines.size()), static_cast<int>(suite.curves.size()),
              static_cast<int>(suite.faults.size()));
}

}  // namespace

int main(int count, char** words) try {
  require<value_error>(count >= 4, "expected PAGES PLOTS RESULT.json...");
  fs::create_directories(words[1]);
  fs::create_directories(words[2]);
  for (int i = 3; i < count; ++i) write_report(words[1], words[2], words[i]);
  return 0;
} catch (const std::exception& wrong) {
  std::fprintf(stderr, "benchmark_report: %s\n", wrong.what());
  return 1;
}
