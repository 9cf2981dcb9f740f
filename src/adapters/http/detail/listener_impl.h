// What the listener's connections share.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/detail/asio.h"
#include "adapters/http/http_listener.h"

namespace chasqui::http {

class ServerConnection;

class AsioHttpListener::Impl {
 public:
  static constexpr std::size_t scratch_bytes = 64u << 10;
  /// Connections taken before the others get their turn again.
  static constexpr int accepts_per_turn = 64;

  Impl(AsioLoop& loop, ports::HttpHandler& handler, HttpListenerSettings settings);
  ~Impl();

  Status start();
  std::uint16_t port() const { return port_; }
  void drain();
  void stop();
  Stats stats() const;

  // For connections:
  void remove(ServerConnection& connection);
  /// Value of the Date header; made anew once per second.
  std::string_view date();

  AsioLoop& loop;
  asio::io_context& io;
  ports::HttpHandler& handler;
  const HttpListenerSettings settings;
  /// What was just read; shared by all connections as each takes it in before the next one reads.
  const std::unique_ptr<char[]> scratch = std::make_unique_for_overwrite<char[]>(scratch_bytes);
  std::string spare_output;  ///< room for the connection that answers next
  Stats counters;
  bool draining = false;

 private:
  void await_connections();
  void accept_all();
  bool accept_one();

  asio::basic_socket_acceptor<Tcp, asio::io_context::executor_type> acceptor_;
  std::list<Ref<ServerConnection>> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< handlers may come after the end
  ports::TimerId retry_accept_ = ports::TimerId::none;
  std::uint16_t port_ = 0;
  std::int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace chasqui::http
