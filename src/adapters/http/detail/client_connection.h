// One connection of the client, from lookup to close.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/detail/client_impl.h"
#include "adapters/http/detail/socket_io.h"
#include "adapters/http/response_reader.h"
#include "adapters/http/tls_session.h"

namespace chasqui::http {

/// Exactly one wait for readability is pending from the moment it is connected, also while idle: so a peer that closes is
/// noticed, an answer costs one read, and a request in flight costs no extra operation (reading first would mostly find nothing:
/// one in three reads, measured).
class ClientConnection final : public Shared<ClientConnection> {
 public:
  ClientConnection(AsioHttpClient::Impl& client, Pool& pool) : client_(client), pool_(pool), socket_(client.io.get_executor()) {}

  /// Connects on behalf of `exchange`, then sends it.
  void open(ExchangePtr exchange);
  /// Sends `exchange` over the established, idle connection.
  void begin(ExchangePtr exchange, bool reused);
  /// Ends it in whatever state; its exchange, if any, is answered with `error`.
  void abort(ports::SendError error, std::string detail);
  /// Ends it without calling anybody back.
  void drop();

  Pool& pool() { return pool_; }
  /// What the exchange waits for, for the detail of a timeout.
  std::string waiting_for() const;

  // The client's bookkeeping:
  std::list<Ref<ClientConnection>>::iterator place;  ///< in busy_ or idle_
  bool idle = false;
  SteadyTime idle_until{};

 private:
  enum class Phase { lookup, connecting, handshake, idle, exchange, closed };
  static constexpr int reads_per_turn = 16;

  void connect_next(std::string last_error);
  void connect(const Tcp::endpoint& endpoint);
  void connected();
  void flush();
  bool all_sent() const;
  void await_readable();
  void await_writable();
  void register_anew();
  void on_readable();
  void take_cipher(std::string_view cipher);
  void take_plain(std::string_view plain);
  void on_unasked();
  void on_end(bool proper);
  void on_reset(std::string why);
  void on_progress(ResponseReader::Progress progress, bool reusable);

  AsioHttpClient::Impl& client_;
  Pool& pool_;
  Socket socket_;
  std::optional<TlsSession> tls_;
  ExchangePtr exchange_;
  ResponseReader reader_;
  Addresses addresses_;
  std::size_t next_address_ = 0;
  ports::TimerId attempt_timer_ = ports::TimerId::none;
  unsigned attempt_ = 0;
  std::size_t sent_ = 0;  ///< of the request, or of tls_->outgoing()
  std::string write_error_;
  Phase phase_ = Phase::lookup;
  bool awaiting_readable_ = false;
  bool awaiting_writable_ = false;
  bool registered_for_writing_ = false;
  bool reused_ = false;
};

}  // namespace chasqui::http
