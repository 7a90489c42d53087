// SPDX-License-Identifier: MIT
// A whole torchscale RetNetDecoder (microsoft/torchscale@4d1e0e8): weights by their original names, logits,
// recurrent logits and states, loss and every gradient, in float and double. FLASHVIDEO_GOLDEN_FILES (colon
// separated) adds files of the same layout and any sizes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/parameter_file.hpp"
#include "support/catch.hpp"

namespace {

using namespace flashvideo;

std::vector<std::string> golden_files() {
  std::vector<std::string> files{FLASHVIDEO_SOURCE_DIR "/tests/golden/torchscale_retnet_tiny.safetensors"};
  if (const char* more = std::getenv("FLASHVIDEO_GOLDEN_FILES")) {
    std::stringstream list(more);
    for (std::string path; std::getline(list, path, ':');) {
      if (!path.empty()) files.push_back(path);
    }
  }
  return files;
}

/// Largest difference as a share of the golden's largest value.
template <typename Scalar>
double worst(const std::vector<double>& golden, const std::vector<Scalar>& ours) {
  REQUIRE(golden.size() == ours.size());
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < golden.size(); ++i) {
    largest = std::max(largest, std::abs(golden[i]));
    difference = std::max(difference, std::abs(golden[i] - static_cast<double>(ours[i])));
  }
  return difference / largest;
}

DecoderConfiguration configuration_of(const SafetensorsFile& file) {
  const Json json = parse_json(file.metadata("config"));
  REQUIRE(json.at("activation_fn").as_string() == "swish");
  DecoderConfiguration sizes;
  sizes.vocabulary = json.at("vocab_size").as_integer();
  sizes.d_model = json.at("decoder_embed_dim").as_integer();
  sizes.d_value = json.at("decoder_value_embed_dim").as_integer();
  sizes.d_feed_forward = json.at("decoder_ffn_embed_dim").as_integer();
  sizes.num_layers = json.at("decoder_layers").as_integer();
  sizes.num_heads = json.at("decoder_retention_heads").as_integer();
  sizes.epsilon = json.at("layernorm_eps").as_number();
  sizes.scale_embedding = !json.at("no_scale_embedding").as_bool();
  // each angle is stored twice, for both elements of its pair
  const std::vector<double> angles = file.read<double>("weight.retnet_rel_pos.angle");
  for (std::size_t j = 0; j < angles.size(); j += 2) sizes.position.theta.push_back(angles[j]);
  sizes.position.rule = sizes.decay.rule = "stored";
  sizes.decay.lambda = file.read<double>("weight.retnet_rel_pos.decay");
  return sizes;
}

template <typename Scalar>
struct Limits;
template <>
struct Limits<double> {
  static constexpr const char* prefix = "float64.";
  static constexpr double logits = 1e-10, states = 1e-10, gradients = 1e-10;
};
template <>
struct Limits<float> {
  static constexpr const char* prefix = "float32.";
  static constexpr double logits = 2e-5, states = 1e-4, gradients = 1e-4;
};

