// SPDX-License-Identifier: MIT
// A stranger's program: the umbrella, and one call into the package behind the component asked for.
#include <cstdio>
#include <flashvideo/flashvideo.hpp>

#include "component.hpp"

#if defined(STRANGER_BLAS)
#include <cblas.h>
static bool component_works() {
  const float x[] = {1, 2}, y[] = {3, 4};
  return cblas_sdot(2, x, 1, y, 1) == 11.0F;
}
#elif defined(STRANGER_COMPILED)
static bool component_works() {
  try {
    flashvideo::load_text_to_video("no such file");
  } catch (const flashvideo::io_error&) {
    return true;
  }
  return false;
}
#elif defined(STRANGER_THRUST)
#include <thrust/reduce.h>
#include <thrust/system/omp/execution_policy.h>
static bool component_works() {
  const float x[] = {1, 2, 3};
  return thrust::reduce(thrust::omp::par, x, x + 3) == 6.0F;
}
#elif defined(STRANGER_CUDA)
#include <cublas_v2.h>
#include <cuda_runtime.h>
static bool component_works() {
  int version = 0;
  return cudaRuntimeGetVersion(&version) == cudaSuccess && version > 0 && cublasGetCudartVersion() > 0;
}
#elif defined(STRANGER_VIDEO)
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}
static bool component_works() {
  return avformat_version() > 0 && avcodec_version() > 0 && swscale_version() > 0;
}
#elif defined(STRANGER_SENTENCEPIECE)
#include <sentencepiece_processor.h>
static bool component_works() { return !sentencepiece::SentencePieceProcessor().Load("no such file").ok(); }
#elif defined(STRANGER_ARCHIVE)
#include <zip.h>
static bool component_works() { return zip_libzip_version() != nullptr; }
#else
static bool component_works() {  // the core's own package
  const auto words = flashvideo::normalized_words("STRASSE\xEF\xBC\x8Cred");
  return words.size() == 2 && words[0] == "strasse";
}
#endif

int main() {
  const double u = flashvideo::RandomStream(7).uniform();
  std::printf("flashvideo %d.%d.%d: %.6f\n", FLASHVIDEO_VERSION_MAJOR, FLASHVIDEO_VERSION_MINOR,
              FLASHVIDEO_VERSION_PATCH, u);
  return u > 0.0 && u < 1.0 && component_works() ? 0 : 1;
}
