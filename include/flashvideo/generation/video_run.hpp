// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "flashvideo/generation/generation_options.hpp"
#include "flashvideo/generation/lane.hpp"
#include "flashvideo/sequence/interpolation_planner.hpp"
#include "flashvideo/sequence/key_frame_segments.hpp"
#include "flashvideo/sequence/serial_token_sequencer.hpp"

namespace flashvideo {

/// What a run knows of its model: how frames become token sequences.
struct FrameLayout {
  SerialTokenSequencer sequencer;  ///< order, serial numbers and id space
  index_t grid_height = 0;         ///< image tokens of a frame, rows
  index_t grid_width = 0;          ///< and columns
  index_t longest_segment = 0;     ///< key frames of one sequence, at most the number of serial numbers
  index_t carried = 1;             ///< key frames that a segment takes over from the one before
};

/// What a video shall show.
struct VideoTokens {
  std::vector<std::vector<token_t>>
      texts;  ///< text ids: one for the whole video, or one for each key frame (a storyboard)
  std::vector<std::vector<token_t>>
      given;  ///< image codes of the first key frames, absorbed instead of sampled
  std::map<index_t, std::vector<token_t>>
      given_between{};  ///< image codes of frames between key frames by display index, shown instead of written: a gap
                        ///< that is given whole is not filled, in another they are absorbed
};

/// The state of one video being written: which lanes run, which frames are finished, what comes next. A pure
/// state machine: `GenerationEngine` gives it steps; the video does not depend on how lanes are packed or
/// when they run.
///
/// Key frames are written on one lane, segment after segment, at most `lookahead` ahead; gaps are filled
/// depth first on at most `lanes` lanes; finished frames leave in display order and are forgotten when
/// nothing needs them any more, so memory does not grow with the video's length.
/// @tparam KeyState, GapState decoder states of the key-frame and the interpolation model
template <typename KeyState, typename GapState>
class VideoRun {
 public:
  using KeyLane = Lane<KeyState>;  ///< the lane of key frames
  using GapLane = Lane<GapState>;  ///< a lane that fills gaps

  /// @throws value_error for options out of range, texts that are neither one nor one for each key frame, more
  /// given frames than key frames, a frame given between key frames that is none
  /// @throws shape_error when a given frame has another number of tokens
  VideoRun(const FrameLayout& layout, VideoTokens tokens, const GenerationOptions& options)
      : layout_(layout),
        tokens_(std::move(tokens)),
        options_((options.check(), options)),
        schedule_(options.schedule()),
        planner_(layout.grid_height, layout.grid_width, FixedShare{options.inherit}, options.ring),
        sampler_(options.sampling),
        key_frames_(options.key_frame_count()),
        frames_(options.frame_count()) {
    const auto texts = static_cast<index_t>(tokens_.texts.size());
    require<value_error>(texts == 1 || texts == key_frames_,
                         "VideoRun: {} texts are given, expected 1 or one for each of the {} key frames",
                         texts, key_frames_);
    const auto given = static_cast<index_t>(tokens_.given.size());
    require<value_error>(given <= key_frames_,
                         "VideoRun: {} first frames are given, the video has {} key frames", given,
                         key_frames_);
    for (const auto& [index, codes] : tokens_.given_between) {
      require<value_error>(index > 0 && index < frames_ && index % schedule_.stride() != 0,
                           "VideoRun: frame {} is given between key frames, the video has none there", index);
      check_size(codes);
    }
    codes_ = tokens_.given_between;
    for (index_t k = 0; k < given; ++k) finish_key_frame(tokens_.given[static_cast<std::size_t>(k)]);
    for (const KeyFrameSegment& segment :
         key_frame_segments(key_frames_, layout.longest_segment, layout.carried, given)) {
      segments_.push_back(segment);
    }
  }

