// SPDX-License-Identifier: MIT
#pragma once
/// A configuration with a field of every kind.

#include <string>
#include <vector>

#include "flashvideo/core/fields.hpp"

namespace flashvideo::test {

struct SampleItem {
  index_t spacing = 1;

  void visit(Fields& fields) { fields.integer("spacing", spacing, at_least(1), "from one to the next"); }
  friend bool operator==(const SampleItem&, const SampleItem&) = default;
};

struct Sample {
  index_t steps = 10;
  double rate = 0.5;
  bool loud = false;
  std::string mode = "fast";
  std::vector<index_t> widths{4, 8};
  std::vector<double> angles{};
  std::vector<std::string> words{"a", "b"};
  SampleItem inner{};
  std::vector<SampleItem> items{{1}, {2}};
  bool same = true;
  SampleItem other{};

  void visit(Fields& fields) {
    fields.constant("kind", "sample");
    fields.integer("steps", steps, at_least(1), "updates");
    fields.real("rate", rate, above(0.0), "of learning");
    fields.flag("loud", loud, "whether it is heard");
    fields.text("mode", mode, {"fast", "exact"}, "how");
    fields.integers("widths", widths, between(1, 3), at_least(1), "of the layers");
    if (fields.present("angles", !angles.empty())) fields.reals("angles", angles, any_real(), "stored");
    fields.texts("words", words, "known");
    fields.part("inner", inner);
    fields.list("items", items, between(1, 4), "in their order");
    same = fields.word("other", "inner", same);
    if (!same) fields.part("other", other);
  }
  friend bool operator==(const Sample&, const Sample&) = default;
};

}  // namespace flashvideo::test
