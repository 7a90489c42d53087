// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "flashvideo/core/config.hpp"
#include "flashvideo/core/error.hpp"

namespace flashvideo {

/// The numbers that a field may hold. Made by `at_least`, `above`, `between`, `within`, `within_below`.
template <typename Number>
struct Range {
  Number least = std::numeric_limits<Number>::lowest();  ///< allowed, unless `above_least`
  Number most = (std::numeric_limits<Number>::max)();    ///< allowed, unless `below_most`
  bool above_least = false;                              ///< least itself is not allowed
  bool below_most = false;                               ///< most itself is not allowed
  bool both_ends = false;  ///< people know both ends; else `most` is only what the type or the memory allows

  /// False for a real that is no number.
  bool holds(Number value) const {
    return (above_least ? value > least : value >= least) && (below_most ? value < most : value <= most);
  }
  /// As people write it: ">= 1", "> 0", "0..8", "within [0, 1)"; empty: any.
  std::string text() const {
    if (both_ends && std::numeric_limits<Number>::is_integer) return formatted_message("{}..{}", least, most);
    if (both_ends) return formatted_message("within [{}, {}{}", least, most, below_most ? ")" : "]");
    if (least == std::numeric_limits<Number>::lowest()) return "";
    return formatted_message("{} {}", above_least ? ">" : ">=", least);
  }
  /// @throws value_error for a value outside: "what is value, expected range"
  void check(std::string_view what, Number value) const {
    if (holds(value)) [[likely]]
      return;
    std::string expected = text();
    if (!both_ends && value > most) expected = formatted_message("<= {}", most);
    if (expected.empty() || value - value != Number{0}) expected = "a finite number " + text();
    if (expected.back() == ' ') expected.pop_back();
    throw value_error(formatted_message("{} is {}, expected {}", what, value, expected));
  }
};

/// Of a count or size.
using IntegerRange = Range<index_t>;
/// Of a real.
using RealRange = Range<double>;

/// Ids and counts fit the tokens' type; nothing that is counted comes near it.
inline constexpr index_t largest_count = 2'147'483'647;

/// [least, most]; only `least` is named to people.
constexpr IntegerRange at_least(std::integral auto least, index_t most = largest_count) {
  return {.least = least, .most = most};
}
/// [least, infinity)
constexpr RealRange at_least(std::floating_point auto least) { return {.least = least}; }
/// (least, infinity)
constexpr RealRange above(double least) { return {.least = least, .above_least = true}; }
/// least..most
constexpr IntegerRange between(index_t least, index_t most) {
  return {.least = least, .most = most, .both_ends = true};
}
/// [least, most]
constexpr RealRange within(double least, double most) {
  return {.least = least, .most = most, .both_ends = true};
}
/// [least, most)
constexpr RealRange within_below(double least, double most) {
  return {.least = least, .most = most, .below_most = true, .both_ends = true};
}
/// Every finite number.
constexpr RealRange any_real() { return {}; }

/// Walks over the fields of a configuration. A configuration names each of its fields once, in
/// `void visit(Fields&)`; reading and writing JSON (io/json_field_reader.hpp, io/json_field_writer.hpp), the check of
/// ranges (`check_fields`) and the list for `--help` (core/field_list.hpp) are visitors, so none can forget a field.
/// @code
/// struct Learning {
///   index_t steps = 1000;
///   double rate = 1e-3;
///   void visit(Fields& fields) {
///     fields.integer("steps", steps, at_least(1), "updates");
///     fields.real("rate", rate, above(0.0), "learning rate");
///   }
/// };
/// @endcode
class Fields {
 public:
  Fields() = default;  ///< at the outermost configuration
  virtual ~Fields() = default;
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  /// A count or size.
  /// @param meaning one line for people
  virtual void integer(std::string_view name, index_t& value, const IntegerRange& range,
                       std::string_view meaning) = 0;
  /// A real.
  virtual void real(std::string_view name, double& value, const RealRange& range,
                    std::string_view meaning) = 0;
  /// True or false.
  virtual void flag(std::string_view name, bool& value, std::string_view meaning) = 0;
  /// A text.
  /// @param choices the texts allowed; none: any
  virtual void text(std::string_view name, std::string& value,
                    std::initializer_list<std::string_view> choices, std::string_view meaning) = 0;
  /// As many integers as `count` allows.
  virtual void integers(std::string_view name, std::vector<index_t>& values, const IntegerRange& count,
                        const IntegerRange& each, std::string_view meaning) = 0;
  /// Any number of reals.
  virtual void reals(std::string_view name, std::vector<double>& values, const RealRange& each,
                     std::string_view meaning) = 0;
  /// Any number of texts.
  virtual void texts(std::string_view name, std::vector<std::string>& values, std::string_view meaning) = 0;
  /// A text that is always the same.
  virtual void constant(std::string_view name, std::string_view value) = 0;

  /// Whether an optional field, visited next if so, is there.
  /// @param holds whether the configuration has it; a visitor that reads finds that out itself
  virtual bool present(std::string_view name, bool holds) = 0;
  /// Whether the member is the text `word`; if not, it is the part of this name, visited next.
  /// @param holds whether the configuration says so; a visitor that reads finds that out itself
  virtual bool word(std::string_view name, std::string_view word, bool holds) = 0;

