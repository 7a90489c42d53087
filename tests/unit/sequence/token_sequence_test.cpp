// SPDX-License-Identifier: MIT
#include "flashvideo/sequence/token_sequence.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("TokenSequence: no label is no token, and a span ends behind its last row") {
  CHECK(no_label < 0);
  const SequenceSpan span{SpanKind::image, true, 5, 3, 1};
  CHECK(span.end() == 8);
  CHECK(span == SequenceSpan{SpanKind::image, true, 5, 3, 1});
  CHECK_FALSE(span == SequenceSpan{SpanKind::image, false, 5, 3, 1});
  TokenSequence sequence;
  CHECK(sequence.length() == 0);
  sequence.tokens = {1, 2};
  CHECK(sequence.length() == 2);
}
