// A connection's writing, deadlines and accounts.
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "adapters/http/detail/problem.h"
#include "adapters/http/detail/server_connection.h"
#include "adapters/http/detail/socket_io.h"
#include "core/http1/head.h"

namespace chasqui::http {

using Kind = IoResult::Kind;

namespace {
/// Larger bodies are sent from where they are, smaller ones are copied behind their head: one system call either way.
constexpr std::size_t copied_body_max = 16u << 10;
constexpr std::size_t spare_output_max = 64u << 10;
/// For a peer to take its last answer and close.
constexpr std::chrono::seconds leave_timeout{2};
constexpr std::chrono::seconds rate_check_interval{1};
}  // namespace

void ServerConnection::refuse(int status, std::string_view detail) {
  ++listener_.counters.refused;
  settle();
  body_ = {};
  close_after_ = true;
  phase_ = Phase::leaving;
  auto answer = problem(status, detail);
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  write(std::move(answer));
  if (!processing_) flush();
}

void ServerConnection::refuse_over_budget() {
  ++listener_.counters.over_budget;
  refuse(503, "too many request bodies are being received");
}

void ServerConnection::write(ports::OutgoingResponse response) {
  if (output_.empty()) output_.swap(listener_.spare_output);
  if (http10_ && !close_after_) response.headers.emplace_back("Connection", "keep-alive");
  std::string& out = output_body_.empty() ? output_ : output_body_;
  http1::append_response_head(out, response.status, response.headers, response.body.size(), !close_after_, listener_.date());
  if (head_request_ || response.status < 200 || response.status == 204 || response.status == 304) return;
  if (response.body.size() > copied_body_max && output_body_.empty()) {
    output_body_ = std::move(response.body);
  } else {
    out.append(response.body);
  }
}

void ServerConnection::flush() {
  if (output_.empty()) return;
  while (unsent()) {
    const auto in_first = std::min(sent_, output_.size());
    const auto result = send(socket_.native_handle(), std::string_view(output_).substr(in_first),
                             std::string_view(output_body_).substr(sent_ - in_first));
    if (result.kind == Kind::would_block) return await_writable();
    if (result.kind == Kind::failed) return close();
    sent_ += result.bytes;
  }
  sent_ = 0;
  output_body_ = {};
  output_.clear();
  if (output_.capacity() <= spare_output_max) output_.swap(listener_.spare_output);
  output_ = {};
  if (phase_ == Phase::leaving) leave();
}

void ServerConnection::leave() {
  // Closing now would reset the connection if the peer is still sending, and the reset may overtake the answer.
  ::shutdown(socket_.native_handle(), SHUT_WR);
  set_deadline_in(leave_timeout);
  if (!processing_) await_readable();
}

void ServerConnection::await_writable() {
  set_deadline_in(listener_.settings.write_timeout);
  if (awaiting_writable_) return;
  awaiting_writable_ = true;
  registered_for_writing_ = true;
  socket_.async_wait(Socket::wait_write, [self = Ref<ServerConnection>(this)](const ErrorCode&) {
    self->awaiting_writable_ = false;
    if (self->phase_ == Phase::closed) return;
    self->flush();
    if (self->phase_ != Phase::closed && !self->unsent()) self->proceed();
  });
}

void ServerConnection::register_anew() {
  // Once the reactor has waited for writability it asks for it for ever, and each wait for reading would be woken by it.
  ErrorCode error;
  const auto protocol = socket_.local_endpoint(error).protocol();
  const int descriptor = socket_.release(error);
  if (!error) socket_.assign(protocol, descriptor, error);
  registered_for_writing_ = false;
}

// @return false when all bodies together are too much now.
bool ServerConnection::account() {
  auto& buffered = listener_.counters.buffered_bytes;
  const auto held = body_.held();
  buffered += held - accounted_;
  accounted_ = held;
  return buffered <= listener_.settings.buffered_bytes_max;
}

void ServerConnection::settle() {
  listener_.counters.buffered_bytes -= std::exchange(accounted_, 0);
  if (phase_ == Phase::handling) --listener_.counters.handling;
}

void ServerConnection::set_deadline(SteadyTime when) {
  deadline_ = when;
  if (timer_ != ports::TimerId::none && timer_at_ <= when) return;
  listener_.loop.cancel(timer_);
  timer_at_ = when;
  timer_ = listener_.loop.at(when, [this] { on_timer(); });
}

void ServerConnection::on_timer() {
  timer_ = ports::TimerId::none;
  if (deadline_ == SteadyTime::max()) return;
  const auto now = listener_.loop.steady_now();
  if (now < deadline_) return set_deadline(deadline_);
  expired(now);
}

void ServerConnection::expired(SteadyTime now) {
  if (phase_ == Phase::body && !unsent()) return check_body_rate(now);
  ++listener_.counters.timeouts;
  if (phase_ == Phase::head && head_begun_ && !unsent()) return refuse(408, "the request head did not arrive in time");
  close();
}

void ServerConnection::check_body_rate(SteadyTime now) {
  const auto& settings = listener_.settings;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - body_since_);
  const auto wanted = settings.body_rate_min * static_cast<std::size_t>(elapsed.count()) / 1000;
  if (elapsed < settings.body_timeout && body_.received() >= wanted) {
    return set_deadline(std::min(now + rate_check_interval, body_since_ + settings.body_timeout));
  }
  ++listener_.counters.timeouts;
  refuse(408, "the request body did not arrive in time");
}

void ServerConnection::drain() {
  if (phase_ == Phase::head && !head_begun_ && !unsent() && !processing_) return close();
  close_after_ = true;
}

void ServerConnection::close() {
  if (phase_ == Phase::closed) return;
  const Ref<ServerConnection> self(this);
  settle();
  phase_ = Phase::closed;
  listener_.loop.cancel(timer_);
  ErrorCode ignored;
  socket_.close(ignored);
  listener_.remove(*this);
}

}  // namespace chasqui::http
