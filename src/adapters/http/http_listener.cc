#include "adapters/http/http_listener.h"

#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "adapters/http/detail/listener_impl.h"
#include "adapters/http/detail/loop_impl.h"
#include "adapters/http/detail/problem.h"
#include "adapters/http/detail/server_connection.h"
#include "adapters/http/detail/socket_io.h"
#include "core/http1/head.h"

namespace chasqui::http {

namespace {

/// How long accepting pauses when the process has no descriptors left: the waiting connection would wake the loop for ever.
constexpr Millis accept_pause{100};

std::string to_text(const Tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const auto port = ":" + std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]" + port : address + port;
}

Error listen_error(const std::string& where, const ErrorCode& error) {
  auto text = "cannot listen on " + where + ": " + describe(error.value());
  if (error == asio::error::address_in_use) return conflict(std::move(text));
  return unavailable(std::move(text));
}

}  // namespace

AsioHttpListener::Impl::Impl(AsioLoop& on, ports::HttpHandler& with, HttpListenerSettings how)
    : loop(on), io(on.impl().io), handler(with), settings(std::move(how)), acceptor_(io.get_executor()) {}

AsioHttpListener::Impl::~Impl() { stop(); }

Status AsioHttpListener::Impl::start() {
  const auto where = settings.host + ":" + std::to_string(settings.port);
  if (acceptor_.is_open()) return conflict("listening on " + where + " already");
  ErrorCode error;
  auto address = asio::ip::make_address(settings.host, error);
  if (error) {
    const auto found = Tcp::resolver(io).resolve(settings.host, "", asio::ip::resolver_base::passive, error);
    if (error || found.empty()) return invalid_input("cannot listen on " + where + ": no such address");
    address = found.begin()->endpoint().address();
  }
  const Tcp::endpoint endpoint(address, settings.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && address.is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor_.set_option(Tcp::no_delay(true), error);  // accepted sockets inherit it
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) {
    ErrorCode ignored;
    acceptor_.close(ignored);
    return listen_error(where, error);
  }
  await_connections();
  return success();
}

void AsioHttpListener::Impl::await_connections() {
  const std::weak_ptr<bool> alive = alive_;
  acceptor_.async_wait(Socket::wait_read, [this, alive](const ErrorCode& error) {
    if (!error && !alive.expired()) accept_all();
  });
}

void AsioHttpListener::Impl::accept_all() {
  for (int i = 0; i < accepts_per_turn && acceptor_.is_open(); ++i) {
    if (accept_one()) continue;
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    retry_accept_ = loop.at(loop.steady_now() + accept_pause, [this] { await_connections(); });
    return;
  }
  if (acceptor_.is_open()) await_connections();
}

// @return false with errno set when there is nobody to take.
bool AsioHttpListener::Impl::accept_one() {
  Tcp::endpoint peer;
  auto length = static_cast<socklen_t>(peer.capacity());
  const int descriptor = ::accept4(acceptor_.native_handle(), peer.data(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return false;
  peer.resize(length);
  ++counters.accepted;
  ErrorCode error;
  Socket socket(io.get_executor());
  socket.assign(peer.protocol(), descriptor, error);
  if (error) {
    ::close(descriptor);
    return true;
  }
  if (connections_.size() >= settings.connections_max) {
    ++counters.refused_full;
    auto answer = problem(503, "too many connections");
    answer.headers.emplace_back("Retry-After", "1");
    std::string out;
    http1::append_response_head(out, answer.status, answer.headers, answer.body.size(), false, date());
    send(descriptor, out, answer.body);
    receive(descriptor, scratch.get(), scratch_bytes);  // unread bytes would turn the close into a reset
    return true;
  }
  const Ref<ServerConnection> connection(new ServerConnection(*this, std::move(socket), to_text(peer)));
  connection->place = connections_.insert(connections_.end(), connection);
  connection->start();
  return true;
}

void AsioHttpListener::Impl::remove(ServerConnection& connection) { connections_.erase(connection.place); }

std::string_view AsioHttpListener::Impl::date() {
  const std::int64_t second = to_ms(loop.now()) / 1000;
  if (second == date_second_) return date_;
  date_second_ = second;
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = second;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday,
                                   months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  date_.assign(text, static_cast<std::size_t>(length));
  return date_;
}

void AsioHttpListener::Impl::drain() {
  draining = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  loop.cancel(retry_accept_);
  for (auto it = connections_.begin(); it != connections_.end();) {
    const auto connection = *it++;  // closing takes it off the list
    connection->drain();
  }
}

void AsioHttpListener::Impl::stop() {
  ErrorCode ignored;
  acceptor_.close(ignored);
  loop.cancel(retry_accept_);
  while (!connections_.empty()) connections_.front()->close();
}

AsioHttpListener::Stats AsioHttpListener::Impl::stats() const {
  Stats now = counters;
  now.connections = connections_.size();
  return now;
}

AsioHttpListener::AsioHttpListener(AsioLoop& loop, ports::HttpHandler& handler, HttpListenerSettings settings)
    : impl_(std::make_unique<Impl>(loop, handler, std::move(settings))) {}
AsioHttpListener::~AsioHttpListener() = default;
Status AsioHttpListener::start() { return impl_->start(); }
std::uint16_t AsioHttpListener::port() const { return impl_->port(); }
void AsioHttpListener::drain() { impl_->drain(); }
void AsioHttpListener::stop() { impl_->stop(); }
AsioHttpListener::Stats AsioHttpListener::stats() const { return impl_->stats(); }

}  // namespace chasqui::http
