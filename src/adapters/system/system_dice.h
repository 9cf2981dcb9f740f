// Chance, from the machine.
#pragma once

#include <random>

#include "ports/loop.h"

namespace chasqui::system {

/// Seeded by the kernel. Good enough for jitter and ids, not for secrets (those come from ports::Crypto).
class SystemDice : public ports::Dice {
 public:
  SystemDice() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    engine_.seed(seed);
  }
  double roll() override { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }
  std::array<std::uint8_t, 10> id_tail() override {
    std::array<std::uint8_t, 10> tail{};
    const std::uint64_t low = engine_(), high = engine_();
    for (std::size_t i = 0; i < tail.size(); ++i) tail[i] = static_cast<std::uint8_t>(i < 8 ? low >> (8 * i) : high >> (8 * (i - 8)));
    return tail;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace chasqui::system
