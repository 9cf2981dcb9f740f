#include "adapters/http/detail/client_connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "adapters/http/detail/addresses.h"

namespace chasqui::http {

using ports::SendError;
using Kind = IoResult::Kind;

namespace {

/// TLS output above this is given back to the heap once it is sent.
constexpr std::size_t outgoing_kept = 16u << 10;

// Whether this machine is the reason: descriptors, ports or memory ran out.
bool is_local(const ErrorCode& error) {
  for (const int ours : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL})
    if (error.category() == boost::system::system_category() && error.value() == ours) return true;
  return false;
}

std::string text_of(const ErrorCode& error) {
  return error.category() == boost::system::system_category() ? describe(error.value()) : error.message();
}

}  // namespace

void ClientConnection::open(ExchangePtr exchange) {
  exchange_ = std::move(exchange);
  exchange_->connection = this;
  const auto now = client_.loop.steady_now();
  client_.resolver.resolve(pool_.origin.host, now, [self = Ref<ClientConnection>(this)](const auto& addresses, const auto& error) {
    if (self->phase_ != Phase::lookup) return;
    if (!error.empty()) return self->abort(SendError::resolve, error);
    self->addresses_ = addresses;
    self->connect_next({});
  });
}

void ClientConnection::connect_next(std::string last_error) {
  phase_ = Phase::connecting;
  client_.loop.cancel(attempt_timer_);
  while (next_address_ < addresses_.size()) {
    const auto address = addresses_[next_address_++];
    if (!client_.settings.any_address && never_connect_to(address)) {
      last_error = address.to_string() + " is a link-local or metadata address, deliveries never go there";
      continue;
    }
    const Tcp::endpoint endpoint(address, pool_.origin.port);
    ErrorCode error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error && is_local(error)) return abort(SendError::local, text_of(error));
    if (error) {
      last_error = text_of(error);
      continue;
    }
    return connect(endpoint);
  }
  client_.resolver.forget(pool_.origin.host);
  abort(SendError::connect, std::move(last_error));
}

void ClientConnection::connect(const Tcp::endpoint& endpoint) {
  ErrorCode ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  const auto attempt = ++attempt_;
  const auto name = [endpoint] { return " (" + endpoint.address().to_string() + ")"; };
  socket_.async_connect(endpoint, [self = Ref<ClientConnection>(this), attempt, name](const ErrorCode& error) {
    if (attempt != self->attempt_ || self->phase_ != Phase::connecting) return;
    if (error && is_local(error)) return self->abort(SendError::local, text_of(error) + name());
    if (error) return self->connect_next(text_of(error) + name());
    self->connected();
  });
  const auto left = static_cast<int>(addresses_.size() - next_address_);
  if (left == 0) return;
  // An address that swallows packets must leave time for the others.
  const auto now = client_.loop.steady_now();
  attempt_timer_ = client_.loop.at(now + (exchange_->request.deadline - now) / (left + 1),
                                   [this, name] { connect_next("no answer in time" + name()); });
}

void ClientConnection::connected() {
  client_.loop.cancel(attempt_timer_);
  ++client_.counters.connections_made;
  const Ref<ClientConnection> self(this);
  registered_for_writing_ = true;  // connecting did it
  if (pool_.origin.tls) {
    phase_ = Phase::handshake;
    tls_.emplace(*client_.tls, pool_.origin.host, pool_.name);
    if (tls_->start() == TlsSession::State::failed) return abort(SendError::tls, tls_->error());
    flush();
  } else {
    begin(std::move(exchange_), false);
  }
  if (phase_ != Phase::closed) await_readable();
}

void ClientConnection::begin(ExchangePtr exchange, bool reused) {
  phase_ = Phase::exchange;
  exchange_ = std::move(exchange);
  exchange_->connection = this;
  reused_ = reused;
  client_.counters.reused += reused ? 1 : 0;
  write_error_.clear();
  const auto& request = exchange_->request;
  reader_.start({.head_bytes_max = client_.settings.response_head_bytes_max,
                 .body_max = request.response_body_max,
                 .body_kept = request.response_body_kept,
                 .head_request = request.head.starts_with("HEAD ")});
  if (!tls_) sent_ = 0;
  if (tls_) {
    // One contiguous buffer: each write becomes records of its own.
    auto& plain = client_.contiguous;
    plain.assign(request.head).append(request.body);
    const auto state = tls_->write(plain);
    if (plain.capacity() > AsioHttpClient::Impl::scratch_bytes) plain = {};
    if (state == TlsSession::State::failed) return abort(SendError::write, tls_->error());
  }
  flush();
}

