// SPDX-License-Identifier: MIT
#include "flashvideo/core/field_list.hpp"

#include "support/catch.hpp"
#include "support/sample_fields.hpp"

using namespace flashvideo;

TEST_CASE("list_of_fields: every field has a line with its path, kind, range and meaning") {
  CHECK(list_of_fields<test::Sample>() ==
        R"(  kind             "sample"
  steps            integer >= 1        updates
  rate             number > 0          of learning
  loud             true or false       whether it is heard
  mode             "fast" or "exact"   how
  widths           integers >= 1       of the layers
  angles           numbers, optional   stored
  words            texts               known
  inner.spacing    integer >= 1        from one to the next
  items            list of 1..4 items  in their order
  items[].spacing  integer >= 1        from one to the next
  other            "inner", or:
  other.spacing    integer >= 1        from one to the next
)");
}
