// SPDX-License-Identifier: MIT
#pragma once

/// @{
/// Version of the library; CMakeLists.txt reads it from these three lines.
#define FLASHVIDEO_VERSION_MAJOR 0
#define FLASHVIDEO_VERSION_MINOR 1
#define FLASHVIDEO_VERSION_PATCH 0
/// @}
