// SPDX-License-Identifier: MIT
#include "flashvideo/io/y4m.hpp"

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/peak_memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("Y4m: frames come back in order, with their times, colours within one level") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.y4m");
  {
    Y4mSink sink(path, {.fps = 12.5, .scale = 3});
    for (index_t t = 0; t < 5; ++t) sink.write(flat_fields(5, 9, t));
    CHECK_FALSE(std::filesystem::exists(path));
    sink.finish();
  }
  Y4mSource source(path);
  CHECK(source.height() == 15);
  CHECK(source.width() == 27);
  CHECK(source.fps() == 12.5);
  VideoFrame frame;
  for (index_t t = 0; t < 5; ++t) {
    REQUIRE(source.next_frame(frame));
    CHECK(frame.seconds == Approx(static_cast<double>(t) * 0.08));
    CHECK(largest_difference(frame.image, scale_nearest(flat_fields(5, 9, t), 3)) <= 1);
  }
  CHECK_FALSE(source.next_frame(frame));
  CHECK_FALSE(source.next_frame(frame));
}

TEST_CASE("Y4mSink: unfinished, it leaves nothing") {
  const TemporaryFolder folder;
  {
    Y4mSink sink(folder.file("a.y4m"));
    sink.write(Image(4, 4));
  }
  CHECK(folder.names().empty());
}

TEST_CASE("Y4mSink: a full disk is one sentence and leaves nothing") {
  const TemporaryFolder folder;
  std::string message;
  {
    const FullDisk limit(10000);
    message = message_of<io_error>([&] {
      Y4mSink sink(folder.file("a.y4m"));
      for (int t = 0; t < 10; ++t) sink.write(Image(32, 32));
      sink.finish();
    });
  }
  CHECK(message == "cannot write " + folder.file("a.y4m") + ": File too large");
  CHECK(folder.names().empty());
  CHECK_THROWS_AS(Y4mSink(folder.file("none/a.y4m")), io_error);
}

TEST_CASE("Y4mSource: reads shared chroma samples, grey, and the full range") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.y4m");
  const auto read = [&](const std::string& header, const std::string& samples) {
    write_text(path, header + "\nFRAME Ixyz\n" + samples);
    VideoFrame frame;
    Y4mSource source(path);
    REQUIRE(source.next_frame(frame));
    return frame.image;
  };
  const Image odd = read("YUV4MPEG2 W3 H3 F25:1 C420jpeg",
                         "\x10\x20\x30\x40\x50\x60\x70\x7f\x11"
                         "abcd"
                         "efgh");
  CHECK(odd.get(0, 0) == yuv_to_rgb({0x10, 'a', 'e'}));
  CHECK(odd.get(1, 1) == yuv_to_rgb({0x50, 'a', 'e'}));
  CHECK(odd.get(0, 2) == yuv_to_rgb({0x30, 'b', 'f'}));
  CHECK(odd.get(2, 0) == yuv_to_rgb({0x70, 'c', 'g'}));
  CHECK(odd.get(2, 2) == yuv_to_rgb({0x11, 'd', 'h'}));
  const Image no_tag = read("YUV4MPEG2 W2 H2", "1234ab");
  CHECK(no_tag.get(1, 1) == yuv_to_rgb({'4', 'a', 'b'}));
  const Image half = read("YUV4MPEG2 W2 H2 C422", "1234abcd");
  CHECK(half.get(0, 1) == yuv_to_rgb({'2', 'a', 'c'}));
  CHECK(half.get(1, 0) == yuv_to_rgb({'3', 'b', 'd'}));
  const Image grey = read("YUV4MPEG2 W2 H1 Cmono XCOLORRANGE=FULL", "z0");
  CHECK(grey.get(0, 0) == Rgb{'z', 'z', 'z'});
}

