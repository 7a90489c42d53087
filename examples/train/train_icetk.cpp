// SPDX-License-Identifier: MIT
#include "train/train_icetk.hpp"

#include "flashvideo/generation/icetk_parts.hpp"
#include "train/run_training.hpp"

namespace example {

int train_icetk(const TrainingArguments& arguments, const flashvideo::Json& json,
                const Interrupt& interrupt) {
  return run_training<flashvideo::IcetkParts>(arguments, json, interrupt);
}

}  // namespace example
