// The commands of the program, a file each. A command adds itself to the command line; when it was chosen, `run` does it.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace chasqui {

/// @return the exit code: 0 done · 1 could not be done · 3 wrong usage or settings; `listen` has one more.
using Run = std::function<int()>;

void add_serve(CLI::App& app, Run& run);  ///< `serve` and `demo`
void add_listen(CLI::App& app, Run& run);
void add_trace(CLI::App& app, Run& run);
void add_parked(CLI::App& app, Run& run);
void add_endpoints(CLI::App& app, Run& run);

}  // namespace chasqui