template <typename Scalar>
void compare(const std::string& path, std::set<std::string>& compared) {
  using Limit = Limits<Scalar>;
  const SafetensorsFile file(path);
  const DecoderConfiguration sizes = configuration_of(file);
  const Cpu cpu(2);
  Decoder<FlashVideoPolicy, Cpu, Scalar> decoder(sizes);
  const auto& layout = decoder.layout();
  const std::vector<Scalar> host = read_parameters<Scalar>(file, "weight.", layout);
  refuse_extra_tensors(file, "weight.", layout,
                       {"weight.retnet_rel_pos.angle", "weight.retnet_rel_pos.decay"});
  const ParameterView<const Scalar> values(host.data());
  const auto& extents = file.find("tokens").shape;
  const index_t batch = extents[0];
  const index_t length = extents[1];
  const auto rows = static_cast<std::size_t>(batch * length);
  std::vector<token_t> tokens;
  for (const auto id : file.read<std::int64_t>("tokens")) tokens.push_back(static_cast<token_t>(id));
  Workspace<Cpu> workspace(cpu);
  const std::string prefix = Limit::prefix;
  double worst_logits = 0;
  double worst_states = 0;
  double worst_gradient = 0;
  const auto check = [&](const std::string& name, const std::vector<Scalar>& ours, double limit,
                         double& over_all) {
    CAPTURE(path, name);
    const double difference = worst(file.read<double>(prefix + name), ours);
    CHECK(difference <= limit);
    over_all = std::max(over_all, difference);
    compared.insert(prefix + name);
  };

  const auto training_modes = [&](auto mode) {
    const std::vector<token_t> every_row(rows, 0);
    std::vector<Scalar> logits(rows * static_cast<std::size_t>(sizes.vocabulary));
    decoder.logits(cpu, mode, values, {batch, length, tokens, every_row},
                   {logits.data(), {batch * length, sizes.vocabulary}}, workspace);
    check("logits", logits, Limit::logits, worst_logits);

    std::vector<token_t> labels(rows, no_label);
    for (index_t b = 0; b < batch; ++b) {
      for (index_t n = 0; n + 1 < length; ++n) {
        labels[static_cast<std::size_t>(b * length + n)] =
            tokens[static_cast<std::size_t>(b * length + n + 1)];
      }
    }
    const auto items = static_cast<Scalar>(batch * (length - 1));
    std::vector<Scalar> gradients(host.size(), Scalar{0});
    const double sum = decoder.loss(cpu, mode, values, {batch, length, tokens, labels}, Scalar{1} / items,
                                    ParameterView<Scalar>(gradients.data()), workspace);
    check("loss", {static_cast<Scalar>(sum / static_cast<double>(items))}, Limit::logits, worst_logits);
    for (const auto& entry : layout.entries()) {
      const auto begin = gradients.begin() + static_cast<std::ptrdiff_t>(entry.offset);
      check("grad." + entry.name, {begin, begin + static_cast<std::ptrdiff_t>(entry.size)}, Limit::gradients,
            worst_gradient);
    }
  };
  training_modes(Parallel{});
  training_modes(Chunkwise<8>{});
  training_modes(Recurrent{});

  // token by token, both sequences as lanes of one pack
  using State = typename Decoder<FlashVideoPolicy, Cpu, Scalar>::State;
  std::vector<State> states;
  for (index_t b = 0; b < batch; ++b) states.push_back(decoder.initial_state(cpu));
  std::vector<Scalar> logits(rows * static_cast<std::size_t>(sizes.vocabulary));
  std::vector<Scalar> step(static_cast<std::size_t>(batch * sizes.vocabulary));
  for (index_t n = 0; n < length; ++n) {
    std::vector<typename Decoder<FlashVideoPolicy, Cpu, Scalar>::LaneSpan> lanes;
    for (index_t b = 0; b < batch; ++b) {
      lanes.push_back({&states[static_cast<std::size_t>(b)],
                       std::span<const token_t>(tokens).subspan(static_cast<std::size_t>(b * length + n), 1),
                       1});
    }
    decoder.absorb(cpu, values, lanes, {step.data(), {batch, sizes.vocabulary}}, workspace);
    for (index_t b = 0; b < batch; ++b) {
      std::copy_n(step.begin() + static_cast<std::ptrdiff_t>(b * sizes.vocabulary), sizes.vocabulary,
                  logits.begin() + static_cast<std::ptrdiff_t>((b * length + n) * sizes.vocabulary));
    }
  }
  check("recurrent_logits", logits, Limit::logits, worst_logits);
  const index_t d_key = sizes.d_model / sizes.num_heads;
  const index_t d_value = sizes.d_value / sizes.num_heads;
  for (index_t layer = 0; layer < sizes.num_layers; ++layer) {
    std::vector<Scalar> transposed;  // torchscale keeps (B, H, Dv, Dk)
    for (const State& state : states) {
      const auto memory = state.layers()[static_cast<std::size_t>(layer)].memory();
      for (index_t h = 0; h < sizes.num_heads; ++h) {
        for (index_t v = 0; v < d_value; ++v) {
          for (index_t k = 0; k < d_key; ++k) transposed.push_back(memory(h, k, v));
        }
      }
    }
    check("recurrent_state." + std::to_string(layer), transposed, Limit::states, worst_states);
  }
  WARN(path << " " << prefix << " worst: logits " << worst_logits << ", states " << worst_states
            << ", gradients " << worst_gradient);
}

TEST_CASE("golden_torchscale: logits, states, loss and every gradient of a RetNetDecoder") {
  std::size_t files = 0;
  std::size_t tensors = 0;
  for (const std::string& path : golden_files()) {
    std::set<std::string> compared;
    compare<double>(path, compared);
    compare<float>(path, compared);
    const SafetensorsFile file(path);
    for (const std::string& name : file.names()) {
      CAPTURE(path, name);
      const bool input = name == "tokens" || name.starts_with("weight.");
      CHECK((input || compared.contains(name)));
    }
    ++files;
    tensors += compared.size();
  }
  WARN("files read: " << files << ", tensors compared: " << tensors);
}

}  // namespace
