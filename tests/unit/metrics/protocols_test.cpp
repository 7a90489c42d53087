// SPDX-License-Identifier: MIT
#include "flashvideo/metrics/protocols.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using namespace flashvideo;

TEST_CASE("protocols: each is consistent, has a name and a source of its own, and is found by its name") {
  std::set<std::string> names;
  for (const MetricProtocol& protocol : protocols::all()) {
    CHECK_NOTHROW(protocol.check());
    CHECK(names.insert(protocol.name).second);
    CHECK_FALSE(protocol.source.empty());
    CHECK(protocols::named(protocol.name) == protocol);
  }
  CHECK(names.size() == 6);
  CHECK_THROWS_WITH(
      protocols::named("fvd"),
      "protocol fvd is not known, expected one of junyaohu, tats_ucf101, magvit_bair, magvit_k600, "
      "mcvd_bair, videogpt_bair");
}

TEST_CASE("protocols: what makes their numbers incomparable") {
  CHECK(protocols::junyaohu().ssim == SsimChannels::each);
  CHECK(protocols::junyaohu().lpips_form == LpipsForm::spatial);
  CHECK(protocols::magvit_bair().lpips == LpipsTrunk::vgg16);
  CHECK(protocols::magvit_bair().epsilon == 1e-3);
  CHECK(protocols::mcvd_bair().psnr_over == PsnrOver::video);
  CHECK(protocols::tats_ucf101().reports_kvd);
}
