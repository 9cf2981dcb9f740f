// The seed under way, said when the process dies of a failed check: the check itself knows of no seed.
#pragma once

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>

// Of the sanitizers; absent without them.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace chasqui::sim {

class LastWords {
 public:
  explicit LastWords(std::uint64_t seed) {
    std::snprintf(text(), kSize, "the simulation died; repeat it: CHASQUI_SIM_SEED=%llu sim_tests\n",
                  static_cast<unsigned long long>(seed));
    std::signal(SIGABRT, [](int) { say(); });
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say);
  }

 private:
  static constexpr std::size_t kSize = 160;
  static char* text() {
    static char buffer[kSize];
    return buffer;
  }
  static void say() {
    std::size_t size = 0;
    while (size < kSize && text()[size] != '\0') ++size;
    static_cast<void>(!write(STDERR_FILENO, text(), size));
  }
};

}  // namespace chasqui::sim
