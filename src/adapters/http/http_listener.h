// The listener: HTTP/1.1 in, for a handler on the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/asio_loop.h"
#include "core/result.h"
#include "ports/http.h"

namespace chasqui::http {

struct HttpListenerSettings {
  std::string host = "127.0.0.1";  ///< address literal, or a name (its first address is taken)
  std::uint16_t port = 0;          ///< 0 = a free one, see AsioHttpListener::port()
  /// Connections at a time; more are answered 503 and closed. Each costs a socket and about 1 KiB while idle.
  std::size_t connections_max = 1024;
  std::size_t head_bytes_max = 16u << 10;
  /// From accepting, or from a head's first byte, to the head's end.
  std::chrono::milliseconds head_timeout{10'000};
  /// From a head's end to the body's end.
  std::chrono::milliseconds body_timeout{60'000};
  /// After `body_rate_grace` a body must have come at `body_rate_min` bytes per second on average; slower senders hold a
  /// connection on purpose more often than not.
  std::chrono::milliseconds body_rate_grace{10'000};
  std::size_t body_rate_min = 1024;
  /// Between requests. A little more than the 60 s that proxies commonly keep their side.
  std::chrono::milliseconds idle_timeout{65'000};
  /// For a peer that does not read its answer: without progress for so long, it is closed.
  std::chrono::milliseconds write_timeout{30'000};
  /// Bodies of requests that are being received or answered, over all connections; beyond it 503 with `Retry-After: 1`.
  std::size_t buffered_bytes_max = 64u << 20;
};

/// Lives on the loop's thread. Requests of one connection are handled one after another, in order; whatever a peer sends
/// meanwhile stays in the kernel, beyond one read.
class AsioHttpListener {
 public:
  struct Stats {
    std::uint64_t accepted = 0;       ///< connections, the refused ones too
    std::uint64_t refused_full = 0;   ///< of them, answered 503 because of connections_max
    std::uint64_t requests = 0;       ///< given to the handler
    std::uint64_t refused = 0;        ///< requests answered by the listener itself: 4xx, 5xx
    std::uint64_t over_budget = 0;    ///< of them, because of buffered_bytes_max
    std::uint64_t timeouts = 0;       ///< connections closed by a timeout, idle ones too
    std::size_t connections = 0;      ///< now
    std::size_t handling = 0;         ///< requests the handler has now
    std::size_t buffered_bytes = 0;   ///< of bodies, now
  };

  /// @param handler  must outlive the listener.
  AsioHttpListener(AsioLoop& loop, ports::HttpHandler& handler, HttpListenerSettings settings = {});
  ~AsioHttpListener();
  AsioHttpListener(const AsioHttpListener&) = delete;
  AsioHttpListener& operator=(const AsioHttpListener&) = delete;

  /// Binds and listens. @return conflict when the port is taken, unavailable or invalid_input otherwise; the detail names the
  /// address.
  Status start();
  std::uint16_t port() const;
  /// Takes no new connections or requests; requests being handled are still answered, then their connections close.
  void drain();
  /// Closes everything at once; answers that come later are dropped. Twice, or before start(), is harmless.
  void stop();
  Stats stats() const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::http