void ClientConnection::flush() {
  while (true) {
    std::string_view first;
    std::string_view second;
    if (tls_) {
      first = std::string_view(tls_->outgoing()).substr(sent_);
    } else {
      const auto& request = exchange_->request;
      first = std::string_view(request.head).substr(std::min(sent_, request.head.size()));
      second = std::string_view(request.body).substr(sent_ - std::min(sent_, request.head.size()));
    }
    if (first.empty() && second.empty()) break;
    const auto result = send(socket_.native_handle(), first, second);
    if (result.kind == Kind::would_block) return await_writable();
    if (result.kind == Kind::failed) {
      // What the peer said before it closed, a 413 for instance, may still be there: reading decides.
      write_error_ = describe(result.error);
      return;
    }
    sent_ += result.bytes;
    if (result.bytes == first.size() + second.size()) break;
  }
  if (!tls_) return;
  sent_ = 0;
  tls_->outgoing().clear();
  if (tls_->outgoing().capacity() > outgoing_kept) tls_->outgoing().shrink_to_fit();
}

bool ClientConnection::all_sent() const {
  if (!write_error_.empty()) return false;
  if (tls_) return tls_->outgoing().empty();
  return sent_ == exchange_->request.head.size() + exchange_->request.body.size();
}

void ClientConnection::await_writable() {
  if (awaiting_writable_) return;
  awaiting_writable_ = true;
  registered_for_writing_ = true;
  socket_.async_wait(Socket::wait_write, [self = Ref<ClientConnection>(this)](const ErrorCode&) {
    self->awaiting_writable_ = false;
    if (self->phase_ == Phase::handshake || self->phase_ == Phase::exchange) self->flush();
  });
}

void ClientConnection::await_readable() {
  if (awaiting_readable_) return;
  if (registered_for_writing_ && !awaiting_writable_) register_anew();
  awaiting_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = Ref<ClientConnection>(this)](const ErrorCode&) {
    self->awaiting_readable_ = false;
    if (self->phase_ != Phase::closed) self->on_readable();
  });
}

void ClientConnection::register_anew() {
  // Once the reactor has waited for writability it asks for it for ever, and each wait for reading would be woken by it.
  ErrorCode error;
  const auto protocol = addresses_[next_address_ - 1].is_v6() ? Tcp::v6() : Tcp::v4();
  const int descriptor = socket_.release(error);
  if (!error) socket_.assign(protocol, descriptor, error);
  registered_for_writing_ = false;
}

void ClientConnection::on_readable() {
  for (int i = 0; i < reads_per_turn; ++i) {
    const auto result = receive(socket_.native_handle(), client_.scratch.get(), AsioHttpClient::Impl::scratch_bytes);
    if (result.kind == Kind::would_block) break;
    if (result.kind == Kind::end) return on_end(!tls_);
    if (result.kind == Kind::failed) return on_reset(describe(result.error));
    const std::string_view bytes(client_.scratch.get(), result.bytes);
    if (tls_) {
      take_cipher(bytes);
    } else {
      take_plain(bytes);
    }
    if (phase_ == Phase::closed) return;
    if (result.bytes < AsioHttpClient::Impl::scratch_bytes) break;
  }
  await_readable();
}

void ClientConnection::take_plain(std::string_view plain) {
  if (phase_ != Phase::exchange) return on_unasked();
  std::size_t used = 0;
  const auto progress = reader_.feed(plain, used);
  if (progress == ResponseReader::Progress::more) return;
  const bool whole = progress == ResponseReader::Progress::complete && used == plain.size();
  bool reusable = whole && reader_.keep_alive() && all_sent();
  if (tls_ && reusable) {
    auto state = TlsSession::State::working;
    reusable = tls_->read(client_.plain_scratch.get(), AsioHttpClient::Impl::scratch_bytes, state) == 0 &&
               state == TlsSession::State::working;
  }
  on_progress(progress, reusable);
}

