// SPDX-License-Identifier: MIT
#include "generate/icetk_model.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/icetk_parts.hpp"

namespace example {

bool has_icetk_pictures(const flashvideo::BundleFile& file) {
  return file.json().at("image_tokenizer").at("kind").as_string() ==
         flashvideo::HvqVaeTokenizer<flashvideo::Cpu>::kind;
}

flashvideo::VideoGenerator load_icetk_model(const flashvideo::BundleFile& file, int threads,
                                            flashvideo::WeightStorage storage) {
  return flashvideo::load_text_to_video<flashvideo::ModelList<flashvideo::IcetkParts>>(
      file, flashvideo::Cpu(threads), storage);
}

}  // namespace example
