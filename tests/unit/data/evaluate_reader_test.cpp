// SPDX-License-Identifier: MIT
/// The reader of examples/evaluate on true, blurred, spoilt and encoded clips.
#include <cmath>

#include "../../../examples/evaluate/score_board.hpp"
#include "../../../examples/evaluate/self_test.hpp"
#include "support/catch.hpp"

using namespace flashvideo;

namespace {

/// A stand-in for a lossy decoder: each 8 x 8 patch blurred by a 3 x 3 mean inside itself, with noise where
/// something is.
void blur(ShapesClip& clip, double noise, RandomStream& random) {
  const std::vector<std::uint8_t> before = clip.frames;
  for (index_t t = 0; t < clip.size.num_frames; ++t) {
    for (index_t y = 0; y < 64; ++y) {
      for (index_t x = 0; x < 64; ++x) {
        for (index_t c = 0; c < 3; ++c) {
          double sum = 0, count = 0;
          for (index_t j = std::max(y / 8 * 8, y - 1); j <= std::min(y / 8 * 8 + 7, y + 1); ++j) {
            for (index_t i = std::max(x / 8 * 8, x - 1); i <= std::min(x / 8 * 8 + 7, x + 1); ++i) {
              sum += before[static_cast<std::size_t>(((t * 64 + j) * 64 + i) * 3 + c)];
              count += 1;
            }
          }
          const double mean = sum / count;
          const double value = mean + (mean > 0 ? noise * random.normal() : 0.0);
          clip.frames[static_cast<std::size_t>(((t * 64 + y) * 64 + x) * 3 + c)] =
              static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
        }
      }
    }
  }
}

/// Every second frame moved by so many pixels, to the right and to the left in turns.
void sway(ShapesClip& clip, index_t pixels) {
  const std::vector<std::uint8_t> before = clip.frames;
  for (index_t t = 1; t < clip.size.num_frames; t += 2) {
    for (index_t y = 0; y < 64; ++y) {
      for (index_t x = 0; x < 64; ++x) {
        const index_t from = t % 4 == 1 ? x - pixels : x + pixels;
        for (index_t c = 0; c < 3; ++c) {
          clip.frames[static_cast<std::size_t>(((t * 64 + y) * 64 + x) * 3 + c)] =
              from < 0 || from >= 64 ? std::uint8_t{0}
                                     : before[static_cast<std::size_t>(((t * 64 + y) * 64 + from) * 3 + c)];
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("evaluate: reads true clips and finds spoilt ones") {
  const evaluate::SelfTest test = evaluate::run_self_test(30, 5);
  INFO(test.report());
  REQUIRE(test.passed());
}

TEST_CASE("evaluate: reads blurred and noisy clips") {
  const MovingShapes world({.seed = 12, .split = WorldSplit::all});
  RandomStream random(1);
  evaluate::Tally tally;
  for (index_t i = 0; i < 40; ++i) {
    ShapesClip clip = world.clip(i);
    blur(clip, 25.0, random);
    tally.add(evaluate::judge_clip(clip.frames.data(), clip.size, clip.caption));
  }
  INFO(tally.report());
  REQUIRE(tally.all_right() >= 0.99);
}

TEST_CASE("evaluate: an uneven motion is read, a wandering one is not") {
  for (const index_t pixels : {0, 1, 2, 3, 4}) {
    evaluate::Tally tally;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      ShapesClip clip = MovingShapes({.seed = 9}).clip_for("a green cross moves up and down", seed);
      sway(clip, pixels);
      tally.add(evaluate::judge_clip(clip.frames.data(), clip.size, clip.caption));
    }
    INFO(pixels << " px\n" << tally.report());
    REQUIRE(tally.motion_rms(0.5) == Approx(std::sqrt(8.0 / 17.0) * static_cast<double>(pixels)).margin(0.2));
    REQUIRE(tally.motion().accuracy() == (pixels <= 3 ? 1.0 : 0.0));
    REQUIRE(tally.even_motion() == (pixels <= 2 ? 1.0 : 0.0));
  }
}

TEST_CASE("evaluate: reads clips enlarged by a whole factor, refuses others") {
  const ShapesClip clip = MovingShapes({.seed = 3}).clip_for("a blue star moves diagonally", 4);
  ClipSize size{17, 192, 192};
  std::vector<std::uint8_t> large;
  for (index_t t = 0; t < 17; ++t) {
    for (index_t i = 0; i < 192 * 192; ++i) {
      const std::uint8_t* pixel = clip.frame(t) + (i / 192 / 3 * 64 + i % 192 / 3) * 3;
      large.insert(large.end(), pixel, pixel + 3);
    }
  }
  REQUIRE(evaluate::judge_clip(large.data(), size, clip.caption).all_right());
  size = {17, 64, 128};
  REQUIRE_THROWS_AS(evaluate::judge_clip(large.data(), size, clip.caption), value_error);
}

TEST_CASE("evaluate: finds start, speed, radius and centre of a true clip") {
  const MovingShapes world({.seed = 21, .split = WorldSplit::all, .two_object_share = 0.0});
  for (index_t i = 0; i < 30; ++i) {
    const ShapesClip clip = world.clip(i);
    const auto objects = evaluate::read_objects(clip.frames.data(), clip.size);
    REQUIRE(objects.size() == 1);
    REQUIRE(objects[0].motion.has_value());
    const SpriteTruth& truth = clip.sprites.front();
    CAPTURE(clip.caption);
    REQUIRE(objects[0].radius == Approx(truth.radius).margin(0.4));
    REQUIRE(objects[0].motion->path.speed() == Approx(truth.path.speed()).margin(0.08));
    for (const double t : {0.0, 8.0, 16.0}) {
      REQUIRE(objects[0].motion->path.at(t).x == Approx(truth.path.at(t).x).margin(0.5));
      REQUIRE(objects[0].motion->path.at(t).y == Approx(truth.path.at(t).y).margin(0.5));
    }
  }
}

TEST_CASE("evaluate: noise shows no object") {
  RandomStream random(4);
  for (const int black_share : {0, 90}) {  // per cent
    std::vector<std::uint8_t> noise(17 * 64 * 64 * 3, 0);
    for (std::size_t i = 0; i < noise.size(); i += 3) {
      if (random.below(100) < black_share) continue;
      for (std::size_t c = 0; c < 3; ++c) noise[i + c] = static_cast<std::uint8_t>(random.below(256));
    }
    for (const evaluate::ReadObject& object : evaluate::read_objects(noise.data(), {17, 64, 64})) {
      REQUIRE(!object.colour.has_value());
      REQUIRE(!object.shape.has_value());
      REQUIRE(!object.motion.has_value());
    }
  }
}

TEST_CASE("evaluate: black, half a video, a lost and an additional object are not right") {
  using evaluate::Reading;
  const MovingShapes world({.seed = 3});
  const std::string two = "a red circle moves left and right and a white ring moves up and down";
  const ShapesClip clip = world.clip_for(two, 0);
  const std::vector<std::uint8_t> black(clip.frames.size(), 0);
  const evaluate::ClipVerdict none = evaluate::judge_clip(black.data(), clip.size, two);
  REQUIRE(none.objects.size() == 2);
  for (const auto& object : none.objects) REQUIRE(object.colour == Reading::unreadable);

  const evaluate::ClipVerdict extra =
      evaluate::judge_clip(clip.frames.data(), clip.size, "a red circle moves left and right");
  REQUIRE(extra.extra_objects == 1);
  REQUIRE(extra.objects[0].colour == Reading::wrong);
  REQUIRE(extra.objects[0].shape == Reading::right);

  const ShapesClip one = world.clip_for("a red circle moves left and right", 0);
  const evaluate::ClipVerdict lost = evaluate::judge_clip(one.frames.data(), one.size, two);
  REQUIRE(lost.objects[0].all_right());
  REQUIRE(lost.objects[1].colour == Reading::unreadable);

  std::vector<std::uint8_t> half = one.frames;
  std::fill(half.begin() + static_cast<std::ptrdiff_t>(half.size() / 2), half.end(), std::uint8_t{0});
  REQUIRE(!evaluate::judge_clip(half.data(), one.size, one.caption).all_right());
}

TEST_CASE("evaluate: the world's own clips have the world's spread, one clip over and over has none") {
  const std::string caption = "a green square moves diagonally";
  const MovingShapes world({.seed = 77, .split = WorldSplit::all});
  evaluate::SpreadMeter many, same;
  for (index_t i = 0; i < 32; ++i) {
    const ShapesClip clip = world.clip_for(caption, i);
    many.add(evaluate::judge_clip(clip.frames.data(), clip.size, caption));
    same.add(world.clip_for(caption, 0).sprites.front().path);
  }
  const evaluate::Spread expected = evaluate::world_spread(caption);
  REQUIRE(many.spread().clips == 32);
  REQUIRE(many.spread().start / expected.start == Approx(1.0).margin(0.25));
  REQUIRE(many.spread().speed / expected.speed == Approx(1.0).margin(0.3));
  REQUIRE(same.spread().start < 1e-9);
}

TEST_CASE("evaluate: the score board sorts clips by kind") {
  const MovingShapes world({.seed = 1});
  evaluate::ScoreBoard board;
  const auto add = [&](const std::string& caption) {
    const ShapesClip clip = world.clip_for(caption, 0);
    REQUIRE(board.add(clip.frames.data(), clip.size, caption).all_right());
  };
  const std::vector<SpriteTriple> held_out{triples_of(WorldSplit::held_out).front()};
  add(caption_of(held_out));
  add("a red star moves in a circle");
  add("a red star moves in a circle and a blue ring moves up and down");
  REQUIRE(board.held_out().clips() == 1);
  REQUIRE(board.seen().clips() == 1);
  REQUIRE(board.two_objects().clips() == 1);
  REQUIRE(board.two_objects().colour().total() == 2);
  REQUIRE(board.report().find("held out") != std::string::npos);
}
