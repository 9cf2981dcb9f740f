#include "adapters/http/detail/server_connection.h"

#include <algorithm>
#include <span>
#include <utility>

#include "adapters/http/detail/problem.h"
#include "adapters/http/detail/responder.h"
#include "adapters/http/detail/socket_io.h"

namespace chasqui::http {

using Kind = IoResult::Kind;

namespace {
/// Answers to pipelined requests are collected up to here before they are sent.
constexpr std::size_t output_batch = 64u << 10;
/// Of what a refused peer still sends, before it is cut off: reading it lets the answer arrive.
constexpr std::size_t thrown_away_max = 64u << 10;
}  // namespace

ServerConnection::ServerConnection(AsioHttpListener::Impl& listener, Socket socket, std::string peer)
    : listener_(listener), socket_(std::move(socket)), peer_(std::move(peer)) {}

void ServerConnection::start() {
  set_deadline_in(listener_.settings.head_timeout);
  await_readable();
}

void ServerConnection::await_readable() {
  if (awaiting_readable_) return;
  if (registered_for_writing_ && !awaiting_writable_) register_anew();
  awaiting_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = Ref<ServerConnection>(this)](const ErrorCode&) {
    self->awaiting_readable_ = false;
    if (self->phase_ != Phase::closed) self->on_readable();
  });
}

void ServerConnection::on_readable() {
  for (int i = 0; i < reads_per_turn && phase_ != Phase::handling && !unsent(); ++i) {
    const auto direct = phase_ == Phase::body ? body_.room() : std::span<char>();
    const auto into = direct.empty() ? std::span<char>(listener_.scratch.get(), AsioHttpListener::Impl::scratch_bytes) : direct;
    const auto result = receive(socket_.native_handle(), into.data(), into.size());
    if (result.kind == Kind::would_block) break;
    if (result.kind != Kind::done) return close();
    if (phase_ == Phase::leaving) {
      thrown_away_ += result.bytes;
      if (thrown_away_ > thrown_away_max) return close();
    } else if (direct.empty()) {
      process({into.data(), result.bytes});
    } else {
      after_body(body_.filled(result.bytes));
    }
    if (phase_ == Phase::closed) return;
    if (result.bytes < into.size()) break;
  }
  resume();
}

void ServerConnection::process(std::string_view bytes) {
  std::string_view input = bytes;
  const bool kept = !pending_.empty();
  if (kept) input = pending_.append(bytes);
  std::size_t used = 0;
  processing_ = true;
  while (step(input.substr(used), used)) {
    if (output_.size() + output_body_.size() < output_batch) continue;
    flush();
    if (unsent()) break;
  }
  processing_ = false;
  if (phase_ == Phase::closed) return;
  if (used == input.size() || phase_ == Phase::leaving) {
    pending_ = {};
  } else if (kept) {
    pending_.erase(0, used);
  } else {
    pending_.assign(input.substr(used));
  }
  flush();
}

// Takes what it can of `input`. @return true when the next request may follow at once.
bool ServerConnection::step(std::string_view input, std::size_t& used) {
  if (phase_ == Phase::head) return !input.empty() && step_head(input, used);
  if (phase_ != Phase::body) return false;
  std::size_t taken = 0;
  const auto progress = body_.feed(input, taken);
  used += taken;
  return after_body(progress);
}

bool ServerConnection::step_head(std::string_view input, std::size_t& used) {
  auto parsed = http1::parse_request_head(input, {.head_bytes_max = listener_.settings.head_bytes_max});
  if (std::holds_alternative<http1::NeedMore>(parsed)) {
    if (!std::exchange(head_begun_, true)) set_deadline_in(listener_.settings.head_timeout);
    return false;
  }
  head_begun_ = false;
  if (const auto* const error = std::get_if<http1::ParseError>(&parsed)) {
    refuse(error->status, error->reason);
    return false;
  }
  auto& [head, length] = std::get<http1::ParsedRequest>(parsed);
  used += length;
  return begin_body(std::move(head), length < input.size());
}