  /// Starts the lanes that may run now.
  /// @param key_state, gap_state functions that return an initial state
  template <typename MakeKeyState, typename MakeGapState>
  void start_lanes(MakeKeyState&& key_state, MakeGapState&& gap_state) {
    if (!key_lane_ && !segments_.empty()) {
      start_segment(key_state());
      if (options_.needs_textless()) key_lane_->guide(key_state());
    }
    while (static_cast<index_t>(gaps_.size()) < options_.lanes) {
      const auto ready = std::find_if(waiting_.begin(), waiting_.end(), [this](const InterpolationGap& gap) {
        return codes_.contains(gap.left) && codes_.contains(gap.right);
      });
      if (ready == waiting_.end()) break;
      gaps_.push_back(start_gap(*ready, gap_state()));
      if (options_.needs_textless()) gaps_.back().lane.guide(gap_state());
      waiting_.erase(ready);
    }
  }

  /// The key-frame lane if it may write now, else null.
  KeyLane* key_lane() {
    if (!key_lane_ || key_lane_->done()) return nullptr;
    const index_t next = schedule_.display_index(finished_key_frames_);
    return next <= emitted_ + options_.lookahead * schedule_.stride() ? &*key_lane_ : nullptr;
  }
  /// Calls visit(lane) for every gap that is being filled.
  template <typename Visit>
  void visit_gap_lanes(Visit&& visit) {
    for (Gap& gap : gaps_) visit(gap.lane);
  }

  /// Takes in what the lanes have sampled since the last call.
  /// @return true when a frame was finished
  bool settle() {
    const std::size_t before = codes_.size();
    settle_key_lane();
    for (Gap& gap : gaps_) {
      if (gap.lane.done()) finish_gap(gap);
    }
    std::erase_if(gaps_, [](const Gap& gap) { return gap.lane.done(); });
    return codes_.size() != before;
  }

  /// The image codes of the next frame in display order if it is finished; each frame is returned once.
  std::optional<std::vector<token_t>> take_frame() {
    const auto frame = codes_.find(emitted_);
    if (finished() || frame == codes_.end()) return std::nullopt;
    std::vector<token_t> codes = frame->second;
    ++emitted_;
    forget();
    return codes;
  }

  /// Whether all frames were taken.
  bool finished() const { return emitted_ == frames_; }
  /// Frames of the video.
  index_t frame_count() const { return frames_; }
  /// Frames taken so far; the display index of the next.
  index_t position() const { return emitted_; }
  /// Finished frames that are kept: to be taken, or needed by a gap. It does not grow with the video's
  /// length.
  index_t frames_held() const { return static_cast<index_t>(codes_.size()); }
  /// Draws this video's tokens.
  Sampler& sampler() { return sampler_; }
  /// @{
  /// How long drafts of the key-frame lane and of the gap lanes are, learned from those before.
  DraftPace& key_pace() { return key_pace_; }
  DraftPace& gap_pace() { return gap_pace_; }
  /// @}
  /// As they were given.
  const GenerationOptions& options() const { return options_; }

  /// Of all lanes so far.
  TokenCounts counts() const {
    TokenCounts total = finished_counts_;
    if (key_lane_) total += key_lane_->counts();
    for (const Gap& gap : gaps_) total += gap.lane.counts();
    return total;
  }
  /// One more pass over a model's weights served this video.
  void count_pass() { ++finished_counts_.passes; }
  /// Adds to `TokenCounts::text_effect`.
  void add_text_effect(double nats) { finished_counts_.text_effect += nats; }
  /// Tokens of a span as they stand in the sequence without text.
  std::vector<token_t> without_text(std::span<const token_t> tokens) const {
    std::vector<token_t> result(tokens.begin(), tokens.end());
    for (token_t& token : result) token = sequencer().vocabulary().without_text(token);
    return result;
  }

  /// A copy that continues on its own and gives the same frames.
  template <typename Backend>
  VideoRun clone(const Backend& backend) const {
    VideoRun copy(layout_, VideoTokens{tokens_.texts, {}}, options_);
    copy.tokens_ = tokens_;
    copy.codes_ = codes_;
    copy.recent_key_frames_ = recent_key_frames_;
    copy.segments_ = segments_;
    copy.segment_ = segment_;
    copy.settled_ = settled_;
    copy.waiting_ = waiting_;
    copy.finished_key_frames_ = finished_key_frames_;
    copy.emitted_ = emitted_;
    copy.finished_counts_ = finished_counts_;
    if (key_lane_) copy.key_lane_.emplace(key_lane_->clone(backend));
    for (const Gap& gap : gaps_) copy.gaps_.push_back({gap.gap, gap.lane.clone(backend)});
    copy.key_pace_ = key_pace_;
    copy.gap_pace_ = gap_pace_;
    return copy;
  }

