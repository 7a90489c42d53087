// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo::backend_detail {
struct Inner {};
}  // namespace flashvideo::backend_detail
