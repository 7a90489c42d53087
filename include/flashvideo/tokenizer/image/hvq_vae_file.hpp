// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "flashvideo/nn/torch_parameters.hpp"
#include "flashvideo/tokenizer/image/hvq_vae.hpp"

namespace flashvideo {

/// The parameters of an `HvqVae` in a file of icetk's own tensors, by their names and with PyTorch's order of axes
/// (`examples/convert ice_image.pt --rules icetk` writes one); a `ParameterSource`. The running averages of the
/// codebook, which nothing uses, may be there or not.
/// @code
/// const SafetensorsFile file("ice_image.safetensors");
/// const HvqVaeTokenizer<Cpu> icetk(cpu, HvqVaeConfiguration::icetk(), HvqVaeFile(file, HvqVaeConfiguration::icetk()));
/// @endcode
class HvqVaeFile {
 public:
  /// @param file must live as long as this
  /// @throws format_error naming every tensor that is missing and every one that is unknown, or one of another shape
  HvqVaeFile(const SafetensorsFile& file, const HvqVaeConfiguration& configuration) : parameters_(file) {
    const HvqVae<float> model(configuration);
    std::vector<std::string> unused;
    for (const auto& tensor : model.unused_tensors()) {
      unused.push_back(tensor.name);
      if (file.contains(tensor.name)) file.check_shape(tensor.name, tensor.shape);
    }
    check_tensor_names(file, "", model.layout(), unused);
  }

  /// As every source.
  /// @throws format_error naming a tensor that has another shape, or holds NaN or infinity
  template <typename Scalar>
  void operator()(const ParameterLayout::Entry& entry, std::span<Scalar> out) const {
    parameters_(entry, out);
  }

 private:
  TorchParameters parameters_;
};

}  // namespace flashvideo
