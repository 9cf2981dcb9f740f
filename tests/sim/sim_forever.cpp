// Simulates for ever, or until a promise is broken: chasqui_sim [first seed [how many]].
#include <chrono>
#include <cstdlib>

#include "tests/sim/last_words.h"
#include "tests/sim/simulation.h"

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const std::uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const std::uint64_t most = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : ~std::uint64_t{0};
  const auto began = Clock::now();
  auto told = began;
  std::uint64_t events = 0, requests = 0, deaths = 0, failures = 0;
  for (std::uint64_t n = 0; n < most; ++n) {
    const chasqui::sim::LastWords words(first + n);
    chasqui::sim::Simulation simulation(first + n);
    const auto failure = simulation.run();
    if (failure) {
      ++failures;
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(first + n), failure->what.c_str());
    }
    events += simulation.events();
    requests += simulation.requests();
    deaths += simulation.deaths();
    const auto now = Clock::now();
    if (now - told < std::chrono::seconds(1) && n + 1 < most && !failure) continue;
    told = now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began).count();
    std::printf("%llds: %llu seeds (to %llu), %llu events, %llu requests, %llu deaths, %llu failures\n",
                static_cast<long long>(seconds), static_cast<unsigned long long>(n + 1),
                static_cast<unsigned long long>(first + n), static_cast<unsigned long long>(events),
                static_cast<unsigned long long>(requests), static_cast<unsigned long long>(deaths),
                static_cast<unsigned long long>(failures));
    std::fflush(stdout);
  }
  return failures == 0 ? 0 : 1;
}
