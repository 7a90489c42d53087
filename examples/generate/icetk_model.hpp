// SPDX-License-Identifier: MIT
#pragma once

#include "flashvideo/generation/bundle_file.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace example {

/// Whether a bundle's pictures are icetk's tokens.
bool has_icetk_pictures(const flashvideo::BundleFile& file);

/// Loads such a bundle; compiled by itself, beside the library's own list of models.
flashvideo::VideoGenerator load_icetk_model(const flashvideo::BundleFile& file, int threads,
                                            flashvideo::WeightStorage storage);

}  // namespace example
