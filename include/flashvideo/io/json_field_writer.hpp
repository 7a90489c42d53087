// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/json.hpp"

namespace flashvideo {

namespace io_detail {

/// Sets an object's members from the fields of a configuration, in their order.
class JsonFieldWriter final : public Fields {
 public:
  void integer(std::string_view name, index_t& value, const IntegerRange&, std::string_view) override {
    set(name, value);
  }
  void real(std::string_view name, double& value, const RealRange&, std::string_view) override {
    set(name, value);
  }
  void flag(std::string_view name, bool& value, std::string_view) override { set(name, value); }
  void text(std::string_view name, std::string& value, std::initializer_list<std::string_view>,
            std::string_view) override {
    set(name, value);
  }
  void integers(std::string_view name, std::vector<index_t>& values, const IntegerRange&, const IntegerRange&,
                std::string_view) override {
    set(name, Json::array_of(values));
  }
  void reals(std::string_view name, std::vector<double>& values, const RealRange&,
             std::string_view) override {
    set(name, Json::array_of(values));
  }
  void texts(std::string_view name, std::vector<std::string>& values, std::string_view) override {
    set(name, Json::array_of(values));
  }
  void constant(std::string_view name, std::string_view value) override { set(name, value); }
  bool present(std::string_view, bool holds) override { return holds; }
  bool word(std::string_view name, std::string_view word, bool holds) override {
    if (holds) set(name, word);
    return holds;
  }

  Json take() { return std::move(open_.front().json); }

 private:
  struct Open {
    std::string name;
    Json json;
  };

  void set(std::string_view name, Json value) { open_.back().json.set(name, std::move(value)); }

  bool begin_part(std::string_view name) override {
    open_.push_back({std::string(name), Json::object()});
    return true;
  }
  index_t begin_list(std::string_view name, index_t size, const IntegerRange&, std::string_view) override {
    open_.push_back({std::string(name), Json::array()});
    return size;
  }
  void begin_item(index_t) override { open_.push_back({"", Json::object()}); }
  void end_part() override {
    Open done = std::move(open_.back());
    open_.pop_back();
    Json& outer = open_.back().json;
    if (outer.is_array()) {
      outer.push_back(std::move(done.json));
    } else {
      outer.set(done.name, std::move(done.json));
    }
  }
  void end_list() override { end_part(); }

  std::vector<Open> open_{{"", Json::object()}};
};

}  // namespace io_detail

/// A configuration (core/fields.hpp) as a JSON object, which `from_json` reads.
/// @code std::string text = to_json(learning).dump();  // {"steps":1000,"rate":0.001} @endcode
template <typename Configuration>
requires requires(Configuration& configuration, Fields& fields) { configuration.visit(fields); }
Json to_json(Configuration configuration) {
  io_detail::JsonFieldWriter writer;
  configuration.visit(writer);
  return writer.take();
}

}  // namespace flashvideo
