// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_source.hpp"

#include <numeric>

#include "flashvideo/io/ffmpeg.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_media.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// A WAV file of silence: a file that FFmpeg opens and that has no pictures.
std::string silent_wav() {
  const auto number = [](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
  };
  return "RIFF" + number(36 + 800, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(8000, 4) + number(8000, 4) + number(1, 2) + number(8, 2) + "data" + number(800, 4) +
         std::string(800, '\x80');
}

}  // namespace

TEST_CASE("FfmpegSource: says extents, rate and number of frames before the first is read") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  Mp4Sink sink(path, {.fps = 12.5, .scale = 2});
  for (index_t t = 0; t < 9; ++t) sink.write(flat_fields(15, 17, t));
  sink.finish();
  const FfmpegSource source(path);
  CHECK(source.height() == 30);
  CHECK(source.width() == 34);
  CHECK(source.fps() == Approx(12.5));
  CHECK(source.frame_count() == 9);
}

TEST_CASE("FfmpegSource: a file that is no video is named, with its path") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  const auto reason_for = [&](const std::string& text) {
    write_text(path, text);
    const std::string message = message_of<format_error>([&] { FfmpegSource{path}; });
    REQUIRE(message.rfind(path, 0) == 0);
    return message.substr(path.size());
  };
  CHECK(reason_for("") == ", byte 0: the file is empty");
  CHECK(reason_for("version https://git-lfs.github.com/spec/v1\noid sha256:0\n") ==
        ", byte 0: the file is a Git LFS pointer (fetch the file itself with `git lfs pull`)");
  CHECK(reason_for("PK\x03\x04" + std::string(100, 'x'))
            .rfind(", byte 0: the file is a zip archive (PyTorch's .pt files are), expected a video", 0) ==
        0);
  CHECK(reason_for("just some words\n")
            .rfind(", byte 0: the file is of unknown kind or damaged, expected a video", 0) == 0);
  CHECK(reason_for(silent_wav()) ==
        ", byte 0: the file is a RIFF file (AVI, WAV or WebP), expected a video (no stream of pictures)");
  CHECK_THROWS_WITH(FfmpegSource(folder.file("none.mp4")),
                    "cannot open " + folder.file("none.mp4") + ": No such file or directory");
  CHECK_THROWS_WITH(FfmpegSource(folder.path()), "cannot read " + folder.path() + ": Is a directory");
  write_text(folder.file("notes.txt"), "hello\n");
  CHECK_THROWS_AS(FfmpegSource(folder.file("notes.txt")), format_error);
}

TEST_CASE("FfmpegSource: a truncated video or picture is an error, not a short video") {
  const TemporaryFolder folder;
  Mp4Sink sink(folder.file("a.mp4"));
  for (index_t t = 0; t < 20; ++t) sink.write(gradient(64, 64, 20 * t));
  sink.finish();
  const std::string video = read_text(folder.file("a.mp4"));
  for (const double share : {0.1, 0.5, 0.8, 0.99}) {  // the index lies in front, so that most of them open
    INFO(share);
    write_text(folder.file("b.mp4"),
               video.substr(0, static_cast<std::size_t>(static_cast<double>(video.size()) * share)));
    const auto read_through = [&] {
      FfmpegSource source(folder.file("b.mp4"));
      for (VideoFrame frame; source.next_frame(frame);) {
      }
    };
    CHECK_THROWS_AS(read_through(), format_error);
  }

  write_text(folder.file("b.mov"), std::string("\0\0\0\x14"
                                               "ftypqt  ",
                                               12));
  CHECK_THROWS_WITH(FfmpegSource(folder.file("b.mov")),
                    Catch::Contains("the file is an MP4 video that is damaged or truncated ("));

  // readers of these pass in silence over what they cannot read
  std::vector<std::int64_t> times(60);
  std::iota(times.begin(), times.end(), 0);
  write_media(folder.file("a.mkv"), {"matroska", "mpeg4", AV_PIX_FMT_YUV420P, 64, 64, {25, 1}, {0, 1}, times},
              [](AVFrame& frame, index_t t) { fill_grey(frame, static_cast<int>(40 + t)); });
  const auto gif = std::make_unique<GifSink>(folder.file("a.gif"));
  for (index_t t = 0; t < 60; ++t) gif->write(gradient(16, 16, t));
  gif->finish();
  for (const char* ending : {".mkv", ".gif"}) {
    INFO(ending);
    const auto frames_of = [&](const std::string& name) {
      FfmpegSource source(folder.file(name + ending));
      index_t count = 0;
      for (VideoFrame frame; source.next_frame(frame);) ++count;
      return count;
    };
    CHECK(frames_of("a") == 60);
    const std::string whole = read_text(folder.file(std::string("a") + ending));
    write_text(folder.file(std::string("b") + ending), whole.substr(0, whole.size() * 6 / 10));
    CHECK_THROWS_AS(frames_of("b"), format_error);
  }

  write_png(folder.file("a.png"), gradient(64, 64));
  const std::string picture = read_text(folder.file("a.png"));
  write_text(folder.file("b.png"), picture.substr(0, picture.size() / 2));
  CHECK_THROWS_AS(read_image(folder.file("b.png")), format_error);
}

