// SPDX-License-Identifier: MIT
#pragma once
// A macro's name in a comment (slots), in a literal, in an #include or without its arguments is no fault.
#include <foreach>
namespace flashvideo {
inline int slots = 0;                                         // refused as a macro: slots
inline int smallest(int a) { return std::min(a, 1); }         // refused as a macro: min
inline int largest = std::numeric_limits<int>::max();         // refused as a macro: max
inline int innocent_smallest(int a) { return (std::min)(a, std::max<int>(a, 1)); }
inline const char* innocent_literal = "signals slots";
enum class Weather { None, Sunny };                           // refused as a macro: None
}  // namespace flashvideo
