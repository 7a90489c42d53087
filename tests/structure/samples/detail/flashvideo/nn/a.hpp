// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo::detail {
struct Inner {};
}  // namespace flashvideo::detail
