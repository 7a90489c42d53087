// SPDX-License-Identifier: MIT
#include "flashvideo/backend/verbs.hpp"

#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include "flashvideo/backend/archetype_backend.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"
#include "kernels/small_decoder.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"
#include "support/required_verbs.hpp"
#include "support/tiny_model.hpp"

using namespace flashvideo;

namespace stranger {

int calls_of_the_member = 0;
int calls_of_the_function = 0;

/// A user's backend: the host's required verbs, and one optional verb of its own.
struct Backend : test::RequiredVerbs<Cpu> {
  using test::RequiredVerbs<Cpu>::RequiredVerbs;

  template <typename Scalar>
  void replay(const KeptDraftGroup<Scalar>& group, const ReplaySizes& sizes) const {
    ++calls_of_the_member;
    plain::replay(*this, group, sizes);
  }
};

/// Found by argument-dependent look-up, if there were any.
template <typename Scalar, typename After>
void recurrence(const Backend&, const LaneGroup<Scalar>&, const RecurrenceRows<Scalar>&, const After&) {
  ++calls_of_the_function;
}

}  // namespace stranger

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(std::string(FLASHVIDEO_SOURCE_DIR "/") + path);
  REQUIRE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// Logits of forty tokens, after each of them.
template <typename Policy, typename Backend, typename Values>
std::vector<float> logits_of(const Backend& backend, const Decoder<Policy, Backend>& decoder,
                             const Values& values, std::size_t span) {
  std::vector<token_t> tokens;
  for (token_t n = 0; n < 40; ++n) tokens.push_back(7 * n % 29);
  Workspace<Backend> workspace(backend);
  auto state = decoder.initial_state(backend);
  std::vector<float> all;
  for (std::size_t n = 0; n < tokens.size(); n += span) {
    const std::size_t count = std::min(span, tokens.size() - n);
    const auto rows = static_cast<index_t>(count);
    std::vector<float> logits(count * 20);
    const std::vector<typename Decoder<Policy, Backend>::LaneSpan> lanes{
        {&state, std::span<const token_t>(tokens).subspan(n, count), rows}};
    decoder.absorb(backend, values, lanes, {logits.data(), {rows, 20}}, workspace);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

template <typename Policy>
void check_logits() {
  using Plain = test::RequiredVerbs<Cpu>;
  const Cpu cpu(2);
  const Plain plain_backend(2);
  const Decoder<Policy, Cpu> decoder(kernels::small_decoder());
  const Decoder<Policy, Plain> same(kernels::small_decoder());
  const auto values = test::normal_numbers<float>(decoder.layout().size(), 1, 0.3);
  for (const std::size_t span : {std::size_t{1}, std::size_t{9}, std::size_t{40}}) {
    const ParameterView<const float> view(values.data());
    REQUIRE(logits_of<Policy>(cpu, decoder, view, span) ==
            logits_of<Policy>(plain_backend, same, view, span));
    for (const WeightStorage storage : weight_storages) {
      const PackedParameters<Cpu> packed(cpu, decoder.layout(), values, storage);
      const PackedParameters<Plain> packed_same(plain_backend, same.layout(), values, storage);
      INFO(weight_storage_name(storage) << ", spans of " << span);
      REQUIRE(logits_of<Policy>(cpu, decoder, packed.view(), span) ==
              logits_of<Policy>(plain_backend, same, packed_same.view(), span));
    }
  }
}

template <typename Policy>
void check_frames() {
  for (const index_t drafts : {0, 5}) {
    VideoRequest request;
    request.sentences = {"a red star moves"};
    request.options.seed = 3;
    request.options.key_frames = 3;
    request.options.ring = 0;
    request.options.speculation = drafts;
    const auto expected = test::frames_of(test::tiny_model<Policy>(Cpu(2)), request);
    REQUIRE(expected.size() == 9);
    CHECK(test::frames_of(test::tiny_model<Policy>(test::RequiredVerbs<Cpu>(2)), request) == expected);
  }
}

}  // namespace

TEST_CASE("verbs: a backend of the required verbs alone gives the logits and frames of Cpu, bit for bit") {
  check_logits<FlashVideoPolicy>();
  check_logits<TransformerPolicy>();
  check_frames<FlashVideoPolicy>();
  check_frames<TransformerPolicy>();
}

TEST_CASE("verbs: the backend's own form is a member, a free function beside it is not looked for") {
  const stranger::Backend backend(1);
  std::vector<float> state(6, 1.0F), q(2, 1.0F), k(2, 1.0F), v(3, 1.0F), o(3, 0.0F);
  LaneGroup<float> group;
  group.add({state.data(), 0, 1, 0});
  verbs::recurrence(backend, group,
                    RecurrenceRows<float>{1,
                                          2,
                                          3,
                                          HeadDecay({0.0}),
                                          {q.data(), {1, 2}},
                                          {k.data(), {1, 2}},
                                          {v.data(), {1, 3}},
                                          {o.data(), {1, 3}}});
  CHECK(stranger::calls_of_the_function == 0);
  CHECK(o == std::vector<float>(3, 4.0F));  // q S with S = 1 + k v
  KeptDraftGroup<float> kept;
  kept.add({state.data(), k.data(), v.data(), 1});
  verbs::replay(backend, kept, {1, 2, 3, HeadDecay({0.0})});
  CHECK(stranger::calls_of_the_member == 1);
  CHECK(state == std::vector<float>(6, 3.0F));
}

TEST_CASE("verbs: forms says which optional verbs a backend has of its own") {
  for (const verbs::Form& form : verbs::forms<Cpu>()) CHECK(form.own);
  for (const verbs::Form& form : verbs::forms<ArchetypeBackend>()) CHECK(!form.own);
  for (const verbs::Form& form : verbs::forms<stranger::Backend>())
    CHECK(form.own == (std::string(form.verb) == "replay"));
}

TEST_CASE("verbs: packed_rows names itself when extents do not fit") {
  const Cpu cpu(1);
  Workspace<Cpu> workspace(cpu);
  std::vector<float> numbers(64);
  const PackedMatrix w{PanelLayout::rows, reinterpret_cast<const std::byte*>(numbers.data()), 4, 5};
  const MatrixView<const float> x(numbers.data(), {2, 3});
  const MatrixView<float> y(numbers.data(), {2, 4});
  CHECK_THROWS_WITH(verbs::packed_rows(cpu, x, w, y, workspace),
                    "packed_rows: (2, 3) times (5, 4) does not give (2, 4)");
}

TEST_CASE("verbs: the page of backends has the table of verbs.hpp, and the table every verb") {
  std::vector<std::string> table;
  for (const std::string& line : lines_of("include/flashvideo/backend/verbs.hpp")) {
    if (line.rfind("/// |", 0) == 0) table.push_back(line.substr(4));
  }
  REQUIRE(table.size() > 2);
  const auto page = lines_of("docs/policies/backend.md");
  const auto begin = std::find(page.begin(), page.end(), table.front());
  REQUIRE(begin != page.end());
  for (std::size_t i = 0; i < table.size(); ++i) {
    INFO("docs/policies/backend.md lacks the row of backend/verbs.hpp: " << table[i]);
    REQUIRE(begin + static_cast<std::ptrdiff_t>(i) < page.end());
    CHECK(begin[static_cast<std::ptrdiff_t>(i)] == table[i]);
  }
  std::vector<std::string> optional;
  for (const std::string& row : table) {
    if (row.rfind("| `", 0) == 0 && row.find("| required |") == std::string::npos)
      optional.push_back(row.substr(3, row.find('(') - 3));
  }
  const auto forms = verbs::forms<Cpu>();
  REQUIRE(optional.size() == forms.size());
  for (std::size_t i = 0; i < forms.size(); ++i) CHECK(optional[i] == forms[i].verb);
}
