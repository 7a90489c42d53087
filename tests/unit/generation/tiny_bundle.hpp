// SPDX-License-Identifier: MIT
#pragma once
/// Bundle files of the tiny model, right and wrong ones.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "flashvideo/generation/save_bundle.hpp"
#include "flashvideo/io/safetensors.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

namespace flashvideo::test {

template <typename Policy>
using TinyModel = VideoModel<WordsAndVqVae<Policy>, Cpu>;

/// Writes a bundle of the tiny model and returns its path.
template <typename Policy = FlashVideoPolicy>
std::string write_bundle(const TemporaryFolder& folder, const std::string& name, bool one_network = true,
                         DType storage = DType::F32) {
  BundleConfiguration<> c = tiny_configuration(Policy::name);
  c.one_network = one_network;
  const std::string path = folder.file(name);
  save_bundle<TinyModel<Policy>>(path, c, tiny_values<Policy, Cpu>(c, 7), storage, {{"steps", "12"}});
  return path;
}

/// A safetensors file as plain values, to be changed and written again.
struct Bundle {
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::pair<std::vector<index_t>, std::vector<float>>> tensors;

  explicit Bundle(const std::string& path) {
    const SafetensorsFile file(path);
    metadata = file.metadata();
    for (const TensorInfo& tensor : file.tensors()) {
      tensors[tensor.name] = {tensor.shape, file.read<float>(tensor.name)};
    }
  }
  void write(const std::string& path) const {
    SafetensorsWriter writer;
    for (const auto& [key, text] : metadata) writer.set_metadata(key, text);
    for (const auto& [name, tensor] : tensors) writer.add_owned<float>(name, tensor.first, tensor.second);
    writer.write(path);
  }
};

/// Replaces the only place of `from`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "nothing to replace";
  return text.replace(at, from.size(), to);
}

}  // namespace flashvideo::test
