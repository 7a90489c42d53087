// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "flashvideo/core/fields.hpp"
#include "flashvideo/io/atomic_file.hpp"
#include "flashvideo/io/json_field_reader.hpp"
#include "flashvideo/io/json_field_writer.hpp"
#include "flashvideo/io/json_parser.hpp"
#include "flashvideo/io/text_file.hpp"

namespace example {

using flashvideo::index_t;

/// The share of a run's time that the image tokenizer gets where it is trained; the decoder gets what is left.
inline constexpr double image_tokenizer_share = 0.3;

/// Steps that end in time, at the rate of the first ones.
/// @param done steps made; `seconds_per_step` of them
/// @param seconds_left for the rest, of which 15 % are kept for what else there is to do
/// @param most never more
inline index_t steps_in_time(index_t done, double seconds_per_step, double seconds_left, index_t most) {
  const double more = 0.85 * (std::max)(0.0, seconds_left) / (std::max)(seconds_per_step, 1e-9);
  return std::max(done, std::min(most, done + static_cast<index_t>((std::min)(more, 1e12))));
}

/// How many steps each stage of a run makes, as its time allows: measured once and kept in the checkpoint folder, so
/// that the learning rate of a run that goes on falls as it would have without a stop. Without minutes there is none.
class TimePlan {
 public:
  TimePlan() = default;
  /// Reads what stands in `path`, if that is there. The decoder's steps are forgotten when the minutes are others.
  /// @throws format_error when the file is no plan
  TimePlan(std::string path, double minutes) : path_(std::move(path)) {
    steps_.minutes = minutes;
    if (::access(path_.c_str(), F_OK) != 0) return;
    const auto stored =
        flashvideo::from_json<Steps>(flashvideo::parse_json(flashvideo::read_text_file(path_), path_));
    steps_.image_tokenizer = stored.image_tokenizer;
    if (stored.minutes == minutes) steps_.decoder = stored.decoder;
  }

  /// Steps of a stage ("image_tokenizer", "decoder"); 0: not planned yet.
  index_t steps(const std::string& stage) const {
    return stage == "decoder" ? steps_.decoder : steps_.image_tokenizer;
  }
  /// Keeps a stage's steps.
  /// @throws io_error when the disk refuses
  void set(const std::string& stage, index_t steps) {
    (stage == "decoder" ? steps_.decoder : steps_.image_tokenizer) = steps;
    flashvideo::write_file(path_, flashvideo::to_json(steps_).dump() + "\n");
  }

 private:
  struct Steps {
    double minutes = 0;
    index_t image_tokenizer = 0;
    index_t decoder = 0;
    void visit(flashvideo::Fields& fields) {
      using namespace flashvideo;
      fields.real("minutes", minutes, at_least(0.0), "of the run");
      fields.integer("image_tokenizer", image_tokenizer, at_least(0), "steps; 0: not known yet");
      fields.integer("decoder", decoder, at_least(0), "steps; 0: not known yet");
    }
  };

  std::string path_;
  Steps steps_;
};

}  // namespace example
