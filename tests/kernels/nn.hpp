// SPDX-License-Identifier: MIT
#pragma once
// Layers: forward, backward and, for mixers, absorbing by spans.
#include <type_traits>

#include "flashvideo/nn/activation.hpp"
#include "flashvideo/nn/attention/attention.hpp"
#include "flashvideo/nn/conv2d.hpp"
#include "flashvideo/nn/conv3d.hpp"
#include "flashvideo/nn/conv_transpose2d.hpp"
#include "flashvideo/nn/embedding.hpp"
#include "flashvideo/nn/glu.hpp"
#include "flashvideo/nn/group_norm.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/nn/loss.hpp"
#include "flashvideo/nn/residual_block.hpp"
#include "flashvideo/nn/retention/multi_scale_retention.hpp"
#include "flashvideo/nn/retention/retention.hpp"
#include "flashvideo/nn/rms_norm.hpp"
#include "flashvideo/nn/rotation.hpp"
#include "flashvideo/nn/volume_pooling.hpp"
#include "kernels/run.hpp"

namespace kernels {

template <typename Run>
using ScalarOf = typename std::remove_reference_t<Run>::Scalar;
template <typename Run>
using BackendOf = typename std::remove_reference_t<Run>::Backend;

/// Rows of layers: odd sizes, one row, more rows than a block.
inline constexpr index_t row_counts[] = {1, 17, 150};

struct LinearRun {
  template <typename Run>
  void operator()(Run& run) const {
    for (const index_t rows : row_counts) {
      ParameterLayout layout;
      const Linear<ScalarOf<Run>> linear(layout, "w", 19, 33, Initializer::constant(0));
      const auto values = run.parameters(layout, 1);
      const auto gradients = run.gradients(layout);
      const auto x = run.numbers(rows, 19, 2);
      const auto dy = run.numbers(rows, 33, 3);
      const auto y = run.zeros(rows, 33);
      const auto dx = run.numbers(rows, 19, 4);
      linear.forward(run.backend, GemmProduct{}, values, x, y);
      run.keep(y);
      linear.forward(run.backend, RowsProduct{}, values, x, y);
      run.keep(y);
      linear.backward(run.backend, values, x, dy, dx, gradients, true);
      run.keep(dx);
      run.keep(gradients.data(), layout.size());
    }
  }
};

struct EmbeddingRun {
  template <typename Run>
  void operator()(Run& run) const {
    ParameterLayout layout;
    const Embedding<ScalarOf<Run>> embedding(layout, "e", 11, 37, true);
    const auto values = run.parameters(layout, 1);
    const auto gradients = run.gradients(layout);
    const token_t* tokens = run.upload(std::vector<token_t>{3, 0, 10, 3, 7, 3, 10});
    const auto y = run.zeros(7, 37);
    const auto dy = run.numbers(7, 37, 2);
    embedding.forward(run.backend, values, tokens, y);
    embedding.backward(run.backend, tokens, dy, gradients);
    run.keep(y);
    run.keep(gradients.data(), layout.size());
  }
};

struct RmsNormRun {
  template <typename Run>
  void operator()(Run& run) const {
    for (const index_t rows : row_counts) {
      ParameterLayout layout;
      const RMSNorm<ScalarOf<Run>> norm(layout, "n", 37, 1e-4);
      const auto values = run.parameters(layout, 1);
      const auto gradients = run.gradients(layout);
      const auto x = run.numbers(rows, 37, 2);
      const auto dy = run.numbers(rows, 37, 3);
      const auto dx = run.numbers(rows, 37, 4);
      const auto y = run.zeros(rows, 37);
      const auto inverse_rms = run.zeros(1, rows);
      norm.forward(run.backend, values, x, y, inverse_rms.data());
      norm.backward(run.backend, values, x, inverse_rms.data(), dy, dx, gradients, true);
      run.keep(y);
      run.keep(dx);
      run.keep(gradients.data(), layout.size());
    }
  }
};

template <template <typename> typename Layer>
struct GluRun {
  template <typename Run>
  void operator()(Run& run) const {
    for (const index_t rows : row_counts) {
      ParameterLayout layout;
      const Layer<ScalarOf<Run>> glu(layout, "g.", 21, 35);
      const auto values = run.parameters(layout, 1);
      const auto gradients = run.gradients(layout);
      const auto x = run.numbers(rows, 21, 2);
      const auto dy = run.numbers(rows, 21, 3);
      const auto y = run.zeros(rows, 21);
      const auto dx = run.zeros(rows, 21);
      glu.forward(run.backend, RowsProduct{}, values, x, y, run.workspace);
      run.keep(y);
      const auto kept = glu.forward(run.backend, GemmProduct{}, values, x, y, run.workspace);
      run.keep(y);
      glu.backward(run.backend, values, x, kept, dy, dx, gradients, run.workspace);
      run.keep(dx);
      run.keep(gradients.data(), layout.size());
    }
  }
};

struct CrossEntropyRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = ScalarOf<Run>;
    for (const index_t width : {5, 16, 67}) {
      const auto logits = run.numbers(9, width, 1, 4);
      const token_t* labels = run.upload(std::vector<token_t>{0, 4, 2, 1, 3, 3, 0, 4, 2});
      const auto losses = run.zeros(1, 9);
      const double sum = cross_entropy(run.backend, logits, labels, losses.data(), Scalar(0.25));
      run.keep(logits);
      run.keep(losses);
      run.results.push_back({static_cast<Scalar>(sum)});
    }
  }
};