TEST_CASE("Y4mSource: a damaged or foreign file is refused with path, byte and reason") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.y4m");
  const auto reason_for = [&](const std::string& text) {
    write_text(path, text);
    const std::string message = message_of<format_error>([&] {
      Y4mSource source(path);
      for (VideoFrame frame; source.next_frame(frame);) {
      }
    });
    REQUIRE(message.rfind(path + ", byte ", 0) == 0);
    return message.substr(path.size() + 7);
  };
  CHECK(reason_for("") == "0: the file is empty");
  CHECK(reason_for("version https://git-lfs.github.com/spec/v1\n")
            .rfind("0: the file is a Git LFS pointer", 0) == 0);
  CHECK(reason_for("\x89PNG\r\n\x1a\n") == "0: the file is a PNG picture, expected a Y4M video");
  CHECK(reason_for("YUV4MPEG3 W2 H2\n") == "0: the file is of unknown kind, expected a Y4M video");
  CHECK(reason_for(std::string(10000, 'x')) == "0: the file is of unknown kind, expected a Y4M video");
  CHECK(reason_for("YUV4MPEG2 H2\nFRAME\n") == "0: the header names no width or no height");
  CHECK(reason_for("YUV4MPEG2 W-2 H2\n") == "0: the extent \"-2\" is outside 1 to 32768");
  CHECK(reason_for("YUV4MPEG2 W99999999999 H2\n") == "0: the extent \"99999999999\" is outside 1 to 32768");
  CHECK(reason_for("YUV4MPEG2 W2x H2\n") == "0: the extent \"2x\" is outside 1 to 32768");
  CHECK(reason_for("YUV4MPEG2 W2 H2 F0:1\n") == "0: the frame rate \"0:1\" is no quotient of numbers >= 1");
  CHECK(reason_for("YUV4MPEG2 W2 H2 F25\n") == "0: the frame rate \"25\" is no quotient of numbers >= 1");
  CHECK(reason_for("YUV4MPEG2 W2 H2 C444p10\n") ==
        "0: the samples are C444p10, expected C444, C422, C420 or Cmono with 8 bits");
  CHECK(reason_for("YUV4MPEG2 W2 H2\n") == "16: the video has no frames");
  CHECK(reason_for("YUV4MPEG2 W2 H2\nFRAME\n12345") == "22: the file is truncated in frame 0");
  CHECK(reason_for("YUV4MPEG2 W32768 H32768\nFRAME\n12345") == "30: the file is truncated in frame 0");
  CHECK(reason_for("YUV4MPEG2 W2 H2\nFRAME\n123456FRAME\n12") == "34: the file is truncated in frame 1");
  CHECK(reason_for("YUV4MPEG2 W2 H2\nFRAME\n123456FRXME\n123456") == "28: expected FRAME 1");
  CHECK_THROWS_WITH(Y4mSource(folder.file("none")),
                    "cannot open " + folder.file("none") + ": No such file or directory");
  CHECK_THROWS_WITH(Y4mSource(folder.path()), "cannot read " + folder.path() + ": Is a directory");
}

TEST_CASE("Y4m: memory does not grow with the number of frames") {
  const TemporaryFolder folder;
  Y4mSink sink(folder.file("a.y4m"));
  for (index_t t = 0; t < 20; ++t) sink.write(flat_fields(32, 32, t));
  reset_peak_memory();
  const long before = peak_memory_kib();
  for (index_t t = 20; t < 2000; ++t) sink.write(flat_fields(32, 32, t));
  sink.finish();
  Y4mSource source(folder.file("a.y4m"));
  index_t count = 0;
  for (VideoFrame frame; source.next_frame(frame);) ++count;
  CHECK(count == 2000);
  CHECK(peak_memory_kib() - before < 1024);  // the frames are 6 MB
}

TEST_CASE("Y4mSource: pixels that are not square are made so") {
  const TemporaryFolder folder;
  const std::string frame = "FRAME\n" + std::string(6, '\x30') + std::string(6, '\xC0');
  const auto width_of = [&](const std::string& aspect) {
    write_text(folder.file("a.y4m"), "YUV4MPEG2 W6 H2 F8:1 " + aspect + " Cmono\n" + frame);
    Y4mSource source(folder.file("a.y4m"));
    VideoFrame read;
    REQUIRE(source.next_frame(read));
    CHECK(read.image.width() == source.width());
    CHECK(read.image.get(0, source.width() - 1).red < 60);
    CHECK(read.image.get(1, 0).red > 190);
    return source.width();
  };
  CHECK(width_of("A1:1") == 6);
  CHECK(width_of("A0:0") == 6);
  CHECK(width_of("A4:3") == 8);
  CHECK(width_of("A1:2") == 3);
  CHECK_THROWS_AS(width_of("A4"), format_error);
  CHECK_THROWS_AS(width_of("A1000000:1"), format_error);
}

TEST_CASE("Y4mSource: goes to any frame that was met, forwards and backwards") {
  const TemporaryFolder folder;
  Y4mSink sink(folder.file("a.y4m"));
  for (index_t t = 0; t < 9; ++t) sink.write(flat_fields(4, 8, t));
  sink.finish();
  Y4mSource first(folder.file("a.y4m"));
  std::vector<VideoFrame> frames(1);
  while (first.next_frame(frames.back())) frames.emplace_back();
  const std::vector<SeekPoint> points = first.seek_points();
  REQUIRE(points.size() == 9);
  Y4mSource source(folder.file("a.y4m"));
  for (const std::size_t i : {4, 8, 0, 3, 7}) {
    REQUIRE(source.seek(points[i]));
    VideoFrame frame;
    REQUIRE(source.next_frame(frame));
    CHECK(frame.image == frames[i].image);
    CHECK(frame.seconds == frames[i].seconds);
  }
}
