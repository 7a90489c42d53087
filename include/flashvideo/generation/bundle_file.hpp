// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "flashvideo/generation/bundle_configuration.hpp"
#include "flashvideo/generation/bundle_format.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/safetensors_file.hpp"

namespace flashvideo {

/// A model bundle that is open: its tensors, mapped, and what it says of itself, parsed once.
///
/// File: safetensors with metadata "format" = "flashvideo bundle", "format_version" = "2", "configuration" (JSON,
/// generation/bundle_configuration.hpp; format 1 is read too, generation/bundle_format.hpp).
/// @code
/// const BundleFile file = BundleFile::open("shapes.safetensors");
/// const BundleConfiguration<> configuration = file.configuration();
/// @endcode
class BundleFile {
 public:
  /// @throws io_error when it cannot be opened
  /// @throws format_error when it is no bundle, of another version, or its configuration is no JSON object
  template <typename = void>  // who loads no bundle compiles no parser
  static BundleFile open(const std::string& path) {
    SafetensorsFile file(path);
    const auto format = file.metadata().find("format");
    require<format_error>(format != file.metadata().end() && format->second == "flashvideo bundle",
                          "{}: the file is no flashvideo bundle (metadata \"format\")", path);
    const std::string& version = file.metadata("format_version");
    require<format_error>(version == "1" || version == "2", "{}: format version {}, expected 1 or 2", path,
                          version);
    const std::string& text = file.metadata("configuration");
    try {
      const Json stored = parse_json(text);
      require<value_error>(stored.is_object(), "expected an object");
      Json json = version == "1" ? generation_detail::bundle_of_format_1(stored) : stored;
      return BundleFile(std::move(file), std::move(json));
    } catch (const error& wrong) {
      throw format_error(wrong_configuration(path, wrong));
    }
  }

  /// Its tensors.
  const SafetensorsFile& tensors() const { return file_; }
  /// What it says of itself, in the form of format 2.
  const Json& json() const { return json_; }

  /// Its configuration, for these parts.
  /// @throws format_error naming what is not as these parts need it
  template <ModelParts Parts = FlashVideoParts>
  BundleConfigurationOf<Parts> configuration() const {
    try {
      return bundle_from_json<BundleConfigurationOf<Parts>>(json_);
    } catch (const error& wrong) {
      throw format_error(wrong_configuration(file_.path(), wrong));
    }
  }

  /// Whether it names these parts.
  template <ModelParts Parts>
  bool is_of() const {
    return parts() == names_of<Parts>();
  }
  /// The names of its parts: `text tokenizer, image tokenizer, policy of the key-frame model, of the interpolation`.
  std::string parts() const {
    const std::string key = member("key_frame_model", "policy");
    const std::string gap = member("interpolation_model", "policy");
    return listed(member("text_tokenizer", "kind"), member("image_tokenizer", "kind"), key,
                  gap.empty() ? key : gap);
  }
  /// The names of these parts in a file.
  template <ModelParts Parts>
  static std::string names_of() {
    using Picture = typename Parts::template ImageTokenizer<ArchetypeBackend>;
    return listed(Parts::TextTokenizer::kind, Picture::kind, Parts::KeyPolicy::name, Parts::GapPolicy::name);
  }

 private:
  BundleFile(SafetensorsFile file, Json json) : file_(std::move(file)), json_(std::move(json)) {}

  static std::string listed(const std::string& text, const std::string& image, const std::string& key,
                            const std::string& gap) {
    return text + ", " + image + ", " + key + ", " + gap;
  }
  static std::string wrong_configuration(const std::string& path, const error& wrong) {
    return formatted_message("{}: metadata \"configuration\": {}", path, wrong.what());
  }
  std::string member(const char* part, const char* name) const {
    const Json* json = json_.find(part);
    if (json == nullptr || !json->is_object()) return {};
    const Json* value = json->find(name);
    return value != nullptr && value->is_string() ? value->as_string() : std::string();
  }

  SafetensorsFile file_;
  Json json_;
};

}  // namespace flashvideo
