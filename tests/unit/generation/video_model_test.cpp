// SPDX-License-Identifier: MIT
#include "flashvideo/generation/video_model.hpp"
#include "flashvideo/generation/save_bundle.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "support/catch.hpp"
#include "unit/generation/tiny_bundle.hpp"

using namespace flashvideo;
using test::Bundle;
using test::message_of;
using test::replaced;
using test::TinyModel;
using test::write_bundle;
using Model = TinyModel<FlashVideoPolicy>;

namespace {

const Cpu cpu(1);

/// The numbers of a decoder whose weights are float32, in the layout's order.
template <typename Trained>
std::vector<float> numbers(const Trained& model) {
  const ParameterLayout& layout = model.decoder.layout();
  std::vector<float> host(static_cast<std::size_t>(layout.size()));
  for (const auto& entry : layout.entries()) {
    if (entry.kept < 0) continue;
    const auto kept = model.parameters()[Parameter<1>{entry.offset, {entry.size}, entry.kept}];
    std::copy_n(kept.data(), entry.size, host.data() + entry.offset);
  }
  for (std::size_t i = 0; i < layout.products().size(); ++i) {
    const Parameter<2>& plain = layout.products()[i].matrix;
    const PackedMatrix& w = model.parameters()[ProductParameter{plain, static_cast<index_t>(i)}];
    for (index_t m = 0; m < w.outputs; ++m) {
      index_t j = 0;
      const std::byte* panel = w.panel_of<Float32Weights>(m, j);
      for (index_t k = 0; k < w.inner; ++k)
        host[static_cast<std::size_t>(plain.offset + m * w.inner + k)] = Float32Weights::weight(panel, j, k);
    }
  }
  return host;
}

double worst(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double gap = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (b[i] != 0 || gap > 0) worst = std::max(worst, gap / std::abs(static_cast<double>(b[i])));
  }
  return worst;
}

/// What loading a changed bundle says, without its path.
template <typename Change>
std::string complaint(const Change& change, bool one_network = true) {
  const test::TemporaryFolder folder;
  const std::string path = write_bundle(folder, "right.safetensors", one_network);
  Bundle bundle(path);
  change(bundle);
  const std::string wrong = folder.file("wrong.safetensors");
  bundle.write(wrong);
  const std::string message = message_of<format_error>([&] { Model::load(wrong, cpu); });
  CHECK(std::count(message.begin(), message.end(), '\n') == 0);
  if (!message.starts_with(wrong)) return "without its path: " + message;
  return message.substr(wrong.size());
}

/// What loading a file of these bytes says, without its path.
std::string complaint_of_bytes(const std::string& bytes) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("wrong.safetensors");
  test::write_text(path, bytes);
  const std::string message = message_of<format_error>([&] { Model::load(path, cpu); });
  if (!message.starts_with(path)) return "without its path: " + message;
  return message.substr(path.size());
}

}  // namespace

TEST_CASE("VideoModel: a bundle comes back as it was saved, exactly from F32") {
  const test::TemporaryFolder folder;
  for (const bool one_network : {true, false}) {
    const auto model = Model::load(write_bundle(folder, "a.safetensors", one_network), cpu);
    BundleConfiguration<> c = test::tiny_configuration("flashvideo");
    c.one_network = one_network;
    const auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
    CHECK(to_json(model->configuration()).dump() == to_json(c).dump());
    CHECK(model->image_tokenizer().host_values() == values.image_tokenizer);
    CHECK(numbers(*model->key_model()) == values.key_frame);
    CHECK(numbers(*model->gap_model()) == (one_network ? values.key_frame : values.interpolation));
    CHECK((model->key_model() == model->gap_model()) == one_network);
    CHECK(model->text_tokenizer().vocabulary_size() == c.num_text_tokens);
    CHECK(model->frame_layout().grid_height == 4);
    CHECK(model->frame_layout().longest_segment == 5);
    CHECK(model->frame_layout().carried == 2);
  }
  CHECK(SafetensorsFile(folder.file("a.safetensors")).metadata("steps") == "12");
}