 private:
  struct Gap {
    InterpolationGap gap;
    GapLane lane;
  };

  index_t cells() const { return layout_.grid_height * layout_.grid_width; }
  const SerialTokenSequencer& sequencer() const { return layout_.sequencer; }
  // Text of the key frame at or before a display index.
  const std::vector<token_t>& text_at(index_t display) const {
    if (tokens_.texts.size() == 1) return tokens_.texts.front();
    return tokens_.texts[static_cast<std::size_t>(display / schedule_.stride())];
  }
  // A lane takes its tokens in the order of the sequencer's plan ([FlashVideo] Figure 3): it knows what is
  // known, and `write` is called for the spans to be written.
  template <typename AnyLane, typename Write>
  static void follow(AnyLane& lane, const TokenSequence& plan, const Write& write) {
    for (const SequenceSpan& span : plan.spans) {
      if (span.write) {
        write(span);
      } else {
        lane.know(std::span<const token_t>(plan.tokens)
                      .subspan(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.length)));
      }
    }
  }

  void start_segment(KeyState state) {
    segment_ = segments_.front();
    segments_.pop_front();
    settled_ = 0;
    FrameCanvas canvas(layout_.grid_width,
                       segment_.given > 0 ? recent_key_frames_.back() : std::vector<token_t>());
    for (index_t k = segment_.begin + segment_.given; k < segment_.end; ++k) canvas.add_blank(cells());
    // segments differ in the high bits of the position
    key_lane_.emplace(
        std::move(state),
        RandomAddress{options_.seed, 0, static_cast<std::uint64_t>(segment_.begin) << position_bits},
        std::move(canvas));
    std::vector<std::vector<token_t>> texts;
    std::vector<token_t> given;
    for (index_t k = segment_.begin; k < segment_.end; ++k) {
      texts.push_back(text_at(schedule_.display_index(k)));
      if (k >= segment_.begin + segment_.given) continue;
      const index_t age = finished_key_frames_ - k;  // 1: the newest
      const auto& frame = recent_key_frames_[recent_key_frames_.size() - static_cast<std::size_t>(age)];
      given.insert(given.end(), frame.begin(), frame.end());
    }
    follow(*key_lane_, sequencer().key_frame_plan(texts, segment_.num_frames(), given),
           [&](const SequenceSpan& span) { key_lane_->write(span.length); });
  }

  void settle_key_lane() {
    if (!key_lane_) return;
    const auto& written = key_lane_->written();
    while (settled_ + cells() <= static_cast<index_t>(written.size())) {
      const auto begin = written.begin() + static_cast<std::ptrdiff_t>(settled_);
      finish_key_frame({begin, begin + static_cast<std::ptrdiff_t>(cells())});
      settled_ += cells();
    }
    if (key_lane_->done()) {
      finished_counts_ += key_lane_->counts();
      key_lane_.reset();
    }
  }

  void check_size(const std::vector<token_t>& codes) const {
    require<shape_error>(static_cast<index_t>(codes.size()) == cells(),
                         "VideoRun: a given frame has {} tokens, expected {}", codes.size(), cells());
  }
  // The codes of new frame j of a gap if they are given, else null.
  const std::vector<token_t>* given_in(const InterpolationGap& gap, index_t j) const {
    const auto frame = tokens_.given_between.find(gap.frame(j));
    return frame == tokens_.given_between.end() ? nullptr : &frame->second;
  }
  bool is_given(const InterpolationGap& gap) const {
    index_t j = 1;
    while (j <= gap.between && given_in(gap, j) != nullptr) ++j;
    return j > gap.between;
  }

  void finish_key_frame(std::vector<token_t> codes) {
    check_size(codes);
    if (finished_key_frames_ > 0) {
      for (const InterpolationGap& gap : schedule_.gaps_after(finished_key_frames_ - 1)) {
        // a frame inside it is shown, and is to be written
        if (gap.left + 1 < frames_ && !is_given(gap)) waiting_.push_back(gap);
      }
    }
    recent_key_frames_.push_back(codes);
    if (static_cast<index_t>(recent_key_frames_.size()) > std::max<index_t>(layout_.longest_segment, 1)) {
      recent_key_frames_.pop_front();
    }
    codes_[schedule_.display_index(finished_key_frames_++)] = std::move(codes);
  }

