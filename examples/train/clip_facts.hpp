// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "flashvideo/data/clip_source.hpp"
#include "train/chosen_configuration.hpp"
#include "train/open_clips.hpp"

namespace example {

/// The picture size that a command line gives: "96x64", width first; nothing for an empty text.
/// @throws usage_error for anything else
std::optional<flashvideo::ClipSize> picture_size(const std::string& text);

/// What is known of the clips of a command line before any work: of a folder the captions, and of at most 64 of its videos
/// extents, lengths and rates; of the small world and the digits what they are.
/// @throws usage_error for a data set, whose rates and captions follow from its options
/// @throws format_error when no video can be read, and as `read_caption_list`
ClipFacts look_at_clips(const TrainingArguments& arguments);

}  // namespace example
