// SPDX-License-Identifier: MIT
// The main of the device tests: exit status 77, "skipped", where there is no device.
#include <cuda_runtime.h>

#include <cstdio>

#include "support/session.hpp"

int main(int argc, char** argv) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("skipped: no CUDA device\n");
    return 77;
  }
  return test::run_session(argc, argv);
}
