// The Respond that a handler gets.
#pragma once

#include <utility>

#include "adapters/http/detail/server_connection.h"

namespace chasqui::http {

/// Counts its copies at the connection, so that a request whose last Respond is dropped unanswered is answered 500. Needs
/// nothing of its own on the heap.
class Responder {
 public:
  Responder(ServerConnection& connection, std::uint32_t request) : connection_(&connection), request_(request) {
    connection_->responder_added(request_);
  }
  Responder(const Responder& other) : connection_(other.connection_), request_(other.request_) {
    if (connection_) connection_->responder_added(request_);
  }
  Responder(Responder&&) noexcept = default;
  Responder& operator=(const Responder&) = delete;
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (connection_) connection_->responder_gone(request_);
  }

  void operator()(ports::OutgoingResponse response) const { connection_->respond(request_, std::move(response)); }

 private:
  Ref<ServerConnection> connection_;  ///< null after a move
  std::uint32_t request_;
};

}  // namespace chasqui::http