TEST_CASE("VideoModel: smaller storage comes back rounded") {
  const test::TemporaryFolder folder;
  const auto exact = Model::load(write_bundle(folder, "a.safetensors"), cpu);
  const auto bf16 = Model::load(write_bundle(folder, "b.safetensors", true, DType::BF16), cpu);
  const auto f16 = Model::load(write_bundle(folder, "c.safetensors", true, DType::F16), cpu);
  const auto int8 = Model::load(write_bundle(folder, "d.safetensors", true, DType::I8), cpu);
  CHECK(worst(numbers(*bf16->key_model()), numbers(*exact->key_model())) <= 0x1p-8);
  CHECK(worst(numbers(*bf16->key_model()), numbers(*exact->key_model())) > 0);
  CHECK(worst(bf16->image_tokenizer().host_values(), exact->image_tokenizer().host_values()) <= 0x1p-8);
  CHECK(worst(int8->image_tokenizer().host_values(), exact->image_tokenizer().host_values()) <= 0x1p-8);
  double gap = 0;
  const auto a = numbers(*int8->key_model()), b = numbers(*exact->key_model()),
             h = numbers(*f16->key_model());
  for (std::size_t i = 0; i < a.size(); ++i) {
    gap = std::max(gap, std::abs(static_cast<double>(a[i] - b[i])));
    CHECK(std::abs(h[i] - b[i]) <= 0x1p-11F * std::abs(b[i]) + 0x1p-24F);
  }
  CHECK(gap < 0.05);
  CHECK(std::filesystem::file_size(folder.file("b.safetensors")) <
        std::filesystem::file_size(folder.file("a.safetensors")));
}

TEST_CASE("VideoModel: a file that is no bundle is named with what it is") {
  const test::TemporaryFolder folder;
  CHECK(message_of<io_error>([&] { Model::load(folder.file("none"), cpu); }).find(folder.file("none")) !=
        std::string::npos);
  CHECK(complaint_of_bytes("") == ", byte 0: the file is empty");
  CHECK(complaint_of_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1234\n") ==
        ", byte 0: the file is a Git LFS pointer (fetch the file itself with `git lfs pull`)");
  CHECK(complaint_of_bytes(std::string("PK\x03\x04", 4) + std::string(100, 'x')) ==
        ", byte 0: the file is a zip archive (PyTorch's .pt files are), expected a safetensors file");
  CHECK(complaint_of_bytes("\x89PNG\r\n\x1a\n rest of a picture") ==
        ", byte 0: the file is a PNG picture, expected a safetensors file");
  const std::string whole = test::read_text(write_bundle(folder, "right.safetensors"));
  CHECK(complaint_of_bytes(whole.substr(0, 5)).find("truncated") != std::string::npos);
  CHECK(complaint_of_bytes(whole.substr(0, 300)).find("truncated") != std::string::npos);
  CHECK(complaint_of_bytes(whole.substr(0, whole.size() - 1)).find("truncated") != std::string::npos);
  CHECK(complaint_of_bytes(whole + "x").find("after the last tensor") != std::string::npos);
}

TEST_CASE("VideoModel: a bundle of another format, version or configuration is refused") {
  const std::string no_bundle = ": the file is no flashvideo bundle (metadata \"format\")";
  CHECK(complaint([](Bundle& b) { b.metadata.erase("format"); }) == no_bundle);
  CHECK(complaint([](Bundle& b) { b.metadata["format"] = "other"; }) == no_bundle);
  CHECK(complaint([](Bundle& b) { b.metadata["format_version"] = "3"; }) ==
        ": format version 3, expected 1 or 2");
  CHECK(complaint([](Bundle& b) { b.metadata.erase("format_version"); }) ==
        ": has no metadata \"format_version\"");
  CHECK(complaint([](Bundle& b) { b.metadata.erase("configuration"); }) ==
        ": has no metadata \"configuration\"");
  const auto configuration = [](const std::string& from, const std::string& to) {
    return complaint(
        [&](Bundle& b) { b.metadata["configuration"] = replaced(b.metadata["configuration"], from, to); });
  };
  CHECK(configuration("\"carried\":", "\"carry\":") ==
        ": metadata \"configuration\": carry: unknown, did you mean carried?");
  CHECK(configuration("\"d_model\":24", "\"d_model\":0") ==
        ": metadata \"configuration\": key_frame_model.d_model is 0, expected >= 1");
  CHECK(configuration("\"num_serials\":5", "\"num_serials\":6") ==
        ": metadata \"configuration\": a decoder has a vocabulary of 273 and 5 outputs, expected 274 and 5");
  CHECK(configuration("\"star\"", "\"star\",\"up\"") == ": the text tokenizer has 263 ids, the decoders 262");
  CHECK(configuration("{", "").find(": metadata \"configuration\": ") == 0);
  CHECK(configuration("\"star\"", "\"red\"") == ": WordTokenizer: the word \"red\" is given twice");
}

