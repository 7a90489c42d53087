// SPDX-License-Identifier: MIT
#pragma once

namespace flashvideo {

struct NativeProducts;
template <typename Products = NativeProducts>
class BasicCpu;

/// The host: the backend of whoever names none. Its code is in backend/cpu/cpu.hpp, which the umbrella
/// includes; whoever includes the headers of a model one by one includes that of a backend too.
using Cpu = BasicCpu<>;

}  // namespace flashvideo
