// SPDX-License-Identifier: MIT
#include "flashvideo/generation/frame_canvas.hpp"

#include "support/catch.hpp"

using namespace flashvideo;
using Codes = FrameCanvas::Codes;

namespace {

/// Remembers what it was shown.
struct Witness {
  std::vector<Codes> frames, previous, following, preceding;
  std::vector<index_t> cells;
  Drafter drafter(token_t guess) {
    return [this, guess](const DraftPlace& place) {
      CHECK(place.width == 2);
      cells.push_back(place.cell);
      frames.emplace_back(place.frame.begin(), place.frame.end());
      previous.emplace_back(place.previous.begin(), place.previous.end());
      following.emplace_back(place.following.begin(), place.following.end());
      preceding.emplace_back(place.preceding.begin(), place.preceding.end());
      return guess;
    };
  }
};

}  // namespace

TEST_CASE("FrameCanvas: a guess is shown its frame so far and the frame before, earlier guesses included") {
  FrameCanvas canvas(2, {1, 1, 1, 1}, {2, 2, 2, 2});
  const std::vector<index_t> to_write{1, 3};  // the others are inherited
  canvas.add({5, 0, 6, 0}, to_write);
  canvas.add_blank(4);
  Witness seen;
  canvas.write(0, 7);
  CHECK(canvas.guess(1, seen.drafter(8)) == 8);
  CHECK(canvas.guess(2, seen.drafter(9)) == 9);
  CHECK(canvas.guess(3, seen.drafter(no_guess)) == no_guess);
  CHECK(seen.cells == std::vector<index_t>{3, 0, 1});
  CHECK(seen.frames == std::vector<Codes>{{5, 7, 6}, {}, {9}});
  CHECK(seen.previous == std::vector<Codes>{{1, 1, 1, 1}, {5, 7, 6, 8}, {5, 7, 6, 8}});
  CHECK(seen.following == std::vector<Codes>(3, {2, 2, 2, 2}));
  CHECK(seen.preceding == std::vector<Codes>(3, {1, 1, 1, 1}));
}

TEST_CASE("FrameCanvas: what was drawn behind a wrong guess is shown") {
  FrameCanvas canvas(2);
  canvas.add_blank(2);
  const Drafter redrawn = [](const DraftPlace& place) { return place.redrawn; };
  CHECK(canvas.guess(0, redrawn, 7) == 7);
  CHECK(canvas.guess(1, redrawn) == no_guess);
}

TEST_CASE("FrameCanvas: what is written replaces what was guessed") {
  FrameCanvas canvas(2);
  canvas.add_blank(2);
  canvas.guess(0, [](const DraftPlace&) { return 3; });
  canvas.write(0, 4);
  canvas.write(1, 5);
  CHECK(canvas.frames() == std::vector<Codes>{{4, 5}});
}

TEST_CASE("FrameCanvas: without frames or a drafter nothing is guessed") {
  const Drafter right = [](const DraftPlace&) { return 0; };
  FrameCanvas empty;
  empty.write(0, 1);
  CHECK(empty.guess(0, right) == no_guess);
  CHECK(empty.frames().empty());
  FrameCanvas canvas(2);
  canvas.add_blank(4);
  CHECK(canvas.guess(0, Drafter()) == no_guess);
  CHECK(canvas.guess(4, right) == no_guess);
}
