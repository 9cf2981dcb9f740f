// The client's parts: exchanges (a request until its answer), pools (an origin's connections and queue), and what they share.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/http/detail/asio.h"
#include "adapters/http/detail/resolver.h"
#include "adapters/http/http_client.h"
#include "adapters/http/tls_session.h"

namespace chasqui::http {

class ClientConnection;
struct Pool;

/// One request from send() to its answer. Belongs to its connection, or to its pool's queue.
struct Exchange {
  ports::OutgoingRequest request;
  std::function<void(ports::Answer)> done;
  ports::TimerId deadline = ports::TimerId::none;
  Pool* pool = nullptr;
  ClientConnection* connection = nullptr;                      ///< null while queued
  std::list<std::unique_ptr<Exchange>>::iterator place_in_queue;  ///< valid while queued
};
using ExchangePtr = std::unique_ptr<Exchange>;

struct Pool {
  ports::Origin origin;
  std::string name;                      ///< "host:port", for messages and the TLS cache
  std::vector<ClientConnection*> idle;   ///< the last one went idle last and is used first
  std::list<ExchangePtr> queue;          ///< oldest first
  std::size_t connections = 0;           ///< in any state
  bool refilling = false;                ///< connections for the queue are about to be opened
};

struct OriginHash {
  std::size_t operator()(const ports::Origin& origin) const {
    return std::hash<std::string>()(origin.host) ^ (std::size_t{origin.port} << 1) ^ static_cast<std::size_t>(origin.tls);
  }
};

class AsioHttpClient::Impl {
 public:
  static constexpr std::size_t scratch_bytes = 64u << 10;

  Impl(AsioLoop& loop, HttpClientSettings settings, std::unique_ptr<TlsContext> tls);
  ~Impl();

  void send(ports::OutgoingRequest request, std::function<void(ports::Answer)> done);
  void stop();
  Stats stats() const;

  // For connections:
  /// Hands the answer over. Later, when we are inside send().
  void finish(ExchangePtr exchange, ports::Answer answer);
  /// `connection` can take another request: the queue's next, or it waits for one.
  void release(ClientConnection& connection, SteadyTime idle_until);
  /// `connection` is closed: forgets it, and opens another if requests wait.
  void remove(ClientConnection& connection);

  AsioLoop& loop;
  asio::io_context& io;
  const HttpClientSettings settings;
  const std::unique_ptr<TlsContext> tls;
  Resolver resolver;
  /// What was just read, plain or not yet decrypted; shared by all connections as each empties it before the next one reads.
  const std::unique_ptr<char[]> scratch = std::make_unique_for_overwrite<char[]>(scratch_bytes);
  const std::unique_ptr<char[]> plain_scratch = std::make_unique_for_overwrite<char[]>(scratch_bytes);
  std::string contiguous;  ///< a request about to be encrypted
  Stats counters;

 private:
  using Connections = std::list<Ref<ClientConnection>>;

  Pool& pool_of(const ports::Origin& origin);
  void dispatch(Pool& pool, ExchangePtr exchange);
  void open(Pool& pool, ExchangePtr exchange);
  ExchangePtr take_queued(Pool& pool, std::list<ExchangePtr>::iterator which);
  void refill(const ports::Origin& origin);
  void expire(Exchange& exchange);
  void take_from_idle(ClientConnection& connection);
  void watch_idle(SteadyTime until);
  void sweep();

  std::unordered_map<ports::Origin, Pool, OriginHash> pools_;
  Connections busy_;
  Connections idle_;  ///< longest idle first
  ports::TimerId sweep_timer_ = ports::TimerId::none;
  SteadyTime sweep_at_{};
  bool sending_ = false;
  bool stopped_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< tasks posted may come after the end
};

ports::Answer failed(ports::SendError error, std::string detail);

}  // namespace chasqui::http
