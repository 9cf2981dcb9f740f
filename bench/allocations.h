// Counts what the program takes from the heap: allocations.cc replaces operator new in the program that it is linked into.
#pragma once

#include <cstdint>

namespace chasqui::bench {

struct Allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// Of the calling thread, so far.
Allocations allocations();

}  // namespace chasqui::bench
