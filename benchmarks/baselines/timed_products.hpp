// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "flashvideo/backend/cpu/cpu.hpp"

namespace flashvideo::baselines {

/// `NativeProducts` with a clock: what share of the matrix limit a system's products reach.
///
/// The counts are of the whole program, all objects together; products are called by one thread at a time.
/// @code
/// TimedProducts::reset();
/// model.logits(TimedCpu(2), ...);
/// double rate = TimedProducts::work() / TimedProducts::seconds();  // FLOP/s
/// @endcode
struct TimedProducts {
  template <typename Scalar>
  static void gemm(ThreadPool& pool, InstructionSet form, Transpose transpose_a, Transpose transpose_b,
                   Scalar alpha, MatrixView<const Scalar> a, MatrixView<const Scalar> b, Scalar beta,
                   MatrixView<Scalar> c) {
    const auto begin = std::chrono::steady_clock::now();
    NativeProducts::gemm(pool, form, transpose_a, transpose_b, alpha, a, b, beta, c);
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    work_ += 2 * static_cast<double>(c.size()) *
             static_cast<double>(a.extent(transpose_a == Transpose::yes ? 0 : 1));
  }

  static void reset() { work_ = seconds_ = 0; }
  /// Floating-point operations since the last reset.
  static double work() { return work_; }
  static double seconds() { return seconds_; }

 private:
  inline static double work_ = 0;
  inline static double seconds_ = 0;
};

/// The host with timed products.
using TimedCpu = BasicCpu<TimedProducts>;

}  // namespace flashvideo::baselines
