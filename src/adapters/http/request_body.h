// Collects one request's body. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/http1/body.h"
#include "core/http1/request.h"

namespace chasqui::http {

/// A body of known length is read straight into the string that the handler gets; one that arrived with its head is copied
/// once. Room grows with what has arrived, so that a large Content-Length alone costs nothing.
class RequestBody {
 public:
  enum class Progress { more, complete, too_long, bad };

  /// @param max  bytes; more is too_long (at once, if the head says so).
  Progress start(const http1::RequestHead& head, std::size_t max);
  /// @param used  how many of `bytes` belong to the body; the rest is the next request's.
  Progress feed(std::string_view bytes, std::size_t& used);

  /// Where the next bytes may be read to directly; empty when they must go through feed().
  std::span<char> room();
  /// `count` bytes were read into room().
  Progress filled(std::size_t count);

  std::size_t received() const { return received_; }
  /// Memory in use.
  std::size_t held() const { return body_ ? body_->capacity() : 0; }
  const std::string& error() const { return error_; }
  std::shared_ptr<const std::string> take();

 private:
  Progress feed_chunked(std::string_view bytes, std::size_t& used);

  std::shared_ptr<std::string> body_;
  std::optional<http1::BodyDecoder> chunked_;
  std::size_t length_ = 0;    ///< of the whole body, when known
  std::size_t received_ = 0;  ///< of it
  std::size_t max_ = 0;
  std::string error_;
};

}  // namespace chasqui::http
