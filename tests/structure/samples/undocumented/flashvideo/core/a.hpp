// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo {

namespace detail {
struct Inner {};
}  // namespace detail

/// A comment.
struct Told {
  int untold;

 private:
  int hidden_;
};

}  // namespace flashvideo