TEST_CASE("FfmpegSource: pictures of every kind are read, damaged ones refused") {
  const TemporaryFolder folder;
  struct Case {
    const char* encoder;
    AVPixelFormat pixels;
    bool finds_damage;
  };
  for (const Case& c : {Case{"png", AV_PIX_FMT_RGB24, true}, Case{"mjpeg", AV_PIX_FMT_YUVJ420P, true},
                        Case{"tiff", AV_PIX_FMT_RGB24, false}, Case{"bmp", AV_PIX_FMT_BGR24, false}}) {
    INFO(c.encoder);
    const std::string path = folder.file(c.encoder);
    write_media(path, {"image2pipe", c.encoder, c.pixels, 64, 64}, [&](AVFrame& frame, index_t) {
      for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < (c.pixels == AV_PIX_FMT_YUVJ420P ? 64 : 192); ++x) {
          frame.data[0][y * frame.linesize[0] + x] = static_cast<std::uint8_t>(x * x + 3 * y * x);
        }
      }
    });
    CHECK(read_image(path).width() == 64);
    if (!c.finds_damage) continue;
    std::string bytes = read_text(path);
    bytes.replace(bytes.size() / 2, 40, 40, '\xFF');
    write_text(path, bytes);
    CHECK_THROWS_AS(read_image(path), format_error);
  }
}

TEST_CASE("FfmpegSource: a truncated JPEG is an error") {
  const TemporaryFolder folder;
  write_media(folder.file("a.jpg"), {"mjpeg", "mjpeg", AV_PIX_FMT_YUVJ420P, 64, 64},
              [](AVFrame& frame, index_t) { fill_corner(frame); });
  const std::string jpeg = read_text(folder.file("a.jpg"));
  CHECK(read_image(folder.file("a.jpg")).height() == 64);
  for (const double share : {0.6, 0.8, 0.95}) {
    write_text(folder.file("b.jpg"),
               jpeg.substr(0, static_cast<std::size_t>(static_cast<double>(jpeg.size()) * share)));
    CHECK_THROWS_AS(read_image(folder.file("b.jpg")), format_error);
  }
}

TEST_CASE("FfmpegSource: bytes overwritten inside a video are named with their frame, wherever they lie") {
  const TemporaryFolder folder;
  for (const Mp4Encoder encoder : {Mp4Encoder::H264, Mp4Encoder::Mpeg4}) {
    Mp4Sink sink(folder.file("a.mp4"), {}, encoder);
    for (index_t t = 0; t < 60; ++t) sink.write(gradient(64, 64, 7 * t));
    sink.finish();
    const std::string video = read_text(folder.file("a.mp4"));
    VideoFrame frame;
    FfmpegSource whole(folder.file("a.mp4"));
    index_t count = 0;
    while (whole.next_frame(frame)) ++count;
    CHECK(count == 60);
    const std::size_t data = video.find("mdat");
    const std::size_t data_end =
        std::max(video.find("moov"), data) == data ? video.size() : video.find("moov");
    for (const std::size_t tenth : {2, 4, 6, 8}) {
      INFO(tenth);
      std::string damaged = video;
      damaged.replace(data + (data_end - data) * tenth / 10, 400, 400, '\xFF');
      write_text(folder.file("b.mp4"), damaged);
      const auto read_through = [&] {
        FfmpegSource source(folder.file("b.mp4"));
        while (source.next_frame(frame)) {
        }
      };
      const std::string message = message_of<format_error>(read_through);
      CHECK_THAT(message, Catch::StartsWith(folder.file("b.mp4") + ": frame "));
      CHECK_THAT(message, Catch::Contains(" is damaged ("));
    }
  }
}

