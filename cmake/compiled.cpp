// SPDX-License-Identifier: MIT
// The one unit of the target flashvideo::compiled: the generator of the named policies on the processor.
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"

template flashvideo::VideoGenerator flashvideo::load_by_name(const std::string&, const flashvideo::Cpu&,
                                                             flashvideo::WeightStorage,
                                                             flashvideo::NamedModels);
template flashvideo::VideoGenerator flashvideo::load_by_name(const flashvideo::BundleFile&,
                                                             const flashvideo::Cpu&,
                                                             flashvideo::WeightStorage,
                                                             flashvideo::NamedModels);
