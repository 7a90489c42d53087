// SPDX-License-Identifier: MIT
// Reads every header under <root>/flashvideo. Two kinds of names are refused:
//   - one that a namespace declares (type, concept, function, variable, namespace) and one around it too: inside the
//     inner one it would mean the one or the other, by which headers came before;
//   - one that a macro in <macros> takes, as headers of others define them.
// Use: header_names <root> <macros>; prints one sentence per fault and exits 1 if there is any.
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

using Tokens = std::vector<std::string>;
/// name -> scope ("flashvideo::nn_detail") -> the first header that declares it there
using Names = std::map<std::string, std::map<std::string, std::string>>;

bool is_word(const std::string& token) {
  return std::isalpha(static_cast<unsigned char>(token[0])) != 0 || token[0] == '_';
}

/// Words, numbers and single characters; without comments, literals' contents and the preprocessor's lines.
Tokens tokens_of(const std::string& text) {
  Tokens tokens;
  bool line_begins = true;
  const auto skip_to = [&](std::size_t at, const std::string& end) {
    const auto found = text.find(end, at);
    return found == std::string::npos ? text.size() : found + end.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\n') {
      line_begins = true;
      ++i;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
    } else if (c == '#' && line_begins) {
      while (i < text.size() && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
    } else if (text.compare(i, 2, "//") == 0) {
      i = skip_to(i, "\n") - 1;
    } else if (text.compare(i, 2, "/*") == 0) {
      i = skip_to(i, "*/");
    } else if (text.compare(i, 2, "R\"") == 0) {
      const auto open = text.find('(', i);
      std::string end(1, ')');
      end.append(text, i + 2, open - i - 2).append(1, '"');
      i = skip_to(open, end);
      tokens.emplace_back("0");
    } else if (c == '"' || c == '\'') {
      for (++i; i < text.size() && text[i] != c; ++i) i += text[i] == '\\' ? 1 : 0;
      ++i;
      tokens.emplace_back("0");
    } else {
      std::size_t end = i + 1;
      const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
      if (number || is_word({c})) {
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' ||
                (number && (text[end] == '\'' || text[end] == '.')))) {
          ++end;
        }
      } else if (text.compare(i, 2, "::") == 0 || text.compare(i, 2, "->") == 0) {
        end = i + 2;
      }
      tokens.push_back(text.substr(i, end - i));
      line_begins = false;
      i = end;
    }
  }
  return tokens;
}

/// The place behind the bracket that closes the one at `at`.
std::size_t behind(const Tokens& tokens, std::size_t at) {
  static const std::map<std::string, std::string> closing = {{"(", ")"}, {"{", "}"}, {"[", "]"}, {"<", ">"}};
  const std::string& open = tokens[at];
  const std::string& close = closing.at(open);
  for (int depth = 0; at < tokens.size(); ++at) {
    if (open == "<" && (tokens[at] == "(" || tokens[at] == "{")) {
      at = behind(tokens, at) - 1;
    } else if (tokens[at] == open) {
      ++depth;
    } else if (tokens[at] == close && --depth == 0) {
      return at + 1;
    }
  }
  return tokens.size();
}

/// The name that a declaration without its body declares; "" if it declares none of its own (a specialisation, a
/// member outside its class, an operator, a using-declaration).
std::string declared_name(const Tokens& declaration) {
  static const std::set<std::string> kinds = {"class", "struct", "union", "enum"};
  static const std::set<std::string> with_argument = {"alignas",  "decltype",      "noexcept", "explicit",
                                                      "requires", "__attribute__", "sizeof"};
  std::size_t at = 0;
  std::string last;  // the last word
  std::size_t last_at = 0;
  for (; at < declaration.size();) {
    const std::string& token = declaration[at];
    const bool qualified = at >= 2 && declaration[at - 1] == "::";
    if (token == "friend" || token == "operator" || token == "static_assert") return "";
    if (token == "template" || (token == "<" && at > 0)) {
      const std::size_t open = token == "<" ? at : at + 1;
      if (open >= declaration.size() || declaration[open] != "<") return "";  // an explicit instantiation
      at = behind(declaration, open);
    } else if (token == "concept" ||
               (token == "using" && at + 2 < declaration.size() && declaration[at + 2] == "=")) {
      return declaration[at + 1];
    } else if (token == "using") {
      return "";
    } else if (token == "typedef") {
      for (++at; at < declaration.size() && declaration[at] != "__attribute__"; ++at) last = declaration[at];
      return last;
    } else if (kinds.count(token) != 0) {
      // the last word before a base, a body or the end; attributes and `enum class` are passed over
      std::string name;
      for (++at; at < declaration.size(); ++at) {
        if (declaration[at] == ":" || declaration[at] == "<") break;
        if (declaration[at] == "[" || declaration[at] == "(") {
          at = behind(declaration, at) - 1;
        } else if (is_word(declaration[at]) && declaration[at] != "final" &&
                   kinds.count(declaration[at]) == 0 && with_argument.count(declaration[at]) == 0) {
          name = declaration[at];
        }
      }
      return name;
    } else if (token == "(" || token == "[" || token == "{") {
      const bool named =
          at > 0 && last_at + 1 == at && with_argument.count(last) == 0 && last.rfind("FLASHVIDEO_", 0) != 0;
      if (token != "{" && named && token == "(") break;
      if (token == "[" && named) break;
      at = behind(declaration, at);
    } else if (token == "=") {
      break;
    } else {
      if (is_word(token)) {
        last = qualified && last_at + 2 == at ? "::"
                                              : token;  // a qualified name may be a type: what follows counts
        last_at = at;
      }
      ++at;
    }
  }
  return last == "::" || with_argument.count(last) != 0 ? "" : last;
}

