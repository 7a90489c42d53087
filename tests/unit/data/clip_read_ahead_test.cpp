// SPDX-License-Identifier: MIT
#include "flashvideo/data/clip_read_ahead.hpp"

#include <atomic>
#include <chrono>
#include <memory>

#include "support/catch.hpp"

using namespace flashvideo;

namespace {

struct Counts {
  std::atomic<index_t> begun{0};
  std::atomic<index_t> taken{0};
  std::atomic<index_t> furthest{0};  // clips begun ahead of those taken
};

/// Clip i says i; later clips are sooner read than earlier ones; clip `bad` cannot be read.
struct Uneven {
  index_t bad = -1;
  std::shared_ptr<Counts> counts = std::make_shared<Counts>();

  Clip clip(index_t i) const {
    const index_t ahead = ++counts->begun - counts->taken;
    for (index_t seen = counts->furthest;
         ahead > seen && !counts->furthest.compare_exchange_weak(seen, ahead);) {
    }
    std::this_thread::sleep_for(std::chrono::microseconds(i % 4 == 0 ? 2000 : 100));
    if (i == bad) throw format_error("clip is damaged");
    return {caption(i), {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(2 * i), 0}, clip_size()};
  }
  std::string caption(index_t i) const { return std::to_string(i); }
  std::string fingerprint(const ProgressHook&) const { return ""; }
  std::optional<index_t> size() const { return std::nullopt; }
  ClipSize clip_size() const { return {1, 1, 1}; }
};

}  // namespace

TEST_CASE("ClipReadAhead: order and content are the source's own with any number of threads and places") {
  const Uneven source;
  for (const int threads : {0, 1, 2, 5}) {
    for (const index_t most : {1, 3, 40}) {
      ClipReadAhead clips(source, 3, 33, {threads, most});
      for (index_t i = 3; i < 33; ++i) {
        const Clip clip = clips.next(), expected = source.clip(i);
        CHECK(clip.caption == expected.caption);
        CHECK(clip.frames == expected.frames);
      }
      CHECK_THROWS_AS(clips.next(), value_error);
    }
  }
}

TEST_CASE("ClipReadAhead: no more clips than asked are read ahead, and it ends at any time") {
  for (index_t taken = 0; taken < 6; ++taken) {
    const Uneven source;
    {
      ClipReadAhead clips(source, 0, 1000, {3, 4});
      for (index_t i = 0; i < taken; ++i) {
        ++source.counts->taken;  // before it is, so that the room it makes is never counted twice
        clips.next();
      }
    }
    CHECK(source.counts->furthest <= 4);
    CHECK(source.counts->begun <= taken + 4);
  }
}

TEST_CASE("ClipReadAhead: a clip that cannot be read fails in its turn, the others come") {
  ClipReadAhead clips(Uneven{.bad = 2}, 0, 5, {3, 5});
  CHECK(clips.next().caption == "0");
  CHECK(clips.next().caption == "1");
  CHECK_THROWS_AS(clips.next(), format_error);
  CHECK(clips.next().caption == "3");
  CHECK(clips.next().caption == "4");
  CHECK_THROWS_AS(ClipReadAhead(Uneven{}, 0, 1, {-1, 1}), value_error);
  CHECK_THROWS_AS(ClipReadAhead(Uneven{}, 0, 1, {1, 0}), value_error);
  CHECK_THROWS_AS(ClipReadAhead(Uneven{}, 2, 1), value_error);
}
