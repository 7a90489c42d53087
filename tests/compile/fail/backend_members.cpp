// SPDX-License-Identifier: MIT
// Backends that lack a required verb each: one error for each, and it says which.
// EXPECT: the required type 'typename B::Buffer<float>' is invalid
// EXPECT: the required expression 'backend.allocate<float>(flashvideo::index_t{1})' is invalid
// EXPECT: the required expression 'backend.upload(data, source, flashvideo::index_t{1})' is invalid
// EXPECT: the required expression 'backend.download(data, source, flashvideo::index_t{1})' is invalid
// EXPECT: the required expression 'backend.copy(data, source, flashvideo::index_t{1})' is invalid
// EXPECT: the required expression 'backend.fill(
// EXPECT: the required expression 'backend.for_each(
// EXPECT: the required expression 'backend.sum(
// EXPECT: the required expression 'backend.add_column_sums(a, data)' is invalid
// EXPECT: the required expression 'backend.gemm(
// EXPECT: the required expression 'backend.rows(a, a, c)' is invalid
// ERRORS: 11
#include "flashvideo/backend/archetype_backend.hpp"
#include "flashvideo/model/decoder.hpp"

using namespace flashvideo;

#define WRONG(Name, ...)           \
  struct Name : ArchetypeBackend { \
    __VA_ARGS__;                   \
  };                               \
  void wrong(const Decoder<FlashVideoPolicy, Name>&)

WRONG(NoBuffer, private : template <typename> using Buffer = int);
WRONG(NoAllocate, void allocate());
WRONG(NoUpload, void upload());
WRONG(NoDownload, void download());
WRONG(NoCopy, void copy());
WRONG(NoFill, void fill());
WRONG(NoForEach, void for_each());
WRONG(NoSum, void sum());
WRONG(NoColumnSums, void add_column_sums());
WRONG(NoGemm, void gemm());
WRONG(NoRows, void rows());
