// SPDX-License-Identifier: MIT
#pragma once
// A clip from a sentence: the same video however it is computed.
#include "kernels/run.hpp"
#include "support/tiny_model.hpp"

namespace kernels {

inline VideoRequest clip_request(std::uint64_t seed) {
  VideoRequest request;
  request.sentences = {"a red star moves"};
  request.options.seed = seed;
  request.options.key_frames = 3;
  request.options.ring = 0;  // the random grids are small: keep stable tokens
  return request;
}

/// One clip: written token by token, with drafts of any length, alone in other spans and lanes, in a batch.
template <typename Policy, typename Backend>
void check_clip(const Backend& backend) {
  const auto model = test::tiny_model<Policy>(backend);
  VideoRequest plain = clip_request(3);
  plain.options.speculation = 0;
  const std::vector<Image> expected = test::frames_of(model, plain);
  REQUIRE(expected.size() == 9);
  CHECK(test::frames_of(model, clip_request(3)) == expected);
  for (const index_t longest : {1, 3, 16}) {
    VideoRequest drafting = clip_request(3);
    drafting.options.speculation = longest;
    drafting.options.draft_length = DraftLength::fixed;
    std::vector<Image> frames;
    const GenerationReport report =
        model.generate(drafting, [&](const GeneratedFrame& frame) { frames.push_back(frame.image); });
    CHECK(frames == expected);
    CHECK(report.tokens.accepted > 0);
    CHECK(report.tokens.accepted < report.tokens.drafted);
  }
  VideoRequest other = clip_request(3);
  other.options.longest_span = 7;
  other.options.lanes = 1;
  other.options.lookahead = 1;
  CHECK(test::frames_of(model, other) == expected);
  const std::vector<VideoRequest> requests{clip_request(8), clip_request(3)};
  std::vector<Image> batched;
  model.generate(requests, [&](const GeneratedFrame& frame) {
    if (frame.video == 1) batched.push_back(frame.image);
  });
  CHECK(batched == expected);
  CHECK(test::frames_of(model, clip_request(4)) != expected);
}

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("generation: a clip is the same in any spans, drafts, lanes and batch", "",
                        TestBackends) {
  kernels::check_clip<flashvideo::FlashVideoPolicy>(test_backend<TestType>());
  kernels::check_clip<flashvideo::TransformerPolicy>(test_backend<TestType>());
}
