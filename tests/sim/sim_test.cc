// Random histories of the whole gateway. CHASQUI_SIM_SEEDS = how many; CHASQUI_SIM_SEED = this one, told step by step.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/sim/last_words.h"
#include "tests/sim/simulation.h"

namespace chasqui::sim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

void live_through(std::uint64_t seed, bool talk) {
  const LastWords words(seed);
  Simulation simulation(seed, talk);
  if (const auto failure = simulation.run())
    ADD_FAILURE() << failure->what << "\n" << failure->last_steps << "repeat it: CHASQUI_SIM_SEED=" << seed << " sim_tests";
}

TEST(Simulation, ThroughRandomTroubleEveryPromiseIsKept) {
  if (const auto seed = from_environment("CHASQUI_SIM_SEED", 0)) return live_through(seed, true);
  const std::uint64_t seeds = from_environment("CHASQUI_SIM_SEEDS", 150);
  const std::uint64_t first = from_environment("CHASQUI_SIM_FIRST", 1);
  for (std::uint64_t seed = first; seed < first + seeds && !HasFailure(); ++seed) live_through(seed, false);
}

TEST(Simulation, SeedsThatOnceFoundABugFindNoneAnyMore) {
  std::ifstream file(std::string(CHASQUI_SOURCE_DIR) + "/tests/sim/regressions.txt");
  ASSERT_TRUE(file.is_open());
  for (std::string line; std::getline(file, line) && !HasFailure();) {
    std::istringstream words(line);
    if (std::uint64_t seed = 0; words >> seed) live_through(seed, false);
  }
}

}  // namespace
}  // namespace chasqui::sim