/// Retention by one mode: outputs, all gradients, the continued state.
template <typename Mode>
struct RetentionRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = ScalarOf<Run>;
    const Retention<Mode> retention;
    for (const index_t length : {1, 17, 45}) {
      const index_t batch = 2, heads = 3, d_key = 4, d_value = 5, rows = batch * length;
      const RetentionInput<Scalar> in{{batch, length, heads, d_key, d_value},
                                      HeadDecay({-0.5, -0.03, 0.0}),
                                      run.numbers(rows, heads * d_key, 1),
                                      run.numbers(rows, heads * d_key, 2),
                                      run.numbers(rows, heads * d_value, 3)};
      const auto states = retention.take_states(run.backend, in, run.workspace);
      const auto o = run.zeros(rows, heads * d_value);
      const auto d_o = run.numbers(rows, heads * d_value, 4);
      const RetentionGradient<Scalar> gradient{run.zeros(rows, heads * d_key), run.zeros(rows, heads * d_key),
                                               run.zeros(rows, heads * d_value)};
      retention.forward(run.backend, in, states, o, run.workspace);
      retention.backward(run.backend, in, states, d_o, gradient, run.workspace);
      run.keep(o);
      run.keep(gradient.dq);
      run.keep(gradient.dk);
      run.keep(gradient.dv);

      RetentionInput<Scalar> half = in;
      half.shape.batch = 1;
      half.q = in.q.rows(0, length);
      half.k = in.k.rows(0, length);
      half.v = in.v.rows(0, length);
      RetentionState<Scalar, BackendOf<Run>> state(run.backend, heads, d_key, d_value);
      retention.advance(run.backend, half, state, o.rows(0, length), run.workspace);
      retention.advance(run.backend, half, state, o.rows(0, length), run.workspace);
      REQUIRE(state.position == 2 * length);
      run.keep(o.rows(0, length));
      run.keep(state.memory());
    }
  }
};

inline const MixerConfiguration mixer_sizes =
    MixerConfiguration{12, 15, 3, 1e-4}.with(Position::xpos(), Decay::retnet());

