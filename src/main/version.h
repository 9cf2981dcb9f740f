// The version of this build.
#pragma once

namespace chasqui {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace chasqui