TEST_CASE("FfmpegSource: a video whose size changes is refused where it does, in width x height") {
  const TemporaryFolder folder;
  const auto jpeg = [&](int height, int width) {
    write_media(folder.file("a.jpg"), {"mjpeg", "mjpeg", AV_PIX_FMT_YUVJ420P, height, width},
                [](AVFrame& frame, index_t) { fill_corner(frame); });
    return read_text(folder.file("a.jpg"));
  };
  write_text(folder.file("a.mjpeg"), jpeg(16, 32) + jpeg(16, 32) + jpeg(48, 32));
  FfmpegSource source(folder.file("a.mjpeg"));
  VideoFrame frame;
  REQUIRE(source.next_frame(frame));
  REQUIRE(source.next_frame(frame));
  CHECK_THROWS_WITH(source.next_frame(frame), folder.file("a.mjpeg") +
                                                  ": frame 2 is 32 x 48 pixels, the first "
                                                  "one 32 x 16; a video whose size changes is not read");
}

TEST_CASE("FfmpegSource: frames that are skipped have the times of those that are read") {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> times{0, 125, 300, 301, 900};
  write_media(folder.file("a.mkv"),
              {"matroska", "mpeg4", AV_PIX_FMT_YUV420P, 32, 32, {1000, 1}, {0, 1}, times},
              [](AVFrame& frame, index_t t) { fill_grey(frame, static_cast<int>(40 + 20 * t)); });
  FfmpegSource read(folder.file("a.mkv"));
  FfmpegSource skipped(folder.file("a.mkv"));
  VideoFrame frame, other;
  for (const std::int64_t time : times) {
    REQUIRE(read.next_frame(frame));
    REQUIRE(skipped.skip_frame(other));
    CHECK(frame.seconds == Approx(static_cast<double>(time) / 1000));
    CHECK(other.seconds == frame.seconds);
    CHECK(other.image.empty());
  }
  CHECK_FALSE(skipped.skip_frame(other));
}

TEST_CASE("FfmpegSource: what follows a seek point is what a reading from the start gives") {
  const TemporaryFolder folder;
  struct Case {
    const char* name;
    Mp4Encoder encoder;
  };
  for (const Case& c : {Case{"a.mp4", Mp4Encoder::H264}, Case{"b.mp4", Mp4Encoder::Mpeg4}}) {
    Mp4Sink sink(folder.file(c.name), {}, c.encoder);
    for (index_t t = 0; t < 600; ++t) sink.write(gradient(32, 32, 5 * t));
    sink.finish();
    FfmpegSource first(folder.file(c.name));
    std::vector<VideoFrame> frames(1);
    while (first.next_frame(frames.back())) frames.emplace_back();
    const std::vector<SeekPoint> points = first.seek_points();
    REQUIRE(points.size() >= 2);
    FfmpegSource source(folder.file(c.name));
    for (const std::size_t i : {points.size() - 1, std::size_t{0}, points.size() / 2}) {
      REQUIRE(source.seek(points[i]));
      VideoFrame frame;
      for (index_t t = points[i].frame; t < std::min<index_t>(points[i].frame + 40, 600); ++t) {
        REQUIRE(source.next_frame(frame));
        CHECK(frame.image == frames[static_cast<std::size_t>(t)].image);
        CHECK(frame.seconds == frames[static_cast<std::size_t>(t)].seconds);
      }
    }
    CHECK_FALSE(source.seek({5, points[0].place + 1}));
  }
}

TEST_CASE("FfmpegSource: a name that looks like an address or a pattern is a file") {
  const TemporaryFolder folder;
  const Image picture = gradient(5, 5);
  for (const char* name : {"http:a.png", "concat:a|b.png", "100%d.png", "a b'c.png"}) {
    INFO(name);
    write_png(folder.file(name), picture);
    CHECK(read_image(folder.file(name)) == picture);
  }
}