/// A mixer's training form and its generation form.
template <template <typename> typename Mixer, typename Mode>
struct MixerRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = ScalarOf<Run>;
    using Backend = BackendOf<Run>;
    const index_t batch = 2, length = 21, d_model = 12;
    ParameterLayout layout;
    const Mixer<Scalar> mixer(layout, "m.", mixer_sizes);
    const auto values = run.parameters(layout, 1);
    const auto gradients = run.gradients(layout);
    const auto x = run.numbers(batch * length, d_model, 2);
    const auto dy = run.numbers(batch * length, d_model, 3);
    const auto y = run.zeros(batch * length, d_model);
    const auto dx = run.zeros(batch * length, d_model);
    const auto kept = mixer.forward(run.backend, Mode{}, values, batch, length, x, y, run.workspace);
    mixer.backward(run.backend, Mode{}, values, batch, length, x, kept, dy, dx, gradients, run.workspace);
    run.keep(y);
    run.keep(dx);
    run.keep(gradients.data(), layout.size());

    // both sequences as lanes of one pack, in unequal spans
    auto first = mixer.initial_state(run.backend);
    auto second = mixer.initial_state(run.backend);
    using Lane = typename Mixer<Scalar>::template Lane<Backend>;
    const auto packed = run.zeros(5 + length - 3, d_model);
    const auto out = run.zeros(5 + length - 3, d_model);
    run.backend.copy(packed.data(), x.data(), 5 * d_model);
    run.backend.copy(packed.row(5), x.row(length), (length - 3) * d_model);
    const std::vector<Lane> pack{{&first, 0, 5}, {&second, 5, length - 3}};
    mixer.absorb(run.backend, values, pack, packed, out, run.workspace);
    run.keep(out);
    for (index_t n = 5; n < length; ++n) {
      const std::vector<Lane> one{{&first, 0, 1}};
      mixer.absorb(run.backend, values, one, x.rows(n, 1), y.rows(n, 1), run.workspace);
    }
    REQUIRE(first.position == length);
    run.keep(y.rows(0, length));
  }
};

/// The same bits however the tokens are split into spans and whatever else is in the pack.
template <template <typename> typename Mixer, typename Run>
void check_spans(Run& run) {
  using Scalar = ScalarOf<Run>;
  using Lane = typename Mixer<Scalar>::template Lane<BackendOf<Run>>;
  const index_t length = 67, d_model = 12;
  ParameterLayout layout;
  const Mixer<Scalar> mixer(layout, "m.", mixer_sizes);
  const auto values = run.parameters(layout, 1);
  const auto x = run.numbers(length, d_model, 2);
  const auto packed = run.zeros(2 * length, d_model);
  const auto out = run.zeros(2 * length, d_model);
  std::vector<Scalar> expected;
  for (const index_t span : {length, index_t{1}, index_t{2}, index_t{3}, index_t{7}, index_t{8}, index_t{9},
                             index_t{31}, index_t{64}}) {
    auto state = mixer.initial_state(run.backend);
    auto other = mixer.initial_state(run.backend);
    std::vector<Scalar> y;
    for (index_t n = 0; n < length; n += span) {
      const index_t count = std::min(span, length - n);
      const index_t before = span == 8 ? 2 : 0;  // rows of another lane come first
      run.backend.copy(packed.data(), x.data(), 2 * d_model);
      run.backend.copy(packed.row(before), x.row(n), count * d_model);
      std::vector<Lane> lanes;
      if (before > 0) lanes.push_back({&other, 0, before});
      lanes.push_back({&state, before, count});
      mixer.absorb(run.backend, values, lanes, packed.rows(0, before + count), out.rows(0, before + count),
                   run.workspace);
      const auto part =
          test::to_host(run.backend, static_cast<const Scalar*>(out.row(before)), count * d_model);
      y.insert(y.end(), part.begin(), part.end());
    }
    if (expected.empty()) expected = y;
    INFO("spans of " << span);
    REQUIRE(y == expected);
  }
}

