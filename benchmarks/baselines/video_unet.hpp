// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "baselines/linear_attention.hpp"
#include "baselines/video_attention.hpp"
#include "baselines/video_block.hpp"
#include "flashvideo/backend/recurrence.hpp"
#include "flashvideo/nn/conv_transpose2d.hpp"

namespace flashvideo::baselines {

/// Sizes of a `VideoUnet`; the defaults are Video Diffusion's at 64 x 64 pixels.
struct VideoUnetConfiguration {
  index_t frames = 16;
  index_t height = 64;
  index_t width = 64;
  index_t channels = 3;
  index_t dim = 64;
  std::vector<index_t> multipliers{1, 2, 4, 8};  ///< channels of each level, times dim
  index_t heads = 8;
  index_t d_head = 32;
  index_t norm_groups = 8;
  index_t d_text = 0;              ///< width of a text's embedding; 0: no text
  bool temporal_attention = true;  ///< false: frames do not see each other

  VideoExtent extent(index_t clips) const { return {clips, frames, height, width}; }

  /// @throws value_error naming the size out of range
  void check() const {
    const auto positive = [](const char* what, index_t value) {
      require<value_error>(value >= 1, "VideoUnetConfiguration: {} is {}, expected >= 1", what, value);
    };
    positive("frames", frames);
    positive("height", height);
    positive("width", width);
    positive("channels", channels);
    positive("heads", heads);
    positive("norm_groups", norm_groups);
    positive("levels", static_cast<index_t>(multipliers.size()));
    for (const index_t multiplier : multipliers) positive("multipliers", multiplier);
    require<value_error>(d_text >= 0, "VideoUnetConfiguration: d_text is {}, expected >= 0", d_text);
    require<value_error>(dim >= 4 && dim % 2 == 0 && dim % norm_groups == 0,
                         "VideoUnetConfiguration: dim is {}, expected even, >= 4, a multiple of {} groups",
                         dim, norm_groups);
    require<value_error>(d_head >= 2 && d_head % 2 == 0,
                         "VideoUnetConfiguration: d_head is {}, expected an even number >= 2", d_head);
    const index_t least = index_t{1} << (multipliers.size() - 1);
    require<value_error>(height % least == 0 && width % least == 0,
                         "VideoUnetConfiguration: frames of {} x {}, expected multiples of {}", height, width,
                         least);
  }
};

namespace detail {

/// One row of a and one of b side by side.
template <typename Scalar>
struct ConcatenateRow {
  MatrixView<const Scalar> a;
  MatrixView<const Scalar> b;
  MatrixView<Scalar> both;

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    Scalar* row = both.row(r);
    const index_t first = a.width(), second = b.width();
    for (index_t c = 0; c < first; ++c) row[c] = a.row(r)[c];
    for (index_t c = 0; c < second; ++c) row[first + c] = b.row(r)[c];
  }
};

/// bias(h, i, j) = weight(bucket(i, j), h): one pair of frames per call.
template <typename Scalar>
struct RelativeBias {
  const index_t* buckets;  // (T, T)
  const Scalar* weight;    // (32, H)
  index_t heads;
  index_t pairs;  // T^2
  Scalar* bias;   // (H, T, T)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t pair) const {
    for (index_t h = 0; h < heads; ++h) bias[h * pairs + pair] = weight[buckets[pair] * heads + h];
  }
};

}  // namespace detail