bool ServerConnection::begin_body(http1::RequestHead head, bool body_follows) {
  head_ = std::move(head);
  head_request_ = head_.method == "HEAD";
  http10_ = head_.minor_version == 0;
  close_after_ = !head_.keep_alive || listener_.draining;
  body_max_ = listener_.handler.body_max(head_.method, head_.path);
  body_since_ = {};
  const auto progress = body_.start(head_, body_max_);
  if (progress != RequestBody::Progress::more) return after_body(progress);
  if (listener_.counters.buffered_bytes + head_.content_length.value_or(0) > listener_.settings.buffered_bytes_max) {
    refuse_over_budget();
    return false;
  }
  if (head_.expect_continue && !body_follows) output_.append("HTTP/1.1 100 Continue\r\n\r\n");
  phase_ = Phase::body;
  return true;
}

bool ServerConnection::after_body(RequestBody::Progress progress) {
  switch (progress) {
    case RequestBody::Progress::too_long:
      refuse(413, "a request body may have at most " + std::to_string(body_max_) + " bytes here");
      return false;
    case RequestBody::Progress::bad: refuse(400, body_.error()); return false;
    case RequestBody::Progress::complete: account(); return handle();
    case RequestBody::Progress::more: break;
  }
  if (!account()) {
    refuse_over_budget();
  } else if (body_since_ == SteadyTime{}) {
    body_since_ = listener_.loop.steady_now();
    set_deadline(body_since_ + std::min(listener_.settings.body_rate_grace, listener_.settings.body_timeout));
  }
  return false;
}

bool ServerConnection::handle() {
  phase_ = Phase::handling;
  deadline_ = SteadyTime::max();
  answered_ = false;
  responders_ = 0;
  ++request_;
  ++listener_.counters.requests;
  ++listener_.counters.handling;
  ports::IncomingRequest request;
  request.method = std::move(head_.method);
  request.target = std::move(head_.target);
  request.path = std::move(head_.path);
  request.query = std::move(head_.query);
  request.headers = std::move(head_.headers);
  request.body = body_.take();
  request.peer = peer_;
  const bool nested = std::exchange(processing_, true);  // an answer from within is sent when the handler is back
  listener_.handler.handle(std::move(request), Responder(*this, request_));
  processing_ = nested;
  if (!nested && phase_ != Phase::closed) flush();
  return phase_ == Phase::head;
}

void ServerConnection::responder_gone(std::uint32_t request) {
  if (request != request_ || --responders_ > 0 || answered_) return;
  respond(request, problem(500, "the request was dropped without an answer"));
}

void ServerConnection::respond(std::uint32_t request, ports::OutgoingResponse response) {
  if (phase_ != Phase::handling || request != request_ || answered_) return;
  answered_ = true;
  settle();
  close_after_ = close_after_ || listener_.draining;
  write(std::move(response));
  head_request_ = http10_ = false;  // of this request; what comes next may be no request at all
  phase_ = close_after_ ? Phase::leaving : Phase::head;
  if (processing_) return;
  flush();
  proceed();
}

// Goes on after an answer that came later: with what is here already, or with reading.
void ServerConnection::proceed() {
  if (phase_ != Phase::head || unsent() || pending_.empty()) return resume();
  // In a turn of its own: whoever answers does not expect the next request before the call returns.
  listener_.loop.post([self = Ref<ServerConnection>(this)] {
    if (self->phase_ != Phase::head || self->unsent()) return;
    self->process({});
    if (self->phase_ != Phase::closed) self->resume();
  });
}

void ServerConnection::resume() {
  if (phase_ == Phase::closed || phase_ == Phase::handling || unsent()) return;
  if (phase_ == Phase::head && !head_begun_) set_deadline_in(listener_.settings.idle_timeout);
  await_readable();
}

}  // namespace chasqui::http
