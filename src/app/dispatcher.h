// Delivery: takes events from the journal to endpoints, in order per lane, until each is delivered or parked.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/endpoint.h"
#include "app/journal.h"
#include "app/routes.h"
#include "app/sessions.h"
#include "app/tail.h"
#include "core/delivery/window.h"
#include "ports/http.h"

namespace chasqui {

struct DispatcherLimits {
  std::size_t tail_bytes_max = 32u << 20;    ///< of the newest events kept in memory for all endpoints
  std::size_t window_events_max = 1024;      ///< per endpoint
  std::size_t window_bytes_max = 8u << 20;   ///< per endpoint
  std::size_t in_flight_max = 512;           ///< requests at once, all endpoints: bounds sockets
  Millis checkpoint_interval{1000};          ///< cursors are saved at most this often while there is traffic
};

/// What a person wants to know of one endpoint.
struct EndpointStats {
  std::uint64_t delivered = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t parked = 0;
  std::size_t waiting = 0;    ///< lanes that wait for their next try
  std::size_t in_flight = 0;
  std::uint64_t lag_events_max = 0;  ///< upper bound: seqs between its cursor and the journal's end
  std::string last_error;
};

/// Lives on the loop's thread. The order of calls at a start: restore, add…, start.
class Dispatcher {
 public:
  struct Parts {
    ports::Store& store;
    ports::HttpClient& http;
    ports::Loop& loop;
    ports::Timers& timers;
    ports::Clock& clock;
    ports::Dice& dice;
    ports::Log& log;
    Journal& journal;
    SessionBook& sessions;
    Routes& routes;
    Counters& counters;
  };
  /// Sees each request before it is sent (`--print-webhooks`).
  using OnSend = std::function<void(const EndpointTarget&, const ports::OutgoingRequest&)>;

  Dispatcher(Parts parts, DispatcherLimits limits);

  /// Takes over the cursors and unfinished deliveries of an earlier life.
  void restore(const ports::Recovered& recovered);
  /// A new endpoint, or new settings for a known one (its place in the journal and its retries stay).
  void put(std::shared_ptr<const EndpointTarget> target);
  /// Stops sending to an endpoint; its place is kept.
  void remove(EndpointNo endpoint);
  void start();
  /// Sends nothing new, and calls `done` when all that is under way has been answered or cut.
  void stop(ports::Task done);

  void on_entry(const EntryPtr& entry);
  void on_commit();
  void on_may_send();
  void on_send(OnSend observer) { on_send_ = std::move(observer); }

  ports::Checkpoint checkpoint() const;
  EndpointStats stats(EndpointNo endpoint) const;
  std::size_t in_flight() const { return in_flight_; }
  std::size_t tail_bytes() const { return tail_.bytes(); }

 private:
  // One event on its way to one endpoint, from its first attempt on.
  struct Job {
    std::vector<Request> requests;
    std::size_t part = 0;
    int attempts = 0;  // of the current part
    WallTime first_failed_wall{};
    SteadyTime first_failed{};
    bool has_failed = false;
  };
  struct Pending {
    EntryPtr entry;
    std::unique_ptr<Job> job;
  };
  struct Outbox {
    std::shared_ptr<const EndpointTarget> target;
    Window<Pending> window;
    bool live = true;      // takes events as they are committed; else it reads on from read_next
    Seq read_next = 1;
    bool reading = false;  // a page of the store is under way
    bool removed = false;
    bool starved = false;  // waits for its turn because of in_flight_max
    std::set<Seq> settled;  // at or above read_next, from an earlier life
    std::map<Seq, std::set<std::string>> parts_done;
    std::map<std::pair<Seq, std::string>, ports::Retry> retries;
    ports::TimerId wake = ports::TimerId::none;
    SteadyTime wake_at{};
    SteadyTime last_success{};
    bool failing = false;
    EndpointStats stats;
  };

  Outbox& outbox(EndpointNo endpoint);
  void pump(Outbox& box);
  void refill(Outbox& box);
  bool refill_from_tail(Outbox& box);
  void read_page(Outbox& box);
  void page_read(EndpointNo endpoint, const Result<ports::ReadPage>& page);
  void take_in(Outbox& box, const EntryPtr& entry);
  void arm_wake(Outbox& box);

  void send_next(Outbox& box, Seq seq);
  bool prepare(Outbox& box, Pending& pending);
  void send_part(Outbox& box, Seq seq, Pending& pending);
  void answered(EndpointNo endpoint, Seq seq, WallTime started_at, SteadyTime started, std::uint64_t body_hash, const ports::Answer& answer);
  void succeeded(Outbox& box, Seq seq, Pending& pending, ports::Delivered row);
  void failed(Outbox& box, Seq seq, Pending& pending, ports::Failed row, const ports::Answer& answer);
  void settle(Outbox& box, Seq seq);
  void leave_flight();

  Parts parts_;
  DispatcherLimits limits_;
  Tail tail_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Outbox>> boxes_;
  ports::Recovered recovered_;  // what put() has not taken over yet
  std::deque<EndpointNo> starved_;
  std::size_t in_flight_ = 0;
  bool started_ = false;
  bool stopping_ = false;
  ports::Task stopped_;
  SteadyTime last_checkpoint_{};
  OnSend on_send_;
  json::Document parser_;
};

}  // namespace chasqui
