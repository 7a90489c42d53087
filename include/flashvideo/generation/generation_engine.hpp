// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "flashvideo/generation/guidance.hpp"
#include "flashvideo/generation/video_run.hpp"
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/nn/packed_parameters.hpp"

namespace flashvideo {

/// A decoder with its parameter values: immutable and shared by any number of runs and threads.
template <DecoderPolicy Policy, ComputeBackend Backend>
struct TrainedDecoder {
  Decoder<Policy, Backend> decoder;  ///< the architecture
  PackedParameters<Backend> values;  ///< its parameters, packed for generation

  /// The parameters as the decoder takes them.
  PackedView parameters() const { return values.view(); }
};

/// Gives steps to videos being written: packs the spans of all their lanes, drafts included, into one matrix
/// of rows for each model, lets the model absorb it once, samples, and commits the drafts as far as they were
/// right. Drafts need a model whose mixer has `commit`; others write token by token. The key-frame and the
/// interpolation lanes share a pack when both tasks are served by one network. A guided lane stands in the pack
/// twice, with its text and without: the same tokens, drafts and commits.
/// @code
/// GenerationEngine<FlashVideoPolicy, FlashVideoPolicy, Cpu> engine(cpu, key_model, gap_model);
/// while (engine.step(runs)) { while (auto frame = run.take_frame()) show(*frame); }
/// @endcode
/// @tparam KeyPolicy, GapPolicy policies of the key-frame and the interpolation model
template <DecoderPolicy KeyPolicy, DecoderPolicy GapPolicy, ComputeBackend Backend>
class GenerationEngine {
 public:
  using KeyModel = TrainedDecoder<KeyPolicy, Backend>;           ///< of key frames
  using GapModel = TrainedDecoder<GapPolicy, Backend>;           ///< of interpolation
  using KeyState = typename Decoder<KeyPolicy, Backend>::State;  ///< of a key-frame lane
  using GapState = typename Decoder<GapPolicy, Backend>::State;  ///< of a gap's lane
  using Run = VideoRun<KeyState, GapState>;                      ///< a video being written

  /// @param key_model, gap_model may be one object: then their lanes share a pass
  GenerationEngine(const Backend& backend, std::shared_ptr<const KeyModel> key_model,
                   std::shared_ptr<const GapModel> gap_model)
      : backend_(backend),
        key_model_(std::move(key_model)),
        gap_model_(std::move(gap_model)),
        workspace_(backend) {}

  /// One step of every lane that may run.
  /// @return false when no lane of any run has anything left to write
  bool step(std::span<Run* const> runs) {
    std::vector<Entry<KeyState>> key_lanes;
    std::vector<Entry<GapState>> gap_lanes;
    for (Run* run : runs) {
      run->start_lanes([this] { return key_model_->decoder.initial_state(backend_); },
                       [this] { return gap_model_->decoder.initial_state(backend_); });
      if (auto* lane = run->key_lane()) key_lanes.push_back({run, lane, &run->key_pace()});
      run->visit_gap_lanes([&](auto& lane) {
        if (!lane.done()) gap_lanes.push_back({run, &lane, &run->gap_pace()});
      });
    }
    bool shared = false;
    if constexpr (std::is_same_v<KeyPolicy, GapPolicy>) {
      if (key_model_ == gap_model_) {
        shared = true;
        key_lanes.insert(key_lanes.end(), gap_lanes.begin(), gap_lanes.end());
      }
    }
    absorb(*key_model_, key_lanes, key_cost_);
    if (!shared) absorb(*gap_model_, gap_lanes, gap_cost_);
    bool active = !key_lanes.empty() || !gap_lanes.empty();
    for (Run* run : runs) active = run->settle() || active;
    return active;
  }

  /// Where it computes.
  const Backend& backend() const { return backend_; }

 private:
  template <typename State>
  struct Entry {
    Run* run;
    Lane<State>* lane;
    DraftPace* pace;
  };

