// Reads one HTTP/1.1 response out of bytes as they come. No I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/http1/body.h"
#include "core/http1/response.h"
#include "ports/http.h"

namespace chasqui::http {

/// Skips interim (1xx) responses, keeps the first bytes of the body, and stops at its limit. Keeps nothing while between
/// responses, so that an idle connection costs no buffer.
class ResponseReader {
 public:
  struct Limits {
    std::size_t head_bytes_max = 16u << 10;  ///< of each head, interim ones too
    std::size_t body_max = 64u << 10;
    std::size_t body_kept = 1024;
    bool head_request = false;  ///< answers to HEAD have no body, whatever their head says
  };
  enum class Progress {
    more,      ///< not complete yet
    complete,  ///< answer() is complete
    too_long,  ///< answer() has the body's beginning; the connection cannot be used again
    bad,       ///< not HTTP as it should be: see error()
  };

  /// Begins a response.
  void start(const Limits& limits);
  /// @param used  how many of `bytes` belong to this response; the rest was not asked for.
  Progress feed(std::string_view bytes, std::size_t& used);
  /// The peer sends no more.
  /// @return complete for a body that ends with the connection, else bad.
  Progress end();

  bool head_seen() const { return body_.has_value(); }
  bool anything_seen() const { return seen_; }
  /// Whether the connection may carry another request. Valid once complete.
  bool keep_alive() const { return keep_alive_; }
  /// From `Keep-Alive: timeout=N`.
  std::optional<std::chrono::seconds> keep_alive_timeout() const { return keep_alive_timeout_; }
  /// Why it is bad, for people.
  const std::string& error() const { return error_; }
  /// Takes the answer: status, headers and body are filled in.
  ports::Answer take_answer() { return std::move(answer_); }

 private:
  static constexpr int interim_max = 32;  ///< no server sends more on purpose

  Progress feed_head(std::string_view bytes, std::size_t& used);
  Progress feed_body(std::string_view bytes, std::size_t& used);
  Progress begin_body(http1::ResponseHead head);
  Progress fail(std::string why);

  Limits limits_;
  std::string head_;  ///< begun, not complete
  std::optional<http1::BodyDecoder> body_;
  ports::Answer answer_;
  std::string error_;
  std::optional<std::chrono::seconds> keep_alive_timeout_;
  bool seen_ = false;
  int interim_ = 0;
  bool keep_alive_ = false;
};

}  // namespace chasqui::http
