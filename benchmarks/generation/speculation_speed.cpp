// SPDX-License-Identifier: MIT
// speculation_speed MODEL [CLIPS [THREADS [BATCH [REPETITIONS]]]]
//
// Frame speculation on a bundle: clips per second, the share of guesses that were right and passes over the
// weights per frame, for `generate`'s defaults without drafts, with drafts of fixed lengths, and with
// adaptive ones. All ways make the same clips (checked) and take turns; times are the best of the
// repetitions, and processor seconds stand beside the clock's, for machines that are busy otherwise.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_generator.hpp"

namespace {

using namespace flashvideo;

const std::vector<std::string> sentences{"a red star moves in a circle",
                                         "a blue ring moves up and down",
                                         "a green square moves left",
                                         "a yellow circle moves diagonally and a purple cross moves right",
                                         "a red star moves in a circle and a blue ring moves up and down",
                                         "a white triangle moves down",
                                         "a purple square moves right and a green star moves in a circle",
                                         "a yellow cross moves up and down"};

/// One way to generate, and what it took.
struct Way {
  std::string name;
  index_t longest;
  DraftLength length = DraftLength::fixed;
  Drafter drafter = PreviousFrameDraft{};
  index_t lanes = 4;
  double seconds = 1e300;
  double processor_seconds = 1e300;
  TokenCounts tokens{};
  index_t frames = 0;
  std::vector<Image> images{};

  void run(const VideoGenerator& model, index_t clips, index_t batch) {
    tokens = {};
    frames = 0;
    images.clear();
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor_begin = std::clock();
    for (index_t first = 0; first < clips; first += batch) {
      std::vector<VideoRequest> requests;
      for (index_t i = first; i < std::min(clips, first + batch); ++i) {
        requests.push_back({{sentences[static_cast<std::size_t>(i) % sentences.size()]}, {}, {}});
        requests.back().options.seed = static_cast<std::uint64_t>(i);
        requests.back().options.speculation = longest;
        requests.back().options.draft_length = length;
        requests.back().options.drafter = drafter;
        requests.back().options.lanes = lanes;
      }
      const GenerationReport report = model.generate(requests, [&](const GeneratedFrame& frame) {
        if (first == 0 && frame.video == 0) images.push_back(frame.image);
      });
      tokens += report.tokens;
      frames += report.frames;
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    seconds = std::min(seconds, took);
    processor_seconds =
        std::min(processor_seconds, static_cast<double>(std::clock() - processor_begin) / CLOCKS_PER_SEC);
  }
};

// "processor" is the speed-up in processor seconds, "head rows" for each token sampled.
void print(const Way& way, const Way& plain, index_t clips) {
  const double drafted = static_cast<double>(std::max<index_t>(way.tokens.drafted, 1));
  std::printf("%-20s %8.2f %8.2f %10.2f %13.2f %8.1f%% %10.2f\n", way.name.c_str(),
              static_cast<double>(clips) / way.seconds, plain.seconds / way.seconds,
              plain.processor_seconds / way.processor_seconds,
              static_cast<double>(way.tokens.passes) / static_cast<double>(way.frames),
              100 * static_cast<double>(way.tokens.accepted) / drafted,
              static_cast<double>(way.tokens.head_rows) / static_cast<double>(way.tokens.sampled));
  std::fflush(stdout);
}

void measure(const std::string& path, index_t clips, int threads, index_t batch, index_t repeat) {
  const VideoGenerator model = load_text_to_video(path, Cpu(threads));
  const Drafter before = [](const DraftPlace& place) {
    return place.previous.empty() ? PreviousFrameDraft{}(place)
                                  : place.previous[static_cast<std::size_t>(place.cell)];
  };
  std::vector<Way> ways{{"none", 0}};
  ways.push_back({"adaptive 16", 16, DraftLength::adaptive});
  for (const index_t longest : {1, 2, 4, 8, 16})
    ways.push_back({"fixed " + std::to_string(longest), longest});
  ways.push_back({"adaptive 8", 8, DraftLength::adaptive});
  ways.push_back({"adaptive 32", 32, DraftLength::adaptive});
  ways.push_back({"16, frame before", 16, DraftLength::adaptive, before});
  ways.push_back({"16, not redrawn", 16, DraftLength::adaptive, [](DraftPlace place) {
                    place.redrawn = no_guess;
                    return PreviousFrameDraft{}(place);
                  }});
  ways.push_back({"none, 1 lane", 0, DraftLength::fixed, NoDraft{}, 1});
  ways.push_back({"adaptive 16, 1 lane", 16, DraftLength::adaptive, PreviousFrameDraft{}, 1});
  std::printf("%d threads, %d clips, batches of %d\n", threads, static_cast<int>(clips),
              static_cast<int>(batch));
  std::printf("%-20s %8s %8s %10s %13s %9s %10s\n", "drafts", "clips/s", "speed-up", "processor",
              "passes/frame", "right", "head rows");
  for (index_t turn = 0; turn < repeat; ++turn) {
    for (Way& way : ways) {
      way.run(model, clips, batch);
      require<value_error>(way.images == ways.front().images, "{}: the clips differ", way.name);
      if (turn + 1 == repeat) print(way, ways.front(), clips);
    }
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    require<value_error>(count >= 2, "expected MODEL [CLIPS [THREADS [BATCH [REPETITIONS]]]]");
    const auto number = [&](int place, int otherwise) {
      const int value = place < count ? std::atoi(words[place]) : otherwise;
      require<value_error>(value >= 1, "{} is not a positive number", words[place]);
      return value;
    };
    measure(words[1], number(2, 4), number(3, 2), number(4, 1), number(5, 2));
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "speculation_speed: %s\n", wrong.what());
    return 1;
  }
}