  Gap start_gap(const InterpolationGap& gap, GapState state) {
    const std::vector<token_t>& left = codes_.at(gap.left);
    const std::vector<token_t>& right = codes_.at(gap.right);
    const std::vector<CellKind> kinds = planner_.classify(left, right);
    std::vector<InterpolationPlan> plans;
    FrameCanvas canvas(layout_.grid_width, left, right);
    for (index_t j = 1; j <= gap.between; ++j) {
      const RandomAddress mask{options_.seed, inherit_stream, static_cast<std::uint64_t>(gap.frame(j))};
      plans.push_back(planner_.plan(kinds, mask, gap.between));
      if (const auto* given = given_in(gap, j)) {
        canvas.add(*given, {});
        continue;
      }
      std::vector<index_t> to_write;
      for (const InterpolationRun& run : plans.back().runs) {
        for (index_t cell = run.begin; !run.inherit && cell < run.begin + run.length; ++cell) {
          to_write.push_back(cell);
        }
      }
      std::vector<token_t> frame(left);
      canvas.add(std::move(frame), to_write);
    }
    // gaps differ in round (stream) and left frame (high bits of the position)
    GapLane lane(std::move(state),
                 RandomAddress{options_.seed, static_cast<std::uint32_t>(gap.round),
                               static_cast<std::uint64_t>(gap.left) << position_bits},
                 std::move(canvas));
    std::vector<std::vector<token_t>> texts;
    for (index_t j = 0; j <= gap.between + 1; ++j) texts.push_back(text_at(gap.frame(j)));
    follow(lane, sequencer().interpolation_plan(texts, gap.between, left, right),
           [&](const SequenceSpan& span) {
             if (const auto* given = given_in(gap, span.frame)) return lane.know(*given);
             for (const InterpolationRun& run : plans[static_cast<std::size_t>(span.frame - 1)].runs) {
               if (run.inherit) {
                 lane.know(std::span<const token_t>(left).subspan(static_cast<std::size_t>(run.begin),
                                                                  static_cast<std::size_t>(run.length)),
                           true);
               } else {
                 lane.write(run.length);
               }
             }
           });
    return {gap, std::move(lane)};
  }

  void finish_gap(const Gap& gap) {
    for (index_t j = 1; j <= gap.gap.between; ++j) {
      codes_[gap.gap.frame(j)] = gap.lane.canvas().frames()[static_cast<std::size_t>(j - 1)];
    }
    finished_counts_ += gap.lane.counts();
  }

  // Frames that were shown and that no gap needs any more.
  void forget() {
    index_t needed =
        (std::min)(emitted_, schedule_.display_index(std::max<index_t>(finished_key_frames_ - 1, 0)));
    for (const InterpolationGap& gap : waiting_) needed = (std::min)(needed, gap.left);
    for (const Gap& gap : gaps_) needed = (std::min)(needed, gap.gap.left);
    codes_.erase(codes_.begin(), codes_.lower_bound(needed));
  }

  static constexpr int position_bits = 24;  // tokens of one sequence

  FrameLayout layout_;
  VideoTokens tokens_;
  GenerationOptions options_;
  InterpolationSchedule schedule_;
  InterpolationPlanner<> planner_;
  Sampler sampler_;
  index_t key_frames_;
  index_t frames_;

  std::map<index_t, std::vector<token_t>> codes_;       // finished frames by display index
  std::deque<std::vector<token_t>> recent_key_frames_;  // the newest key frames, for the next segment
  std::deque<KeyFrameSegment> segments_;                // not started yet
  KeyFrameSegment segment_{};
  std::optional<KeyLane> key_lane_;
  index_t settled_ = 0;  // sampled tokens of the key lane that became frames
  std::deque<InterpolationGap> waiting_;
  std::vector<Gap> gaps_;
  index_t finished_key_frames_ = 0;
  index_t emitted_ = 0;
  TokenCounts finished_counts_;
  DraftPace key_pace_;
  DraftPace gap_pace_;
};

}  // namespace flashvideo
