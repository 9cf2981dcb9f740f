// The books of a run: what was posted, acknowledged and received, so that loss, repetition, disorder and delay can be told.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bench/poller.h"

namespace chasqui::bench {

/// Which endpoints the messages of a session must reach: all of them, or the one with the session's number.
enum class Audience : std::uint8_t { all_endpoints, own_endpoint };

struct Sample {
  float latency_ms;  ///< from the intended post to the full arrival of the webhook
  std::uint16_t endpoint;
};

class Ledger {
 public:
  Ledger(int endpoints, Audience audience) : endpoints_(endpoints), audience_(audience) {}

  /// A new message. @return its number, from 0.
  std::uint64_t post(int session, int chat, Clock::time_point intended);
  /// Answered 200 by the gateway: from now on it may not be lost.
  void acknowledged(std::uint64_t number);
  /// Answered otherwise, and not to be posted again.
  void refused(std::uint64_t number);
  /// A webhook that is, or will be, answered 2xx.
  void arrived(std::uint64_t number, int endpoint, Clock::time_point now);

  /// Keeps samples of the messages that are meant to be posted from `from` to `to`, and counts what arrives meanwhile.
  void measure(Clock::time_point from, Clock::time_point to);
  const std::vector<Sample>& samples() const { return samples_; }
  std::uint64_t arrived_while_measuring() const { return in_window_; }

  /// Deliveries that are still to come, of messages under way too.
  std::uint64_t outstanding() const { return outstanding_; }
  /// Deliveries to come of messages below `number` (counted anew at each call).
  std::uint64_t outstanding_below(std::uint64_t number) const;
  /// Deliveries of acknowledged messages that did not come; worth asking once all should be there.
  std::uint64_t lost() const;

  std::uint64_t messages() const { return messages_.size(); }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t duplicates() const { return duplicates_; }
  /// First arrivals behind a later message of the same chat at the same endpoint.
  std::uint64_t inversions() const { return inversions_; }

  /// When the first webhook came after `since`, repeated ones too.
  void watch(Clock::time_point since);
  std::optional<Clock::time_point> watched() const { return watched_; }

 private:
  struct Message {
    Clock::time_point intended;
    std::uint64_t first_slot;
    std::uint32_t chat;
    std::uint16_t session;
    bool acknowledged;
  };
  enum Slot : std::uint8_t { expected, came, given_up };

  std::uint64_t audience_size() const {
    return audience_ == Audience::all_endpoints ? static_cast<std::uint64_t>(endpoints_) : 1;
  }

  int endpoints_;
  Audience audience_;
  std::vector<Message> messages_;
  std::vector<Slot> slots_;                                  // a message has one per endpoint of its audience
  std::unordered_map<std::uint64_t, std::uint64_t> newest_;  // of endpoint, session and chat: highest number that came, plus one
  std::uint64_t outstanding_ = 0, acknowledged_ = 0, refused_ = 0, arrived_ = 0, duplicates_ = 0, inversions_ = 0;

  Clock::time_point from_{}, to_{};
  std::vector<Sample> samples_;
  std::uint64_t in_window_ = 0;
  Clock::time_point watch_since_ = Clock::time_point::max();
  std::optional<Clock::time_point> watched_;
};

}  // namespace chasqui::bench
