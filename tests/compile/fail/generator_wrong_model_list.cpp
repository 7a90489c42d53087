// SPDX-License-Identifier: MIT
// A list with something that is no model's parts.
// EXPECT: constraints not satisfied
// EXPECT: is_model_list
// ERRORS: 1
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"

struct Empty {};
void wrong() {
  flashvideo::load_text_to_video<flashvideo::ModelList<flashvideo::FlashVideoParts, Empty>>("x");
}
