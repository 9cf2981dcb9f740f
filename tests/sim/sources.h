// Meta's side in the simulation: signed bodies, sent again until they are acknowledged.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/crypto.h"
#include "tests/sim/ledger.h"
#include "tests/support/chance.h"

namespace chasqui::sim {

inline constexpr std::string_view kSecret = "app-secret-of-the-simulation";

class Sources {
 public:
  /// Hands a request to the gateway that lives now, if any does.
  using Hand = std::function<void(ports::IncomingRequest, ports::Respond)>;

  Sources(testing::VirtualLoop& world, testing::Chance& chance, Judge& judge, Ledger& ledger, ports::Crypto& crypto, Hand hand)
      : world_(world), chance_(chance), judge_(judge), ledger_(ledger), crypto_(crypto), hand_(std::move(hand)) {}

  /// A new body with a few messages and ticks.
  void post_new();
  bool all_acknowledged() const { return open_.empty(); }
  void calm() { calm_ = true; }

 private:
  struct Body {
    std::string text;
    std::vector<std::uint64_t> subjects;  ///< of what it tells of
    bool acknowledged = false;
  };
  std::string message(const std::string& chat, Body& body);
  std::string status(const std::string& chat, Body& body);
  void post(std::uint64_t no);
  void answered(std::uint64_t no, int status);

  testing::VirtualLoop& world_;
  testing::Chance& chance_;
  Judge& judge_;
  Ledger& ledger_;
  ports::Crypto& crypto_;
  Hand hand_;
  std::map<std::uint64_t, Body> open_;
  std::uint64_t bodies_ = 0;
  std::uint64_t items_ = 0;
  bool calm_ = false;
};

}  // namespace chasqui::sim
