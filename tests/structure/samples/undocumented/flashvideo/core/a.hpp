// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo {

namespace core_detail {
struct Inner {};
}  // namespace core_detail

/// A comment.
struct Told {
  int untold;

 private:
  int hidden_;
};

}  // namespace flashvideo
