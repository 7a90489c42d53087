// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo::core_detail {
struct Inner {};
}  // namespace flashvideo::core_detail
