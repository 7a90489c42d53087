// SPDX-License-Identifier: MIT
#include "flashvideo/data/class_caption.hpp"

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("class_words: capitals and strokes part words") {
  CHECK(class_words("TaiChi") == "tai chi");
  CHECK(class_words("tai_chi") == "tai chi");
  CHECK(class_words("HandstandPushups") == "handstand pushups");
  CHECK(class_words("YoYo") == "yo yo");
  CHECK(class_words("massaging person's head") == "massaging person's head");
  CHECK(class_words("TVset") == "tvset");
  CHECK(class_words("").empty());
}

TEST_CASE("class_caption: every place of the template is filled once") {
  CHECK(class_caption("a person is doing {}", "TaiChi") == "a person is doing tai chi");
  CHECK(class_caption("{} and {}", "{}") == "{} and {}");
  CHECK(class_caption("a video", "TaiChi") == "a video");
}
