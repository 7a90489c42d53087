// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/io/pickle_globals.hpp"
#include "flashvideo/io/pickle_value.hpp"

namespace flashvideo {

/// Reads one Python pickle (protocols 0 to 5) that holds tensors, arrays, dicts, lists, numbers and strings.
///
/// A pickle is a program: Python's own reader runs whatever it names. This one knows a list of opcodes and a list
/// of names (io/pickle_globals.hpp); any other is refused, naming it, and nothing is ever run.
/// @throws format_error naming path and byte, for an opcode or name that is not allowed, and for truncated or contradictory bytes
/// @code
/// const PickleDocument document = PickleReader("weights.ckpt", bytes).read();
/// @endcode
class PickleReader {
 public:
  /// @param path for messages. @param bytes must outlive the document: arrays lie in them
  PickleReader(std::string path, std::span<const std::byte> bytes) : path_(std::move(path)), bytes_(bytes) {}

  /// Reads to the end of the pickle; call once.
  PickleDocument read() {
    while (!ended_) step();
    document_.consumed = at_;
    return std::move(document_);
  }

 private:
  using Kind = PickleValue::Kind;

  template <typename... Args>
  void check(bool condition, typename MessageFor<Args...>::type reason, const Args&... args) const {
    if (!condition) [[unlikely]] {
      throw format_error(path_ + ", byte " + std::to_string(opcode_at_) + ": " +
                         formatted_message<Args...>(reason, args...));
    }
  }

