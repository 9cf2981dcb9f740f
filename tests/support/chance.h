// Chance from a seed: the same seed gives the same choices on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace chasqui::testing {

/// SplitMix64 behind verbs.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {
    state_ = next() ^ 0x632be59bd9b4e019ULL;  // seeds that are neighbours begin far apart
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// From `least` to `most`, both included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
  }
  std::size_t size(std::size_t least, std::size_t most) {
    return static_cast<std::size_t>(between(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)));
  }
  /// 0 to n - 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool percent(int of_hundred) { return between(0, 99) < of_hundred; }
  bool one_in(int n) { return between(1, n) == 1; }
  Millis millis(std::int64_t least, std::int64_t most) { return Millis{between(least, most)}; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[size(0, from.size() - 1)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace chasqui::testing