TEST_CASE("VideoModel: a missing, extra or misshapen tensor is named") {
  const std::string norm = "key_frame_model.layers.0.retention_layer_norm.weight";
  CHECK(complaint([&](Bundle& b) { b.tensors.erase(norm); }) == ": has no tensor \"" + norm + '"');
  CHECK(complaint([&](Bundle& b) {
          b.tensors[norm] = {{25}, std::vector<float>(25)};
        }) == ": tensor \"" + norm + "\" has shape (25), expected (24)");
  CHECK(complaint([&](Bundle& b) {
          b.tensors[norm].first = {24, 1};
        }) == ": tensor \"" + norm + "\" has shape (24, 1), expected (24)");
  for (const std::string name :
       {"key_frame_model.more", "image_tokenizer.more", "more", "interpolation_model.more"}) {
    CHECK(complaint([&](Bundle& b) {
            b.tensors[name] = {{1}, {0.0F}};
          }) == ": has the extra tensor \"" + name + "\", which this model does not have");
  }
  const auto without = [](const std::string& name, bool one_network) {
    return complaint([&](Bundle& b) { CHECK(b.tensors.erase(name) == 1); }, one_network);
  };
  CHECK(without("image_tokenizer.codebook", true) == ": has no tensor \"image_tokenizer.codebook\"");
  CHECK(without("interpolation_model.embed_tokens.weight", false) ==
        ": has no tensor \"interpolation_model.embed_tokens.weight\"");
  CHECK(complaint(
            [](Bundle& b) {
              b.tensors["interpolation_model.more"] = {{1}, {0.0F}};
            },
            false) == ": has the extra tensor \"interpolation_model.more\", which this model does not have");
}

TEST_CASE("VideoModel: another policy than the type's is refused by name") {
  const test::TemporaryFolder folder;
  const std::string transformer = write_bundle<TransformerPolicy>(folder, "transformer.safetensors");
  CHECK(message_of<format_error>([&] { Model::load(transformer, cpu); }) ==
        transformer + ": the key_frame_model has policy \"transformer\", expected \"flashvideo\"");
  using Mixed = VideoModel<WordsAndVqVae<FlashVideoPolicy, TransformerPolicy>, Cpu>;
  const std::string path = write_bundle(folder, "a.safetensors", false);
  CHECK(message_of<format_error>([&] { Mixed::load(path, cpu); }) ==
        path + ": the interpolation_model has policy \"flashvideo\", expected \"transformer\"");
}

TEST_CASE("VideoModel: values that do not fit are refused") {
  const BundleConfiguration<> c = test::tiny_configuration("flashvideo");
  auto values = test::tiny_values<FlashVideoPolicy, Cpu>(c, 7);
  values.key_frame.pop_back();
  const auto size = values.key_frame.size();
  CHECK(message_of<shape_error>([&] { Model(cpu, c, values); }) ==
        "VideoModel: " + std::to_string(size) + " parameter values, expected " + std::to_string(size + 1));
}

TEST_CASE("VideoModel: only interpolations that were trained may be asked for") {
  const auto model = test::tiny_model(cpu).model();
  const auto complaint = [&](index_t between, index_t rounds, index_t given = 0) {
    GenerationOptions options;
    options.between = between;
    options.rounds = rounds;
    return message_of<value_error>([&] {
      model->check_gaps(options);
      model->check_given(options, given, 0);
    });
  };
  CHECK(complaint(3, 1) == "nothing thrown");
  CHECK(complaint(1, 2) == "nothing thrown");
  CHECK(complaint(7, 0) == "nothing thrown");
  CHECK(complaint(3, 2) ==
        "TextToVideo: the model was not trained to interpolate 3 frames at spacing 4 (round 1); (between, "
        "spacing) it knows: (3, 1), (1, 1), (1, 2)");
  CHECK(complaint(1, 3).find("1 frames at spacing 4 (round 1)") != std::string::npos);
  CHECK(
      complaint(1, 1) ==
      "TextToVideo: 1 frames between in 1 rounds put key frames 2 frames apart, the model was trained at 4");
  CHECK(complaint(1, 1, 4) == complaint(1, 1));
  CHECK(complaint(1, 1, 5) == "nothing thrown");  // all key frames are given, none is written
  CHECK(complaint(3, 2, 5) == complaint(3, 2));
}
