// SPDX-License-Identifier: MIT
#include "../../../examples/convert/name_rules.hpp"

#include "flashvideo/tokenizer/image/hvq_vae.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

TEST_CASE("NameRules: icetk's tensors come to HvqVae's names, a training's other state is left out") {
  const example::NameRules rules(FLASHVIDEO_SOURCE_DIR "/examples/convert/rules/icetk.rules");
  const auto renamed = [&](const std::string& name) { return rules.apply({name, {}}); };
  const HvqVae<float> model(test::tiny_hvq_vae());
  for (const auto& entry : model.layout().entries())
    CHECK(renamed("module." + entry.name)->name == entry.name);
  for (const auto& tensor : model.unused_tensors())
    CHECK(renamed("module." + tensor.name)->name == tensor.name);
  CHECK_FALSE(renamed("optimizer.state.0.exp_avg").has_value());
  CHECK_FALSE(renamed("torch_rng_state").has_value());
  CHECK_THROWS_WITH(renamed("discriminator.conv.weight"),
                    Catch::Contains("no rule fits the tensor \"discriminator.conv.weight\""));
}
