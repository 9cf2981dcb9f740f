// Delivery: takes events from the journal to endpoints, in order per lane, until each delivery has ended.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/delivery_look.h"
#include "app/journal.h"
#include "app/outbox.h"
#include "app/routes.h"
#include "app/sessions.h"
#include "app/tail.h"
#include "ports/http.h"

namespace chasqui {

struct DispatcherLimits {
  std::size_t tail_bytes_max = 32u << 20;     ///< of the newest events kept in memory for all endpoints
  std::size_t windows_bytes_max = 64u << 20;  ///< of events in memory, all endpoints; beyond, each has one event at a time
  LaneLimits lanes;                           ///< per endpoint
  CircuitLimits circuit;                      ///< per endpoint
  std::size_t in_flight_max = 512;            ///< requests at once, all endpoints: bounds sockets
  std::size_t in_flight_reserve = 128;        ///< of them, only for endpoints that answered well within the last minute
  std::size_t frozen_bytes_max = 4u << 20;    ///< of requests that failed, kept in memory; others are read again for their retry
  Millis checkpoint_interval{1000};           ///< cursors are saved at most this often while there is traffic
};

/// Something an operator wants to hear of, beside the log (semantics 10).
struct Notice {
  std::string code;  ///< endpoint.outage, endpoint.recovered, endpoint.parked, endpoint.paused
  EndpointNo endpoint{};
  std::string message;
};

/// Lives on the loop's thread. The order of calls at a start: restore, put…, start.
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
    LatencyHistogram& latency;
  };
  /// Sees each request before it is sent (`--print-webhooks`).
  using OnSend = std::function<void(const EndpointTarget&, const ports::OutgoingRequest&)>;
  /// The receiver said 410 Gone: the endpoint is to be paused, durably.
  using OnGone = std::function<void(const std::string& endpoint_id, const std::string& reason)>;
  using Done = std::function<void(Result<std::uint64_t>)>;

  Dispatcher(Parts parts, DispatcherLimits limits);

  /// Takes over the cursors and unfinished deliveries of an earlier life.
  void restore(ports::Recovered recovered);
  /// A new endpoint, or new settings for a known one (its place in the journal and its retries stay).
  void put(std::shared_ptr<const EndpointTarget> target);
  /// All that the endpoint has behind it ends so, counted; it goes on at the journal's end. For people who disable or delete.
  void end_backlog(EndpointNo endpoint, ports::EndKind kind, std::string reason);
  void start();
  /// Sends nothing new, and calls `done` when all that is under way has been answered or cut.
  void stop(ports::Task done);

  void on_entry(const EntryPtr& entry);
  void on_commit();
  void on_may_send();
  void on_send(OnSend observer) { on_send_ = std::move(observer); }
  void on_notice(std::function<void(Notice)> listener) { on_notice_ = std::move(listener); }
  void on_gone(OnGone listener) { on_gone_ = std::move(listener); }

  /// Sends parked deliveries again; `done` gets how many. @param filter  of the endpoint, or one delivery.
  void resume_parked(ports::ParkedFilter filter, Done done);
  /// Ends parked deliveries with a person's note.
  void drop_parked(ports::ParkedFilter filter, std::string note, Done done);

  ports::Checkpoint checkpoint();
  EndpointStats stats(EndpointNo endpoint) const;
  /// Where one event stands with one endpoint. For an endpoint that it was not routed to the answer means nothing.
  DeliveryLook look(EndpointNo endpoint, const EventPlace& event) const;
  /// The cheap part of stats: it costs the same however many lanes there are.
  EndpointGlance glance(EndpointNo endpoint) const;
  std::size_t in_flight() const { return in_flight_; }
  std::size_t tail_bytes() const { return tail_.bytes(); }
  std::size_t windows_bytes() const { return windows_bytes_; }
  Seq next_seq() const { return tail_.next(); }
  /// The oldest seq that any endpoint still needs, deferred lanes included; next_seq() when none does.
  Seq oldest_needed() const;
  /// All deliveries of the endpoint below `seq` end as expired.
  void expire_below(EndpointNo endpoint, Seq seq, const std::string& reason);

 private:
  // dispatcher.cc: endpoints, the tail, turns
  Outbox& outbox(EndpointNo endpoint);
  void restore_outbox(Outbox& box, EndpointNo no);
  bool may_go(const Outbox& box, SteadyTime now) const;
  void pump(Outbox& box);
  bool send_ready(Outbox& box, SteadyTime now);
  bool has_slot(const Outbox& box, SteadyTime now) const;
  void starve(Outbox& box);
  void arm_wake(Outbox& box, SteadyTime now);
  void account(Outbox& box);
  bool can_end(const Outbox& box) const;
  void finish_ending(Outbox& box);
  std::string_view state_of(const Outbox& box, SteadyTime now) const;

  // dispatcher_read.cc: from the journal into lanes
  void probe(Outbox& box);
  void refill(Outbox& box, std::size_t most = SIZE_MAX);
  bool refill_from_tail(Outbox& box, std::size_t most);
  void read_page(Outbox& box, std::size_t most);
  void page_read(EndpointNo endpoint, const Result<ports::ReadPage>& page);
  void take_in(Outbox& box, const EntryPtr& entry);
  bool load_lanes(Outbox& box, std::size_t prepared_max);
  bool load_from_tail(Outbox& box, const Lanes<Pending>::Load& load);
  void load_done(EndpointNo endpoint, const Lanes<Pending>::Load& load, Result<std::vector<ports::Fetched>> fetched);
  bool scan_lanes(Outbox& box);
  bool scan_tail(Outbox& box, const Lanes<Pending>::Scan& scan);
  EntryPtr entry_of(const ports::StoredEvent& stored);
  void count_backlog(Outbox& box);
  using LaneRanges = std::map<OrderKey, std::pair<Seq, Seq>>;  // from, until; 0 = no end
  void count(EndpointNo endpoint, ports::ScanRange range, std::shared_ptr<const LaneRanges> lanes);

  // dispatcher_send.cc: one delivery
  bool send_next(Outbox& box, const Lanes<Pending>::Ticket& ticket);
  std::optional<SteadyTime> not_before(const Outbox& box, const Lanes<Pending>::Ticket& ticket, const Pending& pending) const;
  bool prepare(Outbox& box, const Lanes<Pending>::Ticket& ticket, Pending& pending);
  bool prepare_alone(Outbox& box, Seq seq, Pending& pending);
  void send_part(Outbox& box, const Lanes<Pending>::Ticket& ticket, Pending& pending);
  struct Sent {
    Lanes<Pending>::Ticket ticket;
    WallTime at{};
    SteadyTime started{};
    std::uint64_t body_hash = 0;
  };
  void answered(EndpointNo endpoint, const Sent& sent, const ports::Answer& answer);
  void succeeded(Outbox& box, const Sent& sent, Pending& pending, const ports::Answer& answer, SteadyTime now);
  void failed(Outbox& box, const Sent& sent, Pending& pending, const ports::Answer& answer, SteadyTime now);
  void retry_later(Outbox& box, const Sent& sent, Job& job, ports::Failed row, SteadyTime due, Millis wait);
  void park(Outbox& box, const Sent& sent, Pending& pending, ports::Failed row, std::string reason);
  void next_part(Outbox& box, const Sent& sent, Pending& pending);
  void end_event(Outbox& box, const Sent& sent);
  void heed_retry_after(Outbox& box, const ports::Answer& answer, std::optional<Millis> asked, SteadyTime now);
  void leave_flight();
  void hand_on_slot();
  void log_attempt(const Outbox& box, const Pending& pending, const std::string& part, int attempt, const ports::Answer& answer,
                   std::uint32_t micros, std::string_view then) const;
  void notice(std::string code, const Outbox& box, std::string message);

  // dispatcher_parked.cc: what people do with parked deliveries
  void handle_parked(ports::ParkedFilter filter, std::function<void(Outbox&, const ports::Parked&)> each, Done done);
  void each_parked(ports::ParkedFilter filter, std::uint64_t so_far, std::function<void(Outbox&, const ports::Parked&)> each,
                   Done done);

  Parts parts_;
  DispatcherLimits limits_;
  Tail tail_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Outbox>> boxes_;
  ports::Recovered recovered_;  // what put() has not taken over yet
  std::deque<EndpointNo> starved_;
  bool parked_busy_ = false;  // somebody works on parked deliveries; others wait
  std::deque<ports::Task> parked_next_;
  std::size_t in_flight_ = 0;
  std::size_t windows_bytes_ = 0;
  std::size_t frozen_bytes_ = 0;
  SteadyTime local_trouble_until_{};
  ports::TimerId local_trouble_timer_ = ports::TimerId::none;
  bool started_ = false;
  bool stopping_ = false;
  ports::Task stopped_;
  SteadyTime last_checkpoint_{};
  OnSend on_send_;
  std::function<void(Notice)> on_notice_;
  OnGone on_gone_;
  json::Document parser_;
};

}  // namespace chasqui
