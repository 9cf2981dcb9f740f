// A gateway, its disk, its network, its sources and its administrators, all from one seed, on one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/openssl/openssl_crypto.h"
#include "app/gateway.h"
#include "tests/sim/disk.h"
#include "tests/sim/sources.h"
#include "tests/sim/wire.h"
#include "tests/support/mortal_loop.h"

namespace chasqui::sim {

/// What a failed run tells.
struct Failure {
  std::string what;
  std::string last_steps;
};

class Simulation {
 public:
  /// @param talk  print each step.
  explicit Simulation(std::uint64_t seed, bool talk = false);
  ~Simulation();

  /// Lives through a time of trouble and a calm one. @return what broke a promise; nullopt = nothing did.
  std::optional<Failure> run();
  std::uint64_t events() const { return ledger_.last_seq(); }
  std::uint64_t requests() const { return wire_.requests(); }
  std::uint64_t deaths() const { return deaths_; }

 private:
  enum class Life : std::uint8_t { dead, starting, up, stopping };

  // simulation.cc: life and death of the process
  void choose_settings();
  void birth();
  void crash();
  void die(bool graceful);
  void graceful_stop();
  void trouble();
  void calm_down();
  void final_checks();
  void check_bounds();
  bool drained();
  void tell_what_is_left();

  // weather.cc: what happens to it
  void next_happening();
  void happen();
  void change_temper();
  void change_disk();
  void change_network();
  EndpointSettings some_endpoint(const std::string& id);
  std::string some_endpoint_json();
  void make_endpoint();
  void administer();
  void change_endpoint(const std::string& id, const EndpointSettings& settings);
  void change_order(const EndpointSettings& settings);
  void handle_parked();
  void ask(const std::string& method, const std::string& path, const std::string& body,
           std::function<void(const ports::OutgoingResponse&)> then);

  std::uint64_t seed_;
  testing::VirtualLoop world_;
  testing::Chance chance_;
  Judge judge_;
  testing::SeededDice dice_;
  testing::KeptLog log_;
  OpenSslCrypto crypto_{std::string(32, 'k')};
  Ledger ledger_;
  Disk disk_;
  Wire wire_;
  testing::MortalLoop loop_;
  Sources sources_;
  GatewaySettings settings_;
  std::unique_ptr<Gateway> gateway_;
  Life life_ = Life::dead;
  bool wants_crash_ = false;
  /// A crash waits for the checkpoint behind a change of order: what was read under which order is told by that alone, and a
  /// crash before it may repeat what was delivered.
  std::uint64_t crash_after_checkpoint_ = 0;
  bool order_changes_ = false;
  bool start_failed_ = false;
  bool stopped_ = false;
  bool calm_ = false;
  SteadyTime born_again_at_{};
  std::int64_t bodies_left_ = 0;
  Millis pace_{};
  std::size_t endpoints_made_ = 0;
  std::size_t endpoints_wanted_ = 0;
  std::uint64_t deaths_ = 0;
};

}  // namespace chasqui::sim