  /// Fields with a name of their own: `visit()` visits them.
  template <typename Visit>
  void part(std::string_view name, const Visit& visit) {
    if (!begin_part(name)) return;
    const std::size_t length = path_.size();
    (path_ += name) += '.';
    visit();
    end_part();
    path_.resize(length);
  }
  /// A configuration inside this one.
  template <typename Configuration>
  requires requires(Configuration& inner, Fields& fields) { inner.visit(fields); }
  void part(std::string_view name, Configuration& inner) {
    part(name, [&] { inner.visit(*this); });
  }
  /// Any number of configurations.
  template <typename Configuration>
  void list(std::string_view name, std::vector<Configuration>& items, const IntegerRange& count,
            std::string_view meaning) {
    const index_t size = begin_list(name, static_cast<index_t>(items.size()), count, meaning);
    if (size < 0) return;
    items.resize(static_cast<std::size_t>(size));
    const std::size_t length = path_.size();
    for (index_t i = 0; i < size; ++i) {
      path_ += item_name(name, i) + '.';
      begin_item(i);
      items[static_cast<std::size_t>(i)].visit(*this);
      end_part();
      path_.resize(length);
    }
    end_list();
  }

 protected:
  /// False: the part is passed over.
  virtual bool begin_part(std::string_view name) = 0;
  /// The number of items to be visited; negative: the list is passed over.
  virtual index_t begin_list(std::string_view name, index_t size, const IntegerRange& count,
                             std::string_view meaning) = 0;
  /// Item i of the list that was begun last.
  virtual void begin_item(index_t i) = 0;
  /// Also of an item.
  virtual void end_part() = 0;
  /// After the last item.
  virtual void end_list() = 0;

  /// "decoder.gaps[2].between"
  std::string path(std::string_view name) const { return path_ + std::string(name); }
  /// "gaps[2]"
  virtual std::string item_name(std::string_view name, index_t i) const {
    return std::string(name) + '[' + std::to_string(i) + ']';
  }
  /// How a list of the wrong length is named in a message.
  static std::string length_of(const std::string& path) { return "the number of " + path; }

 private:
  std::string path_;
};

/// @throws value_error naming the path and the choices unless the value is one of them or there are none
inline void check_choice(const std::string& path, const std::string& value,
                         std::initializer_list<std::string_view> choices) {
  std::string expected;
  for (const std::string_view choice : choices) {
    if (choice == value) return;
    expected += formatted_message("{}\"{}\"", expected.empty() ? "" : " or ", choice);
  }
  require<value_error>(expected.empty(), "{} is \"{}\", expected {}", path, value, expected);
}

/// Checks the range of every number.
template <typename = void>  // who checks no configuration compiles none of it
class FieldCheck final : public Fields {
 public:
  /// @param owner whose fields they are, for messages
  explicit FieldCheck(std::string_view owner) : owner_(std::string(owner) + ": ") {}

  void integer(std::string_view name, index_t& value, const IntegerRange& range, std::string_view) override {
    range.check(owner_ + path(name), value);
  }
  void real(std::string_view name, double& value, const RealRange& range, std::string_view) override {
    range.check(owner_ + path(name), value);
  }
  void flag(std::string_view, bool&, std::string_view) override {}
  void text(std::string_view name, std::string& value, std::initializer_list<std::string_view> choices,
            std::string_view) override {
    check_choice(owner_ + path(name), value, choices);
  }
  void integers(std::string_view name, std::vector<index_t>& values, const IntegerRange& count,
                const IntegerRange& each, std::string_view) override {
    count.check(owner_ + length_of(path(name)), static_cast<index_t>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      each.check(owner_ + path(item_name(name, static_cast<index_t>(i))), values[i]);
    }
  }
  void reals(std::string_view name, std::vector<double>& values, const RealRange& each,
             std::string_view) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      each.check(owner_ + path(item_name(name, static_cast<index_t>(i))), values[i]);
    }
  }
  void texts(std::string_view, std::vector<std::string>&, std::string_view) override {}
  void constant(std::string_view, std::string_view) override {}
  bool present(std::string_view, bool holds) override { return holds; }
  bool word(std::string_view, std::string_view, bool holds) override { return holds; }

 private:
  bool begin_part(std::string_view) override { return true; }
  index_t begin_list(std::string_view name, index_t size, const IntegerRange& count,
                     std::string_view) override {
    count.check(owner_ + length_of(path(name)), size);
    return size;
  }
  void begin_item(index_t) override {}
  void end_part() override {}
  void end_list() override {}

  std::string owner_;
};

/// Checks every number of a configuration against its range; NaN lies outside.
/// @throws value_error naming the first that lies outside: "owner: field is value, expected range"
template <typename Configuration>
void check_fields(std::string_view owner, Configuration configuration) {
  FieldCheck<> check(owner);
  configuration.visit(check);
}

}  // namespace flashvideo
