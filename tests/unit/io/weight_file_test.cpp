// SPDX-License-Identifier: MIT
#include "flashvideo/io/weight_file.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/pickles.hpp"
#include "support/temporary_folder.hpp"
#include "support/zip_file.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

std::string six_floats() {
  std::string bytes;
  for (const float value : {10.0F, 11.0F, 12.0F, 13.0F, 14.0F, 15.0F}) {
    char raw[4];
    std::memcpy(raw, &value, 4);
    bytes.append(raw, 4);
  }
  return bytes;
}

std::vector<float> floats(const ArchivedTensor& tensor) {
  const auto bytes = tensor.dense_bytes();
  std::vector<float> values(bytes.size() / 4);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

TEST_CASE("WeightFile: PyTorch's zip, its older form and TorchScript give the same tensors") {
  const TemporaryFolder folder;
  const std::string value = "}(" + unicode("w") + torch_tensor("0") + "u";
  write_zip(folder.file("new.pt"),
            {{"model/data.pkl", pickle(value)}, {"model/data/0", six_floats()}, {"model/version", "3\n"}});
  write_zip(folder.file("script.pt"),
            {{"model/data.pkl", pickle(global("__torch__", "Net") + ")\x81" + value + "b")},
             {"model/data/0", six_floats()},
             {"model/constants.pkl", pickle(")")}});
  const std::string magic = pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
  write_text(folder.file("old.pth"), magic + pickle(integer(1001)) + pickle("}") + pickle(value) +
                                         pickle("](" + unicode("0") + "e") + little_endian(6, 8) +
                                         six_floats());
  const std::pair<const char*, const char*> files[] = {
      {"new.pt", "PyTorch"}, {"script.pt", "TorchScript"}, {"old.pth", "PyTorch (before 1.6)"}};
  for (const auto& [name, kind] : files) {
    const WeightFile file(folder.file(name));
    CHECK(file.kind() == kind);
    REQUIRE(file.tensors().size() == 1);
    CHECK(file.tensors()[0].name == "w");
    CHECK(floats(file.tensors()[0]) == std::vector<float>{11, 13, 12, 14});
  }
}

TEST_CASE("WeightFile: a plain pickle of arrays, .npz and safetensors") {
  const TemporaryFolder folder;
  write_text(folder.file("a.ckpt"),
             pickle("}(" + unicode("params") + "}(" + unicode("w") + numpy_array() + "uu"));
  const WeightFile plain(folder.file("a.ckpt"), "/");
  CHECK(plain.kind() == "pickle");
  CHECK(plain.tensors().at(0).name == "params/w");
  CHECK(floats(plain.tensors()[0]) == std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}";
  write_zip(folder.file("a.npz"), {{"x.npy", std::string("\x93NUMPY\x01\0", 8) +
                                                 little_endian(header.size(), 2) + header + six_floats()}});
  const WeightFile arrays(folder.file("a.npz"));
  CHECK(arrays.tensors().at(0).name == "x");
  CHECK(floats(arrays.tensors()[0])[5] == 15);
}

TEST_CASE("WeightFile: code, other archives and truncated files are refused in a sentence") {
  const TemporaryFolder folder;
  write_text(folder.file("evil.pkl"), pickle(global("os", "system") + tuple(unicode("id")) + "R"));
  CHECK_THROWS_WITH(WeightFile(folder.file("evil.pkl")), Catch::Contains("calls for os system"));
  write_zip(folder.file("other.zip"), {{"readme", "nothing"}});
  CHECK_THROWS_WITH(WeightFile(folder.file("other.zip")), Catch::Contains("no weights"));
  write_zip(folder.file("half.pt"), {{"m/data.pkl", pickle("}(" + unicode("w") + torch_tensor("0") + "u")}});
  CHECK_THROWS_WITH(WeightFile(folder.file("half.pt")), Catch::Contains("has no file m/data/0"));
  write_text(folder.file("plain.pkl"), pickle("}(" + unicode("w") + torch_tensor("0") + "u"));
  CHECK_THROWS_WITH(WeightFile(folder.file("plain.pkl")), Catch::Contains("storage 0 is not in the file"));
  write_text(folder.file("picture"), "\x89PNG\r\n\x1a\n");
  CHECK_THROWS_WITH(WeightFile(folder.file("picture")), Catch::Contains("a PNG picture"));
  write_text(folder.file("page"), "<html>404</html>");
  CHECK_THROWS_WITH(WeightFile(folder.file("page")),
                    Catch::Contains("byte 0: the file is an HTML page, expected weights"));
  write_text(folder.file("text"), "127.0.0.1 localhost\n");
  CHECK_THROWS_WITH(WeightFile(folder.file("text")), Catch::Contains("no file of weights begins so"));
  write_text(folder.file("empty"), "");
  CHECK_THROWS_AS(WeightFile(folder.file("empty")), format_error);
}