/// What the file defines: name -> whether it takes arguments.
std::map<std::string, bool> macros_of(const std::string& path) {
  std::map<std::string, bool> macros;
  std::ifstream stream(path);
  const std::string define = "#define ";
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind(define, 0) != 0) continue;
    const auto end = line.find_first_of(" (", define.size());
    macros[line.substr(define.size(), end - define.size())] = end != std::string::npos && line[end] == '(';
  }
  return macros;
}

/// Prints a sentence for each word that a macro takes; returns their number.
int find_macros(const Tokens& tokens, const std::string& path, const std::map<std::string, bool>& macros) {
  int faults = 0;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const auto found = macros.find(tokens[at]);
    if (found == macros.end()) continue;
    if (found->second && (at + 1 == tokens.size() || tokens[at + 1] != "(")) continue;
    std::printf("%s: '%s' is a macro in headers of others (usual_macros.hpp)%s.\n", path.c_str(),
                tokens[at].c_str(), found->second ? ": put it in brackets, as in (std::min)(a, b)" : "");
    ++faults;
  }
  return faults;
}

void read_header(const Tokens& tokens, const std::string& path, Names& names) {
  std::vector<std::string> scopes = {""};
  const auto declare = [&](const std::string& scope, const std::string& name) {
    if (!name.empty() && !scope.empty()) names[name].emplace(scope, path);
  };
  Tokens declaration;
  for (std::size_t at = 0; at < tokens.size();) {
    const std::string& token = tokens[at];
    if (token == "namespace" && declaration.empty()) {
      std::string scope = scopes.back();
      for (++at; tokens[at] != "{"; ++at) {
        if (tokens[at] == "::") continue;
        declare(scope, tokens[at]);
        scope += (scope.empty() ? "" : "::") + tokens[at];
      }
      scopes.push_back(scope);
      ++at;
    } else if (token == "}") {
      scopes.pop_back();
      declaration.clear();
      ++at;
    } else if (token == ";") {
      declare(scopes.back(), declared_name(declaration));
      declaration.clear();
      ++at;
    } else if (token == "(" || token == "[") {
      const std::size_t end = behind(tokens, at);
      declaration.insert(declaration.end(), tokens.begin() + static_cast<std::ptrdiff_t>(at),
                         tokens.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
    } else if (token == "{") {
      // A body, an initialiser or a requires-expression; behind a body of a function no semicolon follows.
      const std::size_t end = behind(tokens, at);
      const bool expression =
          !declaration.empty() && end < tokens.size() &&
          (tokens[end] == ";" || tokens[end] == "," || tokens[end] == "&" || tokens[end] == "|");
      if (expression) {
        declaration.insert(declaration.end(), {"{", "}"});
      } else {
        declare(scopes.back(), declared_name(declaration));
        declaration.clear();
      }
      at = end;
    } else {
      declaration.push_back(token);
      ++at;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::printf("use: header_names <include directory> <file of macros>\n");
    return 2;
  }
  const fs::path root = fs::path(argv[1]) / "flashvideo";
  std::map<std::string, fs::path> headers;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension == ".hpp" || extension == ".cuh") {
      headers.emplace(fs::relative(entry.path(), root).generic_string(), entry.path());
    }
  }
  const auto macros = macros_of(argv[2]);
  Names names;
  int faults = 0;
  for (const auto& [path, file] : headers) {
    std::ifstream stream(file);
    const Tokens tokens = tokens_of({std::istreambuf_iterator<char>(stream), {}});
    faults += find_macros(tokens, path, macros);
    read_header(tokens, path, names);
  }
  for (const auto& [name, scopes] : names) {
    for (const auto& [inner, inner_header] : scopes) {
      for (const auto& [outer, outer_header] : scopes) {
        if (inner.rfind(outer + "::", 0) != 0) continue;
        std::printf("%s::%s (%s) hides %s::%s (%s): one name stands in one scope.\n", inner.c_str(),
                    name.c_str(), inner_header.c_str(), outer.c_str(), name.c_str(), outer_header.c_str());
        ++faults;
      }
    }
  }
  if (names.empty() || macros.empty()) {
    std::printf("%s declares nothing, or %s defines nothing.\n", root.string().c_str(), argv[2]);
    ++faults;
  }
  std::printf("%zu headers, %zu names, %zu macros, %d faults\n", headers.size(), names.size(), macros.size(),
              faults);
  return faults == 0 ? 0 : 1;
}
