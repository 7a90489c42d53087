// SPDX-License-Identifier: MIT
#include "flashvideo/io/ffmpeg_display.hpp"

#include "flashvideo/io/ffmpeg.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_media.hpp"
#include "support/test_pictures.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

namespace {

/// A display matrix of the four numbers that turn, in units of 1 / 65536.
std::array<std::int32_t, 9> matrix_of(int a, int b, int c, int d) {
  return {a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 1 << 30};
}

/// The eight matrices, in the order of Exif's numbers.
constexpr int matrices[8][4] = {{1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
                                {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}};

/// The picture as the matrix says: stored pixel (x, y) goes to (a x + c y, b x + d y), moved to the first quadrant.
Image turned(const Image& stored, const int (&m)[4]) {
  Image shown = m[0] != 0 ? Image(stored.height(), stored.width()) : Image(stored.width(), stored.height());
  const index_t right = m[0] + m[2] < 0 ? shown.width() - 1 : 0;
  const index_t down = m[1] + m[3] < 0 ? shown.height() - 1 : 0;
  for (index_t y = 0; y < stored.height(); ++y) {
    for (index_t x = 0; x < stored.width(); ++x) {
      shown.set(down + m[1] * x + m[3] * y, right + m[0] * x + m[2] * y, stored.get(y, x));
    }
  }
  return shown;
}

std::string big_endian(std::int32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text += static_cast<char>(static_cast<std::uint32_t>(value) >> shift & 0xFF);
  return text;
}

/// Puts a display matrix into the track header of an MP4 file.
void set_matrix(const std::string& path, const std::array<std::int32_t, 9>& matrix) {
  std::string bytes = read_text(path);
  const std::size_t header = bytes.find("tkhd");
  REQUIRE(header != std::string::npos);
  std::string numbers;
  for (const std::int32_t number : matrix) numbers += big_endian(number);
  bytes.replace(header + 44, 36, numbers);
  write_text(path, bytes);
}

/// The JPEG with an Exif segment that says nothing but an orientation.
std::string with_exif(const std::string& jpeg, int orientation) {
  using namespace std::string_literals;
  const std::string exif = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s +
                           static_cast<char>(orientation) + "\0\0\0\0\0\0\0"s;
  return jpeg.substr(0, 2) + "\xFF\xE1\0"s + static_cast<char>(exif.size() + 2) + exif + jpeg.substr(2);
}

}  // namespace

TEST_CASE("orientation_of_matrix: quarter turns and mirrors in any scale, and no other angle") {
  using flashvideo::io_detail::orientation_of_exif;
  const auto orientation = [](const std::array<std::int32_t, 9>& matrix) {
    return flashvideo::io_detail::orientation_of_matrix(reinterpret_cast<const std::uint8_t*>(matrix.data()));
  };
  for (int i = 0; i < 8; ++i) {
    INFO(i + 1);
    const auto& m = matrices[i];
    CHECK(orientation(matrix_of(m[0], m[1], m[2], m[3])) == orientation_of_exif(i + 1));
    CHECK(orientation(matrix_of(2 * m[0], 3 * m[1], 3 * m[2], 2 * m[3])) == orientation_of_exif(i + 1));
  }
  CHECK(orientation({}) == flashvideo::io_detail::Orientation{});
  CHECK_FALSE(orientation(matrix_of(1, 1, -1, 1)));
  CHECK_FALSE(orientation(matrix_of(1, 0, 0, 0)));
  CHECK(orientation_of_exif(0) == flashvideo::io_detail::Orientation{});
  CHECK(orientation_of_exif(9) == flashvideo::io_detail::Orientation{});
}

TEST_CASE(
    "frame_orientation: a frame's own matrix comes before its Exif tag, and that before the stream's "
    "matrix") {
  using flashvideo::io_detail::frame_orientation;
  using flashvideo::io_detail::orientation_of_exif;
  const flashvideo::io_detail::FramePointer frame(av_frame_alloc());
  const auto stream = matrix_of(0, 1, -1, 0);
  const auto* stream_bytes = reinterpret_cast<const std::uint8_t*>(stream.data());
  CHECK(frame_orientation(*frame, nullptr, "a") == orientation_of_exif(1));
  CHECK(frame_orientation(*frame, stream_bytes, "a") == orientation_of_exif(6));
  av_dict_set(&frame->metadata, "Orientation", "    3", 0);
  CHECK(frame_orientation(*frame, stream_bytes, "a") == orientation_of_exif(3));
  AVFrameSideData* own = av_frame_new_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX, 36);
  REQUIRE(own != nullptr);
  const auto mirrored = matrix_of(-1, 0, 0, 1);
  std::memcpy(own->data, mirrored.data(), 36);
  CHECK(frame_orientation(*frame, stream_bytes, "a") == orientation_of_exif(2));
  const auto askew = matrix_of(1, 1, -1, 1);
  std::memcpy(own->data, askew.data(), 36);
  CHECK_THROWS_WITH(frame_orientation(*frame, stream_bytes, "a.mp4"),
                    "a.mp4: the picture is turned by an angle, expected quarter turns");
}

