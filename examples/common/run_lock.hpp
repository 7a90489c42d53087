// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/atomic_folder.hpp"

namespace example {

/// While it lives no other run holds a folder that files are written into one after another. The folder is made
/// if it is not there, and goes again if nothing came into it. Throws io_error when a live run holds it, or when
/// it cannot be written to.
/// @code
///   const RunLock lock("training");
/// @endcode
class RunLock {
 public:
  explicit RunLock(const std::string& folder) {
    std::error_code failure;
    if (std::filesystem::create_directories(folder, failure)) made_ = folder;
    if (failure) flashvideo::throw_io_error("create", folder, failure.value());
    claim_ = flashvideo::claim_folder(folder, folder + "/.flashvideo-run");
    flashvideo::require<flashvideo::io_error>(claim_.descriptor >= 0,
                                              "cannot write {}: another run is writing there", folder);
  }
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock() {
    if (claim_.descriptor < 0) return;
    ::rmdir(claim_.name.c_str());
    ::close(claim_.descriptor);
    if (!made_.empty()) ::rmdir(made_.c_str());  // refuses where files are
  }

 private:
  std::string made_;
  flashvideo::PathClaim claim_;
};

}  // namespace example
