// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "flashvideo/io/json.hpp"

namespace flashvideo::generation_detail {

/// A decoder of format 1 as format 2 says it. Format 1 knew angles and decays only as stored numbers, and the rules
/// from the policy: xpos, and "retnet" or else horizons up to the longest sequence.
inline Json decoder_of_format_1(const Json& decoder) {
  Json result = Json::object();
  Json position = Json::object();
  position.set("rule", "xpos").set("base", 10000.0);
  Json decay = Json::object();
  decay.set("rule", "horizon").set("shortest", 32.0).set("longest", 0.0);
  for (std::size_t i = 0; i < decoder.keys().size(); ++i) {
    const std::string& name = decoder.keys()[i];
    const Json& value = decoder.values()[i];
    if (name == "theta") {
      position = Json::object().set("rule", "stored").set("theta", value);
    } else if (name == "lambda") {
      decay = Json::object().set("rule", "stored").set("lambda", value);
    } else if (name == "policy" && value == Json("retnet")) {
      result.set("policy", "flashvideo");
      if (!decay.contains("lambda")) decay = Json::object().set("rule", "retnet");
    } else {
      result.set(name, value);
    }
  }
  return result.set("position", std::move(position)).set("decay", std::move(decay));
}

/// The configuration of a bundle of format 1 as format 2 says it.
inline Json bundle_of_format_1(const Json& bundle) {
  Json result = bundle;
  for (const char* const model : {"key_frame_model", "interpolation_model"}) {
    if (bundle.at(model).is_object()) result.set(model, decoder_of_format_1(bundle.at(model)));
  }
  Json image = bundle.at("image_tokenizer");
  image.set("norm_groups", 0);  // the local encoder, the only one there was, had no GroupNorm
  return result.set("image_tokenizer", std::move(image));
}

}  // namespace flashvideo::generation_detail