TEST_CASE("FfmpegSource: a video with a display matrix is read as it is shown") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  Mp4Sink sink(path);
  for (index_t t = 0; t < 3; ++t) sink.write(flat_fields(32, 64, t));
  sink.finish();
  const Image upright = read_image(path);
  REQUIRE(upright.width() == 64);
  for (const auto& m : matrices) {
    INFO(m[0] << " " << m[1] << " " << m[2] << " " << m[3]);
    set_matrix(path, matrix_of(m[0], m[1], m[2], m[3]));
    FfmpegSource source(path);
    const Image expected = turned(upright, m);
    CHECK(source.height() == expected.height());
    CHECK(source.width() == expected.width());
    VideoFrame frame;
    REQUIRE(source.next_frame(frame));
    CHECK(frame.image == expected);
  }
  set_matrix(path, matrix_of(1, 1, -1, 1));
  CHECK_THROWS_AS(FfmpegSource(path), format_error);
}

TEST_CASE("FfmpegSource: a JPEG's orientation tag turns it") {
  const TemporaryFolder folder;
  write_media(folder.file("a.jpg"), {"mjpeg", "mjpeg", AV_PIX_FMT_YUVJ420P, 16, 32},
              [](AVFrame& frame, index_t) { fill_corner(frame); });
  const std::string jpeg = read_text(folder.file("a.jpg"));
  const Image upright = read_image(folder.file("a.jpg"));
  for (int number = 1; number <= 8; ++number) {
    INFO(number);
    write_text(folder.file("b.jpg"), with_exif(jpeg, number));
    CHECK(read_image(folder.file("b.jpg")) == turned(upright, matrices[number - 1]));
  }
}

TEST_CASE("FfmpegSource: a PNG's orientation tag turns it") {
  const TemporaryFolder folder;
  const Image upright = flat_fields(8, 16);
  write_png(folder.file("a.png"), upright);
  const std::string png = read_text(folder.file("a.png"));
  for (int number = 1; number <= 8; ++number) {
    INFO(number);
    using namespace std::string_literals;
    const std::string exif =
        "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + static_cast<char>(number) + "\0\0\0\0\0\0"s;
    const std::string named = "eXIf" + exif;
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : named) {
      crc ^= static_cast<unsigned char>(byte);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    const std::string chunk = big_endian(static_cast<std::int32_t>(exif.size())) + named +
                              big_endian(static_cast<std::int32_t>(~crc));
    write_text(folder.file("b.png"), png.substr(0, 33) + chunk + png.substr(33));
    CHECK(read_image(folder.file("b.png")) == turned(upright, matrices[number - 1]));
  }
}

TEST_CASE("FfmpegSource: pixels that are not square are made so, before they are turned") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  struct Case {
    AVRational aspect;
    index_t width;
  };
  for (const Case& c : {Case{{4, 3}, 43}, Case{{1, 2}, 16}, Case{{1, 1}, 32}, Case{{0, 1}, 32}}) {
    INFO(c.aspect.num << " : " << c.aspect.den);
    write_media(path, {"mp4", "mpeg4", AV_PIX_FMT_YUV420P, 32, 32, {8, 1}, c.aspect},
                [](AVFrame& frame, index_t) { fill_corner(frame); });
    CHECK(FfmpegSource(path).width() == c.width);
    CHECK(FfmpegSource(path).height() == 32);
    const Image image = read_image(path);
    CHECK(image.get(0, 0).red == Approx(28).margin(4));  // luma 40 of 16 .. 235
    CHECK(image.get(0, c.width - 1).red == Approx(121).margin(4));
    CHECK(image.get(31, c.width - 1).red == Approx(237).margin(4));
    set_matrix(path, matrix_of(0, 1, -1, 0));
    CHECK(FfmpegSource(path).height() == c.width);
    CHECK(read_image(path).get(c.width - 1, 0).red == Approx(237).margin(4));
  }
}

TEST_CASE("FfmpegSource: transparency lies over black") {
  const TemporaryFolder folder;
  const auto red = [](AVFrame& frame, index_t) {
    for (int y = 0; y < frame.height; ++y) {
      for (int x = 0; x < frame.width; ++x) {
        std::uint8_t* pixel = frame.data[0] + y * frame.linesize[0] + 4 * x;
        pixel[0] = 200;
        pixel[1] = 100;
        pixel[2] = 255;
        pixel[3] = static_cast<std::uint8_t>(x * 255 / (frame.width - 1));
      }
    }
  };
  write_media(folder.file("a.png"), {"image2pipe", "png", AV_PIX_FMT_RGBA, 2, 6}, red);
  const Image png = read_image(folder.file("a.png"));
  CHECK(png.get(0, 0) == Rgb{0, 0, 0});
  CHECK(png.get(0, 1) == Rgb{40, 20, 51});
  CHECK(png.get(1, 5) == Rgb{200, 100, 255});

  // of a GIF's colours the first is white and transparent, the second light and opaque
  write_media(folder.file("a.gif"), {"gif", "gif", AV_PIX_FMT_PAL8, 4, 4}, [](AVFrame& frame, index_t) {
    const std::uint32_t colours[] = {0x00FFFFFF, 0xFFC8DCF0};
    std::memset(frame.data[1], 0, 1024);
    std::memcpy(frame.data[1], colours, sizeof(colours));
    for (int i = 0; i < 16; ++i)
      frame.data[0][i / 4 * frame.linesize[0] + i % 4] = static_cast<std::uint8_t>(i % 4 / 2);
  });
  const Image gif = read_image(folder.file("a.gif"));
  CHECK(gif.get(0, 0) == Rgb{0, 0, 0});
  CHECK(gif.get(3, 3) == Rgb{200, 220, 240});
}
