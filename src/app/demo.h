// A calm stream of simulated Cloud API deliveries, posted to our own listener: real HTTP, real signatures.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ports/crypto.h"
#include "ports/http.h"
#include "ports/log.h"
#include "ports/loop.h"

namespace chasqui {

struct DemoSettings {
  ports::Origin origin;  ///< of our own listener
  std::string path = "/webhooks/cloud-api";
  std::string app_secret;
  std::string phone_number_id = "400000000000001";
  std::string display_phone = "15550109999";
  Millis interval{1500};  ///< between deliveries
  std::uint64_t seed = 1;
};

/// The body of the `number`-th delivery of a seed: people who write, send pictures, react, and read what was answered.
/// The same seed and number give the same body, but for `now`, which stamps it.
std::string demo_body(const DemoSettings& settings, std::uint64_t number, std::int64_t now_s);

/// Lives on the loop's thread.
class Demo {
 public:
  Demo(DemoSettings settings, ports::HttpClient& http, ports::Timers& timers, ports::Clock& clock, ports::Crypto& crypto,
       ports::Log& log);
  void start();
  void stop();

 private:
  void post();

  DemoSettings settings_;
  ports::HttpClient& http_;
  ports::Timers& timers_;
  ports::Clock& clock_;
  ports::Log& log_;
  std::unique_ptr<ports::Mac> mac_;
  std::uint64_t number_ = 0;
  ports::TimerId timer_ = ports::TimerId::none;
  bool running_ = false;
  bool complained_ = false;
};

}  // namespace chasqui
