// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flashvideo/metrics/feature_statistics.hpp"
#include "flashvideo/metrics/i3d.hpp"
#include "flashvideo/metrics/kernel_distance.hpp"
#include "flashvideo/metrics/protocol.hpp"

namespace flashvideo {

/// What one side of a Frechet video distance has shown so far.
struct VideoFeatureSet {
  FeatureStatistics statistics{400};      ///< mean and covariance of I3D's logits
  std::optional<KernelMoments> kernel{};  ///< where the protocol reports KVD

  /// Writes all of it and the settings that it was measured under; with the kernel's sums 90 MB.
  /// @throws io_error when the file cannot be written
  void save(const std::string& path, const std::string& settings) const {
    SafetensorsWriter writer;
    statistics.put(writer, settings);
    if (kernel) kernel->put(writer);
    writer.write(path);
  }
  /// Reads what `save` wrote, or statistics without the kernel's sums.
  /// @throws format_error when the file is none, or was measured under other settings
  static VideoFeatureSet load(const std::string& path, const std::string& settings) {
    const SafetensorsFile file(path);
    VideoFeatureSet set;
    set.statistics = FeatureStatistics::read(file, settings);
    if (KernelMoments::stands_in(file)) set.kernel = KernelMoments::read(file, set.statistics.width());
    return set;
  }
};

/// Frechet video distance (Unterthiner et al., arXiv:1812.01717) under a protocol: I3D's features of real and made
/// clips, one clip after another, then the distance of their Gaussians.
/// @code
/// FrechetVideoDistance<Cpu> fvd(cpu, SafetensorsFile("i3d.safetensors"), protocols::videogpt_bair());
/// VideoFeatureSet real = fvd.empty_set(), made = fvd.empty_set();
/// fvd.add(real, bytes);  // (frames, height, width, 3)
/// double distance = fvd.distance(real, made);
/// @endcode
/// @tparam Backend where the network computes
template <ComputeBackend Backend>
class FrechetVideoDistance {
 public:
  /// @throws format_error when the file is not I3D's, value_error for a protocol whose clips are shorter than 9 frames
  FrechetVideoDistance(const Backend& backend, const SafetensorsFile& weights, MetricProtocol protocol)
      : protocol_((protocol.check(), std::move(protocol))), network_(backend, weights, protocol_.epsilon) {
    require<value_error>(frames_seen() >= I3d<Backend>::fewest_frames,
                         "protocol {}: the Frechet video distance sees {} frames, expected at least {}",
                         protocol_.name, frames_seen(), I3d<Backend>::fewest_frames);
  }

  /// A side that has seen nothing.
  VideoFeatureSet empty_set() const {
    VideoFeatureSet set;
    if (protocol_.reports_kvd) set.kernel.emplace(I3d<Backend>::num_features);
    return set;
  }

  /// Features (400) of one clip, RGB bytes (frames, height, width, 3) of the protocol.
  /// @throws shape_error for bytes that do not fit
  std::vector<float> features(std::span<const std::uint8_t> clip) const {
    const index_t frame_bytes = protocol_.height * protocol_.width * 3;
    require<shape_error>(
        static_cast<index_t>(clip.size()) == protocol_.frames * frame_bytes,
        "FrechetVideoDistance: a clip of {} bytes, expected {} frames of {} x {} (width x height)",
        clip.size(), protocol_.frames, protocol_.width, protocol_.height);
    constexpr index_t side = I3d<Backend>::side;
    const index_t first = protocol_.frames - frames_seen();
    std::vector<float> pixels(static_cast<std::size_t>(frames_seen() * side * side * 3));
    for (index_t t = 0; t < frames_seen(); ++t) {
      const auto frame = static_cast<std::size_t>((first + t) * frame_bytes);
      constexpr auto square = static_cast<std::size_t>(side * side * 3);
      fit_frame(clip.subspan(frame, static_cast<std::size_t>(frame_bytes)), protocol_.height, protocol_.width,
                protocol_.square, protocol_.centres, 2 / 255.0F, -1.0F,
                std::span(pixels).subspan(static_cast<std::size_t>(t) * square, square), side, side);
    }
    return network_.logits(frames_seen(), pixels);
  }

  /// Adds a clip to a side.
  void add(VideoFeatureSet& set, std::span<const std::uint8_t> clip) const {
    const std::vector<float> feature = features(clip);
    set.statistics.add(feature);
    if (set.kernel) set.kernel->add(feature);
  }

  /// The Frechet distance of two sides, by the protocol's form.
  double distance(const VideoFeatureSet& real, const VideoFeatureSet& made) const {
    return frechet_distance(real.statistics, made.statistics, protocol_.frechet);
  }

  /// As given.
  const MetricProtocol& protocol() const { return protocol_; }

 private:
  index_t frames_seen() const { return protocol_.frames - (protocol_.fvd_with_given ? 0 : protocol_.given); }

  MetricProtocol protocol_;
  I3d<Backend> network_;
};

}  // namespace flashvideo
