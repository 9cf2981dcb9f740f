// The client that delivers: HTTP/1.1 over kept connections, with or without TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "adapters/http/asio_loop.h"
#include "ports/http.h"

namespace chasqui::http {

struct HttpClientSettings {
  /// Connections to one origin; requests beyond it wait in the order of their sending, their deadlines running. Higher costs
  /// the receiver sockets, lower costs throughput to receivers that are far away.
  std::size_t connections_per_origin_max = 256;
  /// Idle connections kept over all origins; the longest idle is closed first. Each costs a socket and about 1 KiB.
  std::size_t idle_connections_max = 1024;
  /// How long an idle connection is kept; less when the peer's `Keep-Alive: timeout=N` says so (N - 1 s). Common servers
  /// close at 60 s or more; a connection they close first is noticed and dropped.
  std::chrono::seconds idle_timeout{60};
  std::size_t response_head_bytes_max = 16u << 10;
  /// PEM file of trusted authorities; empty = the system's.
  std::string ca_file;
  /// How long an address is used before its name is looked up again.
  std::chrono::seconds resolve_ttl{30};
  /// Lets deliveries go to link-local and metadata addresses (semantics 27 says never; for tests of that rule).
  bool any_address = false;
};

/// Lives on the loop's thread. Makes no copy of a request's bytes: they are written from where they are. Never repeats a
/// request: when a reused connection breaks before the answer, the answer says so and the caller decides.
class AsioHttpClient final : public ports::HttpClient {
 public:
  struct Stats {
    std::uint64_t requests = 0;
    std::uint64_t reused = 0;           ///< requests that went over a kept connection
    std::uint64_t connections_made = 0; ///< connections established since the start
    std::uint64_t tls_resumed = 0;      ///< of them, with an earlier TLS session
    std::uint64_t dropped_stale = 0;    ///< idle connections that the peer ended or spoke on unasked
    std::size_t connections = 0;        ///< now, in any state
    std::size_t idle = 0;               ///< of them
    std::size_t queued = 0;             ///< requests that wait for a connection
  };

  /// @return invalid_input when ca_file cannot be used.
  static Result<std::unique_ptr<AsioHttpClient>> make(AsioLoop& loop, HttpClientSettings settings = {});
  /// Drops what is running without calling back; stop() before to end it properly.
  ~AsioHttpClient() override;

  void send(ports::OutgoingRequest request, std::function<void(ports::Answer)> done) override;
  void stop() override;
  Stats stats() const;

  class Impl;

 private:
  explicit AsioHttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::http