/// A state that drafted, kept a part and forgot the rest goes on with the bits of one that never drafted:
/// every draft begins with `kept` right rows and goes on with wrong ones.
template <template <typename> typename Mixer, typename Run>
void check_drafts(Run& run) {
  using Scalar = ScalarOf<Run>;
  using Backend = BackendOf<Run>;
  using State = typename Mixer<Scalar>::template State<Backend>;
  using Lane = typename Mixer<Scalar>::template Lane<Backend>;
  const index_t length = 67, d_model = 12;
  ParameterLayout layout;
  const Mixer<Scalar> mixer(layout, "m.", mixer_sizes);
  const auto values = run.parameters(layout, 1);
  const auto x = run.numbers(length, d_model, 2);
  const auto wrong = run.numbers(length, d_model, 3);
  const auto packed = run.zeros(2 * length, d_model);
  const auto out = run.zeros(2 * length, d_model);
  const auto host = [&](const Scalar* data, index_t rows) {
    return test::to_host(run.backend, data, rows * d_model);
  };
  State plain = mixer.initial_state(run.backend);
  State state = mixer.initial_state(run.backend);
  State other = mixer.initial_state(run.backend);
  RandomStream random(4);
  for (index_t n = 0; n < length;) {
    const index_t kept = std::min<index_t>(random.below(4), length - n - 1);
    const index_t settled = 1 + random.below(std::min<index_t>(3, length - n - kept));
    const index_t drafted = kept + random.below(4);
    const index_t rows = settled + drafted;
    run.backend.copy(packed.data(), wrong.data(), 2 * d_model);  // another lane, whose row 1 is a draft
    run.backend.copy(packed.row(2), x.row(n), (settled + kept) * d_model);
    run.backend.copy(packed.row(2 + settled + kept), wrong.data(), (drafted - kept) * d_model);
    const std::vector<Lane> lanes{{&other, 0, 2, 1}, {&state, 2, rows, drafted}};
    mixer.absorb(run.backend, values, lanes, packed.rows(0, 2 + rows), out.rows(0, 2 + rows), run.workspace);
    REQUIRE(state.position == n + settled);
    const auto given = host(out.row(2), settled + kept);
    if (kept > 0) {  // else the draft is forgotten
      const std::vector<MixerCommit<State>> commits{{&state, kept}, {&other, 0}};
      mixer.commit(run.backend, commits);
    }
    const std::vector<Lane> alone{{&plain, 0, settled + kept}};
    mixer.absorb(run.backend, values, alone, x.rows(n, settled + kept), out.rows(0, settled + kept),
                 run.workspace);
    INFO("position " << n << ", settled " << settled << ", kept " << kept << " of " << drafted);
    REQUIRE(given == host(out.data(), settled + kept));
    n += settled + kept;
    REQUIRE(state.position == n);
    std::vector<Scalar> memory(static_cast<std::size_t>(state.size()));
    std::vector<Scalar> expected(memory.size());
    state.save(run.backend, memory);
    plain.save(run.backend, expected);
    REQUIRE(memory == expected);
  }
  const std::vector<MixerCommit<State>> nothing_drafted{{&plain, 1}};
  CHECK_THROWS_AS(mixer.commit(run.backend, nothing_drafted), value_error);
}

struct ConvolutionRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = ScalarOf<Run>;
    for (const ConvolutionShape& shape : {ConvolutionShape{.kernel = 2, .stride = 2},
                                          {.kernel = 3, .padding = 1},
                                          {.kernel = 1},
                                          {.kernel = 4, .stride = 2, .padding = 1, .bias = false}}) {
      const ImageExtent extent{2, 6, 8};
      ParameterLayout layout;
      const Conv2d<Scalar> down(layout, "down", 3, 5, shape);
      const ConvTranspose2d<Scalar> up(layout, "up", 5, 4, shape);
      const ImageExtent middle = down.output_extent(extent);
      const ImageExtent end = up.output_extent(middle);
      const auto values = run.parameters(layout, 1);
      const auto gradients = run.gradients(layout);
      const auto x = run.numbers(extent.rows(), 3, 2);
      const auto h = run.zeros(middle.rows(), 5);
      const auto y = run.zeros(end.rows(), 4);
      const auto dy = run.numbers(end.rows(), 4, 3);
      const auto dh = run.zeros(middle.rows(), 5);
      const auto dx = run.zeros(extent.rows(), 3);
      down.forward(run.backend, RowsProduct{}, values, extent, x, h, run.workspace);
      run.keep(h);
      down.forward(run.backend, GemmProduct{}, values, extent, x, h, run.workspace);
      up.forward(run.backend, GemmProduct{}, values, middle, h, y, run.workspace);
      up.backward(run.backend, values, middle, h, dy, dh, gradients, run.workspace);
      down.backward(run.backend, values, extent, x, dh, dx, gradients, run.workspace);
      run.keep(h);
      run.keep(y);
      run.keep(dh);
      run.keep(dx);
      run.keep(gradients.data(), layout.size());
    }
  }
};

