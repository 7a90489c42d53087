// SPDX-License-Identifier: MIT
// Reads every header under <root>/flashvideo and checks the rules of the house (docs/guide/contributing.md):
//   an include goes to a lower floor or stays in its room; inside a room to its inner room or a lower one, and from other
//   rooms into no room of a backend; no ring of includes; at most 400 lines;
//   what is a room's own is in its namespace <room>_detail, which no other room and none of <users> names;
//   SPDX line first; `#pragma once`; no flag-dependent macro; no <iostream>, <regex>, <ranges>, <fmt/core.h> (format() is no more in it); Eigen only inside backend/cpu, and in metrics/eigenvalues.hpp (host linear algebra, whatever the backend).
// Use: include_graph <root> <users>...; prints one sentence per fault and exits 1 if there is any.
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const std::map<std::string, int> floors = {
    {"core", 0},  {"tensor", 1},    {"sequence", 1}, {"io", 2},         {"backend", 2}, {"nn", 3},
    {"model", 4}, {"tokenizer", 4}, {"metrics", 4},  {"generation", 5}, {"data", 5},    {"training", 6}};
constexpr int umbrella_floor = 7;

/// Rooms inside a room: how many steps each stands above the headers that lie in none, and whether the umbrellas alone
/// may reach it from outside the room.
struct InnerRoom {
  int step;
  bool closed;
};
const std::map<std::string, InnerRoom> inner_rooms = {
    {"backend/cpu", {1, true}},     {"backend/thrust", {1, true}}, {"backend/cuda", {2, true}},
    {"nn/retention", {1, false}},   {"nn/attention", {1, false}},  {"tokenizer/text", {1, false}},
    {"tokenizer/image", {1, false}}};
constexpr int max_lines = 400;

struct Header {
  std::string room;  // empty for the umbrellas
  std::vector<std::string> includes;
};

int faults = 0;

void fault(const std::string& sentence) {
  std::printf("%s\n", sentence.c_str());
  ++faults;
}

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }
bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/// "core/math.hpp" -> "core"; "flashvideo.hpp" -> "".
std::string room_of(const std::string& path) {
  const auto slash = path.find('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

/// "nn/retention/retention.hpp" -> "nn/retention"; "nn/linear.hpp" -> "".
std::string inner_room_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos || slash == path.find('/') ? std::string{} : path.substr(0, slash);
}

int step_of(const std::string& inner_room) {
  const auto found = inner_rooms.find(inner_room);
  return found == inner_rooms.end() ? 0 : found->second.step;
}

/// The namespace of what is a header's room's own: a room of a backend has one, other inner rooms share their room's.
std::string detail_of(const std::string& path) {
  const std::string inner = inner_room_of(path);
  const auto found = inner_rooms.find(inner);
  const bool closed = found != inner_rooms.end() && found->second.closed;
  return (closed ? inner.substr(inner.rfind('/') + 1) : room_of(path)) + "_detail";
}

/// Every "core_detail", "cpu_detail", ... of the line's code but `own`.
void check_details(const std::string& path, const std::string& line, const std::string& own) {
  const std::string code = line.substr(0, line.find("//"));
  const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t begin = 0; begin < code.size();) {
    std::size_t end = begin;
    while (end < code.size() && is_of_word(code[end])) ++end;
    const std::string word = code.substr(begin, end - begin);
    if (word.size() > 7 && word.compare(word.size() - 7, 7, "_detail") == 0 && word != own)
      fault(path + ": names " + word + ", which only that room may.");
    if (word == "detail" && !own.empty()) fault(path + ": names detail, expected " + own + ".");
    begin = end + 1;
  }
}

int floor_of(const std::string& path) {
  const std::string room = room_of(path);
  if (room.empty()) return path == "cuda.cuh" ? umbrella_floor + 1 : umbrella_floor;
  const auto found = floors.find(room);
  return found == floors.end() ? -1 : found->second;
}

/// "unless", "when", ...: how what is thrown goes on.
bool is_throws_rule(const std::string& word) {
  for (const char* rule : {"unless", "when", "for", "naming", "without", "where", "from"}) {
    if (word == rule) return true;
  }
  return false;
}

/// What is thrown is said in one form: `/// @throws value_error unless 0 <= share <= 1`.
void check_throws(const std::string& path, const std::string& line) {
  const auto begin = line.find("///");
  if (begin == std::string::npos) return;
  std::istringstream words(line.substr(begin + 3));
  std::string word, type, rule;
  words >> word >> type >> rule;
  const bool says = contains(line, "@throws") || (contains(line, "hrows ") && contains(line, "_error"));
  const bool in_form = word == "@throws" &&
                       type.find_first_not_of("abcdefghijklmnopqrstuvwxyz_:") == type.npos &&
                       is_throws_rule(rule) && line.back() != '.';
  if (says && !in_form)
    fault(path + ": says what is thrown in another form than \"/// @throws value_error unless ...\":" +
          line.substr(begin + 3));
}

