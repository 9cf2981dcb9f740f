// The gateway under test, as a process of its own on a core of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace chasqui::bench {

class GatewayProcess {
 public:
  /// Starts `chasqui serve` pinned to `core` with `environment` beside our own, and waits until it answers.
  GatewayProcess(std::map<std::string, std::string> environment, std::uint16_t port, int core);
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  double cpu_seconds() const;  ///< user and system, so far
  double rss_mib() const;      ///< resident now
  double metric(const std::string& name) const;  ///< from /metrics; 0 when absent

 private:
  pid_t pid_ = -1;
  std::uint16_t port_;
};

/// A port that was free a moment ago.
std::uint16_t free_port();
void pin_to(int core);

}  // namespace chasqui::bench