  // The clock's time; <chrono> would cost every unit a tenth of a second to compile.
  static double seconds() {
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  template <typename State>
  static index_t longest_draft(const Entry<State>& entry, std::size_t lanes, const PassCost& cost) {
    const GenerationOptions& options = entry.run->options();
    const double rows_of_token = options.needs_textless() ? 2 : 1;
    return options.draft_length == DraftLength::fixed
               ? options.speculation
               : entry.pace->length(options.speculation, static_cast<index_t>(lanes),
                                    rows_of_token * cost.row_cost());
  }

  template <typename Model, typename State>
  void absorb(const Model& model, std::span<const Entry<State>> entries, PassCost& cost) {
    if (entries.empty()) return;
    const double begun = seconds();
    using ModelDecoder = std::remove_cvref_t<decltype(model.decoder)>;
    std::vector<typename ModelDecoder::LaneSpan> spans;
    spans.reserve(2 * entries.size());
    std::vector<std::vector<token_t>> textless;
    index_t rows = 0;
    index_t logit_rows = 0;
    for (const Entry<State>& entry : entries) {
      const index_t longest = ModelDecoder::drafts ? longest_draft(entry, entries.size(), cost) : 0;
      const auto tokens =
          entry.lane->next_span(entry.run->options().longest_span, longest, entry.run->options().drafter);
      const auto wanted = entry.lane->logits_after();
      const auto add = [&](State* state, std::span<const token_t> its_tokens) {
        spans.push_back({state, its_tokens, 0, entry.lane->tentative(), wanted});
        rows += static_cast<index_t>(tokens.size());
        logit_rows += static_cast<index_t>(wanted.size());
      };
      add(&entry.lane->state(), tokens);
      if (State* const state = entry.lane->without_text()) {
        add(state, textless.emplace_back(entry.run->without_text(tokens)));
      }
    }
    const auto mark = workspace_.mark();
    const index_t outputs = model.decoder.configuration().head_outputs();
    const auto logits = workspace_.template take<float>(Shape<2>{logit_rows, outputs});
    model.decoder.absorb(backend_, model.parameters(),
                         std::span<const typename ModelDecoder::LaneSpan>(spans), logits, workspace_);
    host_logits_.resize(static_cast<std::size_t>(logits.size()));
    backend_.download(host_logits_.data(), logits.data(), logits.size());
    workspace_.release(mark);

    std::size_t begin = 0;
    const Run* counted = nullptr;
    std::vector<typename ModelDecoder::LaneCommit> commits;
    for (const Entry<State>& entry : entries) {
      const bool sampled = entry.lane->wants_logits();
      const std::size_t size = entry.lane->logits_after().size() * static_cast<std::size_t>(outputs);
      const auto next_rows = [&] {
        const auto own = std::span<const float>(host_logits_).subspan(begin, size);
        begin += size;
        return own;
      };
      const auto own = next_rows();
      State* const textless_state = entry.lane->without_text();
      const index_t kept = textless_state ? accept_guided(entry, own, next_rows())
                                          : entry.lane->accept(own, entry.run->sampler());
      if (kept > 0) commits.push_back({&entry.lane->state(), kept});
      if (kept > 0 && textless_state) commits.push_back({textless_state, kept});
      if (sampled) entry.pace->learn(entry.lane->drafted(), entry.lane->accepted());
      if (entry.run != counted) entry.run->count_pass();
      counted = entry.run;
    }
    if constexpr (ModelDecoder::drafts) {
      if (!commits.empty()) model.decoder.commit(backend_, commits);
    }
    cost.learn(rows, seconds() - begun);
  }
  // `Lane::accept` of a lane that is computed without its text too.
  // c, u: its logits with the text and without
  template <typename State>
  index_t accept_guided(const Entry<State>& entry, std::span<const float> c, std::span<const float> u) {
    const GenerationOptions& options = entry.run->options();
    if (options.guidance != 1) {
      guided_logits_.resize(c.size());
      guide_logits(c, u, options.guidance, guided_logits_);
    }
    const std::size_t rows = entry.lane->logits_after().size();
    const std::size_t written = entry.lane->written().size();
    const index_t kept = entry.lane->accept(options.guidance != 1 ? guided_logits_ : c, entry.run->sampler());
    if (!options.text_effect) return kept;
    const auto tokens = std::span<const token_t>(entry.lane->written()).subspan(written);
    for (std::size_t row = 0; row < tokens.size(); ++row) {
      const std::size_t width = c.size() / rows;
      entry.run->add_text_effect(
          text_effect(c.subspan(row * width, width), u.subspan(row * width, width), tokens[row]));
    }
    return kept;
  }

  template <typename Model, typename State>
  void absorb(const Model& model, const std::vector<Entry<State>>& entries, PassCost& cost) {
    absorb(model, std::span<const Entry<State>>(entries), cost);
  }

  Backend backend_;
  std::shared_ptr<const KeyModel> key_model_;
  std::shared_ptr<const GapModel> gap_model_;
  Workspace<Backend> workspace_;
  std::vector<float> host_logits_;
  std::vector<float> guided_logits_;
  PassCost key_cost_;
  PassCost gap_cost_;
};

}  // namespace flashvideo
