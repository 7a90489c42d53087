// SPDX-License-Identifier: MIT
#pragma once
/// Python's pickles, written opcode by opcode for the tests of what reads them.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace flashvideo::test {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// "cmodule\nname\n"
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
/// BINUNICODE
inline std::string unicode(const std::string& text) { return "X" + little_endian(text.size(), 4) + text; }
/// BININT
inline std::string integer(std::int32_t value) {
  return "J" + little_endian(static_cast<std::uint32_t>(value), 4);
}
/// A tuple of what `items` push.
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
/// PROTO 2, the value, STOP
inline std::string pickle(const std::string& value) { return "\x80\x02" + value + "."; }

/// numpy: float32 array (2, 3) of 1..6.
inline std::string numpy_array() {
  std::string numbers;
  for (int i = 1; i <= 6; ++i) {
    const float value = static_cast<float>(i);
    char raw[4];
    std::memcpy(raw, &value, 4);
    numbers.append(raw, 4);
  }
  const std::string dtype =
      global("numpy", "dtype") + tuple(unicode("f4") + integer(0) + integer(1)) + "R" +
      tuple(integer(3) + unicode("<") + "NNN" + integer(-1) + integer(-1) + integer(0)) + "b";
  return global("numpy.core.multiarray", "_reconstruct") +
         tuple(global("numpy", "ndarray") + tuple(integer(0)) +
               "C\x01"
               "b") +
         "R" +
         tuple(integer(1) + tuple(integer(2) + integer(3)) + dtype + "\x89" + "B" +
               little_endian(numbers.size(), 4) + numbers) +
         "b";
}

/// torch: a tensor (2, 2) of storage `key` with 6 numbers, from element 1 on, transposed.
inline std::string torch_tensor(const std::string& key) {
  const std::string storage = tuple(unicode("storage") + global("torch", "FloatStorage") + unicode(key) +
                                    unicode("cpu") + integer(6)) +
                              "Q";
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(storage + integer(1) + tuple(integer(2) + integer(2)) + tuple(integer(1) + integer(2)) +
               "\x89" + global("collections", "OrderedDict") + ")R") +
         "R";
}

/// {"weights": {"a": array}, 3: tensor}
inline std::string weights_pickle() {
  return pickle("}(" + unicode("weights") + "}(" + unicode("a") + numpy_array() + "u" + integer(3) +
                torch_tensor("0") + "u");
}

}  // namespace flashvideo::test
