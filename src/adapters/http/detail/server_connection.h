// One connection of the listener.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "adapters/http/detail/listener_impl.h"
#include "adapters/http/request_body.h"
#include "core/http1/request.h"

namespace chasqui::http {

/// Reads a head, its body, has it handled, writes the answer, and so on. It holds bytes only while a request is under way.
/// One lazy timer: deadlines that only move away cost nothing, as the timer looks again when it fires.
class ServerConnection final : public Shared<ServerConnection> {
 public:
  ServerConnection(AsioHttpListener::Impl& listener, Socket socket, std::string peer);

  void start();
  void close();
  /// The listener takes no more requests: closes when nothing is under way, or after the answer.
  void drain();

  // For Responder:
  void responder_added(std::uint32_t request) { responders_ += request == request_ ? 1 : 0; }
  void responder_gone(std::uint32_t request);
  void respond(std::uint32_t request, ports::OutgoingResponse response);

  std::list<Ref<ServerConnection>>::iterator place;  ///< in the listener's list

 private:
  enum class Phase {
    head,      ///< between requests, or within a head
    body,
    handling,  ///< the handler has the request
    leaving,   ///< the last answer is written; what the peer still sends is thrown away
    closed,
  };
  static constexpr int reads_per_turn = 16;

  // Reading (server_connection.cc):
  void await_readable();
  void on_readable();
  void process(std::string_view bytes);
  bool step(std::string_view input, std::size_t& used);
  bool step_head(std::string_view input, std::size_t& used);
  bool begin_body(http1::RequestHead head, bool body_follows);
  bool after_body(RequestBody::Progress progress);
  bool handle();
  void proceed();
  void resume();

  // Writing (server_connection_write.cc):
  void refuse(int status, std::string_view detail);
  void refuse_over_budget();
  void write(ports::OutgoingResponse response);
  void flush();
  void leave();
  void await_writable();
  void register_anew();
  bool unsent() const { return sent_ < output_.size() + output_body_.size(); }

  // Accounts and deadlines (server_connection_write.cc):
  bool account();
  void settle();
  void set_deadline(SteadyTime when);
  void set_deadline_in(std::chrono::milliseconds time) { set_deadline(listener_.loop.steady_now() + time); }
  void on_timer();
  void expired(SteadyTime now);
  void check_body_rate(SteadyTime now);

  AsioHttpListener::Impl& listener_;
  Socket socket_;
  const std::string peer_;
  std::string pending_;  ///< received, not taken in: a part of a head, or requests that wait for their turn
  http1::RequestHead head_;
  RequestBody body_;
  std::size_t body_max_ = 0;
  SteadyTime body_since_{};  ///< zero until a body is waited for
  std::string output_;       ///< answers to be written,
  std::string output_body_;  ///< and behind them a large body, as it was given
  std::size_t sent_ = 0;     ///< of both
  std::size_t accounted_ = 0;     ///< of the listener's buffered bytes
  std::size_t thrown_away_ = 0;
  SteadyTime deadline_ = SteadyTime::max();
  SteadyTime timer_at_{};
  ports::TimerId timer_ = ports::TimerId::none;
  std::uint32_t request_ = 0;  ///< number of the request under way
  int responders_ = 0;         ///< copies of its Respond
  Phase phase_ = Phase::head;
  bool head_begun_ = false;
  bool answered_ = false;
  bool processing_ = false;  ///< within process(): answers are collected, and sent at its end
  bool close_after_ = false;
  bool head_request_ = false;
  bool http10_ = false;
  bool awaiting_readable_ = false;
  bool awaiting_writable_ = false;
  bool registered_for_writing_ = false;
};

}  // namespace chasqui::http
