// SPDX-License-Identifier: MIT
#pragma once

#include "common/interrupt.hpp"
#include "flashvideo/io/json.hpp"
#include "train/open_clips.hpp"

namespace example {

/// `run_training` of a model whose pictures are icetk's tokens; compiled by itself.
int train_icetk(const TrainingArguments& arguments, const flashvideo::Json& json, const Interrupt& interrupt);

}  // namespace example
