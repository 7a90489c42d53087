// SPDX-License-Identifier: MIT
#include "train/strips.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "flashvideo/flashvideo.hpp"
#include "flashvideo/io/contact_sheet.hpp"
#include "flashvideo/io/ffmpeg.hpp"
#include "flashvideo/io/text_file.hpp"

namespace example {

namespace {

using flashvideo::Image;

void add_row(std::vector<Image>& pictures, const std::vector<Image>& frames) {
  constexpr std::size_t columns = 8;
  for (std::size_t i = 0; i < columns; ++i)
    pictures.push_back(frames[i * (frames.size() - 1) / (columns - 1)]);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  flashvideo::require<flashvideo::io_error>(file.good(), "{}: cannot be read", path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = i; k < i + 3; ++k)
      bits = bits << 8 | (k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : digits[bits >> (18 - 6 * k) & 63U];
  }
  return text;
}

/// What a bundle can make of a clip's caption: the clip's own key frames and the frames between them, where it was taught to
/// fill them; with the key frames given that it was taught to be given.
flashvideo::VideoRequest strip_request(const flashvideo::ModelConfiguration& model,
                                       const std::vector<Image>& real) {
  using flashvideo::index_t;
  flashvideo::VideoRequest request;
  auto& options = request.options;
  const auto frames = static_cast<index_t>(real.size());
  options.seed = 1;
  options.key_frames = (frames - 1) / model.key_spacing + 1;
  const flashvideo::TrainedGap whole{model.key_spacing - 1, 1};
  const bool fills = std::find(model.gaps.begin(), model.gaps.end(), whole) != model.gaps.end();
  if (fills) options.between = whole.between;
  options.rounds = fills ? 1 : 0;
  const auto& given = model.given_frames;
  if (!given.empty() && std::find(given.begin(), given.end(), 0) == given.end()) {
    for (index_t t = 0; t < std::min(given.front(), frames); t += model.key_spacing)
      request.first_frames.push_back(real[static_cast<std::size_t>(t)]);
  }
  return request;
}

}  // namespace

void write_strip(const std::string& path, const std::string& bundle, const std::vector<StripClip>& clips,
                 int threads) {
  const flashvideo::VideoGenerator model =
      flashvideo::load_text_to_video(flashvideo::BundleFile::open(bundle), flashvideo::Cpu(threads));
  std::vector<Image> pictures;
  for (const StripClip& clip : clips) {
    add_row(pictures, clip.real);
    add_row(pictures, clip.reconstructed);
    std::vector<Image> made;
    flashvideo::VideoRequest request = strip_request(model.configuration(), clip.real);
    request.sentences = {clip.caption};
    model.generate(request, [&](const flashvideo::GeneratedFrame& frame) { made.push_back(frame.image); });
    add_row(pictures, made);
  }
  flashvideo::write_png(path, flashvideo::contact_sheet(pictures, 8));
}

void write_report(const std::string& path, const std::string& checkpoint) {
  std::string page =
      "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>training</title></head>\n"
      "<body style=\"font-family: sans-serif; max-width: 60em; margin: 2em auto\">\n";
  for (const char* stage : {"image_tokenizer", "decoder"}) {
    const std::string file = checkpoint + "/" + stage;
    if (std::filesystem::exists(file + ".svg")) page += flashvideo::read_text_file(file + ".svg");
    if (std::filesystem::exists(file + "_held_out.csv"))
      page += "<pre>" + flashvideo::read_text_file(file + "_held_out.csv") + "</pre>\n";
  }
  for (const auto& entry : flashvideo::list_folder(checkpoint)) {
    const std::string name = entry.filename().string();
    if (!name.starts_with("strip_") || !name.ends_with(".png")) continue;
    page += "<h3>" + name + "</h3>\n<p>for each of the captions: real, reconstructed, generated</p>\n" +
            "<img style=\"width: 100%; image-rendering: pixelated\" alt=\"\" src=\"data:image/png;base64," +
            base64(bytes_of(entry.string())) + "\">\n";
  }
  flashvideo::write_file(path, page + "</body></html>\n");
}

}  // namespace example