/// The network of video diffusion: a U-Net factorised over space and time that finds the noise in clips.
/// Each level has two `VideoBlock`s, linear attention within frames and attention over frames; the middle has
/// full attention within frames. Source: Ho et al., arXiv:2204.03458, with the sizes of its public
/// re-implementation video_diffusion_pytorch (references/video.md 6.4). A text's embedding is added to the
/// time's; there it is appended.
///
/// Shapes: x and noise (clips T H W, channels). Weights are what `initial_values` draws: it computes what the
/// trained network computes.
/// @code
/// VideoUnet<Cpu> network(VideoUnetConfiguration{});
/// network.predict(cpu, values, clips, t, {}, x, noise, workspace);
/// @endcode
/// @tparam Backend where it computes
/// @tparam Scalar float or double
template <ComputeBackend Backend, typename Scalar = float>
class VideoUnet {
 public:
  /// @throws value_error when a size is out of range
  explicit VideoUnet(VideoUnetConfiguration sizes)
      : sizes_((sizes.check(), std::move(sizes))),
        time_in_(layout_, "time_mlp.1", sizes_.dim, d_time(), {.kernel = 1, .gain = 0.7}),
        time_out_(layout_, "time_mlp.3", d_time(), d_time(), {.kernel = 1, .gain = 0.7}),
        enter_(layout_, "init_conv", sizes_.channels, sizes_.dim, {.kernel = 7, .padding = 3}),
        relative_bias_(
            layout_.add("time_rel_pos_bias.weight", Shape<2>{32, sizes_.heads}, Initializer::normal(1))),
        enter_over_frames_(attention("init_temporal_attn.", sizes_.dim)),
        leave_block_(layout_, "final_conv.0", 2 * sizes_.dim, sizes_.dim, 0, sizes_.norm_groups),
        leave_(layout_, "final_conv.1", sizes_.dim, sizes_.channels, {.kernel = 1, .gain = 0.7}),
        angles_(Position::rope().angles(sizes_.d_head)) {
    if (sizes_.d_text > 0) {
      text_.emplace(layout_, "text_mlp", sizes_.d_text, d_time(), ConvolutionShape{.kernel = 1, .gain = 0.7});
    }
    const auto levels = sizes_.multipliers.size();
    index_t width = sizes_.dim;
    for (std::size_t i = 0; i < levels; ++i) {
      const index_t next = sizes_.dim * sizes_.multipliers[i];
      down_.push_back(level("downs." + std::to_string(i), width, next, next));
      if (i + 1 < levels) {
        smaller_.emplace_back(layout_, "downs." + std::to_string(i) + ".downsample", next, next,
                              ConvolutionShape{.kernel = 4, .stride = 2, .padding = 1, .gain = 0.7});
      }
      width = next;
    }
    middle_.push_back(block("mid_block1", width, width));
    middle_.push_back(block("mid_block2", width, width));
    middle_over_pixels_.emplace(attention("mid_spatial_attn.", width));
    middle_over_frames_.emplace(attention("mid_temporal_attn.", width));
    for (std::size_t i = levels; i-- > 0;) {
      const std::string name = "ups." + std::to_string(levels - 1 - i);
      const index_t next = i == 0 ? sizes_.dim : sizes_.dim * sizes_.multipliers[i - 1];
      up_.push_back(level(name, 2 * width, next, next));
      if (i > 0) {
        larger_.emplace_back(layout_, name + ".upsample", next, next,
                             ConvolutionShape{.kernel = 4, .stride = 2, .padding = 1, .gain = 0.7});
      }
      width = next;
    }
  }

