// The built-in receiver: takes webhooks, checks their signature, and keeps the last ones to look at.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "ports/crypto.h"
#include "ports/http.h"
#include "ports/loop.h"

namespace chasqui {

struct InboxItem {
  std::uint64_t number = 0;  ///< from 1
  std::int64_t received_at_ms = 0;
  std::string path;
  std::string event;       ///< the body's `event`, when it has one
  std::string request_id;  ///< X-Webhook-Request-Id
  std::string attempt;     ///< X-Chasqui-Attempt
  std::string signature;   ///< "verified", "wrong" or "missing"
  std::shared_ptr<const std::string> body;
};

/// A receiver of signed webhooks in WAHA's dialect, for the first minute and for looking at bodies. Lives on the loop's thread.
class Inbox {
 public:
  static constexpr std::size_t kItemsMax = 200;
  static constexpr std::size_t kBytesMax = 4u << 20;
  static constexpr std::size_t kBodyMax = 1u << 20;
  static constexpr std::string_view kPath = "/inbox";
  using OnItem = std::function<void(const InboxItem&)>;

  /// @param key  what the senders sign with.
  Inbox(ports::Crypto& crypto, ports::Clock& clock, std::string_view key);

  static bool owns(std::string_view path) {
    return path.starts_with(kPath) && (path.size() == kPath.size() || path[kPath.size()] == '/');
  }
  void on_item(OnItem observer) { on_item_ = std::move(observer); }
  void handle(ports::IncomingRequest request, const ports::Respond& respond);
  /// JSON: the newest first, at most `limit`.
  std::string list(std::size_t limit) const;
  std::uint64_t received() const { return received_; }

 private:
  ports::Clock& clock_;
  std::unique_ptr<ports::Mac> mac_;
  std::deque<InboxItem> items_;
  std::size_t bytes_ = 0;
  std::uint64_t received_ = 0;
  OnItem on_item_;
};

}  // namespace chasqui
