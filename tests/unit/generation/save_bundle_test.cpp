// SPDX-License-Identifier: MIT
#include "flashvideo/generation/save_bundle.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace {

using Model = VideoModel<FlashVideoParts, Cpu>;

TEST_CASE("save_bundle: values that do not fit are refused, and nothing is half-written") {
  const BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  values.key_frame.pop_back();
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(save_bundle<Model>(folder.file("a"), c, values, DType::F32), shape_error);
  CHECK(folder.names().empty());  // nothing is half-written
  values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  CHECK_THROWS_AS(save_bundle<Model>(folder.file("none/a"), c, values, DType::F32), io_error);
}

TEST_CASE("save_bundle: int8 leaves the image tokenizer as it is") {
  const BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  const test::TemporaryFolder folder;
  save_bundle<Model>(folder.file("a.safetensors"), c, values, DType::I8, {{"seed", "7"}});
  const SafetensorsFile file(folder.file("a.safetensors"));
  CHECK(file.metadata("seed") == "7");
  CHECK(file.find("key_frame_model.embed_tokens.weight").dtype == DType::I8);
  CHECK(file.find("image_tokenizer.codebook").dtype == DType::F32);
}

}  // namespace
