// SPDX-License-Identifier: MIT
#include "flashvideo/io/pickle_globals.hpp"

#include <string>

#include "flashvideo/io/pickle_reader.hpp"
#include "support/catch.hpp"
#include "support/pickles.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("pickle globals: a short list of names, TorchScript's classes as inert objects") {
  for (const char* name : {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch HalfStorage",
                           "numpy dtype", "__torch__.models Net"})
    CHECK(io_detail::is_allowed_global(name));
  for (const char* name :
       {"os system", "builtins getattr", "builtins eval", "evil.builtins set", "torch load",
        "torch.storage _load_from_bytes", "numpy load", "collections deque", ""})
    CHECK_FALSE(io_detail::is_allowed_global(name));
  CHECK(io_detail::storage_dtype("torch BFloat16Storage") == DType::BF16);
  CHECK(io_detail::numpy_dtype("<f8") == DType::F64);
  CHECK_FALSE(io_detail::numpy_dtype("O8").has_value());
}

TEST_CASE("pickle globals: a set is what it was made of") {
  for (const char* module : {"builtins", "__builtin__"}) {
    const std::string filled =
        pickle(global(module, "set") + tuple("](" + integer(3) + integer(5) + "e") + "R");
    const std::string empty = pickle(global(module, "set") + ")R");
    const PickleDocument three = PickleReader("file", bytes_of(filled)).read();
    REQUIRE(three.root->items.size() == 2);
    CHECK(three.root->items[1]->integer == 5);
    CHECK(PickleReader("file", bytes_of(empty)).read().root->items.empty());
  }
}

TEST_CASE("pickle globals: text that stands for bytes becomes these bytes") {
  const std::string text =
      pickle(global("_codecs", "encode") + tuple(unicode("a\xc2\x80\xc3\xbf") + unicode("latin1")) + "R");
  CHECK(PickleReader("file", bytes_of(text)).read().root->text == "a\x80\xff");
}

TEST_CASE("pickle globals: tensors beyond their storage and arrays without enough bytes are refused") {
  const auto read = [](const std::string& value) {
    const std::string text = pickle(value);
    PickleReader("file", bytes_of(text)).read();
  };
  const std::string storage = tuple(unicode("storage") + global("torch", "FloatStorage") + unicode("0") +
                                    unicode("cpu") + integer(6)) +
                              "Q";
  const auto tensor = [&](const std::string& offset, const std::string& size, const std::string& stride) {
    return global("torch._utils", "_rebuild_tensor_v2") +
           tuple(storage + offset + tuple(size) + tuple(stride) + "\x89N") + "R";
  };
  CHECK_NOTHROW(read(tensor(integer(0), integer(2) + integer(3), integer(3) + integer(1))));
  CHECK_THROWS_WITH(read(tensor(integer(1), integer(2) + integer(3), integer(3) + integer(1))),
                    Catch::Contains("beyond the end"));
  CHECK_THROWS_WITH(read(tensor(integer(-1), integer(2), integer(1))), Catch::Contains("out of range"));
  CHECK_THROWS_WITH(read(tensor(integer(0), integer(2), integer(-1))),
                    Catch::Contains("stride is out of range"));
  CHECK_THROWS_WITH(read(tensor(integer(0), integer(-2), integer(1))), Catch::Contains("out of range"));
  CHECK_THROWS_WITH(read(tensor(integer(0), integer(2), "")), Catch::Contains("no equally many"));
  const auto power = [](int exponent) {  // LONG1
    return "\x8a\x08" + little_endian(std::uint64_t{1} << exponent, 8);
  };
  const auto plus_one = [](int exponent) {
    return "\x8a\x08" + little_endian((std::uint64_t{1} << exponent) + 1, 8);
  };
  CHECK_THROWS_WITH(read(tensor(integer(0), plus_one(24), power(40))),  // 2^64, which would wrap to 0
                    Catch::Contains("beyond the end"));
  CHECK_THROWS_WITH(read(tensor(integer(0), power(40) + power(24), integer(0) + integer(0))),
                    Catch::Contains("the extents are out of range"));
  CHECK_NOTHROW(read(tensor(integer(6), integer(0) + integer(3), integer(3) + integer(1))));
  std::string array = numpy_array();
  array.replace(array.find(tuple(integer(2) + integer(3))), 12, tuple(integer(2) + integer(4)));
  CHECK_THROWS_WITH(read(array), Catch::Contains("an array's bytes do not fit its shape"));
  CHECK_THROWS_WITH(read(global("numpy", "dtype") + tuple(unicode("O8")) + "R"),
                    Catch::Contains("the type O8 is not known"));
}
