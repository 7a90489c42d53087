// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/backend/backend.hpp"
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/io/json.hpp"
#include "flashvideo/io/json_difference.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors.hpp"

namespace flashvideo {

/// Collects arrays in a backend's memory and writes them as one checkpoint: a safetensors file whose metadata
/// hold "kind", "version", the configuration and the number of steps. The file replaces the one before only
/// when it is complete, so a run that is killed at any moment leaves the one or the other. Equal states give
/// equal bytes.
/// @code
/// CheckpointWriter<Cpu> writer(backend, configuration, step);
/// writer.add("adam.means", {size}, means);
/// writer.write("run.checkpoint");
/// @endcode
template <ComputeBackend Backend>
class CheckpointWriter {
 public:
  /// @param configuration what a run that continues must agree with
  /// @param step updates made
  CheckpointWriter(const Backend& backend, const Json& configuration, index_t step) : backend_(backend) {
    file_.set_metadata("kind", "flashvideo checkpoint");
    file_.set_metadata("version", "1");
    file_.set_metadata("configuration", configuration.dump());
    file_.set_metadata("step", std::to_string(step));
  }

  /// @param data elements of the shape in the backend's memory; must live until `write`
  template <typename T>
  void add(std::string_view name, const std::vector<index_t>& shape, const T* data) {
    index_t size = 1;
    for (const index_t extent : shape) size *= extent;
    file_.add(std::string(name), dtype_of<T>, shape,
              [backend = backend_, data, size](const SafetensorsWriter::Put& put) {
                std::vector<T> piece(static_cast<std::size_t>((std::min)(size, piece_size)));
                for (index_t begin = 0; begin < size; begin += piece_size) {
                  const index_t count = (std::min)(piece_size, size - begin);
                  backend.download(piece.data(), data + begin, count);
                  put(std::as_bytes(std::span<const T>(piece.data(), static_cast<std::size_t>(count))));
                }
              });
  }
  /// An array in host memory that the writer keeps.
  template <typename T>
  void add_host(std::string name, std::vector<T> data) {
    const index_t size = static_cast<index_t>(data.size());
    file_.add_owned(std::move(name), {size}, std::move(data));
  }

  /// @throws io_error naming path and reason; the file before then stays
  void write(const std::string& path) const { file_.write(path); }

 private:
  static constexpr index_t piece_size = index_t{1} << 16;

  Backend backend_;
  SafetensorsWriter file_;
};

/// Reads what `CheckpointWriter` wrote. First `check` every array that is wanted, then `finish_checks`, then
/// `read`: nothing is changed by a file that does not fit.
/// @code
/// CheckpointReader reader("run.checkpoint", configuration);
/// reader.check<float>("adam.means", {size});
/// reader.finish_checks();
/// reader.read(backend, "adam.means", means, size);
/// @endcode
class CheckpointReader {
 public:
  /// @throws io_error when it cannot be opened
  /// @throws format_error for a file of another kind or version, or naming the first key of the configuration
  /// that differs
  CheckpointReader(const std::string& path, const Json& configuration) : file_(path) {
    const std::string difference = json_difference(stored_configuration(), configuration);
    require<format_error>(difference.empty(), "{}: the checkpoint was written with {}", path, difference);
    const Json step = parse_json(file_.metadata("step"), path);
    require<format_error>(step.is_integer() && step.as_integer() >= 0, "{}: step is {}, expected >= 0", path,
                          step.dump());
    step_ = step.as_integer();
  }

  /// Updates made before it was written.
  index_t step() const { return step_; }

  /// A tensor of elements T that will be read.
  /// @throws format_error naming a tensor that is missing, misshapen or of another type
  template <typename T>
  void check(std::string_view name, const std::vector<index_t>& shape) {
    file_.check_shape(name, shape);
    const DType stored = file_.find(name).dtype;
    require<format_error>(stored == dtype_of<T>, "{}: tensor \"{}\" is {}, expected {}", file_.path(), name,
                          dtype_name(stored), dtype_name(dtype_of<T>));
    wanted_.emplace(name);
  }
  /// Every tensor of the file was checked for.
  /// @throws format_error naming one that was not
  void finish_checks() const {
    for (const std::string& name : file_.names()) {
      require<format_error>(wanted_.contains(name), "{}: has a tensor \"{}\" that this run does not know",
                            file_.path(), name);
    }
  }

  /// Copies a tensor of `size` elements into the backend's memory.
  /// @throws shape_error when it has another number of them
  template <ComputeBackend Backend, typename T>
  void read(const Backend& backend, std::string_view name, T* data, index_t size) const {
    const std::vector<T> host = file_.read<T>(name);
    require<shape_error>(static_cast<index_t>(host.size()) == size,
                         "CheckpointReader::read: \"{}\" has {} elements, expected {}", name, host.size(),
                         size);
    backend.upload(data, host.data(), size);
  }
  /// A tensor as host memory.
  template <typename T>
  std::vector<T> read_host(std::string_view name) const {
    return file_.read<T>(name);
  }

 private:
  explicit CheckpointReader(const std::string& path) : file_(path) {}
  friend Json checkpoint_configuration(const std::string& path);

  Json stored_configuration() const {
    const auto& metadata = file_.metadata();
    const auto kind = metadata.find("kind");
    require<format_error>(kind != metadata.end() && kind->second == "flashvideo checkpoint",
                          "{}: the file is no flashvideo checkpoint", file_.path());
    require<format_error>(file_.metadata("version") == "1",
                          "{}: is a checkpoint of version {}, expected version 1", file_.path(),
                          file_.metadata("version"));
    return parse_json(file_.metadata("configuration"), file_.path());
  }

  SafetensorsFile file_;
  index_t step_ = 0;
  std::set<std::string, std::less<>> wanted_;
};

/// The configuration that a checkpoint was written with, for programs that compare it before any work.
/// @throws io_error when it cannot be opened
/// @throws format_error for a file of another kind or version
inline Json checkpoint_configuration(const std::string& path) {
  return CheckpointReader(path).stored_configuration();
}

}  // namespace flashvideo