struct GroupNormRun {
  template <typename Run>
  void operator()(Run& run) const {
    const ImageExtent extent{3, 4, 5};
    ParameterLayout layout;
    const GroupNorm<ScalarOf<Run>> norm(layout, "n", 12, 4, 1e-3);
    const auto values = run.parameters(layout, 1);
    const auto gradients = run.gradients(layout);
    const auto x = run.numbers(extent.rows(), 12, 2);
    const auto dy = run.numbers(extent.rows(), 12, 3);
    const auto dx = run.numbers(extent.rows(), 12, 4);
    const auto y = run.zeros(extent.rows(), 12);
    const auto statistics = norm.forward(run.backend, values, extent, x, y, run.workspace);
    norm.backward(run.backend, values, extent, x, statistics, dy, dx, gradients, true);
    run.keep(y);
    run.keep(dx);
    run.keep(gradients.data(), layout.size());
  }
};

struct ResidualBlockRun {
  template <typename Run>
  void operator()(Run& run) const {
    for (const index_t groups : {0, 2}) {
      const ImageExtent extent{2, 5, 4};
      ParameterLayout layout;
      ResidualBlockShape shape;
      shape.channels = 6;
      shape.hidden = 8;
      shape.first_kernel = 3;
      shape.second_kernel = 1;
      shape.norm_groups = groups;
      const ResidualBlock<ScalarOf<Run>> block(layout, "b", shape);
      const auto values = run.parameters(layout, 1);
      const auto gradients = run.gradients(layout);
      const auto x = run.numbers(extent.rows(), 6, 2);
      const auto dy = run.numbers(extent.rows(), 6, 3);
      const auto y = run.zeros(extent.rows(), 6);
      const auto dx = run.zeros(extent.rows(), 6);
      const auto trace = block.forward(run.backend, GemmProduct{}, values, extent, x, y, run.workspace);
      block.backward(run.backend, values, extent, x, trace, dy, dx, gradients, run.workspace);
      run.keep(y);
      run.keep(dx);
      run.keep(gradients.data(), layout.size());
    }
  }
};

/// What I3D is made of: a wide convolution with stride, pooling over ragged edges, two branches side by side, a mean.
struct VolumeRun {
  template <typename Run>
  void operator()(Run& run) const {
    using Scalar = ScalarOf<Run>;
    const VolumeExtent extent{2, 5, 12, 9};
    ParameterLayout layout;
    const Conv3d<Scalar> stem(layout, "stem", 3, 8, {{7, 7, 7}, {2, 2, 2}});
    const Conv3d<Scalar> one(layout, "one", 8, 5, {});
    const Conv3d<Scalar> three(layout, "three", 8, 6, {{3, 3, 3}, {1, 1, 1}});
    const auto values = run.parameters(layout, 1, 0.1);
    const auto x = run.numbers(extent.rows(), 3, 2);
    const VolumeExtent half = stem.output_extent(extent);
    const auto h = run.zeros(half.rows(), 8);
    stem.template forward<Relu>(run.backend, RowsProduct{}, values, extent, x, h, run.workspace);
    run.keep(h);
    stem.template forward<Relu>(run.backend, GemmProduct{}, values, extent, x, h, run.workspace);
    run.keep(h);
    const VolumeWindow between{{1, 3, 3}, {1, 2, 2}};
    const VolumeExtent coarse = VolumeGrid(between, half).coarse;
    const auto pooled = run.zeros(coarse.rows(), 8), side = run.zeros(coarse.rows(), 11);
    max_pool(run.backend, between, half, MatrixView<const Scalar>(h), pooled);
    run.keep(pooled);
    one.template forward<Relu>(run.backend, GemmProduct{}, values, coarse, pooled, side.columns(0, 5),
                               run.workspace);
    three.template forward<Relu>(run.backend, GemmProduct{}, values, coarse, pooled, side.columns(5, 6),
                                 run.workspace);
    run.keep(side);
    const VolumeWindow last{{2, 3, 3}, {1, 1, 1}, VolumePadding::valid};
    const auto mean = run.zeros(VolumeGrid(last, coarse).coarse.rows(), 11);
    average_pool(run.backend, last, coarse, MatrixView<const Scalar>(side), mean);
    run.keep(mean);
  }
};

}  // namespace kernels

