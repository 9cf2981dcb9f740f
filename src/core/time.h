// Time as values. The core never asks for the time; it is told.
#pragma once

#include <chrono>
#include <cstdint>

namespace chasqui {

/// Wall-clock time, UTC milliseconds since 1970: means the same after a restart. For data.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
/// Steady time: for timers and deadlines; means nothing after a restart (semantics 23).
using SteadyTime = std::chrono::steady_clock::time_point;
using Millis = std::chrono::milliseconds;

inline std::int64_t to_ms(WallTime t) { return t.time_since_epoch().count(); }
inline WallTime from_ms(std::int64_t ms) { return WallTime{Millis{ms}}; }

}  // namespace chasqui
