// SPDX-License-Identifier: MIT
#include "flashvideo/training/checkpoint.hpp"

#include "flashvideo/backend/cpu/cpu.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;

namespace {

Json configuration(double rate) {
  return Json::object().set("a", 1).set("trainer", Json::object().set("rate", rate).set("seed", "7"));
}

void write_sample(const std::string& path, const std::vector<float>& values) {
  CheckpointWriter<Cpu> writer(Cpu(1), configuration(0.1), 12);
  writer.add("values", {3, static_cast<index_t>(values.size()) / 3}, values.data());
  writer.add_host<double>("curve", {1, 2, 3});
  writer.write(path);
}

}  // namespace

TEST_CASE("Checkpoint: arrays come back to the bit, larger ones than a piece too", "[training]") {
  const test::TemporaryFolder folder;
  std::vector<float> values;
  for (int i = 0; i < 3 * 70'001; ++i) values.push_back(1.0F / static_cast<float>(i + 1));
  write_sample(folder.file("run"), values);
  CheckpointReader reader(folder.file("run"), configuration(0.1));
  CHECK(reader.step() == 12);
  reader.check<float>("values", {3, 70'001});
  reader.check<double>("curve", {3});
  reader.finish_checks();
  std::vector<float> back(values.size());
  reader.read(Cpu(1), "values", back.data(), static_cast<index_t>(back.size()));
  CHECK(back == values);
  CHECK(reader.read_host<double>("curve") == std::vector<double>{1, 2, 3});
}

TEST_CASE("Checkpoint: what does not fit is named", "[training]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run");
  write_sample(path, std::vector<float>(6));
  CHECK_THROWS_WITH(CheckpointReader(path, configuration(0.2)),
                    path + ": the checkpoint was written with trainer.rate = 0.1, this run has 0.2");
  CheckpointReader reader(path, configuration(0.1));
  CHECK_THROWS_WITH(reader.check<double>("values", {3, 2}),
                    path + ": tensor \"values\" is F32, expected F64");
  CHECK_THROWS_AS(reader.check<float>("values", {2, 3}), format_error);
  CHECK_THROWS_AS(reader.check<float>("absent", {1}), format_error);
  reader.check<float>("values", {3, 2});
  CHECK_THROWS_WITH(reader.finish_checks(), path + ": has a tensor \"curve\" that this run does not know");

  SafetensorsWriter other;
  other.set_metadata("kind", "a bundle");
  other.write(folder.file("other"));
  CHECK_THROWS_WITH(CheckpointReader(folder.file("other"), Json::object()),
                    folder.file("other") + ": the file is no flashvideo checkpoint");
  write_file(folder.file("cut"), test::read_text(path).substr(0, 100));
  CHECK_THROWS_AS(CheckpointReader(folder.file("cut"), configuration(0.1)), format_error);
  write_file(folder.file("empty"), "");
  CHECK_THROWS_AS(CheckpointReader(folder.file("empty"), configuration(0.1)), format_error);
}

TEST_CASE("checkpoint_configuration: tells what a checkpoint was written with", "[training]") {
  const test::TemporaryFolder folder;
  write_sample(folder.file("run"), std::vector<float>(6));
  CHECK(checkpoint_configuration(folder.file("run")) == configuration(0.1));
  SafetensorsWriter other;
  other.set_metadata("kind", "a bundle");
  other.write(folder.file("other"));
  CHECK_THROWS_WITH(checkpoint_configuration(folder.file("other")),
                    folder.file("other") + ": the file is no flashvideo checkpoint");
}
