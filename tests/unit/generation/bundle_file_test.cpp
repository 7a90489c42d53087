// SPDX-License-Identifier: MIT
#include "flashvideo/generation/bundle_file.hpp"

#include "support/catch.hpp"
#include "unit/generation/tiny_bundle.hpp"

using namespace flashvideo;
using test::message_of;

TEST_CASE("BundleFile: what a bundle is made of is known before its tensors are read") {
  const test::TemporaryFolder folder;
  const auto one = BundleFile::open(test::write_bundle<TransformerPolicy>(folder, "one.safetensors"));
  CHECK(one.parts() == "words, vq_vae, transformer, transformer");
  CHECK(one.is_of<TransformerParts>());
  CHECK_FALSE(one.is_of<FlashVideoParts>());
  CHECK(one.configuration().num_text_tokens == 262);
  CHECK(one.json().at("num_text_tokens") == Json(262));
  const auto two = BundleFile::open(test::write_bundle<>(folder, "two.safetensors", false));
  CHECK(two.is_of<FlashVideoParts>());
  CHECK_FALSE(two.is_of<WordsAndVqVae<FlashVideoPolicy, TransformerPolicy>>());
  CHECK(two.tensors().path() == folder.file("two.safetensors"));
}

TEST_CASE("BundleFile: a configuration that is no object, or of other parts, is named with the file") {
  const test::TemporaryFolder folder;
  test::Bundle bundle(test::write_bundle<>(folder, "right.safetensors"));
  const std::string path = folder.file("wrong.safetensors");
  const std::string right = bundle.metadata["configuration"];
  const auto write = [&](const std::string& configuration) {
    bundle.metadata["configuration"] = configuration;
    bundle.write(path);
  };
  write("3");
  CHECK(message_of<format_error>([&] { BundleFile::open(path); }) ==
        path + ": metadata \"configuration\": expected an object");
  write("{}");
  CHECK(BundleFile::open(path).parts() == ", , , ");
  write(test::replaced(right, "\"words\"", "\"icetk\""));
  const auto other = BundleFile::open(path);
  CHECK(other.parts() == "icetk, vq_vae, flashvideo, flashvideo");
  CHECK(message_of<format_error>([&] { other.configuration(); }) ==
        path + ": metadata \"configuration\": text_tokenizer.kind is \"icetk\", expected \"words\"");
}
