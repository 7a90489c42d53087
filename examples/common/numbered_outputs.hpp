// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/atomic_folder.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/memory_map.hpp"
#include "flashvideo/io/written_files.hpp"
#include "run_lock.hpp"

namespace example {

/// Files whose names the program chooses (0000.mp4, 0001.mp4, ...) in a folder that the user names. They appear
/// one after another, so one run at a time writes there; only those that an earlier run wrote and nobody has
/// changed since are replaced (`WrittenFiles`), anything else under one of the names is refused at once,
/// io_error naming it.
/// @code
///   NumberedOutputs outputs("videos", {"0000.mp4", "0001.mp4"});
///   auto sink = open_video_sink(outputs.path("0000.mp4"));  // ... sink->finish();
///   outputs.finished("0000.mp4");
/// @endcode
class NumberedOutputs {
 public:
  NumberedOutputs(const std::string& folder, const std::vector<std::string>& names)
      : folder_(folder), lock_(folder), written_(folder) {
    for (const std::string& name : names) {
      if (flashvideo::names_folder(path(name))) {
        const flashvideo::AtomicFolder frames(path(name));  // refuses what it may not replace
      } else {
        const bool free = !std::filesystem::exists(std::filesystem::symlink_status(path(name)));
        flashvideo::require<flashvideo::io_error>(
            free || written_.holds(name),
            "cannot write {}: the folder holds another file, {}; only what an earlier run wrote is replaced",
            folder, name);
      }
    }
  }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  /// The file is whole: later runs may replace it. (Folders of frames say so themselves.)
  void finished(const std::string& name) {
    if (std::filesystem::is_directory(path(name))) return;
    written_.add(name, flashvideo::MemoryMap(path(name)).bytes());
    written_.save(folder_);
  }

 private:
  std::string folder_;
  RunLock lock_;
  flashvideo::WrittenFiles written_;
};

}  // namespace example