void check_line(const std::string& path, const std::string& line) {
  check_throws(path, line);
  const bool is_condition = starts_with(line, "#if") || starts_with(line, "#elif");
  for (const char* macro :
       {"_OPENMP", "__AVX", "__SSE", "__FMA__", "HAS_", "NDEBUG", "__OPTIMIZE__", "__FAST_MATH__"}) {
    if (is_condition && contains(line, macro))
      fault(path + ": tests the flag-dependent macro " + macro + ".");
  }
  for (const char* macro : {"__CUDACC__", "__CUDA_ARCH__"}) {
    if (is_condition && contains(line, macro) && path != "core/config.hpp" &&
        !starts_with(path, "backend/cuda/")) {
      fault(path + ": tests " + macro + ", which only core/config.hpp and backend/cuda may.");
    }
  }
  for (const char* word : {"TODO", "FIXME", "XXX"}) {
    if (contains(line, word)) fault(path + ": says " + word + ".");
  }
  if (!starts_with(line, "#include")) return;
  for (const char* banned : {"<iostream>", "<regex>", "<ranges>", "<fmt/core.h>"}) {
    if (contains(line, banned)) fault(path + ": includes " + banned + ", which no header may.");
  }
  if ((contains(line, "<Eigen/") || contains(line, "<unsupported/Eigen")) &&
      !starts_with(path, "backend/cpu/") && path != "metrics/eigenvalues.hpp") {
    fault(path + ": includes Eigen, which only backend/cpu may.");
  }
}

Header read_header(const fs::path& file, const std::string& path) {
  Header header{room_of(path), {}};
  std::ifstream stream(file);
  std::string line;
  int lines = 0;
  bool has_pragma_once = false;
  while (std::getline(stream, line)) {
    if (++lines == 1 && line != "// SPDX-License-Identifier: MIT")
      fault(path + ": the first line is not the SPDX line.");
    has_pragma_once = has_pragma_once || line == "#pragma once";
    check_line(path, line);
    check_details(path, line, detail_of(path));
    const std::string opening = "#include \"";
    if (starts_with(line, opening.c_str())) {
      const auto end = line.find('"', opening.size());
      const std::string target = line.substr(opening.size(), end - opening.size());
      if (starts_with(target, "flashvideo/")) {
        header.includes.push_back(target.substr(std::string("flashvideo/").size()));
      } else {
        fault(path + ": includes \"" + target + "\", expected a path that starts with flashvideo/.");
      }
    }
  }
  if (!has_pragma_once) fault(path + ": has no #pragma once.");
  if (lines > max_lines) {
    fault(path + ": has " + std::to_string(lines) + " lines, at most " + std::to_string(max_lines) +
          " are allowed.");
  }
  return header;
}

using Graph = std::map<std::string, Header>;

/// An edge inside a room.
void check_inner_edge(const std::string& path, const std::string& target) {
  const std::string from = inner_room_of(path);
  const std::string to = inner_room_of(target);
  if (from == to || step_of(to) < step_of(from)) return;
  fault(path + " includes " + target +
        ": an include stays in its inner room or goes to a lower one of its room.");
}

void check_edges(const Graph& graph) {
  for (const auto& [path, header] : graph) {
    const int from = floor_of(path);
    const std::string inner = inner_room_of(path);
    if (from < 0) fault(path + ": the room " + header.room + " has no floor.");
    if (!inner.empty() && inner_rooms.find(inner) == inner_rooms.end())
      fault(path + ": the inner room " + inner + " has no step.");
    for (const auto& target : header.includes) {
      if (graph.find(target) == graph.end()) {
        fault(path + ": includes flashvideo/" + target + ", which does not exist.");
        continue;
      }
      const std::string room = room_of(target);
      if (room == header.room && !room.empty()) {
        check_inner_edge(path, target);
        continue;
      }
      const auto inner_target = inner_rooms.find(inner_room_of(target));
      if (inner_target != inner_rooms.end() && inner_target->second.closed && from < umbrella_floor) {
        fault(path + " includes " + target + ": from outside, " + inner_target->first +
              " is for the umbrellas alone.");
      }
      if (floor_of(target) >= from) {
        fault(path + " (floor " + std::to_string(from) + ") includes " + target + " (floor " +
              std::to_string(floor_of(target)) + "): an include goes to a lower floor or stays in its room.");
      }
    }
  }
}

/// Depth first; a header met again on the current path closes a ring.
void check_rings(const Graph& graph, const std::string& path, std::map<std::string, int>& colour,
                 std::vector<std::string>& trail) {
  colour[path] = 1;
  trail.push_back(path);
  const auto found = graph.find(path);
  for (const auto& target : found == graph.end() ? std::vector<std::string>{} : found->second.includes) {
    if (colour[target] == 1) {
      std::string ring = target;
      for (auto step = trail.rbegin(); step != trail.rend() && *step != target; ++step)
        ring = *step + " -> " + ring;
      fault("ring of includes: " + target + " -> " + ring + ".");
    } else if (colour[target] == 0) {
      check_rings(graph, target, colour, trail);
    }
  }
  trail.pop_back();
  colour[path] = 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::printf("use: include_graph <include directory> <directory of users>...\n");
    return 2;
  }
  const fs::path root = fs::path(argv[1]) / "flashvideo";
  Graph graph;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension == ".hpp" || extension == ".cuh") {
      const std::string path = fs::relative(entry.path(), root).generic_string();
      graph.emplace(path, read_header(entry.path(), path));
    }
  }
  if (graph.empty()) fault(root.string() + ": no headers.");
  check_edges(graph);
  std::map<std::string, int> colour;
  std::vector<std::string> trail;
  for (const auto& [path, header] : graph) {
    if (colour[path] == 0) check_rings(graph, path, colour, trail);
  }
  for (int user = 2; user < argc; ++user) {
    for (const auto& entry : fs::recursive_directory_iterator(argv[user])) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp" && extension != ".cuh" && extension != ".cu") continue;
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);)
        check_details(entry.path().generic_string(), line, "");
    }
  }
  std::size_t edges = 0;
  for (const auto& [path, header] : graph) edges += header.includes.size();
  std::printf("%zu headers, %zu includes, %d faults\n", graph.size(), edges, faults);
  return faults == 0 ? 0 : 1;
}
