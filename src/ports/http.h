// HTTP as the flow needs it: send a request, answer a request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace chasqui::ports {

/// Where a request goes. Connections are kept and reused per origin.
struct Origin {
  bool tls = false;
  std::string host;  ///< name or address literal, without brackets
  std::uint16_t port = 80;

  auto operator<=>(const Origin&) const = default;
};

struct OutgoingRequest {
  Origin origin;
  std::string head;  ///< the whole head, from the request line to the empty line; its Content-Length must fit `body`
  std::string body;
  SteadyTime deadline;                        ///< over all phases: resolve, connect, TLS, write, head, body
  std::size_t response_body_max = 64u << 10;  ///< bytes read before the connection is closed instead
  std::size_t response_body_kept = 1024;      ///< of them, how many the Answer holds
};

/// Whose fault a missing answer is, and where it happened. Closed; the words are stored with attempts.
enum class SendError : std::uint8_t {
  none,
  resolve,
  connect,
  tls,
  write,
  reset,
  timeout,
  bad_response,
  shut_down,
  local,  ///< ours: out of descriptors, ports or memory; nothing was sent, and it is not the receiver's failure
};
std::string_view word(SendError error);

struct Answer {
  SendError error = SendError::none;
  std::string detail;                                        ///< of an error, for people
  int status = 0;                                            ///< 0 when there was no answer
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;                                          ///< the first response_body_kept bytes
  bool body_complete = true;  ///< false when the body was longer than response_body_max: the rest was not read
  bool reused_connection = false;

  std::optional<std::string_view> header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return std::nullopt;
  }
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Sends once; never follows a redirect, never repeats a request on its own. `done` is called once, on the loop's thread, never
  /// before send() returns.
  virtual void send(OutgoingRequest request, std::function<void(Answer)> done) = 0;
  /// Ends what is running with shut_down and closes all connections.
  virtual void stop() = 0;
};

struct IncomingRequest {
  std::string method;
  std::string target;                                        ///< as on the request line
  std::string path;                                          ///< the target's path, as sent (not decoded)
  std::string query;                                         ///< without `?`
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, values trimmed
  std::shared_ptr<const std::string> body;                   ///< never null
  std::string peer;                                          ///< address and port

  std::string_view header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return {};
  }
};

struct OutgoingResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  ///< without Content-Length, Connection and Date
  std::string body;
};

/// Answers one request, once, now or later, on the loop's thread. Dropping it unanswered answers 500.
using Respond = std::function<void(OutgoingResponse)>;

/// What the listener asks before and after a body is read.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Largest body for this request, asked when its head is known; a longer one is answered 413.
  virtual std::size_t body_max(std::string_view method, std::string_view path) = 0;
  virtual void handle(IncomingRequest request, Respond respond) = 0;
};

}  // namespace chasqui::ports
