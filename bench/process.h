// Processes around a measurement: the gateway under test, and what it is compared with.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasqui::bench {

struct Command {
  std::vector<std::string> words;
  std::map<std::string, std::string> environment;  ///< beside our own
  int core = 0;
  int files_max = 0;  ///< file descriptors that it may have; 0 = as we
};

/// A child that ends with us. Its output is dropped, its complaints come through.
class Process {
 public:
  Process() = default;
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  /// Asks it to end and waits; after `patience` it is killed.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(30));
  void kill_nine();
  /// Holds it still, and lets it go on.
  void freeze();
  void thaw();
  /// False once it ended by itself.
  bool running();

  double cpu_seconds() const;   ///< user and system, all threads, so far
  double rss_mib() const;       ///< resident now
  double rss_peak_mib() const;  ///< most that was ever resident

 private:
  pid_t pid_ = -1;
};

class GatewayProcess {
 public:
  /// `chasqui serve` with `environment` beside our own, on a port of its own that it keeps over restarts.
  GatewayProcess(std::map<std::string, std::string> environment, int core, int files_max = 0);

  /// Starts it and returns at once; is_ready() tells when it answers.
  void launch();
  bool is_ready() const;
  std::uint16_t port() const { return port_; }
  Process& process() { return process_; }

  /// Makes an endpoint; ends the program when that is refused. @return its id.
  std::string make_endpoint(const std::string& json) const;
  /// A number of /metrics; nullopt when there is none, or nobody answers.
  std::optional<double> metric(const std::string& name) const;

 private:
  Command command_;
  std::uint16_t port_;
  Process process_;
};

/// Binds the calling thread to a core; does nothing where there is no such core.
void pin_to(int core);
/// Time that a core was busy since the machine started, with whatever, the host's other guests included; 0 where it cannot be
/// known.
double busy_seconds_of(int core);
/// A port that was free a moment ago.
std::uint16_t free_port();

struct Reply {
  int status = 0;  ///< 0 = no answer
  std::string body;
};
/// One request on a connection of its own; waits for the answer, two seconds at most.
Reply call(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body = {});

}  // namespace chasqui::bench
