// The receiver: takes webhooks for any number of endpoints, one path each, and answers as each is told to.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/ledger.h"
#include "bench/messages.h"
#include "bench/poller.h"

namespace chasqui::bench {

/// How requests of one endpoint are answered.
struct Answering {
  int status = 200;
  double fail_share = 0;        ///< of the requests are answered 500 instead, by chance
  Clock::duration delay_min{};  ///< between taking a request and answering it, evenly spread
  Clock::duration delay_max{};
  bool silent = false;  ///< requests are taken and never answered
};

class Receiver {
 public:
  /// Listens at once, on a free port.
  Receiver(Poller& poller, Ledger& ledger, const std::string& hook_key, int endpoints);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::string url(int endpoint) const;
  /// From now on; requests taken before keep the answer that they were going to get.
  void answer(int endpoint, Answering how);
  void answer_all(const Answering& how);
  /// Ends the connections on which requests of the endpoint wait for an answer, as the restart of a receiver would.
  void cut(int endpoint);
  /// Of every `n`-th message the signature is checked; 1 = of all.
  void check_every(std::uint64_t n) { check_every_ = n; }

  /// Most requests at one time that waited for an answer, since the last reset.
  int peak(int endpoint) const { return states_[static_cast<std::size_t>(endpoint)].peak; }
  int peak_of_all() const;
  void reset_peaks();
  std::uint64_t requests(int endpoint) const { return states_[static_cast<std::size_t>(endpoint)].requests; }
  std::uint64_t bad_signatures() const { return bad_signatures_; }
  std::uint64_t connections_made() const { return next_id_; }

 private:
  class Listener;
  class Connection;
  struct State {
    Answering how;
    int waiting = 0, peak = 0;
    std::uint64_t requests = 0;
  };

  void accept();
  void take(Connection& connection, std::string_view head, std::string_view body);
  void respond(std::uint64_t connection, int endpoint, int status);
  void closed(Connection& connection);
  bool signature_fits(std::string_view head, std::string_view body);

  Poller& poller_;
  Ledger& ledger_;
  Hmac mac_;
  std::vector<State> states_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Listener> listener_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_id_ = 0;
  std::uint64_t check_every_ = 64;
  std::uint64_t bad_signatures_ = 0;
  std::minstd_rand dice_{20};
};

}  // namespace chasqui::bench