  /// The noise in x at step t.
  /// @param text (clips, d_text); not read when d_text is 0
  /// @throws shape_error when x, noise or text has another shape
  void predict(const Backend& backend, ParameterView<const Scalar> values, index_t clips, index_t t,
               MatrixView<const Scalar> text, MatrixView<const Scalar> x, MatrixView<Scalar> noise,
               Workspace<Backend>& workspace) const {
    VideoExtent video = sizes_.extent(clips);
    const Shape<2> expected{video.rows(), sizes_.channels};
    require<shape_error>(x.shape() == expected && noise.shape() == expected && x.dense() && noise.dense(),
                         "VideoUnet::predict: x is {} and noise is {}, expected dense {}",
                         shape_text(x.shape()), shape_text(noise.shape()), shape_text(expected));
    const auto mark = workspace.mark();
    const MatrixView<const Scalar> time = embed(backend, values, clips, t, text, workspace);
    const FramePlaces<Scalar> places = frame_places(backend, values, workspace);
    const auto take = [&](index_t width) {
      return workspace.template take<Scalar>(Shape<2>{video.rows(), width});
    };

    const auto entered = take(sizes_.dim);
    enter_.forward(backend, GemmProduct{}, values, video.images(), x, entered, workspace);
    over_frames(backend, values, enter_over_frames_, video, places, entered, workspace);
    MatrixView<Scalar> at = entered;
    std::vector<MatrixView<Scalar>> kept;
    for (std::size_t i = 0; i < down_.size(); ++i) {
      const auto y = take(down_[i].width());
      run(backend, values, down_[i], video, at, time, places, y, workspace);
      kept.push_back(y);
      at = y;
      if (i < smaller_.size()) {
        const ImageExtent fine = video.images();
        const ImageExtent coarse = smaller_[i].output_extent(fine);
        video.height = coarse.height;
        video.width = coarse.width;
        at = take(y.width());
        smaller_[i].forward(backend, GemmProduct{}, values, fine, y, at, workspace);
      }
    }

    const auto inner = take(at.width());
    middle_[0].forward(backend, values, video, at, time, inner, workspace);
    middle_over_pixels_->over_pixels(backend, values, video, inner, workspace);
    over_frames(backend, values, *middle_over_frames_, video, places, inner, workspace);
    at = take(at.width());
    middle_[1].forward(backend, values, video, inner, time, at, workspace);

    for (std::size_t i = 0; i < up_.size(); ++i) {
      const auto y = take(up_[i].width());
      const auto inside = workspace.mark();
      const auto both = concatenated(backend, at, kept[kept.size() - 1 - i], workspace);
      run(backend, values, up_[i], video, both, time, places, y, workspace);
      workspace.release(inside);
      at = y;
      if (i < larger_.size()) {
        const ImageExtent coarse = video.images();
        const ImageExtent fine = larger_[i].output_extent(coarse);
        video.height = fine.height;
        video.width = fine.width;
        at = take(y.width());
        larger_[i].forward(backend, GemmProduct{}, values, coarse, y, at, workspace);
      }
    }
    const auto both = concatenated(backend, at, entered, workspace);
    const auto last = take(sizes_.dim);
    leave_block_.forward(backend, values, video, both, {}, last, workspace);
    leave_.forward(backend, GemmProduct{}, values, video.images(), last, noise, workspace);
    workspace.release(mark);
  }

  const ParameterLayout& layout() const { return layout_; }
  const VideoUnetConfiguration& configuration() const { return sizes_; }

 private:
  struct Level {
    VideoBlock<Scalar> first;
    VideoBlock<Scalar> second;
    LinearAttention<Scalar> over_pixels;
    VideoAttention<Scalar> over_frames;
    index_t width() const { return second.d_out(); }
  };

  index_t d_time() const { return 4 * sizes_.dim; }
  VideoAttention<Scalar> attention(const std::string& prefix, index_t width) {
    return {layout_, prefix, width, sizes_.heads, sizes_.d_head};
  }
  VideoBlock<Scalar> block(const std::string& name, index_t d_in, index_t d_out) {
    return {layout_, name, d_in, d_out, d_time(), sizes_.norm_groups};
  }
  Level level(const std::string& name, index_t d_in, index_t d_inner, index_t d_out) {
    return {block(name + ".0", d_in, d_inner), block(name + ".1", d_inner, d_out),
            LinearAttention<Scalar>(layout_, name + ".2.", d_out, sizes_.heads, sizes_.d_head),
            attention(name + ".3.", d_out)};
  }

  // (clips, d_time), through swish: the sines and cosines of t, two maps, and the text's map added.
  MatrixView<const Scalar> embed(const Backend& backend, ParameterView<const Scalar> values, index_t clips,
                                 index_t t, const MatrixView<const Scalar>& text,
                                 Workspace<Backend>& workspace) const {
    const index_t half = sizes_.dim / 2;
    std::vector<Scalar> waves;
    for (index_t clip = 0; clip < clips; ++clip) {
      for (index_t i = 0; i < sizes_.dim; ++i) {
        const double power = static_cast<double>(i % half) / static_cast<double>(half - 1);
        const auto wave = math::sine_cosine(static_cast<double>(t) * math::exp(-power * math::log(10000.0)));
        waves.push_back(static_cast<Scalar>(i < half ? wave.sine : wave.cosine));
      }
    }
    const ImageExtent rows{clips, 1, 1};
    const auto wave = workspace.template take<Scalar>(Shape<2>{clips, sizes_.dim});
    backend.upload(wave.data(), waves.data(), wave.size());
    const auto inner = workspace.template take<Scalar>(Shape<2>{clips, d_time()});
    const auto time = workspace.template take<Scalar>(inner.shape());
    time_in_.forward(backend, GemmProduct{}, values, rows, wave, inner, workspace);
    activate<Gelu, Backend, Scalar>(backend, inner, inner);
    time_out_.forward(backend, GemmProduct{}, values, rows, inner, time, workspace);
    if (text_) {
      require<shape_error>(text.shape() == Shape<2>{clips, sizes_.d_text} && text.dense(),
                           "VideoUnet::predict: text is {}, expected dense ({}, {})",
                           shape_text(text.shape()), clips, sizes_.d_text);
      text_->forward(backend, GemmProduct{}, values, rows, text, inner, workspace);
      add_to<Backend, Scalar>(backend, inner, time);
    }
    activate<Swish, Backend, Scalar>(backend, time, time);
    return time;
  }

