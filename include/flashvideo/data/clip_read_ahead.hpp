// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/data/clip_source.hpp"

namespace flashvideo {

/// Who reads ahead, and how far.
struct ClipReadAheadOptions {
  int threads = 0;   ///< that read clips; 0: one for each hardware thread, at most 4
  index_t most = 8;  ///< clips that are being read or wait to be taken
};

/// A source's clips one after another, read ahead by threads of its own: `next()` gives clip(first), clip(first + 1),
/// ..., each as the source gives it, whatever the threads do. What reading a clip throws is thrown when its turn comes.
/// Threads end with the object, each after the clip that it reads.
/// @code
///   ClipReadAhead clips(source, 0, 100);
///   for (index_t i = 0; i < 100; ++i) use(clips.next());
/// @endcode
class ClipReadAhead {
 public:
  /// @param first, last clips first .. last - 1
  /// @throws value_error unless first <= last, and threads are at least 0 and most at least 1
  /// @throws io_error when the system starts no more threads
  ClipReadAhead(AnyClipSource source, index_t first, index_t last, ClipReadAheadOptions options = {})
      : source_(std::move(source)), options_(options), last_(last), to_read_(first), to_give_(first) {
    require<value_error>(first <= last, "ClipReadAhead: clips {} to {}, expected none or more", first, last);
    require<value_error>(options.threads >= 0 && options.most >= 1,
                         "ClipReadAhead: {} threads and at most {} clips, expected >= 0 and >= 1",
                         options.threads, options.most);
    const int here = (std::max)(1, static_cast<int>(std::thread::hardware_concurrency()));
    const index_t threads = options.threads > 0 ? options.threads : (std::min)(4, here);
    try {
      for (index_t i = 0; i < (std::min)(threads, last - first); ++i)
        threads_.emplace_back([this] { read(); });
    } catch (const std::system_error& refused) {
      end();
      throw io_error(formatted_message("ClipReadAhead: cannot start thread {} of {}: {}", threads_.size() + 1,
                                       threads, refused.code().message()));
    }
  }
  ClipReadAhead(const ClipReadAhead&) = delete;
  ClipReadAhead& operator=(const ClipReadAhead&) = delete;
  ~ClipReadAhead() { end(); }

  /// The next clip; waits until it is read.
  /// @throws value_error when there is none left, and what the source throws
  Clip next() {
    std::unique_lock lock(mutex_);
    require<value_error>(to_give_ < last_, "ClipReadAhead::next: all clips up to {} are taken", last_ - 1);
    is_read_.wait(lock, [this] { return read_.contains(to_give_); });
    Result result = std::move(read_.extract(to_give_).mapped());
    ++to_give_;
    is_room_.notify_all();
    if (result.failure) std::rethrow_exception(result.failure);
    return std::move(result.clip);
  }

 private:
  struct Result {
    Clip clip{};
    std::exception_ptr failure{};
  };

  void read() {
    std::unique_lock lock(mutex_);
    while (true) {
      is_room_.wait(lock,
                    [this] { return ends_ || to_read_ == last_ || to_read_ - to_give_ < options_.most; });
      if (ends_ || to_read_ == last_) return;
      const index_t number = to_read_++;
      lock.unlock();
      Result result;
      try {
        result.clip = source_.clip(number);
      } catch (...) {
        result.failure = std::current_exception();
      }
      lock.lock();
      read_.emplace(number, std::move(result));
      is_read_.notify_one();
    }
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    is_room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  AnyClipSource source_;
  ClipReadAheadOptions options_;
  index_t last_;
  std::mutex mutex_;
  std::condition_variable is_read_, is_room_;
  index_t to_read_, to_give_;
  std::map<index_t, Result> read_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace flashvideo
