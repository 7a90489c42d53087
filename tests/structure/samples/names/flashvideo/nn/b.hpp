// SPDX-License-Identifier: MIT
#pragma once
namespace flashvideo {
namespace one {
struct innocent_twin {};
}  // namespace one
namespace two {
struct innocent_twin {};
namespace three {
struct hidden_deeper {};
}  // namespace three
}  // namespace two
struct hidden_deeper {};
}  // namespace flashvideo
