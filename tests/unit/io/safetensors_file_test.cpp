// SPDX-License-Identifier: MIT
#include "flashvideo/io/safetensors_file.hpp"

#include <cstring>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// A file of the given header and data, byte by byte.
std::string file_text(const std::string& header, const std::string& data) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return text + header + data;
}

template <typename Scalar>
std::string bytes_of(const std::vector<Scalar>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Scalar)};
}

}  // namespace

TEST_CASE("SafetensorsFile: reads what other programs write") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  write_text(
      path,
      file_text(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                R"("a":{"dtype":"I64","shape":[],"data_offsets":[8,16]},)"
                R"("none":{"dtype":"F16","shape":[0,3],"data_offsets":[16,16]}}   )",
                bytes_of<float>({1.5F, -2.0F}) + bytes_of<std::int64_t>({42})));
  const SafetensorsFile file(path);
  CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(file.metadata("format") == "pt");
  CHECK(file.names() == std::vector<std::string>{"a", "b", "none"});
  CHECK(file.contains("a"));
  CHECK_FALSE(file.contains("c"));
  CHECK(file.find("b").dtype == DType::F32);
  CHECK(file.find("b").shape == std::vector<index_t>{2, 1});
  CHECK(file.find("none").element_count() == 0);
  CHECK(file.read<float>("b", {2, 1}) == std::vector<float>{1.5F, -2.0F});
  CHECK(file.read<double>("a", {}) == std::vector<double>{42.0});
  CHECK(file.read<std::int32_t>("a") == std::vector<std::int32_t>{42});
  CHECK(file.read<float>("none").empty());
  std::vector<float> out(2);
  file.read_into<float>("b", out);
  CHECK(out[1] == -2.0F);
}

TEST_CASE("SafetensorsFile: a moved file still shows its tensors") {
  const TemporaryFolder folder;
  write_text(folder.file("m"), file_text(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})", "abc"));
  SafetensorsFile first(folder.file("m"));
  const SafetensorsFile second(std::move(first));
  CHECK(second.read<std::uint8_t>("a") == std::vector<std::uint8_t>{'a', 'b', 'c'});
}

TEST_CASE("SafetensorsFile: tensors at odd addresses are read by copy and refused by view") {
  const TemporaryFolder folder;
  write_text(folder.file("m"), file_text(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                         R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                                         "x" + bytes_of<float>({3.0F})));
  const SafetensorsFile file(folder.file("m"));
  CHECK(file.read<float>("b") == std::vector<float>{3.0F});
  CHECK(file.view<std::uint8_t>("a")[0] == 'x');
  const bool aligned = reinterpret_cast<std::uintptr_t>(file.find("b").bytes.data()) % 4 == 0;
  if (!aligned) CHECK_THROWS_AS(file.view<float>("b"), format_error);
  CHECK_THROWS_WITH(file.view<double>("b"), folder.file("m") + ": tensor \"b\" is F32, expected F64");
}

TEST_CASE("SafetensorsFile: what a caller asks for and the file lacks is named") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_text(path, file_text(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("i":{"dtype":"I32","shape":[2],"data_offsets":[8,16]}})",
                             bytes_of<float>({1, 2}) + bytes_of<std::int32_t>({1, 256})));
  const SafetensorsFile file(path);
  CHECK_THROWS_WITH(file.find("weight"), path + ": has no tensor \"weight\"");
  CHECK_THROWS_WITH(file.metadata("format"), path + ": has no metadata \"format\"");
  CHECK_THROWS_WITH(file.read<float>("a", {1, 2}), path + ": tensor \"a\" has shape (2), expected (1, 2)");
  CHECK_THROWS_WITH(file.read<std::int32_t>("a"), path + ": tensor \"a\" is F32, expected integers");
  CHECK_THROWS_WITH(file.read<std::uint8_t>("i"), path + ": element 1 of tensor \"i\" does not fit U8");
  std::vector<float> wrong(3);
  CHECK_THROWS_AS(file.read_into<float>("a", wrong), shape_error);
}

