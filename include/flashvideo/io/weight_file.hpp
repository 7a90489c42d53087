// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// Needs the component Archive (libzip); the umbrella does not include it.

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/file_kind.hpp"
#include "flashvideo/io/memory_map.hpp"
#include "flashvideo/io/npy_array.hpp"
#include "flashvideo/io/pickle_reader.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/tensor_archive.hpp"
#include "flashvideo/io/zip_archive.hpp"

namespace flashvideo {

/// The named tensors of a weight file as people have it, without Python: PyTorch's zip (.pt, .pth, .bin, .ckpt,
/// TorchScript too) and its older form of several pickles, plain pickles of NumPy arrays, .npz, .npy, safetensors.
/// Nested names are joined by `separator`. Nothing in the file is run (io/pickle_reader.hpp).
/// @throws io_error when it cannot be opened
/// @throws format_error naming path and place, when it is none of these
/// @code
/// WeightFile file("i3d.ckpt", "/");
/// for (const ArchivedTensor& tensor : file.tensors()) use(tensor.name, tensor.dense_bytes());
/// @endcode
class WeightFile {
 public:
  /// Opens and reads the names; numbers stay in the file where they can.
  explicit WeightFile(std::string path, std::string separator = ".")
      : path_(std::move(path)), separator_(std::move(separator)), map_(path_) {
    refuse_empty_or_pointer(path_, map_.text());
    const std::string_view text = map_.text();
    if (text.starts_with("PK")) {
      read_zip();
    } else if (text.starts_with("\x93NUMPY")) {
      tensors_.push_back({"array", read_npy(path_, map_.bytes())});
      kind_ = "NumPy .npy";
    } else if (text.size() > 8 && text[8] == '{') {
      read_safetensors();
    } else {
      // A pickle begins with the byte 80; what began otherwise was one of Python 2, or is no weight file at all.
      const bool begins_as_pickle = text.front() == '\x80';
      const std::string_view kind = begins_as_pickle ? std::string_view() : file_kind(text);
      require<format_error>(kind.empty(), "{}, byte 0: the file is {}, expected weights", path_, kind);
      try {
        read_pickles();
      } catch (const format_error& wrong) {
        if (begins_as_pickle) throw;
        throw format_error(
            formatted_message("{} (no file of weights begins so: PyTorch, NumPy, safetensors; it was read as "
                              "a pickle of Python 2)",
                              wrong.what()));
      }
    }
  }

  /// As given.
  const std::string& path() const { return path_; }
  /// What the file is: "PyTorch", "TorchScript", "PyTorch (before 1.6)", "pickle", "NumPy .npz", ...
  const std::string& kind() const { return kind_; }
  /// In the file's order.
  const std::vector<ArchivedTensor>& tensors() const { return tensors_; }

 private:
  using Bytes = std::vector<std::byte>;

  /// Keeps bytes that tensors lie in.
  std::span<const std::byte> keep(Bytes bytes) {
    kept_.push_back(std::move(bytes));
    return kept_.back();
  }

  void read_zip() {
    const ZipArchive archive(path_);
    const std::vector<std::string> names = archive.names();
    const auto pickle = std::find_if(names.begin(), names.end(), [](const std::string& name) {
      return name == "data.pkl" || name.ends_with("/data.pkl");
    });
    if (pickle == names.end()) {
      read_npz(archive, names);
      return;
    }
    const std::string folder = pickle->substr(0, pickle->size() - std::string_view("data.pkl").size());
    kind_ = archive.contains(folder + "constants.pkl") ? "TorchScript" : "PyTorch";
    const bool swapped = archive.contains(folder + "byteorder") && [&] {
      const Bytes order = archive.read(folder + "byteorder");
      return std::string_view(reinterpret_cast<const char*>(order.data()), order.size()).starts_with("big");
    }();
    documents_.push_back(PickleReader(path_ + ": " + *pickle, keep(archive.read(*pickle))).read());
    std::map<std::string, std::span<const std::byte>> storages;
    tensors_ = named_tensors(
        path_, *documents_.back().root,
        [&](const std::string& key) {
          const auto known = storages.find(key);
          if (known != storages.end()) return known->second;
          return storages[key] = keep(archive.read(folder + "data/" + key));
        },
        separator_);
    for (ArchivedTensor& tensor : tensors_) tensor.tensor.swapped |= swapped;
  }

