// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace example {

/// The command line asks for something that cannot be: exit status 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace example