  std::span<const std::byte> take(std::uint64_t count) {
    check(count <= bytes_.size() - at_, "the pickle is truncated: {} bytes expected, {} left", count,
          bytes_.size() - at_);
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const auto part = take(width);
    for (std::size_t i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
    return value;
  }
  std::string_view text(std::uint64_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string_view line() {
    const auto rest = bytes_.subspan(at_);
    const void* end = rest.empty() ? nullptr : std::memchr(rest.data(), '\n', rest.size());
    check(end != nullptr, "the pickle is truncated: a line has no end");
    const auto size = static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest.data());
    const std::string_view result = text(size);
    ++at_;
    return result;
  }

  void push(PickleValue value) { stack_.push_back(document_.add(std::move(value))); }
  void push_integer(std::int64_t value) {
    PickleValue result{Kind::integer};
    result.integer = value;
    push(std::move(result));
  }
  void push_text(std::string_view value) {
    PickleValue result{Kind::text};
    result.text = value;
    push(std::move(result));
  }
  PickleValue* pop() {
    check(!stack_.empty() && (marks_.empty() || stack_.size() > marks_.back()),
          "a value is missing on the stack");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue* top() {
    PickleValue* value = pop();
    stack_.push_back(value);
    return value;
  }
  /// The values above the last mark, which goes.
  std::vector<PickleValue*> pop_mark() {
    check(!marks_.empty() && marks_.back() <= stack_.size(), "a mark is missing on the stack");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleValue*> values(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return values;
  }
  void push_items(Kind kind, std::vector<PickleValue*> items) {
    check(kind != Kind::dict || items.size() % 2 == 0, "a key has no value");
    PickleValue result{kind};
    result.items = std::move(items);
    push(std::move(result));
  }
  void append(const std::vector<PickleValue*>& items, Kind kind) {
    PickleValue* target = top();
    check(target->kind == kind, "something is added to a value that is no {}",
          kind == Kind::list ? "list" : "dict");
    check(kind != Kind::dict || items.size() % 2 == 0, "a key has no value");
    target->items.insert(target->items.end(), items.begin(), items.end());
  }
  void remember(std::uint64_t place) { memo_[place] = top(); }
  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    check(found != memo_.end(), "value {} is used before it is stored", place);
    stack_.push_back(found->second);
  }

  /// A whole number in little-endian two's complement of any width; beyond 64 bits only its text is kept.
  void push_long(std::span<const std::byte> digits) {
    std::uint64_t value = 0;
    const bool negative = !digits.empty() && (std::to_integer<int>(digits.back()) & 0x80) != 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint64_t byte = i < digits.size() ? std::to_integer<std::uint64_t>(digits[i])
                                 : negative        ? 0xFF
                                                   : 0;
      value |= byte << (8 * i);
    }
    push_integer(static_cast<std::int64_t>(value));
    stack_.back()->text.assign(reinterpret_cast<const char*>(digits.data()), digits.size());
  }

  void push_number_line(std::string_view digits) {
    if (digits == "00" || digits == "01") {
      push_boolean(digits == "01");
      return;
    }
    if (!digits.empty() && digits.back() == 'L') digits.remove_suffix(1);
    std::int64_t value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    check(end.ec == std::errc() && end.ptr == digits.data() + digits.size(), "\"{}\" is no whole number",
          digits);
    push_integer(value);
  }
  void push_boolean(bool value) {
    PickleValue result{Kind::boolean};
    result.integer = value ? 1 : 0;
    push(std::move(result));
  }

  void push_global(std::string module, const std::string& name) {
    PickleValue result{Kind::global};
    result.text = std::move(module) + " " + name;
    check(
        io_detail::is_allowed_global(result.text),
        "the pickle calls for {}, which is no tensor, dict, list, number or string: refused, nothing was run",
        result.text);
    push(std::move(result));
  }

  void reduce() {
    PickleValue* arguments = pop();
    PickleValue* function = pop();
    check(function->kind == Kind::global && arguments->kind == Kind::list, "a call is no call of a name");
    const std::optional<std::string> wrong =
        io_detail::apply_global(document_, function->text, arguments->items, result_);
    check(!wrong.has_value(), "{}: {}", function->text, wrong.value_or(""));
    stack_.push_back(result_);
  }

  void build() {
    PickleValue* state = pop();
    PickleValue* target = top();
    const std::optional<std::string> wrong = io_detail::set_state(*target, *state);
    check(!wrong.has_value(), "{}", wrong.value_or(""));
  }

  void step() {
    opcode_at_ = at_;
    const auto opcode = static_cast<unsigned char>(number(1));
    // clang-format off
    switch (opcode) {
      case 0x80: number(1); break;  // PROTO
      case 0x95: number(8); break;  // FRAME
      case '.': document_.root = pop(); ended_ = true; break;  // STOP
      case '(': marks_.push_back(stack_.size()); break;  // MARK
      case '0': pop(); break;  // POP
      case '1': pop_mark(); break;  // POP_MARK
      case '2': stack_.push_back(top()); break;  // DUP
      case 'N': push(PickleValue{}); break;  // NONE
      case 0x88: push_boolean(true); break;  // NEWTRUE
      case 0x89: push_boolean(false); break;  // NEWFALSE
      case 'J': push_integer(static_cast<std::int32_t>(number(4))); break;  // BININT
      case 'K': push_integer(static_cast<std::int64_t>(number(1))); break;  // BININT1
      case 'M': push_integer(static_cast<std::int64_t>(number(2))); break;  // BININT2
      case 0x8A: push_long(take(number(1))); break;  // LONG1
      case 0x8B: push_long(take(number(4))); break;  // LONG4
      case 'I': case 'L': push_number_line(line()); break;  // INT, LONG
      case 'F': case 'G': push_real(opcode); break;  // FLOAT, BINFLOAT
      case 0x8C: case 'U': case 'C': push_text(text(number(1))); break;  // SHORT_BINUNICODE, SHORT_BINSTRING, _BYTES
      case 'X': case 'T': case 'B': push_text(text(number(4))); break;  // BINUNICODE, BINSTRING, BINBYTES
      case 0x8D: case 0x8E: case 0x96: push_text(text(number(8))); break;  // BINUNICODE8, BINBYTES8, BYTEARRAY8
      case 'S': push_quoted(line()); break;  // STRING
      case 'V': push_text(line()); break;  // UNICODE
      case ']': case ')': push_items(Kind::list, {}); break;  // EMPTY_LIST, EMPTY_TUPLE
      case 'l': case 't': push_items(Kind::list, pop_mark()); break;  // LIST, TUPLE
      case 0x85: case 0x86: case 0x87: push_tuple(opcode - 0x84U); break;  // TUPLE1, 2, 3
      case '}': push_items(Kind::dict, {}); break;  // EMPTY_DICT
      case 'd': push_items(Kind::dict, pop_mark()); break;  // DICT
      case 'a': append({pop()}, Kind::list); break;  // APPEND
      case 'e': append(pop_mark(), Kind::list); break;  // APPENDS
      case 's': set_item(); break;  // SETITEM
      case 'u': append(pop_mark(), Kind::dict); break;  // SETITEMS
      case 'q': remember(number(1)); break;  // BINPUT
      case 'r': remember(number(4)); break;  // LONG_BINPUT
      case 'p': remember(line_number()); break;  // PUT
      case 0x94: remember(memo_.size()); break;  // MEMOIZE
      case 'h': recall(number(1)); break;  // BINGET
      case 'j': recall(number(4)); break;  // LONG_BINGET
      case 'g': recall(line_number()); break;  // GET
      case 'c': read_global(); break;  // GLOBAL
      case 0x93: stack_global(); break;  // STACK_GLOBAL
      case 'R': case 0x81: reduce(); break;  // REDUCE, NEWOBJ
      case 'b': build(); break;  // BUILD
      case 'Q': persistent(); break;  // BINPERSID
      default: check(false, "opcode {} is not allowed", static_cast<int>(opcode));
    }
    // clang-format on
  }

  void push_real(unsigned char opcode) {
    PickleValue result{Kind::real};
    if (opcode == 'G') {
      std::uint64_t bits = 0;
      for (const std::byte byte : take(8)) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
      result.real = std::bit_cast<double>(bits);
    } else {
      const std::string digits(line());
      char* end = nullptr;
      result.real = std::strtod(digits.c_str(), &end);
      check(!digits.empty() && *end == '\0', "\"{}\" is no number", digits);
    }
    push(std::move(result));
  }
  void push_quoted(std::string_view quoted) {
    const bool fits = quoted.size() >= 2 && (quoted.front() == '\'' || quoted.front() == '"') &&
                      quoted.back() == quoted.front() && quoted.find('\\') == std::string_view::npos;
    check(fits, "a string of protocol 0 is not quoted, or has escapes");
    push_text(quoted.substr(1, quoted.size() - 2));
  }
  void push_tuple(std::size_t count) {
    std::vector<PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push_items(Kind::list, std::move(items));
  }
  void set_item() {
    PickleValue* value = pop();
    PickleValue* key = pop();
    append({key, value}, Kind::dict);
  }
  std::uint64_t line_number() {
    const std::string_view digits = line();
    std::uint64_t value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    check(end.ec == std::errc() && end.ptr == digits.data() + digits.size(), "\"{}\" is no place", digits);
    return value;
  }
  void read_global() {
    const std::string module(line());
    const std::string name(line());
    push_global(module, name);
  }
  void stack_global() {
    const PickleValue* name = pop();
    const PickleValue* module = pop();
    check(name->kind == Kind::text && module->kind == Kind::text, "a name is no text");
    push_global(module->text, name->text);
  }
  /// PyTorch's memory: ("storage", class, key, place, number of elements[, view]).
  void persistent() {
    const PickleValue* id = pop();
    const bool fits = id->kind == Kind::list && id->items.size() >= 5 && id->items[0]->kind == Kind::text &&
                      id->items[0]->text == "storage" && id->items[1]->kind == Kind::global &&
                      id->items[2]->kind == Kind::text && id->items[4]->kind == Kind::integer;
    check(fits, "a persistent value is no storage of PyTorch");
    const std::optional<DType> dtype = io_detail::storage_dtype(id->items[1]->text);
    check(dtype.has_value(), "{} is no storage of numbers that are known", id->items[1]->text);
    PickleValue result{Kind::tensor};
    result.tensor.dtype = *dtype;
    result.tensor.storage = id->items[2]->text;
    result.tensor.shape = {id->items[4]->integer};
    result.tensor.strides = {1};
    push(std::move(result));
  }

  std::string path_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  bool ended_ = false;
  PickleDocument document_;
  PickleValue* result_ = nullptr;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleValue*> memo_;
};

}  // namespace flashvideo