TEST_CASE("SafetensorsFile: every damaged or foreign file is refused with path, byte and reason") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  const auto reason_for = [&](const std::string& text) {
    write_text(path, text);
    const std::string message = message_of<format_error>([&] { SafetensorsFile{path}; });
    REQUIRE(message.rfind(path + ", byte ", 0) == 0);
    return message.substr(path.size() + 7);
  };
  const auto tensor = [](const std::string& body, const std::string& data = "12345678") {
    return file_text("{\"a\":{" + body + "}}", data);
  };
  const std::string pad(40, 'x');

  CHECK(reason_for("") == "0: the file is empty");
  CHECK(reason_for("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n") ==
        "0: the file is a Git LFS pointer (fetch the file itself with `git lfs pull`)");
  CHECK(reason_for("\x89PNG\r\n\x1a\n" + pad) == "0: the file is a PNG picture, expected a safetensors file");
  CHECK(reason_for("PK\x03\x04" + pad) ==
        "0: the file is a zip archive (PyTorch's .pt files are), expected a safetensors file");
  CHECK(reason_for("\x80\x02}q" + pad) == "0: the file is a Python pickle, expected a safetensors file");
  CHECK(reason_for(std::string("\x1f\x8b\x08\0\0\0\0\0", 8) + pad) ==
        "0: the file is gzip-compressed, expected a safetensors file");
  CHECK(reason_for("<!DOCTYPE html><html>") == "0: the file is an HTML page, expected a safetensors file");
  CHECK(reason_for("{\"weights\": []}") == "0: the file is JSON text, expected a safetensors file");

  CHECK(reason_for("1234567") == "0: the file is truncated: 7 bytes, expected at least 8");
  CHECK(reason_for(std::string("\x10\0\0\0\0\0\0\0{}", 10)) ==
        "8: the file is truncated: 16 bytes of header announced, 2 left");
  CHECK(reason_for("abcdefgh" + pad) ==
        "0: a header of 7523094288207667809 bytes, expected at most 100000000 (no safetensors file)");
  CHECK(reason_for(file_text("[]", "")) == "8: the header does not start with '{' (no safetensors file)");
  CHECK(reason_for(file_text("", "")) == "8: the header does not start with '{' (no safetensors file)");
  CHECK(reason_for(file_text("{\"a\" 1}", "")) == "13: expected ':' after a key");
  CHECK(reason_for(file_text(R"({"a":{},"a":{}})", "")) == "16: the key \"a\" stands twice");
  CHECK(reason_for(file_text(R"({"__metadata__":[]})", "")) == "8: \"__metadata__\" is no object");
  CHECK(reason_for(file_text(R"({"__metadata__":{"x":1}})", "")) == "8: metadata \"x\" is no string");

  CHECK(reason_for(file_text("{\"a\":3}", "")) == "8: tensor \"a\" is described by no object");
  CHECK(reason_for(tensor(R"("shape":[2],"data_offsets":[0,8])")) == "8: tensor \"a\" has no \"dtype\"");
  CHECK(reason_for(tensor(R"("dtype":"F99","shape":[2],"data_offsets":[0,8])")) ==
        "8: tensor \"a\" has the unknown dtype \"F99\"");
  CHECK(reason_for(tensor(R"("dtype":"F32","data_offsets":[0,8])")) ==
        "8: tensor \"a\" has no array \"shape\"");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])")) ==
        "8: \"shape\" of tensor \"a\" holds -2, expected integers >= 0");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[2.0],"data_offsets":[0,8])")) ==
        "8: \"shape\" of tensor \"a\" holds 2.0, expected integers >= 0");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])")) ==
        "8: \"data_offsets\" of tensor \"a\" are no [begin, end]");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0])")) ==
        "8: \"data_offsets\" of tensor \"a\" are no [begin, end]");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,12])")) ==
        "63: the file is truncated: tensor \"a\" ends 4 bytes after the file's end");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])")) ==
        "62: tensor \"a\" has 8 bytes, its shape (3) of F32 needs 12");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8])")) ==
        "8: the shape (4611686018427387904, 4) of tensor \"a\" is too large");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])")) ==
        "66: 4 bytes after the last tensor belong to none");
  CHECK(reason_for(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])")) ==
        "66: 4 bytes before tensor \"a\" belong to none");
  CHECK(reason_for(file_text(R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},)"
                             R"("b":{"dtype":"U8","shape":[6],"data_offsets":[2,8]}})",
                             "12345678")) == "115: tensor \"b\" overlaps the one before");
}

TEST_CASE("SafetensorsFile: braces in a path are not a message's places") {
  const TemporaryFolder folder;
  const std::string path = folder.file("{}{{}{}.safetensors");
  write_text(path, "short");
  CHECK(message_of<format_error>([&] { SafetensorsFile{path}; }).rfind(path + ", byte 0: ", 0) == 0);
}

TEST_CASE("SafetensorsFile: a file that cannot be opened is an io_error") {
  CHECK_THROWS_WITH(SafetensorsFile("/no/such/file"), "cannot open /no/such/file: No such file or directory");
}