TEMPLATE_LIST_TEST_CASE("Linear: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::LinearRun{});
}
TEMPLATE_LIST_TEST_CASE("Embedding: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::EmbeddingRun{});
}
TEMPLATE_LIST_TEST_CASE("RMSNorm: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::RmsNormRun{});
}
TEMPLATE_LIST_TEST_CASE("GLU: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::GluRun<flashvideo::SwiGLU>{});
  kernels::require_equals_cpu<TestType>(kernels::GluRun<flashvideo::GEGLU>{});
}
TEMPLATE_LIST_TEST_CASE("cross_entropy: loss and gradient equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::CrossEntropyRun{});
}
TEMPLATE_LIST_TEST_CASE("Retention: every mode, its gradients and states equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::RetentionRun<flashvideo::Parallel>{});
  kernels::require_equals_cpu<TestType>(kernels::RetentionRun<flashvideo::Recurrent>{});
  kernels::require_equals_cpu<TestType>(kernels::RetentionRun<flashvideo::Chunkwise<16>>{});
}
TEMPLATE_LIST_TEST_CASE("MultiScaleRetention: forward, backward and absorb equal Cpu's", "",
                        OnFloatAndDouble) {
  using Chunks = flashvideo::Chunkwise<8>;
  kernels::require_equals_cpu<TestType>(kernels::MixerRun<kernels::MultiScaleRetention, Chunks>{});
}
TEMPLATE_LIST_TEST_CASE("Attention: forward, backward and absorb equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::MixerRun<kernels::Attention, flashvideo::Parallel>{});
}
TEMPLATE_LIST_TEST_CASE("Mixers: any split into spans gives the same bits", "", OnFloatAndDouble) {
  using Backend = typename TestType::Backend;
  kernels::Run<typename TestType::Scalar, Backend> run(test_backend<Backend>());
  kernels::check_spans<kernels::MultiScaleRetention>(run);
  kernels::check_spans<kernels::Attention>(run);
}
TEMPLATE_LIST_TEST_CASE("Mixers: a draft leaves no trace but the rows that are kept", "", OnFloatAndDouble) {
  using Backend = typename TestType::Backend;
  kernels::Run<typename TestType::Scalar, Backend> run(test_backend<Backend>());
  kernels::check_drafts<kernels::MultiScaleRetention>(run);
  kernels::check_drafts<kernels::Attention>(run);
}
TEMPLATE_LIST_TEST_CASE("Conv2d, ConvTranspose2d: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::ConvolutionRun{});
}
TEMPLATE_LIST_TEST_CASE("GroupNorm: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::GroupNormRun{});
}
TEMPLATE_LIST_TEST_CASE("ResidualBlock: forward and backward equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::ResidualBlockRun{});
}
TEMPLATE_LIST_TEST_CASE("Conv3d, max_pool, average_pool: they equal Cpu's", "", OnFloatAndDouble) {
  kernels::require_equals_cpu<TestType>(kernels::VolumeRun{});
}
