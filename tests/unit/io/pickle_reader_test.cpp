// SPDX-License-Identifier: MIT
#include "flashvideo/io/pickle_reader.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/pickles.hpp"

using namespace flashvideo;
using namespace flashvideo::test;
using Kind = PickleValue::Kind;

namespace {

/// The value and the document that it lives in.
struct Read {
  explicit Read(std::string bytes)
      : text(std::move(bytes)), document(PickleReader("file", bytes_of(text)).read()) {}
  const PickleValue& value() const { return *document.root; }
  std::string text;
  PickleDocument document;
};

}  // namespace

TEST_CASE("PickleReader: numbers and texts of every opcode") {
  using namespace std::string_literals;
  const Read list(
      pickle("]("
             "K\x07"
             "M\x01\x02"
             "J\xff\xff\xff\xff"
             "\x8a\x02\x00\x80"
             "I42\nL-5L\nI01\n\x88\x89N"
             "G\x3f\xf8\x00\x00\x00\x00\x00\x00"
             "F2.5\n"
             "U\x02hiT\x02\x00\x00\x00yoS'old'\nVunicode\n\x8c\x03new"
             "e"s));
  const auto& items = list.value().items;
  REQUIRE(list.value().kind == Kind::list);
  REQUIRE(items.size() == 17);
  const std::int64_t integers[] = {7, 513, -1, -32768, 42, -5};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(items[i]->kind == Kind::integer);
    CHECK(items[i]->integer == integers[i]);
  }
  CHECK((items[6]->kind == Kind::boolean && items[6]->integer == 1));
  CHECK(items[7]->integer == 1);
  CHECK((items[8]->kind == Kind::boolean && items[8]->integer == 0));
  CHECK(items[9]->kind == Kind::none);
  CHECK(items[10]->real == 1.5);
  CHECK(items[11]->real == 2.5);
  const char* texts[] = {"hi", "yo", "old", "unicode", "new"};
  for (std::size_t i = 0; i < 5; ++i) CHECK(items[12 + i]->text == texts[i]);
}

TEST_CASE("PickleReader: the memo gives the same value twice, bytes after the end are not its own") {
  const Read twice(pickle(unicode("a") + "q\x05h\x05\x86") + "rest");
  REQUIRE(twice.value().items.size() == 2);
  CHECK(twice.value().items[0] == twice.value().items[1]);
  CHECK(twice.document.consumed == twice.text.size() - 4);
}

TEST_CASE("PickleReader: arrays of NumPy and tensors of PyTorch are described, not made") {
  const Read weights(weights_pickle());
  const auto& items = weights.value().items;
  REQUIRE(items.size() == 4);
  const PickleTensor& array = items[1]->items[1]->tensor;
  CHECK(array.shape == std::vector<index_t>{2, 3});
  CHECK(array.strides == std::vector<index_t>{3, 1});
  CHECK(array.bytes.size() == 24);
  const PickleTensor& tensor = items[3]->tensor;
  CHECK(tensor.storage == "0");
  CHECK(tensor.offset == 1);
  CHECK(tensor.strides == std::vector<index_t>{1, 2});
}

TEST_CASE("PickleReader: what would run something is refused by its name") {
  const auto read = [](const std::string& value) { Read{pickle(value)}; };
  CHECK_THROWS_WITH(read(global("os", "system") + tuple(unicode("id")) + "R"),
                    "file, byte 2: the pickle calls for os system, which is no tensor, dict, list, number or "
                    "string: refused, "
                    "nothing was run");
  CHECK_THROWS_WITH(read(unicode("builtins") + unicode("eval") + "\x93"), Catch::Contains("builtins eval"));
  CHECK_THROWS_WITH(read("(S'id'\nios\nsystem\n"), Catch::Contains("opcode 105 is not allowed"));  // INST
  CHECK_THROWS_WITH(read("\x82\x01"), Catch::Contains("opcode 130 is not allowed"));               // EXT1
  CHECK_THROWS_WITH(read(global("numpy", "ndarray") + ")R"),
                    Catch::Contains("numpy ndarray: it cannot be called"));
  CHECK_THROWS_WITH(read("Pplace\n"), Catch::Contains("opcode 80 is not allowed"));  // PERSID
}

TEST_CASE("PickleReader: truncated and contradictory bytes are refused with their place") {
  const std::string whole = weights_pickle();
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_THROWS_AS(Read(whole.substr(0, size)), format_error);
  CHECK_THROWS_WITH(Read(pickle("h\x07")), "file, byte 2: value 7 is used before it is stored");
  CHECK_THROWS_WITH(Read(pickle("}" + unicode("k") + "u")), Catch::Contains("a mark is missing"));
  CHECK_THROWS_WITH(Read(pickle("}(" + unicode("k") + "u")), Catch::Contains("a key has no value"));
  CHECK_THROWS_WITH(Read(pickle("]" + unicode("k") + unicode("v") + "s")), Catch::Contains("no dict"));
  CHECK_THROWS_WITH(Read(pickle("I1x\n")), Catch::Contains("\"1x\" is no whole number"));
  CHECK_THROWS_WITH(Read(pickle("X\xff\xff\xff\xff")), Catch::Contains("truncated"));
  CHECK_THROWS_WITH(Read(pickle("X" + little_endian(5, 4) + "ab")),
                    Catch::Contains("truncated: 5 bytes expected, 3 left"));
  CHECK_THROWS_WITH(Read(pickle(integer(7) + integer(8) + "(0")),  // below the mark lie two
                    Catch::Contains("a value is missing on the stack"));
}

TEST_CASE("PickleReader: braces in a path are not a message's places") {
  const std::string bytes = pickle("h\x07");
  CHECK_THROWS_WITH(PickleReader("{}{{}{}", bytes_of(bytes)).read(),
                    "{}{{}{}, byte 2: value 7 is used before it is stored");
}