void ClientConnection::take_cipher(std::string_view cipher) {
  tls_->received(cipher);
  while (phase_ != Phase::closed) {
    auto state = TlsSession::State::working;
    const auto count = tls_->read(client_.plain_scratch.get(), AsioHttpClient::Impl::scratch_bytes, state);
    if (phase_ == Phase::handshake && tls_->ready()) {
      client_.counters.tls_resumed += tls_->resumed() ? 1 : 0;
      begin(std::move(exchange_), false);
      if (phase_ == Phase::closed) return;
    }
    if (count > 0) {
      take_plain({client_.plain_scratch.get(), count});
      continue;
    }
    if (state == TlsSession::State::closed) return on_end(true);
    if (!tls_->outgoing().empty() && !awaiting_writable_) flush();  // handshake, alerts, key updates
    if (state == TlsSession::State::failed) {
      if (phase_ == Phase::idle) return on_unasked();
      return abort(phase_ == Phase::handshake ? SendError::tls : SendError::reset, tls_->error());
    }
    return;
  }
}

void ClientConnection::on_unasked() {
  ++client_.counters.dropped_stale;
  drop();
}

void ClientConnection::on_reset(std::string why) {
  if (phase_ == Phase::idle) return on_unasked();
  if (phase_ == Phase::handshake) return abort(SendError::tls, "during the handshake: " + why);
  if (!write_error_.empty()) return abort(SendError::write, write_error_);
  abort(SendError::reset, why + (reader_.anything_seen() ? " within the answer" : " before the answer"));
}

void ClientConnection::on_end(bool proper) {
  if (phase_ != Phase::exchange) return on_reset("connection closed by the peer");
  if (!proper && reader_.head_seen()) return on_reset("connection cut off (no TLS close_notify)");
  const auto progress = reader_.end();
  if (progress != ResponseReader::Progress::complete) return on_reset("connection closed by the peer");
  on_progress(progress, false);
}

void ClientConnection::on_progress(ResponseReader::Progress progress, bool reusable) {
  if (progress == ResponseReader::Progress::bad) return abort(SendError::bad_response, reader_.error());
  auto answer = reader_.take_answer();
  answer.reused_connection = reused_;
  auto exchange = std::move(exchange_);
  // A second less than the peer says, so that it does not close while a request is on its way.
  const auto kept = std::min(client_.settings.idle_timeout, reader_.keep_alive_timeout().value_or(std::chrono::seconds::max()) - std::chrono::seconds(1));
  if (reusable && kept > std::chrono::seconds(0)) {
    phase_ = Phase::idle;
    client_.release(*this, client_.loop.steady_now() + kept);
  } else {
    drop();
  }
  // Last: it may well send the next request, over this connection.
  client_.finish(std::move(exchange), std::move(answer));
}

void ClientConnection::abort(SendError error, std::string detail) {
  const Ref<ClientConnection> self(this);
  auto exchange = std::move(exchange_);
  auto answer = failed(error, std::move(detail));
  answer.reused_connection = phase_ == Phase::exchange && reused_;
  drop();
  if (exchange) client_.finish(std::move(exchange), std::move(answer));
}

void ClientConnection::drop() {
  if (phase_ == Phase::closed) return;
  const Ref<ClientConnection> self(this);
  if (tls_ && !awaiting_writable_) {
    // Not only for the peer: OpenSSL resumes no session whose connection did not end so.
    if (tls_->error().empty()) tls_->close();
    if (const auto& last = tls_->outgoing(); !last.empty()) send(socket_.native_handle(), last);  // or an alert
  }
  tls_.reset();
  phase_ = Phase::closed;
  client_.loop.cancel(attempt_timer_);
  if (exchange_) client_.loop.cancel(exchange_->deadline);
  ErrorCode ignored;
  socket_.close(ignored);
  client_.remove(*this);
}

std::string ClientConnection::waiting_for() const {
  switch (phase_) {
    case Phase::lookup: return "looking up the name " + pool_.origin.host;
    case Phase::connecting: return "connecting to " + pool_.name;
    case Phase::handshake: return "TLS handshake";
    default: break;
  }
  if (!all_sent()) return "sending the request";
  return reader_.head_seen() ? "reading the answer's body" : "waiting for the answer";
}

}  // namespace chasqui::http
