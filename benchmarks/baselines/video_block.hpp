// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "baselines/video_attention.hpp"
#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/conv2d.hpp"

namespace flashvideo::baselines {

namespace detail {

/// x = swish(x (1 + scale) + shift), scale and shift those of the row's clip; one row per call.
template <typename Scalar>
struct ModulateRow {
  MatrixView<const Scalar> modulation;  // (clips, 2 C): scale, shift
  index_t rows_of_clip;
  MatrixView<Scalar> x;  // (R, C)

  FLASHVIDEO_HOST_DEVICE void operator()(index_t r) const {
    const index_t width = x.width();
    const Scalar* scale = modulation.row(r / rows_of_clip);
    const Scalar* shift = scale + width;
    Scalar* row = x.row(r);
    for (index_t c = 0; c < width; ++c) {
      row[c] = Swish::value(math::fma(row[c], Scalar{1} + scale[c], shift[c]));
    }
  }
};

}  // namespace detail

/// The ResNet block of video diffusion: two convolutions within frames (1 x 3 x 3), each with GroupNorm over
/// the clip and swish, the first one scaled and shifted by the time; the input, through a 1 x 1 convolution
/// where its width differs, is added.
/// @tparam Scalar float or double
template <typename Scalar>
class VideoBlock {
 public:
  /// @param d_time width of the time's embedding; 0: none
  VideoBlock(ParameterLayout& layout, const std::string& name, index_t d_in, index_t d_out, index_t d_time,
             index_t groups)
      : first_(layout, name + ".block1.proj", d_in, d_out, {.kernel = 3, .padding = 1}),
        first_norm_(layout, name + ".block1.norm", d_out, groups),
        second_(layout, name + ".block2.proj", d_out, d_out, {.kernel = 3, .padding = 1}),
        second_norm_(layout, name + ".block2.norm", d_out, groups) {
    if (d_time > 0) {
      time_.emplace(layout, name + ".mlp", d_time, 2 * d_out, ConvolutionShape{.kernel = 1, .gain = 0.5});
    }
    if (d_in != d_out) {
      residual_.emplace(layout, name + ".res_conv", d_in, d_out, ConvolutionShape{.kernel = 1, .gain = 0.7});
    }
  }

  /// @param time (clips, d_time), through swish; not read without a time
  /// @param y (rows, d_out), not x
  template <ComputeBackend Backend>
  void forward(const Backend& backend, ParameterView<const Scalar> values, const VideoExtent& video,
               MatrixView<const Scalar> x, MatrixView<const Scalar> time, MatrixView<Scalar> y,
               Workspace<Backend>& workspace) const {
    const auto mark = workspace.mark();
    const auto inner = workspace.template take<Scalar>(y.shape());
    first_.forward(backend, GemmProduct{}, values, video.images(), x, inner, workspace);
    first_norm_.forward(backend, values, video.whole(), inner, inner, workspace);
    if (time_) {
      const auto modulation = workspace.template take<Scalar>(Shape<2>{video.clips, 2 * y.width()});
      time_->forward(backend, GemmProduct{}, values, ImageExtent{video.clips, 1, 1}, time, modulation,
                     workspace);
      backend.for_each(y.rows(), detail::ModulateRow<Scalar>{modulation, y.rows() / video.clips, inner},
                       8 * y.width());
    } else {
      activate<Swish, Backend, Scalar>(backend, inner, inner);
    }
    second_.forward(backend, GemmProduct{}, values, video.images(), inner, y, workspace);
    second_norm_.forward(backend, values, video.whole(), y, y, workspace);
    activate<Swish, Backend, Scalar>(backend, y, y);
    if (residual_) residual_->forward(backend, GemmProduct{}, values, video.images(), x, inner, workspace);
    add_to<Backend, Scalar>(backend, residual_ ? MatrixView<const Scalar>(inner) : x, y);
    workspace.release(mark);
  }

  index_t d_out() const { return first_.d_out(); }

 private:
  Conv2d<Scalar> first_;
  GroupNorm<Scalar> first_norm_;
  Conv2d<Scalar> second_;
  GroupNorm<Scalar> second_norm_;
  std::optional<Conv2d<Scalar>> time_;
  std::optional<Conv2d<Scalar>> residual_;
};

}  // namespace flashvideo::baselines
