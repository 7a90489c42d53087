// SPDX-License-Identifier: MIT
#include "flashvideo/backend/host_buffer.hpp"

#include <cstdint>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("HostBuffer: zero-filled, aligned, of the size asked for") {
  for (const index_t size : {1, 3, 16, 1000}) {
    const HostBuffer<double> buffer(size);
    REQUIRE(buffer.size() == size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    for (index_t i = 0; i < size; ++i) REQUIRE(buffer.data()[i] == 0.0);
  }
  REQUIRE(HostBuffer<float>(0).data() == nullptr);
  REQUIRE_THROWS_AS(HostBuffer<float>(-1), value_error);
}

TEST_CASE("HostBuffer: moving leaves nothing behind, copying is not there") {
  HostBuffer<int> from(5);
  int* data = from.data();
  HostBuffer<int> to(std::move(from));
  REQUIRE(to.data() == data);
  REQUIRE(from.size() == 0);
  from = std::move(to);
  REQUIRE(from.data() == data);
  REQUIRE(to.size() == 0);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<HostBuffer<int>>);
}
