// `chasqui serve` and `chasqui demo`: the real world, wired to the gateway.
#pragma once

#include "main/settings.h"

namespace chasqui {

/// Runs until SIGINT or SIGTERM, then stops gracefully. @return the exit code; what went wrong is on stderr.
///   0 stopped as asked · 1 could not start or lost its footing · 3 settings are wrong
int serve(ServeSettings settings);

}  // namespace chasqui
