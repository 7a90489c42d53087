// SPDX-License-Identifier: MIT
#pragma once

/// @{
/// Version of the library; CMakeLists.txt reads it from these three lines.
#define FLASHVIDEO_VERSION_MAJOR 0
#define FLASHVIDEO_VERSION_MINOR 1
#define FLASHVIDEO_VERSION_PATCH 0
/// @}

/// An internal step: the numbers between points.
#define FLASHVIDEO_DETAIL_DOTTED(major, minor, patch) #major "." #minor "." #patch
/// An internal step: macros among the numbers are expanded first.
#define FLASHVIDEO_DETAIL_EXPANDED(major, minor, patch) FLASHVIDEO_DETAIL_DOTTED(major, minor, patch)
/// The same as a text: "1.2.3".
#define FLASHVIDEO_VERSION \
  FLASHVIDEO_DETAIL_EXPANDED(FLASHVIDEO_VERSION_MAJOR, FLASHVIDEO_VERSION_MINOR, FLASHVIDEO_VERSION_PATCH)
