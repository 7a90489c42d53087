// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_mp4.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "flashvideo/io/ffmpeg_source.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// The outermost atoms of an MP4 file, in order: 4 bytes of size, 4 of kind.
std::vector<std::string> atoms_of(const std::string& bytes) {
  std::vector<std::string> kinds;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
    kinds.push_back(bytes.substr(at + 4, 4));
    if (size < 8) break;
    at += size;
  }
  return kinds;
}

std::size_t place_of(const std::vector<std::string>& atoms, const std::string& kind) {
  return static_cast<std::size_t>(std::find(atoms.begin(), atoms.end(), kind) - atoms.begin());
}

}  // namespace

TEST_CASE("Mp4Sink: flat pictures in the world's colours stay within 3 levels, with either encoder") {
  for (const Mp4Encoder encoder : {Mp4Encoder::H264, Mp4Encoder::Mpeg4}) {
    const TemporaryFolder folder;
    Mp4Sink sink(folder.file("a.mp4"), {.fps = 8, .scale = 4}, encoder);
    for (const Rgb colour : world_colours) sink.write(Image(16, 16, colour));
    sink.finish();
    FfmpegSource source(folder.file("a.mp4"));
    VideoFrame frame;
    for (const Rgb colour : world_colours) {
      REQUIRE(source.next_frame(frame));
      CHECK(largest_difference(frame.image, Image(64, 64, colour)) <= 3);
    }
  }
}

TEST_CASE("Mp4Sink: the same frames give the same bytes") {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "b.mp4"}) {
    Mp4Sink sink(folder.file(name));
    for (index_t t = 0; t < 5; ++t) sink.write(gradient(32, 32, t));
    sink.finish();
  }
  CHECK(read_text(folder.file("a.mp4")) == read_text(folder.file("b.mp4")));
}

TEST_CASE("Mp4Sink: odd extents are extended by one repeated row and column") {
  const TemporaryFolder folder;
  Mp4Sink sink(folder.file("a.mp4"));
  sink.write(Image(15, 17, {60, 200, 80}));
  sink.finish();
  FfmpegSource source(folder.file("a.mp4"));
  VideoFrame frame;
  REQUIRE(source.next_frame(frame));
  CHECK(largest_difference(frame.image, Image(16, 18, {60, 200, 80})) <= 3);
}

TEST_CASE("Mp4Sink: the index lies before the pictures, and every picture is read") {
  for (const index_t frames : {1, 3, 300}) {  // 300: more than one group of pictures
    const TemporaryFolder folder;
    Mp4Sink sink(folder.file("a.mp4"), {.fps = 8, .scale = 2});
    for (index_t t = 0; t < frames; ++t) sink.write(flat_fields(16, 32, t));
    sink.finish();
    CHECK(folder.names().size() == 1);
    const std::vector<std::string> atoms = atoms_of(read_text(folder.file("a.mp4")));
    CHECK(atoms.front() == "ftyp");
    CHECK(place_of(atoms, "moov") < place_of(atoms, "mdat"));
    CHECK(place_of(atoms, "mdat") < atoms.size());
    FfmpegSource source(folder.file("a.mp4"));
    CHECK(source.frame_count() == frames);
    index_t read = 0;
    for (VideoFrame frame; source.next_frame(frame); ++read) {
      const Rgb expected = flat_fields(16, 32, read).get(4, 4);
      CHECK(largest_difference(crop(frame.image, 8, 8, 1, 1), Image(1, 1, expected)) <= 8);
    }
    CHECK(read == frames);
  }
}

TEST_CASE("Mp4Sink: into a pipe go fragments, which are read as they stand") {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe.mp4");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string bytes;
  std::thread reader([&] { bytes = read_text(pipe); });
  {
    Mp4Sink sink(pipe);
    for (index_t t = 0; t < 300; ++t) sink.write(flat_fields(16, 32, t));
    sink.finish();
  }
  reader.join();
  const std::vector<std::string> atoms = atoms_of(bytes);
  CHECK(place_of(atoms, "moov") < place_of(atoms, "moof"));
  CHECK(place_of(atoms, "moof") < place_of(atoms, "mdat"));
  write_text(folder.file("copy.mp4"), bytes);
  FfmpegSource source(folder.file("copy.mp4"));
  index_t read = 0;
  for (VideoFrame frame; source.next_frame(frame);) ++read;
  CHECK(read == 300);
}