  void read_npz(const ZipArchive& archive, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (!name.ends_with(".npy")) continue;
      tensors_.push_back(
          {name.substr(0, name.size() - 4), read_npy(path_ + ": " + name, keep(archive.read(name)))});
    }
    require<format_error>(!tensors_.empty(), "{}: the zip archive holds no data.pkl and no .npy: no weights",
                          path_);
    kind_ = "NumPy .npz";
  }

  void read_safetensors() {
    kind_ = "safetensors";
    safetensors_ = std::make_unique<SafetensorsFile>(path_);
    for (const TensorInfo& info : safetensors_->tensors()) {
      PickleTensor tensor;
      tensor.dtype = info.dtype;
      tensor.shape = info.shape;
      tensor.strides = io_detail::dense_strides(info.shape, false);
      tensor.bytes = info.bytes;
      tensors_.push_back({info.name, std::move(tensor)});
    }
  }

  PickleDocument& read_pickle(std::size_t& at) {
    documents_.push_back(PickleReader(path_, map_.bytes().subspan(at)).read());
    at += documents_.back().consumed;
    return documents_.back();
  }

  /// One pickle, or PyTorch's older form: magic, version, system, the value, the storages' keys, the storages.
  void read_pickles() {
    const std::string_view kind = file_kind(map_.text());
    require<format_error>(kind.empty() || kind == "a Python pickle", "{}: the file is {}, expected weights",
                          path_, kind);
    constexpr std::string_view magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    std::size_t at = 0;
    const PickleValue* first = read_pickle(at).root;
    if (first->text != magic) {
      kind_ = "pickle";
      tensors_ = named_tensors(
          path_, *first,
          [&](const std::string& key) -> std::span<const std::byte> {
            throw format_error(formatted_message("{}: storage {} is not in the file", path_, key));
          },
          separator_);
      return;
    }
    kind_ = "PyTorch (before 1.6)";
    read_pickle(at);
    read_pickle(at);
    const PickleValue* root = read_pickle(at).root;
    const PickleValue* keys = read_pickle(at).root;
    // Sizes of the elements are known from the tensors, so that the storages are found in a second look.
    std::map<std::string, index_t> widths;
    const auto note = [&](const std::string&) { return std::span<const std::byte>{}; };
    for (const ArchivedTensor& tensor : named_tensors(path_, *root, note, separator_))
      widths[tensor.tensor.storage] = dtype_size(tensor.tensor.dtype);
    std::map<std::string, std::span<const std::byte>> storages;
    for (const PickleValue* key : keys->items) {
      const std::size_t left = map_.bytes().size() - at;
      require<format_error>(left >= 8, "{}, byte {}: the file is truncated: storage {} is missing", path_, at,
                            key->text);
      std::uint64_t count = 0;
      for (std::size_t i = 0; i < 8; ++i)
        count |= std::to_integer<std::uint64_t>(map_.bytes()[at + i]) << (8 * i);
      const auto width = static_cast<std::uint64_t>(widths.contains(key->text) ? widths[key->text] : 4);
      require<format_error>(count <= (left - 8) / width,
                            "{}, byte {}: the file is truncated: storage {} has {} numbers", path_, at,
                            key->text, count);
      storages[key->text] = map_.bytes().subspan(at + 8, static_cast<std::size_t>(count * width));
      at += 8 + static_cast<std::size_t>(count * width);
    }
    tensors_ = named_tensors(
        path_, *root,
        [&](const std::string& key) {
          require<format_error>(storages.contains(key), "{}: storage {} is not in the file", path_, key);
          return storages[key];
        },
        separator_);
  }

  std::string path_;
  std::string separator_;
  std::string kind_;
  MemoryMap map_;
  std::unique_ptr<SafetensorsFile> safetensors_;
  std::list<Bytes> kept_;
  std::list<PickleDocument> documents_;
  std::vector<ArchivedTensor> tensors_;
};

}  // namespace flashvideo
