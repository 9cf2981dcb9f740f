// The source: posts signed messages over kept connections, as Meta does: each again until it is answered 200.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/ledger.h"
#include "bench/messages.h"
#include "bench/poller.h"

namespace chasqui::bench {

class Source {
 public:
  /// @param connections  each has one request at a time; a chat keeps to one of them, so that its order is known.
  Source(Poller& poller, Ledger& ledger, Messages& messages, int connections);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// Connects what is not connected, and posts again what was not answered. Ends the program when nobody listens.
  void connect(std::uint16_t port);
  bool can_post() const { return !idle_.empty(); }
  bool answered() const { return under_way_ == 0; }
  /// Posts a new message of one of `chats` chats. Call only when can_post().
  void post(int session, int chats, Clock::time_point intended);
  /// Whether a message that was answered 503 or whose connection broke is posted again, over a new connection if need be; else
  /// the first is counted as refused and the second ends the program.
  void patient(bool yes) { patient_ = yes; }

 private:
  class Connection;
  struct Letter {
    std::uint64_t number;
    int session, chat;
  };
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::optional<Letter> letter;  // posted and not answered 200
    std::uint64_t posts = 0;
    std::uint64_t sends = 0;  // posts, and posts of the same letter again
  };

  bool connect(std::size_t slot);
  void reconnect_later(std::size_t slot);
  void send(std::size_t slot);
  void answered(std::size_t slot, std::string_view head);
  void ended(std::size_t slot);

  Poller& poller_;
  Ledger& ledger_;
  Messages& messages_;
  std::vector<Slot> slots_;
  std::deque<std::size_t> idle_;
  std::uint16_t port_ = 0;
  std::size_t under_way_ = 0;
  bool patient_ = false;
};

}  // namespace chasqui::bench
