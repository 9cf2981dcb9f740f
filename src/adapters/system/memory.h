// How much memory the process takes up.
#pragma once

#include <cstdint>

namespace chasqui::system {

/// Resident bytes, from /proc/self/statm (proc(5)); 0 where that is not to be had.
std::uint64_t resident_bytes();

}  // namespace chasqui::system
