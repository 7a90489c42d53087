// SPDX-License-Identifier: MIT
#include "flashvideo/tokenizer/image/hvq_vae_file.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/tokenizer/image/hvq_vae_tokenizer.hpp"
#include "support/catch.hpp"
#include "support/hvq_vae_weights.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

std::string message(const test::TemporaryFolder& folder, const std::string& leave_out,
                    const std::string& extra = "") {
  const std::string path = folder.file("icetk.safetensors");
  test::write_icetk_file(path, test::tiny_hvq_vae(), leave_out, extra);
  const SafetensorsFile file(path);
  return test::message_of<format_error>([&] { HvqVaeFile(file, test::tiny_hvq_vae()); });
}

}  // namespace

TEST_CASE("HvqVaeFile: every tensor of a file of icetk's order comes to its place") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("icetk.safetensors");
  const HvqVaeConfiguration configuration = test::tiny_hvq_vae();
  test::write_icetk_file(path, configuration);
  const SafetensorsFile file(path);
  const HvqVaeTokenizer<Cpu> tokenizer(Cpu(1), configuration, HvqVaeFile(file, configuration));
  const std::vector<float> host = tokenizer.host_values();
  for (const auto& entry : tokenizer.layout().entries()) {
    const bool is_convolution = entry.shape.size() == 4;
    const index_t d_in = is_convolution ? entry.shape[3] : 1;
    const index_t window = is_convolution ? entry.shape[1] * entry.shape[2] : entry.size;
    std::vector<index_t> shape = entry.shape;
    if (is_convolution) shape = {shape[0], shape[3], shape[1], shape[2]};
    const auto theirs = test::hashed_tensor(entry.name, shape);
    index_t different = 0;
    for (index_t i = 0; i < entry.size; ++i) {  // ours (o, k, i), theirs (o, i, k)
      const index_t o = i / (window * d_in), k = i / d_in % window, in = i % d_in;
      const float wanted = theirs[static_cast<std::size_t>((o * d_in + in) * window + k)];
      different += host[static_cast<std::size_t>(entry.offset + i)] != wanted ? 1 : 0;
    }
    INFO(entry.name);
    CHECK(different == 0);
  }
}

TEST_CASE("HvqVaeFile: missing and unknown tensors are named, the unused ones may be missing") {
  const test::TemporaryFolder folder;
  const std::string begin = folder.file("icetk.safetensors") + ": has other tensors than this model: ";
  CHECK(message(folder, "") == "nothing thrown");
  CHECK(message(folder, "quantize.embed_avg") == "nothing thrown");
  CHECK(message(folder, "enc.mid.attn_1.q.bias", "enc.mid.attn_2.q.bias") ==
        begin + R"(missing "enc.mid.attn_1.q.bias"; extra "enc.mid.attn_2.q.bias")");
  CHECK(message(folder, "decs.1.conv_out.weight") ==
        begin + R"(missing "decs.1.conv_out.weight"; extra none)");
}

TEST_CASE("HvqVaeFile: an unused tensor of another shape is refused") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("icetk.safetensors");
  test::write_icetk_file(path, test::tiny_hvq_vae());
  const SafetensorsFile file(path);
  HvqVaeConfiguration other = test::tiny_hvq_vae();
  other.num_codes = 31;
  CHECK_THROWS_WITH(HvqVaeFile(file, other), Catch::Contains("quantize.cluster_size"));
}
