// SPDX-License-Identifier: MIT
#include "flashvideo/backend/chunk_schedule.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

namespace {
template <typename Mode>
void check_partition(index_t length, index_t chunk) {
  const ChunkSchedule schedule = Mode{}.schedule(length);
  CHECK(schedule.chunk == chunk);
  index_t next = 0;
  for (index_t t = 0; t < schedule.count(); ++t) {
    CHECK(schedule.begin(t) == next);
    CHECK(schedule.size(t) >= 1);
    CHECK(schedule.size(t) <= chunk);
    next += schedule.size(t);
  }
  CHECK(next == length);
}
}  // namespace

TEST_CASE("ChunkSchedule: chunks of every mode partition the sequence") {
  for (const index_t length : {1, 2, 16, 17, 63, 64, 65, 128, 200}) {
    check_partition<Parallel>(length, length);
    check_partition<Recurrent>(length, 1);
    check_partition<Chunkwise<16>>(length, std::min<index_t>(length, 16));
    check_partition<Chunkwise<64>>(length, std::min<index_t>(length, 64));
  }
  CHECK(Parallel{}.schedule(9).count() == 1);
  CHECK(Recurrent{}.schedule(9).count() == 9);
  CHECK(Chunkwise<4>{}.schedule(9).count() == 3);
}