  FramePlaces<Scalar> frame_places(const Backend& backend, ParameterView<const Scalar> values,
                                   Workspace<Backend>& workspace) const {
    const index_t frames = sizes_.frames;
    std::vector<index_t> buckets;
    for (index_t i = 0; i < frames; ++i) {
      for (index_t j = 0; j < frames; ++j) buckets.push_back(relative_bucket(i, j));
    }
    const auto uploaded = workspace.template take<index_t>(Shape<1>{frames * frames});
    backend.upload(uploaded.data(), buckets.data(), uploaded.size());
    const auto bias = workspace.template take<Scalar>(Shape<3>{sizes_.heads, frames, frames});
    backend.for_each(frames * frames,
                     detail::RelativeBias<Scalar>{uploaded.data(), values[relative_bias_].data(),
                                                  sizes_.heads, frames * frames, bias.data()},
                     sizes_.heads);
    const auto turns = workspace.template take<Scalar>(Shape<2>{frames, sizes_.d_head});
    backend.for_each(frames, RotationTable<Scalar, SequencePlaces>{angles_, {frames}, turns},
                     16 * sizes_.d_head);
    return {turns, bias.data()};
  }

  void over_frames(const Backend& backend, ParameterView<const Scalar> values,
                   const VideoAttention<Scalar>& attention, const VideoExtent& video,
                   const FramePlaces<Scalar>& places, const MatrixView<Scalar>& x,
                   Workspace<Backend>& workspace) const {
    if (sizes_.temporal_attention) attention.over_frames(backend, values, video, places, x, workspace);
  }

  void run(const Backend& backend, ParameterView<const Scalar> values, const Level& level,
           const VideoExtent& video, const MatrixView<Scalar>& x, const MatrixView<const Scalar>& time,
           const FramePlaces<Scalar>& places, const MatrixView<Scalar>& y,
           Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto inner = workspace.template take<Scalar>(y.shape());
    level.first.forward(backend, values, video, x, time, inner, workspace);
    level.second.forward(backend, values, video, inner, time, y, workspace);
    workspace.release(mark);
    level.over_pixels.forward(backend, values, video.images(), y, workspace);
    over_frames(backend, values, level.over_frames, video, places, y, workspace);
  }

  static MatrixView<Scalar> concatenated(const Backend& backend, const MatrixView<Scalar>& a,
                                         const MatrixView<Scalar>& b, Workspace<Backend>& workspace) {
    const auto both = workspace.template take<Scalar>(Shape<2>{a.rows(), a.width() + b.width()});
    backend.for_each(a.rows(), detail::ConcatenateRow<Scalar>{a, b, both}, both.width());
    return both;
  }

  VideoUnetConfiguration sizes_;
  ParameterLayout layout_;
  Conv2d<Scalar> time_in_;
  Conv2d<Scalar> time_out_;
  std::optional<Conv2d<Scalar>> text_;
  Conv2d<Scalar> enter_;
  Parameter<2> relative_bias_;  // (32, H)
  VideoAttention<Scalar> enter_over_frames_;
  std::vector<Level> down_;
  std::vector<Conv2d<Scalar>> smaller_;
  std::vector<VideoBlock<Scalar>> middle_;
  std::optional<VideoAttention<Scalar>> middle_over_pixels_;
  std::optional<VideoAttention<Scalar>> middle_over_frames_;
  std::vector<Level> up_;
  std::vector<ConvTranspose2d<Scalar>> larger_;
  VideoBlock<Scalar> leave_block_;
  Conv2d<Scalar> leave_;
  RotationAngles angles_;
};

}  // namespace flashvideo::baselines
